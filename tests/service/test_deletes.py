"""DELETE without a body: some proxies take it away."""

from tests.service.conftest import Asker, House
from tests.service.in_one_house.test_who_may import ROUTES, belongings
from tests.service.test_openapi import DOCUMENT

DELETES = sorted(path for method, path, _ in ROUTES if method == "DELETE")
JSON = {"Content-Type": "application/json"}


class TestEveryDelete:
    async def test_works_without_a_body(self, house: House, clinician: Asker):
        ids = await belongings(house, clinician, await clinician.enrol())
        await clinician.do(
            "POST", f"/v1/goals/{ids['goal_id']}/rest-days", {"on": ids["on"], "reason": "Away."}
        )
        assert len(DELETES) == 5
        for template in DELETES:
            path = template.format(**ids)
            # A reason is for no log of a proxy.
            told = await clinician.ask("DELETE", f"{path}?reason=Twice.")
            assert told.status_code == 400, template
            events = await house.size()
            answer = await house.http.delete(path, headers={**clinician.headers, **JSON})
            assert answer.status_code == 200, (template, answer.text)
            assert await house.size() > events, template

    async def test_that_takes_a_reason_takes_none_and_no_blank_one(
        self, house: House, clinician: Asker
    ):
        client_id = await clinician.enrol()
        moods = f"/v1/clients/{client_id}/moods"
        for body, status in (({}, 200), ({"reason": "Twice."}, 200), ({"reason": " "}, 422)):
            made = await clinician.ask("POST", moods, {"rating": 4})
            answer = await clinician.ask("DELETE", made.headers["location"], body)
            assert answer.status_code == status

    def test_is_described_so(self):
        for template in DELETES:
            described = DOCUMENT["paths"][template]["delete"]
            assert described.get("requestBody", {}).get("required", False) is False, template

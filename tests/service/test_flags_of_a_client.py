"""The safety flags of one client over HTTP: in pages, and changed at the version that was seen."""

from tests.service.conftest import Asker, House
from tests.service.test_openapi import DOCUMENT
from tests.service.test_safety import CLOSING, ENDORSED, flagged, send


class TestTheFlagsOfAClient:
    async def test_come_in_pages_newest_first_whatever_is_closed_meanwhile(self, clinician: Asker):
        client_id = await clinician.enrol()
        raised = [(await send(clinician, client_id, ENDORSED))["flag_id"] for _ in range(5)]
        path = f"/v1/clients/{client_id}/safety-flags"
        seen, query = [], "limit=2"
        for nth in range(3):
            page = await clinician.get(f"{path}?{query}")
            seen += [one["id"] for one in page["items"]]
            await clinician.do("POST", f"{path}/{raised[-1 - nth]}/close", CLOSING)
            query = f"limit=2&cursor={page['next']}"
        assert (seen, page["next"]) == (raised[::-1], None)
        closed = await clinician.get(f"{path}?open=false")
        assert [one["id"] for one in closed["items"]] == raised[:1:-1]
        still = await clinician.get(f"{path}?open=true")
        assert [one["id"] for one in still["items"]] == raised[1::-1]

    async def test_are_changed_at_the_version_that_was_seen(self, house: House, clinician: Asker):
        client_id, flag_id = await flagged(house, clinician)
        path = f"/v1/clients/{client_id}/safety-flags"
        seen = (await clinician.ask("GET", path)).headers["etag"]
        first = await clinician.ask("POST", f"{path}/{flag_id}/acknowledge", If_Match=seen)
        assert (first.status_code, first.headers["etag"]) == (200, 'W/"2"')
        action = {"action": "Called at noon."}
        late = await clinician.ask("POST", f"{path}/{flag_id}/act", action, If_Match=seen)
        assert (late.status_code, late.json()["type"]) == (412, "/problems/version-mismatch")
        for command in ("acknowledge", "act", "close"):
            told = DOCUMENT["paths"]["/v1/clients/{client_id}/safety-flags/{flag_id}/" + command][
                "post"
            ]
            assert "If-Match" in str(told["parameters"])

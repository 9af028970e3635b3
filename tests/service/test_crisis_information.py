"""Crisis information over HTTP: for everybody, at any time, for the country one is in."""

import pytest

from service.auth import Role
from tests.service.conftest import Asker, House

WHEREVER = "the emergency number of the place where you are"
DONDEQUIERA = "el número de emergencias del lugar donde se encuentra"


class TestCrisisInformation:
    @pytest.mark.parametrize(
        ("query", "reach"),
        [
            ("country=US", ["988", "911"]),
            ("country=CA", ["988", "911"]),
            ("country=IE", ["116 123", "112"]),
            ("country=DE", ["112"]),
            ("country=NZ", ["the emergency number of the place where you are"]),
            (
                "country=NZ&language=es-MX",
                ["el número de emergencias del lugar donde se encuentra"],
            ),
            ("", ["the emergency number of the place where you are"]),
        ],
    )
    async def test_is_there_for_everybody_at_any_time(
        self, house: House, clinician: Asker, query: str, reach: list[str]
    ):
        client_id = await clinician.enrol()
        askers: list[tuple[Role, str]] = [
            ("clinician", "a"), ("client", client_id), ("app", "b"), ("auditor", "c")
        ]  # fmt: skip
        for role, subject in askers:
            shown = await house.asker(role, subject).get(f"/v1/crisis-information?{query}")
            assert [one["reach"] for one in shown["lines"]] == reach
            assert shown["reviewed_on"]
            assert shown["source"]

    async def test_is_that_of_the_clients_own_country(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        await clinician.do("PATCH", f"/v1/clients/{client_id}", {"country": "GB"})
        assert (await clinician.get(f"/v1/clients/{client_id}"))["country"] == "GB"
        shown = await house.asker("client", client_id).get("/v1/crisis-information")
        assert (shown["country"], shown["lines"][0]["name"]) == ("GB", "Samaritans")

    @pytest.mark.parametrize("query", ["country=us", "country=U", "language=x", "language=EN"])
    async def test_is_asked_for_in_known_forms(self, clinician: Asker, query: str):
        refused = await clinician.ask("GET", f"/v1/crisis-information?{query}")
        assert refused.status_code == 400
        assert refused.json()["parameter"] == query.partition("=")[0]

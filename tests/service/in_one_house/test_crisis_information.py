"""Crisis information over HTTP: for everybody, at any time, for the country one is in."""

from uuid import uuid4

import pytest

from events.practice import ChangePracticeSettings
from service.auth import Role
from tests.days import day
from tests.service.conftest import Asker, House, say_to_practice

WHEREVER = "the emergency number of the place where you are"
DONDEQUIERA = "el número de emergencias del lugar donde se encuentra"


class TestCrisisInformation:
    @pytest.mark.parametrize(
        ("query", "reach"),
        [
            ("country=US", ["988", "911"]),
            ("country=CA", ["988", "911"]),
            ("country=IE", ["116 123", "112"]),
            ("country=DE", ["0800 111 0 111", "116 123", "112"]),
            ("country=ES&language=es", ["024", "112"]),
            ("country=MX&language=es-MX", ["800 911 2000", "911"]),
            ("country=JP", ["the emergency number of the place where you are"]),
            (
                "country=JP&language=es-MX",
                ["el número de emergencias del lugar donde se encuentra"],
            ),
            ("", ["143", "112"]),
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
            reviewed = shown["country"] == "CH"
            assert (shown["reviewed_by"] is not None) is reviewed
            # Who wrote them down is for those who choose them.
            told = role in ("clinician", "auditor")
            assert ("checked_by" in shown, "source" in shown) == (told, told)

    async def test_is_reviewed_once_the_practice_says_so(self, clinician: Asker):
        today = day(0)
        review = {"lines": [], "reviewed_on": today, "reviewed_by": "Dr Elm"}
        await clinician.do("PUT", "/v1/practice/crisis-lines/US", review)
        shown = await clinician.get("/v1/crisis-information?country=US")
        assert (shown["reviewed_by"], shown["reviewed_on"]) == ("Dr Elm", today)
        assert [one["reach"] for one in shown["lines"]] == ["988", "911"]
        refused = await clinician.ask("PUT", "/v1/practice/crisis-lines/JP", review)
        assert (refused.status_code, refused.json()["pointer"]) == (422, "/lines")

    async def test_is_told_to_a_client_of_whom_nothing_is_recorded(self, house: House):
        stranger = house.asker("client", str(uuid4()))
        shown = await stranger.get("/v1/crisis-information")
        assert (shown["country"], shown["lines"][0]["reach"]) == ("CH", "143")
        spanish = ChangePracticeSettings(practice_id=house.practice_id, language="es")
        await say_to_practice(house.cairn, spanish)
        shown = await stranger.get("/v1/crisis-information")
        assert (shown["language"], shown["lines"][-1]["name"]) == ("es", "Servicios de emergencia")

    async def test_is_that_of_the_clients_own_country(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        path = f"/v1/clients/{client_id}"
        refused = await clinician.ask("PATCH", path, {"country": "GB"})
        assert (refused.status_code, refused.json()["facts"]) == (409, {"country": "GB"})
        body = {"display_name": "Ben", "zone": "Europe/London", "country": "GB"}
        assert (await clinician.ask("POST", "/v1/clients", body)).status_code == 409
        reviewed = {"lines": [], "reviewed_on": day(0), "reviewed_by": "Dr Elm"}
        await clinician.do("PUT", "/v1/practice/crisis-lines/GB", reviewed)
        await clinician.do("PATCH", path, {"country": "GB"})
        assert (await clinician.get(f"/v1/clients/{client_id}"))["country"] == "GB"
        shown = await house.asker("client", client_id).get("/v1/crisis-information")
        assert (shown["country"], shown["lines"][0]["name"]) == ("GB", "Samaritans")

    @pytest.mark.parametrize("query", ["country=us", "country=U", "language=x", "language=EN"])
    async def test_is_asked_for_in_known_forms(self, clinician: Asker, query: str):
        refused = await clinician.ask("GET", f"/v1/crisis-information?{query}")
        assert refused.status_code == 400
        assert refused.json()["parameter"] == query.partition("=")[0]

"""What each may send as a position: to read what was written, and to begin a subscription."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from events.subscription import SubscriptionReplayed
from projections.told_position import SealedPositions
from tests.service.conftest import Asker, House, open_practice
from tests.service.in_one_house.test_who_may import planned
from tests.service.test_subscriptions import PATH, feel, subscribe

REFUSED = "/problems/parameter-refused"
AHEAD = "The log has not come that far: send a position it answered with."


@pytest.fixture
def sealed(house: House) -> SealedPositions:
    return SealedPositions(house.cairn.master)


@asynccontextmanager
async def no_view_moves(house: House) -> AsyncIterator[None]:
    """The projector waits for whoever holds the checkpoints."""
    holding = await house.cairn.connect()
    try:
        async with holding.transaction():
            await holding.execute("SELECT FROM views.checkpoint FOR UPDATE")
            yield
    finally:
        await holding.close()


def refused(answer: httpx.Response) -> dict[str, Any]:
    """The problem, without what names this one request."""
    assert (answer.status_code, answer.json()["type"]) == (400, REFUSED), answer.text
    return {name: told for name, told in answer.json().items() if name != "instance"}


class TestAToken:
    async def test_lets_who_sends_it_read_what_they_wrote_and_no_less(
        self, house: House, clinician: Asker
    ):
        client_id = await clinician.enrol()
        path = f"/v1/clients/{client_id}/trends/mood"
        for asker in (house.asker("client", client_id), house.asker("app", "diary")):
            await feel(asker, client_id, 3)
            before = (await asker.get(path))["days"][0]["count"]
            async with no_view_moves(house):
                await feel(asker, client_id, 4)
                late = await asker.ask("GET", path)
                assert (late.status_code, late.json()["type"]) == (503, "/problems/view-behind")
                asker.position, written = None, asker.position
                assert (await asker.get(path))["days"][0]["count"] == before
            asker.position = written
            assert (await asker.get(path))["days"][0]["count"] == before + 1

    async def test_is_taken_from_everybody(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        anna = house.asker("client", client_id)
        await feel(anna, client_id, 3)
        for asker in (house.asker(), house.asker("auditor", "ann"), house.asker("app", "diary")):
            asker.reads_after(anna)
            assert (await asker.get(f"/v1/clients/{client_id}/trends/mood"))["days"]

    async def test_of_another_practice_or_damaged_is_refused_by_name(
        self, house: House, clinician: Asker, sealed: SealedPositions
    ):
        client_id = await clinician.enrol()
        other = await open_practice(house.cairn, "Oak Street")
        own = sealed.token(house.practice_id, 1)
        wrong = {
            "another's": sealed.token(other, 1),
            "damaged": own[:20] + ("A" if own[20] != "A" else "B") + own[21:],
            "cut": own[:-1],
            "made up": "A" * 48,
            "no token": "latest",
        }
        for asker in (clinician, house.asker("client", client_id), house.asker("app", "diary")):
            said = {
                name: refused(
                    await asker.ask("GET", f"/v1/clients/{client_id}", Cairn_Position=token)
                )
                for name, token in wrong.items()
            }
            assert {one["parameter"] for one in said.values()} == {"Cairn-Position"}
            assert len({str(one) for one in said.values()}) == 1
            shown = await asker.ask("GET", f"/v1/clients/{client_id}", Cairn_Position=own)
            assert shown.status_code == 200

    async def test_ahead_of_a_log_that_was_restored_is_refused_as_a_number_is(
        self, house: House, clinician: Asker, sealed: SealedPositions
    ):
        client_id = await clinician.enrol()
        ahead = sealed.token(house.practice_id, 1_000)
        app = house.asker("app", "diary")
        told = refused(await app.ask("GET", f"/v1/clients/{client_id}", Cairn_Position=ahead))
        assert told["detail"] == AHEAD
        as_number = await clinician.ask("GET", f"/v1/clients/{client_id}", Cairn_Position="1000")
        assert refused(as_number) == told

    async def test_begins_a_subscription_and_a_replay_where_an_app_was(
        self, house: House, clinician: Asker
    ):
        client_id = await clinician.enrol()
        app = house.asker("app", "diary")
        whom = {"app": "diary", "url": "https://diary.example/", "categories": ["mood"]}
        first = await subscribe(clinician, **whom)
        await feel(clinician, client_id, 1, 2, 3)
        await planned(house, first["id"])
        told = (await app.get(f"{PATH}/{first['id']}/events"))["items"]
        anew = await subscribe(
            clinician, app="diary", categories=["mood"], after=told[0]["position"]
        )
        await planned(house, anew["id"])
        again = (await app.get(f"{PATH}/{anew['id']}/events"))["items"]
        assert [one["stream_id"] for one in again] == [one["stream_id"] for one in told[1:]]
        assert [one["position"] for one in again] == [one["position"] for one in told[1:]]
        path = f"{PATH}/{first['id']}/replay"
        await clinician.do("POST", path, {"after": told[0]["position"]})
        [replayed] = [
            one.event
            for one in await house.cairn.store.read_practice(house.practice_id)
            if isinstance(one.event, SubscriptionReplayed)
        ]
        await planned(house, first["id"])
        by_number = await clinician.get(f"{PATH}/{first['id']}/events")
        assert replayed.after == by_number["items"][0]["position"]

    async def test_of_another_practice_begins_no_subscription(
        self, house: House, clinician: Asker, sealed: SealedPositions
    ):
        other = await open_practice(house.cairn, "Oak Street")
        made = await subscribe(clinician, app="diary")
        for token in (sealed.token(other, 1), "A" * 48):
            for path, body in (
                (PATH, {"name": "Diary", "app": "diary", "after": token}),
                (f"{PATH}/{made['id']}/replay", {"after": token}),
            ):
                answer = await clinician.ask("POST", path, body)
                assert answer.status_code == 422
                assert answer.json()["type"] == "/problems/position-foreign"
                assert answer.json()["pointer"] == "/after"


class TestANumber:
    async def test_is_refused_of_an_app_in_a_practice_that_was_never_told_them_to(
        self, house: House, clinician: Asker
    ):
        """However far the log is, the answer is the same: nobody counts the log by it."""
        client_id = await clinician.enrol()
        head = await house.cairn.store.head(house.practice_id)
        for asker in (house.asker("client", client_id), house.asker("app", "diary")):
            for path in (f"/v1/clients/{client_id}", f"/v1/goals/{uuid4()}", "/v1/practice"):
                told = [
                    refused(await asker.ask("GET", path, Cairn_Position=str(number)))
                    for number in (1, head, head + 1, 10**17)
                ]
                assert {one["detail"] for one in told} == {AHEAD}
                assert all(one == told[0] for one in told)
            # It is behind every log, and so it says nothing about one.
            behind = await asker.ask("GET", "/v1/practice", Cairn_Position="0")
            assert behind.status_code == 200

    async def test_is_refused_of_a_client_in_a_cursor_as_well(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        await feel(clinician, client_id, 1, 2, 3)
        path = f"/v1/clients/{client_id}/timeline?limit=2"
        cursor = (await clinician.get(path))["next"]
        anna = house.asker("client", client_id)
        anna.reads_after(clinician)
        answer = await anna.ask("GET", f"{path}&cursor={cursor}")
        assert refused(answer)["parameter"] == "cursor"
        own = (await anna.get(path))["next"]
        assert len((await anna.get(f"{path}&cursor={own}"))["items"]) == 2
        assert len((await clinician.get(f"{path}&cursor={own}"))["items"]) == 2

    async def test_turns_nobody_away_who_answers_a_form(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        anna = house.asker("client", client_id)
        path = f"/v1/clients/{client_id}/assessments"
        form = {"instrument": "phq9", "answers": [0, 0, 0, 0, 0, 0, 0, 0, 2]}
        for position in ("0", "999999", "A" * 48):
            taken = await anna.ask("POST", path, form, Cairn_Position=position)
            assert taken.status_code == 201

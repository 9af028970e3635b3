"""Repeats, conditions and positions: what a client on a bad connection can rely on."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from service.asked import WAIT_SECONDS
from tests.days import day
from tests.service.conftest import Asker, House, walking

REPLAYED = "idempotency-replayed"


def without_review(first: httpx.Response) -> dict[str, Any]:
    """What a repeat answers: what would be asked about a goal may have changed since."""
    told: dict[str, Any] = first.json()
    return {name: value for name, value in told.items() if name != "review"}


class TestIdempotencyKeys:
    async def test_make_a_new_thing_once(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        key = str(uuid4())
        for path, body in (
            (f"/v1/clients/{client_id}/moods", {"rating": 5}),
            (f"/v1/clients/{client_id}/goals", walking()),
            (f"/v1/clients/{client_id}/assessments", {"instrument": "phq8", "total": 5}),
            ("/v1/clients", {"display_name": "Ben", "zone": "UTC"}),
        ):
            key = str(uuid4())
            first = await clinician.ask("POST", path, body, Idempotency_Key=key)
            events = await house.size()
            again = await clinician.ask("POST", path, body, Idempotency_Key=key)
            assert first.status_code == again.status_code == 201
            # What a review asks is of its time: a repeat, which records nothing, leaves it out.
            told = {name: said for name, said in first.json().items() if name != "review"}
            assert again.json() == told
            assert first.json()["id"] == key
            assert first.headers["location"] == again.headers["location"]
            assert REPLAYED not in first.headers
            assert again.headers[REPLAYED] == "true"
            assert await house.size() == events

    async def test_are_refused_for_something_else(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        path = f"/v1/clients/{client_id}/moods"
        key = str(uuid4())
        await clinician.ask("POST", path, {"rating": 5}, Idempotency_Key=key)
        events = await house.size()
        other = await clinician.ask("POST", path, {"rating": 6}, Idempotency_Key=key)
        assert other.status_code == 422
        assert other.json()["type"] == "/problems/content-mismatch"
        assert await house.size() == events

    async def test_answer_the_same_for_commands_whatever_came_between(
        self, house: House, clinician: Asker
    ):
        goal_id = await clinician.set_goal(await clinician.enrol())
        path = f"/v1/goals/{goal_id}"
        why = {"reason": "Flu.", "client_agreed": True}
        commands = [
            ("PUT", f"{path}/deadline", {"due_on": day(70), **why}),
            ("POST", f"{path}/pause", {}),
            ("POST", f"{path}/resume", {}),
            ("PUT", f"{path}/statement", {"statement": "Walk outside", **why}),
            ("POST", f"{path}/close", {"reason": "other"}),
            ("POST", f"{path}/reopen", {"reason": "Too soon.", "due_on": day(72)}),
            ("POST", f"{path}/replace", {"goal": walking(statement="Swim"), "reason": "Knee."}),
        ]
        keys = [str(uuid4()) for _ in commands]
        firsts = [
            await clinician.ask(method, where, body, Idempotency_Key=key)
            for key, (method, where, body) in zip(keys, commands, strict=True)
        ]
        events = await house.size()
        for key, (method, where, body), first in zip(keys, commands, firsts, strict=True):
            assert first.status_code in (200, 201), first.text
            again = await clinician.ask(method, where, body, Idempotency_Key=key)
            assert again.json() == without_review(first), where
            assert again.headers["etag"] == first.headers["etag"]
            assert again.headers[REPLAYED] == "true"
        assert await house.size() == events
        _, where, _ = commands[0]
        other = await clinician.ask(
            "PUT", where, {"due_on": day(71), **why}, Idempotency_Key=keys[0]
        )
        # Whether it may be done comes first: the goal has been replaced since.
        assert other.json()["type"] == "/problems/goal-not-open"

    async def test_sent_at_once_are_recorded_once(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        events = await house.size()
        key = str(uuid4())
        answers = await asyncio.gather(
            *(
                clinician.ask(
                    "POST", f"/v1/clients/{client_id}/moods", {"rating": 5}, Idempotency_Key=key
                )
                for _ in range(20)
            )
        )
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.text for answer in answers}) == 1
        assert await house.size() == events + 1

    async def test_of_a_check_in_outlive_its_goal(self, clinician: Asker):
        goal_id = await clinician.set_goal(await clinician.enrol())
        key = str(uuid4())
        path = f"/v1/goals/{goal_id}/check-ins"
        first = await clinician.ask("POST", path, {"amount": 5}, Idempotency_Key=key)
        await clinician.do("POST", f"/v1/goals/{goal_id}/close", {"reason": "other"})
        again = await clinician.ask("POST", path, {"amount": 5}, Idempotency_Key=key)
        assert again.json() == first.json()


class TestChosenIds:
    async def test_make_entries_once_without_any_key(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        body = {"rating": 5, "id": str(uuid4()), "occurred_at": f"{day(-1)}T12:00:00+01:00"}
        first, again = [
            await clinician.ask("POST", f"/v1/clients/{client_id}/moods", body) for _ in range(2)
        ]
        assert first.json() == again.json()
        assert again.headers[REPLAYED] == "true"
        taken = await clinician.ask("POST", f"/v1/clients/{client_id}/moods", {**body, "rating": 6})
        assert taken.json()["type"] == "/problems/content-mismatch"

    async def test_name_no_client_by_being_a_practices(self, house: House, clinician: Asker):
        events = await house.size()
        as_client = await clinician.ask(
            "POST", f"/v1/clients/{house.practice_id}/moods", {"rating": 5}
        )
        assert as_client.status_code == 404
        assert await house.size() == events


class TestIfMatch:
    async def test_lets_the_first_of_two_through(self, house: House, clinician: Asker):
        goal_id = await clinician.set_goal(await clinician.enrol())
        seen = await clinician.ask("GET", f"/v1/goals/{goal_id}")
        etag = seen.headers["etag"]
        assert etag == 'W/"3"'
        path = f"/v1/goals/{goal_id}/deadline"
        why = {"reason": "Flu.", "client_agreed": True}
        first = await clinician.ask("PUT", path, {"due_on": day(70), **why}, If_Match=etag)
        assert first.headers["etag"] == 'W/"4"'
        events = await house.size()
        stale = await clinician.ask("PUT", path, {"due_on": day(80), **why}, If_Match=etag)
        assert stale.status_code == 412
        assert stale.json()["type"] == "/problems/version-mismatch"
        body = {"goal": walking(), "reason": "Other."}
        stale = await clinician.ask("POST", f"/v1/goals/{goal_id}/replace", body, If_Match='"3"')
        assert stale.status_code == 412
        assert await house.size() == events
        fresh = await clinician.ask("PUT", path, {"due_on": day(80), **why}, If_Match='"4"')
        assert fresh.status_code == 200
        after = await clinician.ask("POST", f"/v1/goals/{goal_id}/pause", {}, If_Match="*")
        assert after.status_code == 200


class TestPositions:
    async def test_make_what_was_written_readable_at_once(self, clinician: Asker):
        for rating in range(1, 6):
            client_id = await clinician.enrol()
            await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": rating})
            answer = await clinician.ask("GET", f"/v1/clients/{client_id}/trends/mood")
            assert answer.json()["days"][0]["mean"] == rating
            assert int(answer.headers["cairn-position"]) >= int(clinician.position or 0)

    async def test_that_a_view_does_not_reach_in_time_are_told_so(
        self, house: House, clinician: Asker
    ):
        client_id = await clinician.enrol()
        async with house.cairn.pool.acquire() as held, held.transaction():
            # Nobody projects this practice while its checkpoints are held.
            await held.execute(
                "SELECT FROM views.checkpoint WHERE practice_id = $1 FOR UPDATE", house.practice_id
            )
            await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 5})
            loop = asyncio.get_running_loop()
            began = loop.time()
            late = await clinician.ask("GET", f"/v1/clients/{client_id}/trends/mood")
            assert WAIT_SECONDS - 0.5 < loop.time() - began < WAIT_SECONDS + 1.5
            assert late.status_code == 503
            assert late.headers["retry-after"] == "1"
            assert late.json()["type"] == "/problems/view-behind"
        now = await clinician.ask("GET", f"/v1/clients/{client_id}/trends/mood")
        assert now.json()["days"][0]["count"] == 1

    async def test_of_a_view_that_is_made_anew_are_not_shown(
        self, house: House, clinician: Asker, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("service.asked.PIECE_EVENTS", 3)
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        await clinician.get(f"/v1/goals/{goal_id}")
        path = f"/v1/clients/{client_id}/goals"
        async with house.cairn.pool.acquire() as held, held.transaction():
            # Nobody projects while the others are held; what is made anew begins with nothing.
            await held.execute(
                "SELECT FROM views.checkpoint WHERE view <> 'goal_status' FOR UPDATE"
            )
            pool = house.cairn.pool
            await pool.execute("DELETE FROM views.goal_status")
            await pool.execute(
                "UPDATE views.checkpoint SET position = 0 WHERE view = 'goal_status'"
            )
            anew = house.asker()  # Who asks for no position is not shown a part of it, either.
            late = await anew.ask("GET", path)
            assert (late.status_code, late.headers["retry-after"]) == (503, "1")
            assert (await anew.ask("GET", f"/v1/clients/{client_id}")).status_code == 200
        monkeypatch.undo()
        assert len((await clinician.get(path))["items"]) == 1


class TestReplacing:
    async def test_answers_the_same_after_a_discharge(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        body = {"goal": walking(statement="Swim once a week"), "reason": "The knee."}
        key = str(uuid4())
        path = f"/v1/goals/{goal_id}/replace"
        first = await clinician.ask("POST", path, body, Idempotency_Key=key)
        await clinician.do("POST", f"/v1/clients/{client_id}/discharge", {})
        again = await clinician.ask("POST", path, body, Idempotency_Key=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.json() == without_review(first)

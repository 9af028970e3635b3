"""Goals that ended by mistake, and go on: what shows it, and what follows."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from events.goal import GoalReopened
from events.record import Cause, Step, digest
from service.settings import Settings
from tests.service.walking import Walk, instant, local, on, walking

ONE_PARTY = {"type": "milestone"}
FIVE = {"type": "count", "amount": 5}
DAILY = {"type": "frequency", "amount": 1, "unit": "times", "per": "day"}
WHY = {"reason": "That was another goal's."}


@pytest.fixture
async def anna(settings: Settings) -> AsyncIterator[Walk]:
    async with walking(settings) as walk:
        yield walk


async def checks_in(anna: Walk, goal_id: str, amount: float = 1) -> str:
    body = {"amount": amount}
    made = await anna.client.do("POST", f"/v1/goals/{goal_id}/check-ins", body)
    return str(made["id"])


async def reopened(anna: Walk, goal_id: str, **more: Any) -> None:
    await anna.clinician.do("POST", f"/v1/goals/{goal_id}/reopen", {**WHY, **more})


class TestAMilestoneThatWasNone:
    async def test_is_shown_and_goes_on_once_it_is_reopened(self, anna: Walk) -> None:
        goal_id = await anna.sets_out(ONE_PARTY, on(28))
        anna.it_is(on(5), 9)
        mistaken = await checks_in(anna, goal_id)
        assert await anna.swept(on(5), hour=10) == {"reached": 1}
        assert await anna.waiting() == []
        await anna.client.do("DELETE", f"/v1/check-ins/{mistaken}", {"reason": "Wrong goal."})
        assert await anna.swept(on(5), hour=11) == {}
        lost = await anna.shown(goal_id)
        assert (lost["stage"], lost["progress"]["fraction"]) == ("reached", 0.0)
        assert await anna.waiting() == ["no_longer_met"]
        listed = await anna.clinician.get("/v1/clients?attention=true")
        assert [one["id"] for one in listed["items"]] == [anna.client_id]
        before = lost["version"]
        await reopened(anna, goal_id)
        goes_on = await anna.shown(goal_id)
        assert (goes_on["stage"], goes_on["course"]) == ("active", "on_course")
        assert (goes_on["ended_at"], goes_on["version"]) == (None, before + 1)
        assert await anna.waiting() == []
        # A real one reaches it, as of then.
        await anna.does(goal_id, on(21), hour=23)
        assert await anna.swept(on(22)) == {"reached": 1}
        done = await anna.shown(goal_id)
        assert instant(done["ended_at"]) == local(on(21), 23)
        expected = ["set", "agreed", "agreed", "reached", "reopened", "reached"]
        assert await anna.steps(goal_id) == expected

    async def test_says_so_in_its_history_and_to_the_client_without_the_note(
        self, anna: Walk
    ) -> None:
        goal_id = await anna.sets_out(ONE_PARTY, on(28))
        await anna.does(goal_id, on(5))
        await anna.swept(on(5), hour=20)
        await reopened(anna, goal_id)
        path = f"/v1/goals/{goal_id}/history"
        step = (await anna.clinician.get(path))["revisions"][-1]
        assert (step["kind"], step["why"]) == ("reopened", WHY["reason"])
        assert step["changes"] == [
            {"field": "stage", "from_value": "reached", "to_value": "active"}
        ]
        told = (await anna.client.get(path))["revisions"][-1]
        assert (told["kind"], told["why"]) == ("reopened", "")

    async def test_is_not_reached_again_by_what_there_was(self, anna: Walk) -> None:
        goal_id = await anna.sets_out(ONE_PARTY, on(28))
        await anna.does(goal_id, on(5))
        await anna.swept(on(5), hour=20)
        anna.it_is(on(6))
        await reopened(anna, goal_id)
        # Somebody has said that it was none: the entry is withdrawn a day later, or never.
        assert await anna.swept(on(7)) == {}
        assert (await anna.shown(goal_id))["stage"] == "active"
        await anna.does(goal_id, on(9))
        assert await anna.swept(on(10)) == {"reached": 1}


class TestACountThatWasLess:
    async def test_is_shown_until_it_goes_on_or_people_say_that_it_is_reached(
        self, anna: Walk
    ) -> None:
        goal_id = await anna.sets_out(FIVE, on(10))
        anna.it_is(on(4), 10)
        fifty = await checks_in(anna, goal_id, 50)
        assert await anna.swept(on(4), hour=11) == {"reached": 1}
        # An hour later than was said: what it was enough for stays.
        corrected = {"occurred_at": local(on(4), 10, 30).isoformat()}
        await anna.client.do("PUT", f"/v1/check-ins/{fifty}", corrected)
        assert await anna.waiting() == []
        await anna.client.do("PUT", f"/v1/check-ins/{fifty}", {"amount": 0.5})
        assert await anna.waiting() == ["no_longer_met"]
        # Its date has passed meanwhile: another one comes with the reopening.
        anna.it_is(on(12), 9)
        path = f"/v1/goals/{goal_id}/reopen"
        refused = await anna.clinician.ask("POST", path, WHY)
        problem = refused.json()
        assert (refused.status_code, problem["type"]) == (422, "/problems/deadline-passed-since")
        assert problem["pointer"] == "/due_on"
        await reopened(anna, goal_id, due_on=str(on(20)), client_agreed=True)
        assert await anna.steps(goal_id) == [
            "set", "agreed", "agreed", "reached", "reopened", "deadline_revised",
        ]  # fmt: skip
        goes_on = await anna.shown(goal_id)
        assert (goes_on["due_on"], goes_on["progress"]["latest"]) == (str(on(20)), 0.5)
        await anna.clinician.do("POST", f"/v1/goals/{goal_id}/reach", {"note": "Enough."})
        # People have said so, knowing how much there is.
        assert await anna.waiting() == []

    async def test_is_for_clinicians_to_reopen(self, anna: Walk) -> None:
        goal_id = await anna.sets_out(FIVE, on(10))
        await anna.does(goal_id, on(4), 5)
        await anna.swept(on(4), hour=20)
        refused = await anna.client.ask("POST", f"/v1/goals/{goal_id}/reopen", WHY)
        assert refused.status_code == 403


class TestAGoalThatWasClosed:
    async def test_goes_on_with_the_scores_of_the_time_between(self, anna: Walk) -> None:
        half = {"type": "score", "instrument": "bdi2", "baseline": 28,
                "target": {"type": "percent_change", "percent": -50}}  # fmt: skip
        goal_id = await anna.sets_out(half, on(27, 4))
        anna.it_is(on(5), 9)
        await anna.clinician.do("POST", f"/v1/goals/{goal_id}/close", {"reason": "other"})
        await anna.scores(on(9), 21)
        closed = await anna.shown(goal_id)
        assert (closed["stage"], closed["close_reason"]) == ("closed", "other")
        assert closed["progress"]["entries"] == 0
        anna.it_is(on(10), 9)
        await reopened(anna, goal_id)
        goes_on = await anna.shown(goal_id)
        assert (goes_on["stage"], goes_on["close_reason"]) == ("active", None)
        assert goes_on["progress"]["latest"] == 21.0

    async def test_goes_on_with_the_moods_of_the_time_between(self, anna: Walk) -> None:
        goal_id = await anna.sets_out({**DAILY, "source": "mood_entries"}, on(15))
        await anna.feels(on(3), 5)
        anna.it_is(on(4), 9)
        await anna.clinician.do("POST", f"/v1/goals/{goal_id}/close", {"reason": "other"})
        await anna.feels(on(4), 5)
        await anna.feels(on(5), 6)
        assert (await anna.progress(goal_id))["entries"] == 1
        await reopened(anna, goal_id)
        assert (await anna.progress(goal_id))["entries"] == 3
        await anna.feels(on(6), 6)
        assert (await anna.progress(goal_id))["periods_met"] == 4

    async def test_follows_its_session_again(self, anna: Walk) -> None:
        path = f"/v1/clients/{anna.client_id}/sessions"
        starts_at = {"starts_at": local(on(9), 15).isoformat()}
        session_id = (await anna.clinician.do("POST", path, starts_at))["id"]
        await anna.swept(on(2), hour=11)
        goal_id = await anna.sets_out(FIVE, None, by_next_session=True)
        await anna.clinician.do("POST", f"/v1/goals/{goal_id}/close", {"reason": "other"})
        moved = {"starts_at": local(on(11), 15).isoformat()}
        await anna.clinician.do("POST", f"/v1/sessions/{session_id}/move", moved)
        await reopened(anna, goal_id)
        await anna.swept(on(3))
        assert (await anna.shown(goal_id))["due_on"] == str(on(11))

    async def test_is_a_proposal_again_where_it_was_one(self, anna: Walk) -> None:
        goal_id = await anna.proposes(FIVE, on(10))
        await anna.clinician.do("POST", f"/v1/goals/{goal_id}/close", {"reason": "other"})
        await reopened(anna, goal_id)
        assert (await anna.shown(goal_id))["stage"] == "proposed"
        assert await anna.waiting() == ["agreement_needed"]


class TestAGoalThatEndedWhileItRested:
    """Twenty days, once a day: nothing was asked from its pause until it was reopened."""

    async def rested(self, anna: Walk, end: str, *, until: date, stored_anew: bool = True) -> str:
        """Paused on the first day, ended on the tenth, and reopened."""
        goal_id = await anna.sets_out(DAILY, on(21))
        path = f"/v1/goals/{goal_id}"
        await anna.clinician.do("POST", f"{path}/pause", {})
        anna.it_is(on(11), 9)
        reason = {"reason": "other"} if end == "close" else {}
        await anna.clinician.do("POST", f"{path}/{end}", reason)
        assert (await anna.progress(goal_id))["excused"] == 9
        anna.it_is(until, 9)
        if stored_anew:
            await reopened(anna, goal_id)
        else:
            await reopened_once(anna, UUID(goal_id))
        return goal_id

    async def takes_rests(self, anna: Walk, goal_id: str) -> list[int]:
        """What each further day of the goal's twenty is answered as a day of rest."""
        path = f"/v1/goals/{goal_id}/rest-days"
        answers = [
            await anna.client.ask("POST", path, {"on": str(on(nth)), "reason": "Guests."})
            for nth in range(13, 22)
        ]
        problems = {one.json()["type"] for one in answers if one.status_code == 409}
        assert problems <= {"/problems/too-many-rests"}
        return [one.status_code for one in answers]

    @pytest.mark.parametrize("end", ["close", "reach"])
    async def test_asks_for_half_of_its_days(self, anna: Walk, end: str) -> None:
        goal_id = await self.rested(anna, end, until=on(11))
        assert await self.takes_rests(anna, goal_id) == [200, *[409] * 8]
        await anna.does(goal_id, on(11))
        await anna.does(goal_id, on(12))
        progress = await anna.progress(goal_id)
        assert (progress["excused"], progress["fraction"]) == (10, 0.2)
        await anna.swept(on(22))
        assert (await anna.shown(goal_id))["stage"] == "active"

    @pytest.mark.parametrize("stored_anew", [True, False], ids=["now", "by an earlier release"])
    async def test_has_rested_until_it_was_reopened(self, anna: Walk, *, stored_anew: bool) -> None:
        goal_id = await self.rested(anna, "close", until=on(12), stored_anew=stored_anew)
        shown = await anna.shown(goal_id)
        assert shown["pauses"] == [{"from_on": str(on(2)), "until_on": str(on(12))}]
        assert (shown["stage"], shown["progress"]["excused"]) == ("active", 10)
        assert await self.takes_rests(anna, goal_id) == [409] * 9

    async def test_counts_a_pause_that_goes_on(self, anna: Walk) -> None:
        goal_id = await anna.sets_out(DAILY, on(21))
        await anna.clinician.do("POST", f"/v1/goals/{goal_id}/pause", {})
        anna.it_is(on(10), 9)
        assert await self.takes_rests(anna, goal_id) == [200, 200, *[409] * 7]
        await anna.clinician.do("POST", f"/v1/goals/{goal_id}/resume", {})
        assert (await anna.progress(goal_id))["excused"] == 10


async def reopened_once(anna: Walk, goal_id: UUID) -> None:
    """Reopened as the release before has recorded it: without the day."""
    store, practice_id = anna.house.cairn.store, anna.house.practice_id
    past = await store.read_stream(practice_id, "goal", goal_id)
    step = Step(
        stream_id=goal_id,
        category="goal",
        client_id=UUID(anna.client_id),
        expected=len(past),
        events=[GoalReopened(goal_id=goal_id, reason="Wrong goal")],
        occurred_at=anna.clock.now,
    )
    cause = Cause(
        command_id=uuid4(), actor="clinician:dr-elm", content=digest("once"), correlation=uuid4()
    )
    await store.append(practice_id, [step], cause=cause)


class TestAfterADischarge:
    async def test_no_goal_goes_on(self, anna: Walk) -> None:
        goal_id = await anna.sets_out(ONE_PARTY, on(28))
        path = f"/v1/goals/{goal_id}"
        await anna.clinician.do("POST", f"{path}/close", {"reason": "treatment_ended"})
        key = {"Idempotency-Key": str(uuid4())}
        first = await anna.clinician.ask("POST", f"{path}/reopen", WHY, **key)
        await anna.clinician.do("POST", f"{path}/close", {"reason": "treatment_ended"})
        leaving = {"reason": "Treatment ended as planned."}
        await anna.clinician.do("POST", f"/v1/clients/{anna.client_id}/discharge", leaving)
        refused = await anna.clinician.ask("POST", f"{path}/reopen", WHY)
        assert (refused.status_code, refused.json()["type"]) == (
            409, "/problems/client-not-enrolled",
        )  # fmt: skip
        again = await anna.clinician.ask("POST", f"{path}/reopen", WHY, **key)
        assert (again.status_code, again.json()) == (200, first.json())

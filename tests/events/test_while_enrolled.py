"""What begins or goes on only while its client is enrolled, and a discharge in the same instant."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from events import check_in
from events.aggregate import Stream
from events.check_in import LogCheckIn
from events.client import ClientDetailsChanged, ClientDischarged, ClientNotEnrolled
from events.goal import GoalClosed, GoalPaused, GoalSet, Stage
from events.goal_commands import (
    AgreeGoal,
    CloseGoal,
    GoalCommand,
    PauseGoal,
    ReopenGoal,
    ReplaceGoal,
    ResumeGoal,
    ReviseDeadline,
    TakeRest,
)
from events.record import Cause
from events.replacement import replace_goal
from events.session import ScheduleSession
from events.store import ContentMismatch, Outcome, Read, UnknownSubject, VersionConflict
from events.transact import ATTEMPTS, Prepare, begin
from events.while_enrolled import (
    EntryAfterDischarge,
    change_goal,
    its_client_enrolled_at,
    schedule_session,
    set_goal,
)
from tests.controls import (
    AGREED,
    ANNA,
    MONDAY,
    NEXT_FRIDAY,
    NOON,
    PRACTICE,
    SWIM,
    WALK,
    ZURICH,
    change,
    goal_active,
    goal_set,
)
from tests.controls import set_goal as asking
from tests.events.log import Interrupted, Log, cause, goal_in, stream

TALK = UUID("0198a000-0000-7000-8000-000000000040")
HOUR = timedelta(hours=1)
DISCHARGED = ClientDischarged(client_id=ANNA)
MARRIED = ClientDetailsChanged(
    client_id=ANNA, display_name="Anna C.", zone=ZURICH, language="de-CH"
)
SESSION = ScheduleSession(
    session_id=TALK, client_id=ANNA, starts_at=NOON + timedelta(days=7), now=NOON
)


def of(category: str, stream_id: UUID, client_id: UUID | None = ANNA) -> Stream:
    return Stream(practice_id=PRACTICE, stream_id=stream_id, category=category, client_id=client_id)


async def discharge(log: Log) -> None:
    await log.has("client", ANNA, DISCHARGED)


async def sets(log: Log, *, why: Cause | None = None, **changes: Any) -> Outcome:
    return await set_goal(
        log,
        of("goal", WALK),
        asking(**changes),
        cause=why or cause("set"),
        occurred_at=NOON,
    )


async def schedules(log: Log, *, why: Cause | None = None) -> Outcome:
    return await schedule_session(
        log, of("session", TALK), SESSION, cause=why or cause("schedule"), occurred_at=NOON
    )


async def replaces(log: Log, *, why: Cause | None = None) -> Outcome:
    return await replace_goal(
        log,
        PRACTICE,
        ReplaceGoal(goal_id=WALK, now=NOON, by_goal_id=SWIM, reason="Warmer"),
        asking(goal_id=SWIM, replaces=WALK),
        cause=why or cause("replace"),
    )


async def changes(log: Log, command: Any, *, why: Cause | None = None) -> Outcome:
    return await change_goal(
        log, of("goal", WALK, None), command, cause=why or cause("change"), occurred_at=NOON
    )


async def checks_in(log: Log, *, at: datetime, why: Cause | None = None) -> Outcome:
    """Anna reports what she did at a moment."""
    command = LogCheckIn(
        check_in_id=TALK, client_id=ANNA, goal_id=WALK, amount=20, occurred_at=at, now=at
    )
    return await begin(
        log,
        check_in.CHECK_IN,
        of("check_in", TALK),
        command,
        cause=why or cause("check in"),
        occurred_at=at,
        beside=its_client_enrolled_at(log, at=at, now=at),
    )


def prepared(command: GoalCommand) -> Prepare[GoalCommand]:
    """A command that is made of what was read."""

    async def prepare(_: Read) -> GoalCommand:
        return command

    return prepare


AGREE = AgreeGoal(goal_id=WALK, now=NOON, parties=frozenset({"clinician", "client"}))
RESUME = ResumeGoal(goal_id=WALK, now=NOON)
REOPEN = ReopenGoal(goal_id=WALK, now=NOON, reason="Wrong goal")
PAUSE = PauseGoal(goal_id=WALK, now=NOON)
REST = TakeRest(goal_id=WALK, now=NOON, on=MONDAY + timedelta(days=1), reason="A wedding")
LATER = ReviseDeadline(goal_id=WALK, now=NOON, due_on=NEXT_FRIDAY, reason="Flu", client_agreed=True)
PAUSED = *goal_active(), GoalPaused(goal_id=WALK, on=MONDAY)
CLOSED = *goal_active(), GoalClosed(goal_id=WALK, reason="other")

# Of a plan, and of an entry about the time since.
REFUSALS = (ClientNotEnrolled, EntryAfterDischarge)
# What there was before, what is asked, and how often it is asked.
BEGIN = pytest.mark.parametrize(
    ("past", "ask"),
    [
        ((), sets),
        ((), schedules),
        (goal_active(), replaces),
        ((goal_set(),), lambda log, **why: changes(log, AGREE, **why)),
        ((goal_set(), AGREED[0]), lambda log, **why: changes(log, AGREE, **why)),
        (PAUSED, lambda log, **why: changes(log, RESUME, **why)),
        (CLOSED, lambda log, **why: changes(log, REOPEN, **why)),
        (goal_active(), lambda log, **why: changes(log, PAUSE, **why)),
        (goal_active(), lambda log, **why: changes(log, REST, **why)),
        (goal_active(), lambda log, **why: changes(log, LATER, **why)),
        (goal_active(), lambda log, **why: checks_in(log, at=NOON + HOUR, **why)),
        (PAUSED, lambda log, **why: changes(log, prepared(RESUME), **why)),
        (CLOSED, lambda log, **why: changes(log, prepared(REOPEN), **why)),
    ],
    ids=[
        "set",
        "schedule",
        "replace",
        "agree",
        "agree, the second",
        "resume",
        "reopen",
        "pause",
        "rest",
        "move",
        "check in",
        "resume, prepared",
        "reopen, prepared",
    ],
)


class TestAfterADischarge:
    @BEGIN
    async def test_nothing_begins_or_goes_on(self, log: Log, past: Any, ask: Any) -> None:
        if past:
            await log.has_goal(*past)
        await discharge(log)
        head = await log.head(PRACTICE)
        with pytest.raises(REFUSALS):
            await ask(log)
        assert await log.after(head) == []

    @BEGIN
    async def test_a_repeat_is_answered_as_the_first_time(
        self, log: Log, past: Any, ask: Any
    ) -> None:
        if past:
            await log.has_goal(*past)
        why = cause("once")
        first = await ask(log, why=why)
        await discharge(log)
        again = await ask(log, why=why)
        assert (first.repeated, again.repeated) == (False, True)
        assert (again.position, again.version) == (first.position, first.version)

    @BEGIN
    async def test_that_is_recorded_first_nothing_follows(
        self, interrupted: Interrupted, past: Any, ask: Any
    ) -> None:
        if past:
            await interrupted.has_goal(*past)
        head = await interrupted.head(PRACTICE)
        interrupted.before_append = lambda: discharge(interrupted)
        with pytest.raises(REFUSALS):
            await ask(interrupted)
        assert await interrupted.after(head) == [DISCHARGED]

    @BEGIN
    async def test_all_goes_on_beside_other_changes(
        self, interrupted: Interrupted, past: Any, ask: Any
    ) -> None:
        """Their details change in the same instant: it is looked at again, and recorded once."""
        if past:
            await interrupted.has_goal(*past)
        head = await interrupted.head(PRACTICE)
        interrupted.before_append = lambda: interrupted.has("client", ANNA, MARRIED)
        assert not (await ask(interrupted)).repeated
        first, *after = await interrupted.after(head)
        assert (first, bool(after)) == (MARRIED, True)

    async def test_a_goal_is_closed_all_the_same(self, log: Log) -> None:
        await log.has_goal(*goal_active())
        await discharge(log)
        closing = CloseGoal(goal_id=WALK, now=NOON, reason="treatment_ended")
        await changes(log, prepared(closing))
        assert (await goal_in(log, WALK)).stage is Stage.CLOSED

    async def test_what_happened_before_it_is_taken_late(self, log: Log) -> None:
        await log.has_goal(*goal_active())
        await discharge(log)
        assert (await checks_in(log, at=NOON - HOUR)).events

    async def test_what_is_so_already_is_no_new_goal(self, log: Log) -> None:
        await log.has_goal(*goal_active())
        await discharge(log)
        for command in (AGREE, RESUME, REOPEN):
            assert (await changes(log, command)).events == []

    async def test_nobody_is_told_which_ids_were_used(self, log: Log) -> None:
        await sets(log)
        await discharge(log)
        with pytest.raises(ClientNotEnrolled):
            await sets(log, why=cause("another"), statement="Swim")


class TestSetGoal:
    async def test_sets_it_once(self, log: Log) -> None:
        why = cause("set")
        outcome = await sets(log, why=why)
        assert (outcome.version, [type(one) for one in outcome.events]) == (1, [GoalSet])
        again = await sets(log, why=why)
        assert (again.repeated, again.events) == (True, outcome.events)
        assert len(await stream(log, "goal", WALK)) == 1

    async def test_is_refused_where_the_id_was_used_for_another(self, log: Log) -> None:
        await sets(log)
        with pytest.raises(ContentMismatch):
            await sets(log, why=cause("another"), statement="Swim")

    async def test_is_refused_for_nobody(self, log: Log) -> None:
        with pytest.raises(ClientNotEnrolled):
            await set_goal(
                log,
                of("goal", WALK, SWIM),
                asking(client_id=SWIM),
                cause=cause("set"),
                occurred_at=NOON,
            )
        with pytest.raises(UnknownSubject):
            await set_goal(
                log, of("goal", WALK, None), asking(), cause=cause("set"), occurred_at=NOON
            )

    async def test_gives_up_where_the_client_changes_each_time(self) -> None:
        log = Restless()
        await log.opened()
        with pytest.raises(VersionConflict):
            await sets(log)
        assert log.times == ATTEMPTS


class Restless(Log):
    """Before each goal that is set the client's details change once more."""

    times = 0

    async def append(self, practice_id: UUID, steps: Any, *, cause: Cause) -> Any:
        if steps[-1].category == "goal":
            self.times += 1
            await self.has("client", ANNA, change(MARRIED, display_name=f"Anna {self.times}"))
        return await super().append(practice_id, steps, cause=cause)

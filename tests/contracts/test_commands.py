"""How commands reach the log: read, decide, append, and answer the same when said again."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from events import goal_decisions, mood
from events.aggregate import Stream
from events.deadline import DeadlineInThePast
from events.goal_commands import AgreeGoal, GoalCommand, PauseGoal, SetGoal
from events.goal_decisions import GOAL
from events.measure import Frequency
from events.mood import MOOD
from events.record import Cause, Receipt, Step
from events.store import ContentMismatch, EventStore, Outcome, VersionConflict
from events.transact import ATTEMPTS, begin, handle
from tests.contracts.stores import NOON, cause, pauses

Practice = tuple[UUID, UUID]
DUE_ON = date(2026, 3, 30)


class Goal:
    """One goal of one client, spoken to as the doors of the product do."""

    def __init__(self, store: EventStore, practice: Practice) -> None:
        self.store = store
        self.practice_id, self.client_id = practice
        self.goal_id = uuid4()

    @property
    def stream(self) -> Stream:
        return GOAL.stream(self.practice_id, self.goal_id, client_id=self.client_id)

    async def set(self, why: Cause, *, days_later: int = 0) -> Outcome:
        now = NOON + timedelta(days=days_later)
        command = SetGoal(
            goal_id=self.goal_id,
            client_id=self.client_id,
            now=now,
            statement="Sit quietly once a day",
            measure=Frequency(amount=1, unit="times", per="day"),
            achievability=7,
            why="I sleep better when I do",
            due_on=DUE_ON,
            zone="Europe/Zurich",
        )
        return await begin(
            self.store, goal_decisions.GOAL, self.stream, command, cause=why, occurred_at=now
        )

    async def agree(self, why: Cause, *, expected: int | None = None) -> Outcome:
        command = AgreeGoal(
            goal_id=self.goal_id, now=NOON, parties=frozenset({"clinician", "client"})
        )
        return await self.say(command, why, expected=expected)

    async def say(
        self, command: GoalCommand, why: Cause, *, expected: int | None = None
    ) -> Outcome:
        return await handle(
            self.store,
            goal_decisions.GOAL,
            self.stream,
            command,
            cause=why,
            occurred_at=NOON,
            expected=expected,
        )


@pytest.fixture
def goal(store: EventStore, practice: Practice) -> Goal:
    return Goal(store, practice)


class TestBegin:
    async def test_starts_a_stream_at_version_one(self, goal: Goal) -> None:
        outcome = await goal.set(cause("a"))
        assert (outcome.position, outcome.version, outcome.repeated) == (3, 1, False)

    async def test_answers_the_same_when_said_again(self, goal: Goal) -> None:
        why = cause("a")
        first, again = await goal.set(why), await goal.set(why)
        assert (again.position, again.version) == (first.position, first.version)
        assert again.repeated

    async def test_answers_the_same_long_after_it_would_be_refused(self, goal: Goal) -> None:
        why = cause("a")
        first = await goal.set(why)
        again = await goal.set(why, days_later=90)
        assert (again.position, again.repeated) == (first.position, True)

    async def test_is_refused_late_when_it_was_never_said(self, goal: Goal) -> None:
        with pytest.raises(DeadlineInThePast):
            await goal.set(cause("a"), days_later=90)

    async def test_refuses_another_content_under_the_same_id(self, goal: Goal) -> None:
        await goal.set(cause("a"))
        with pytest.raises(ContentMismatch):
            await goal.set(cause("b"))
        # What can not be set is refused for what it is, whether or not the id was used.
        with pytest.raises(DeadlineInThePast):
            await goal.set(cause("b"), days_later=90)

    async def test_refuses_what_somebody_else_has_said(self, goal: Goal) -> None:
        await goal.set(cause("a"))
        with pytest.raises(ContentMismatch):
            await goal.set(msgspec.structs.replace(cause("a"), actor="client:another"))


class TestHandle:
    async def test_appends_what_is_decided(self, goal: Goal) -> None:
        await goal.set(cause("a"))
        outcome = await goal.agree(cause("b"))
        assert (outcome.position, outcome.version) == (5, 3)

    async def test_answers_the_same_when_said_again(self, goal: Goal) -> None:
        await goal.set(cause("a"))
        why = cause("b")
        first = await goal.agree(why)
        await goal.say(PauseGoal(goal_id=goal.goal_id, now=NOON), cause("c"))
        again = await goal.agree(why)
        assert (again.position, again.version) == (first.position, first.version)
        assert again.repeated

    async def test_answers_a_repeat_before_it_looks_at_the_version(self, goal: Goal) -> None:
        await goal.set(cause("a"))
        why = cause("b")
        first = await goal.agree(why, expected=1)
        again = await goal.agree(why, expected=1)
        assert again.position == first.position

    async def test_refuses_another_content_under_the_same_key(self, goal: Goal) -> None:
        await goal.set(cause("a"))
        why = cause("b")
        await goal.agree(why)
        with pytest.raises(ContentMismatch):
            await goal.agree(cause("other", command_id=why.command_id))

    async def test_says_that_it_was_already_so(self, goal: Goal) -> None:
        await goal.set(cause("a"))
        await goal.agree(cause("b"))
        outcome = await goal.agree(cause("b"))
        assert (outcome.events, outcome.version, outcome.repeated) == ([], 3, False)

    async def test_refuses_a_version_that_is_not_there(self, goal: Goal) -> None:
        await goal.set(cause("a"))
        with pytest.raises(VersionConflict):
            await goal.agree(cause("b"), expected=2)

    async def test_finds_nothing_in_a_stream_of_another_category(
        self, goal: Goal, store: EventStore, practice: Practice
    ) -> None:
        await goal.set(cause("a"))
        stream = MOOD.stream(goal.practice_id, goal.goal_id, client_id=goal.client_id)  # fmt: skip
        command = mood.WithdrawMood(mood_id=goal.goal_id, reason="entered in error")
        with pytest.raises(mood.MoodNotKept):
            await handle(store, mood.MOOD, stream, command, cause=cause("b"), occurred_at=NOON)

    @pytest.mark.parametrize("intrusions", [1, 2])
    async def test_decides_again_when_someone_else_gets_there_first(
        self, goal: Goal, intrusions: int
    ) -> None:
        await goal.set(cause("a"))
        intrude(goal, intrusions)
        outcome = await goal.agree(cause("b"))
        assert outcome.version == 3 + intrusions

    async def test_gives_up_when_someone_else_always_gets_there_first(self, goal: Goal) -> None:
        await goal.set(cause("a"))
        intrude(goal, ATTEMPTS)
        with pytest.raises(VersionConflict):
            await goal.agree(cause("b"))


def intrude(goal: Goal, times: int) -> None:
    """Let someone else append to the goal, so many times, each time just before its store does."""
    append = goal.store.append
    left = times

    async def intruded(practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        nonlocal left
        if left:
            left -= 1
            version = len(await goal.store.read_stream(practice_id, "goal", goal.goal_id))
            intrusion = pauses(goal.client_id, goal.goal_id, expected=version)
            await append(practice_id, [intrusion], cause=another(times))
        return await append(practice_id, steps, cause=cause)

    goal.store.append = intruded  # type: ignore[method-assign] # a fault, planted from inside


def another(*asked: object) -> Cause:
    return cause("an intrusion", *asked)

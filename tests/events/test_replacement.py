"""Replacing a goal: the new one is set and the old one closed, or neither."""

from datetime import date
from typing import Any

import pytest

from events.deadline import DeadlineInThePast
from events.goal import GoalClosed, GoalPaused, GoalReplaced, Stage
from events.goal_commands import ReplaceGoal
from events.goal_decisions import GoalNotOpen, ReplacedByItself
from events.record import Cause
from events.replacement import replace_goal, successor_of
from events.store import ContentMismatch, Outcome, Read, VersionConflict
from tests.controls import (
    NOON,
    PRACTICE,
    SWIM,
    WALK,
    change,
    goal_active,
    goal_set,
    set_goal,
)
from tests.events.log import Interrupted, Log, cause, goal_in, stream

REPLACE = ReplaceGoal(goal_id=WALK, now=NOON, by_goal_id=SWIM, reason="Warmer")
REPLACED = GoalReplaced(goal_id=WALK, by_goal_id=SWIM, reason="Warmer")
SWIMMING = set_goal(goal_id=SWIM, statement="Swim", replaces=WALK)
SWIM_SET = goal_set(goal_id=SWIM, statement="Swim", replaces=WALK)


async def replace(
    log: Log, command: ReplaceGoal = REPLACE, *, why: Cause | None = None, **options: Any
) -> Outcome:
    successor = options.pop("successor", SWIMMING)
    return await replace_goal(
        log, PRACTICE, command, successor, cause=why or cause("replace"), **options
    )


class TestReplaceGoal:
    async def test_sets_the_new_goal_and_closes_the_old(self, log: Log) -> None:
        position = (await log.has_goal(*goal_active())).position
        outcome = await replace(log)
        assert await log.after(position) == [SWIM_SET, REPLACED] == outcome.appended
        assert (outcome.position, outcome.version) == (position + 2, 4)

    async def test_makes_the_new_goal_the_same_clients(self, log: Log) -> None:
        await log.has_goal(*goal_active())
        await replace(log)
        old, new = await stream(log, "goal", WALK), await stream(log, "goal", SWIM)
        assert new[0].client_id == old[0].client_id
        assert new[0].command_id == old[-1].command_id
        assert (await goal_in(log, WALK)).stage is Stage.REPLACED

    async def test_answers_the_same_when_said_again(self, log: Log) -> None:
        await log.has_goal(*goal_active())
        why = cause("replace")
        first, again = await replace(log, why=why), await replace(log, why=why)
        assert again.repeated
        assert (again.position, again.version) == (first.position, first.version)

    async def test_is_refused_under_the_same_key_for_something_else(self, log: Log) -> None:
        await log.has_goal(*goal_active())
        why = cause("replace")
        await replace(log, why=why)
        other = Cause(
            command_id=why.command_id,
            actor=why.actor,
            content=cause("replace by another").content,
            correlation=why.correlation,
        )
        with pytest.raises(GoalNotOpen):
            await replace(log, why=other)

    async def test_answers_the_same_under_another_key_where_the_new_id_is_the_same(
        self, log: Log
    ) -> None:
        await log.has_goal(*goal_active())
        first, again = await replace(log), await replace(log)
        assert again.repeated
        assert (again.position, again.version) == (first.position, first.version)

    async def test_is_refused_where_the_new_id_took_its_place_in_other_words(
        self, log: Log
    ) -> None:
        position = (await log.has_goal(*goal_active(), REPLACED)).position
        with pytest.raises(GoalNotOpen):
            await replace(log)
        assert await log.after(position) == []

    @pytest.mark.parametrize(
        "past",
        [
            (),
            (*goal_active(), GoalClosed(goal_id=WALK, reason="other")),
            (*goal_active(), change(REPLACED, by_goal_id=PRACTICE)),
        ],
        ids=["unset", "closed", "replaced by another"],
    )
    async def test_is_refused_when_the_old_goal_is_not_open(self, log: Log, past: Any) -> None:
        if past:
            await log.has_goal(*past)
        position = await log.head(PRACTICE)
        with pytest.raises(GoalNotOpen):
            await replace(log)
        assert await log.after(position) == []

    async def test_is_refused_by_the_goal_itself(self, log: Log) -> None:
        await log.has_goal(*goal_active())
        with pytest.raises(ReplacedByItself):
            await replace(log, change(REPLACE, by_goal_id=WALK))

    async def test_is_refused_where_the_new_id_is_taken(self, log: Log) -> None:
        await log.has_goal(*goal_active())
        position = (await log.has("goal", SWIM, SWIM_SET)).position
        with pytest.raises(ContentMismatch):
            await replace(log)
        assert await log.after(position) == []

    async def test_closes_nothing_when_the_new_goal_is_refused(self, log: Log) -> None:
        position = (await log.has_goal(*goal_active())).position
        with pytest.raises(DeadlineInThePast):
            await replace(log, successor=change(SWIMMING, due_on=date(2026, 3, 1)))
        assert await log.after(position) == []

    async def test_is_refused_at_another_version(self, log: Log) -> None:
        await log.has_goal(*goal_active())
        with pytest.raises(VersionConflict):
            await replace(log, expected=2)
        assert (await replace(log, expected=3)).version == 4

    async def test_asks_first_who_may(self, log: Log) -> None:
        position = (await log.has_goal(*goal_active())).position

        def nobody(read: Read) -> None:
            assert read.stream.client_id is not None
            raise GoalNotOpen

        with pytest.raises(GoalNotOpen):
            await replace(log, admit=nobody)
        assert await log.after(position) == []

    async def test_decides_again_when_someone_else_gets_there_first(
        self, interrupted: Interrupted
    ) -> None:
        await interrupted.has_goal(*goal_active())
        interrupted.before_append = lambda: interrupted.has_goal(GoalPaused(goal_id=WALK))
        assert (await replace(interrupted)).version == 5

    async def test_is_recorded_once_when_two_replace_at_once(
        self, interrupted: Interrupted
    ) -> None:
        position = (await interrupted.has_goal(*goal_active())).position
        interrupted.before_append = lambda: replace(interrupted)
        assert (await replace(interrupted)).repeated
        assert await interrupted.after(position) == [SWIM_SET, REPLACED]


class TestSuccessorOf:
    def test_is_the_goal_that_took_the_place(self) -> None:
        assert successor_of([SWIM_SET, REPLACED]) == SWIM

    def test_is_nobody_where_nothing_was_replaced(self) -> None:
        assert successor_of([goal_set()]) is None

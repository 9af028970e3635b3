"""Which check-ins a goal takes."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from events.check_in_admission import GoalFedByMoods, GoalMeasuredByScores, require_admitted
from events.goal import (
    GoalClosed,
    GoalDeadlineMissed,
    GoalEvent,
    GoalPaused,
    GoalReached,
    GoalReplaced,
    GoalTargetRevised,
)
from events.goal_decisions import GoalNotOpen
from events.measure import Measure, Milestone
from tests.controls import (
    A_MOOD_A_DAY,
    A_QUARTER_MORE,
    AFTER_FRIDAY,
    DAILY,
    FIVE_TRIGGERS,
    FRIDAY,
    HALF_THE_BDI,
    NOON,
    NOT_YET,
    SWIM,
    WALK,
    goal_active,
    goal_set,
)
from tests.events.log import Log, goal_in, stream

ENDS = {
    "reached": GoalReached(goal_id=WALK),
    "closed": GoalClosed(goal_id=WALK, reason="other"),
    "replaced": GoalReplaced(goal_id=WALK, by_goal_id=SWIM, reason="Warmer"),
}
BY_SCORES = GoalTargetRevised(
    goal_id=WALK,
    from_measure=DAILY,
    measure=HALF_THE_BDI,
    reason="Rather so",
    client_agreed=True,
)


async def ask(log: Log, *, goal_id: UUID = WALK, occurred_at: datetime) -> None:
    past = await stream(log, "goal", goal_id)
    require_admitted(await goal_in(log, goal_id), past, occurred_at=occurred_at)


class TestRequireAdmitted:
    @pytest.mark.parametrize(
        "past",
        [
            (goal_set(),),
            goal_active(),
            (*goal_active(), GoalPaused(goal_id=WALK)),
            (
                *goal_active(),
                GoalDeadlineMissed(
                    goal_id=WALK, due_on=FRIDAY, progress=NOT_YET, evidence_position=5
                ),
            ),
        ],
        ids=["proposed", "active", "paused", "missed"],
    )
    async def test_takes_any_while_the_goal_is_open(
        self, log: Log, past: tuple[GoalEvent, ...]
    ) -> None:
        await log.has_goal(*past)
        for days in (-30, 0, 30):
            await ask(log, occurred_at=NOON + timedelta(days=days))

    @pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
    async def test_takes_a_late_one_from_before_the_end(self, log: Log, end: Any) -> None:
        await log.has_goal(*goal_active())
        await log.has("goal", WALK, end, occurred_at=AFTER_FRIDAY)
        await ask(log, occurred_at=AFTER_FRIDAY)
        with pytest.raises(GoalNotOpen):
            await ask(log, occurred_at=AFTER_FRIDAY + timedelta(microseconds=1))

    async def test_takes_none_where_there_is_no_goal(self, log: Log) -> None:
        with pytest.raises(GoalNotOpen):
            await ask(log, occurred_at=NOON)

    @pytest.mark.parametrize(
        "past",
        [goal_active(measure=HALF_THE_BDI), (*goal_active(), BY_SCORES)],
        ids=["set", "revised"],
    )
    @pytest.mark.parametrize("end", [(), (ENDS["closed"],)], ids=["open", "closed"])
    async def test_takes_none_where_scores_are_the_measure(
        self, log: Log, past: tuple[GoalEvent, ...], end: tuple[GoalEvent, ...]
    ) -> None:
        await log.has_goal(*past, *end)
        with pytest.raises(GoalMeasuredByScores):
            await ask(log, occurred_at=NOON)

    @pytest.mark.parametrize("end", [(), (ENDS["closed"],)], ids=["open", "closed"])
    async def test_takes_none_where_mood_entries_count(
        self, log: Log, end: tuple[GoalEvent, ...]
    ) -> None:
        await log.has_goal(*goal_active(measure=A_MOOD_A_DAY), *end)
        with pytest.raises(GoalFedByMoods):
            await ask(log, occurred_at=NOON)

    @pytest.mark.parametrize("measure", [A_QUARTER_MORE, FIVE_TRIGGERS, Milestone()], ids=str)
    async def test_takes_any_for_what_is_done(self, log: Log, measure: Measure) -> None:
        await log.has_goal(*goal_active(measure=measure))
        await ask(log, occurred_at=NOON)

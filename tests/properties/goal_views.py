"""The views of one goal, each told what happens to it as it happens."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from events.client import ClientEvent
from events.codec import type_of
from events.goal import Goal, GoalEvent, GoalPaused, GoalReopened, GoalResumed
from events.goal_decisions import GOAL
from events.record import Recorded
from projections import caseload, goal_attainment, goal_status_fold, tracking_fold
from projections.goal_attainment import Attainment
from projections.goal_status import GoalStatus
from projections.rows import Projection
from tests.controls import ANNA, NOON, PRACTICE, WALK, change, client_enrolled

VIEWS: tuple[Projection, ...] = (
    goal_status_fold.projection,
    caseload.projection,
    tracking_fold.projection,
    goal_attainment.projection,
)

# Facts that have a day now, and that an earlier release has stored without it.
KEPT_NO_DAY = GoalPaused | GoalResumed | GoalReopened


class GoalViews:
    """What each view of a goal shows, and the goal's stream as the log would have it."""

    def __init__(self) -> None:
        self.past: list[Recorded] = []
        self._pages: dict[str, dict[UUID, Any]] = {view.name: {} for view in VIEWS}
        self._shown = 0
        self._show(client_enrolled(), at=NOON)

    def show(self, fact: GoalEvent, *, at: datetime) -> None:
        self.past.append(self._show(fact, at=at))

    def _show(self, event: GoalEvent | ClientEvent, *, at: datetime) -> Recorded:
        of_goal = isinstance(event, GoalEvent)
        self._shown += 1
        recorded = Recorded(
            practice_id=PRACTICE,
            position=self._shown,
            stream_id=WALK if of_goal else ANNA,
            category=GOAL.category if of_goal else "client",
            version=len(self.past) + 1,
            client_id=ANNA,
            type=type_of(event),
            event=event,
            actor="clinician:ida",
            command_id=uuid4(),
            correlation=uuid4(),
            occurred_at=at,
            recorded_at=at,
            content=b"",
        )
        for view in VIEWS:
            if recorded.type in view.types:
                page = self._pages[view.name]
                page.update(view.evolve(page, recorded))
        return recorded

    def without_days(self) -> list[tuple[GoalEvent, datetime]]:
        """The goal's facts as earlier releases have stored them: the moments say which days."""
        facts: list[Any] = [one.event for one in self.past]
        kept = [change(fact, on=None) if isinstance(fact, KEPT_NO_DAY) else fact for fact in facts]
        return [(fact, one.occurred_at) for fact, one in zip(kept, self.past, strict=True)]

    @property
    def status(self) -> GoalStatus | None:
        row: GoalStatus | None = self._pages["goal_status"].get(WALK)
        return row

    @property
    def states(self) -> list[Goal]:
        """The goal's own state in every view that keeps it."""
        status, plan = self._pages["goal_status"][WALK], self._pages["tracking"][ANNA].plans[WALK]
        return [status.goal, self._pages["caseload"][ANNA].goals[WALK], plan.goal]

    @property
    def attained(self) -> Attainment:
        attained: Attainment = self._pages["goal_attainment"][ANNA].goals[WALK]
        return attained

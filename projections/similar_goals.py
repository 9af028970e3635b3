"""How often goals like one were reached in a practice: counted over the latest that ended.

A goal is like another that was made from the same template (by the same instrument, if by one), or
else that is measured in the same way: by the same instrument to the same kind of target; as often,
or so much more often, by day or week in the same unit; or by mood entries. What is counted in all,
or done once, is like another by its template alone: five triggers and five parties have the five in
common. A goal has ended when it was reached, closed or replaced, or when its date passed short of
it; one that was never under way has not been tried.
"""

from collections import Counter, OrderedDict
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol, assert_never
from uuid import UUID

import msgspec

from events.goal import Party, Stage, stage_of
from events.measure import Count, Frequency, Measure, Milestone, RelativeFrequency, Score
from projections import goal_status_fold
from projections.rows import Projection
from projections.smart_review import OpenMeasure, OpenScore, Similar
from projections.smart_review.achievable import LEAST_SIMILAR
from projections.smart_review.parts import Alike
from projections.sql import statement

READ_ENDED_GOALS = statement("read_ended_goals")
VIEW: Final = "goal_status"
LATEST: Final = 1000
# Opened a few at a time: a process has other requests to answer in between.
PAGE: Final = 100
KEPT_FOR: Final = timedelta(minutes=1)
REMEMBERED_PRACTICES: Final = 256

# By what goals are alike, and the particulars.
Kind = tuple[Alike, *tuple[str, ...]]


class EndedGoal(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked at of the state of a goal that has ended."""

    stage: Stage
    measure: Measure
    due_on: date
    missed_on: date | None = None
    template: str | None = None
    agreed: tuple[Party, ...] = ()

    @property
    def has_ended(self) -> bool:
        """Not so where a date passed with the target met: there people have yet to say.

        Nor of a proposal that both never agreed to: nobody has tried it.
        """
        if stage_of(len(self.agreed)) is not Stage.ACTIVE:
            return False
        return self.stage is not Stage.ACTIVE or self.missed_on == self.due_on


class EndedGoalRow(msgspec.Struct, frozen=True, kw_only=True, tag="goal"):
    """The row of a goal that has ended; what is not looked at is passed over."""

    goal: EndedGoal


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many goals of each kind ended, and how many of them were reached."""

    ended: dict[Kind, int] = {}
    reached: dict[Kind, int] = {}

    def similar_to(
        self, template: str | None, measure: OpenMeasure | Measure | None
    ) -> Similar | None:
        """Goals of the same template if they are enough to tell, else those measured alike."""
        if measure is None:
            return None
        kinds = [] if template is None else [of_template(template, measure)]
        alike = kind_of(measure)
        if alike is not None:
            kinds.append(alike)
        for kind in kinds:
            if self.ended.get(kind, 0) >= LEAST_SIMILAR:
                return Similar(
                    alike=kind[0], reached=self.reached.get(kind, 0), ended=self.ended[kind]
                )
        return None


def kind_of(measure: OpenMeasure | Measure) -> Kind | None:
    """In which way a goal is measured: goals of one kind are alike; None where it says nothing."""
    match measure:
        case Score() | OpenScore():
            if measure.target is None:
                return None
            return ("score", measure.instrument, type(measure.target).__name__)
        case Frequency(source="mood_entries"):
            return ("moods", measure.per)
        case Frequency():
            return ("rate", measure.unit, measure.per)
        case RelativeFrequency():
            return ("rise", measure.unit, measure.per)
        case Count() | Milestone():
            return None
        case _:
            assert_never(measure)


def of_template(template: str, measure: OpenMeasure | Measure) -> Kind:
    by = measure.instrument if isinstance(measure, Score | OpenScore) else ""
    return ("template", template, by)


def tally_of(goals: list[EndedGoal]) -> Tally:
    ended: Counter[Kind] = Counter()
    reached: Counter[Kind] = Counter()
    for one in goals:
        if not one.has_ended:
            continue
        kinds = [] if one.template is None else [of_template(one.template, one.measure)]
        alike = kind_of(one.measure)
        if alike is not None:
            kinds.append(alike)
        ended.update(kinds)
        if one.stage is Stage.REACHED:
            reached.update(kinds)
    return Tally(ended=dict(ended), reached=dict(reached))


_projection: Any = msgspec.structs.replace(goal_status_fold.projection, row=EndedGoalRow)


class Rows(Protocol):
    """What is asked of the views."""

    async def position(self, practice_id: UUID, view: str) -> int: ...

    async def rows(
        self, projection: Projection, query: str, practice_id: UUID, *asked: Any
    ) -> list[Any]: ...


class SimilarGoals:
    """Counts the latest 1,000 goals that ended, for each practice that asks, and remembers it.

    A count is kept while the view stays where it is, and for a minute where it moves on.
    """

    def __init__(self, views: Rows) -> None:
        self._views = views
        self._known: OrderedDict[UUID, tuple[datetime, int, Tally]] = OrderedDict()

    async def tally(self, practice_id: UUID, *, now: datetime) -> Tally:
        position = await self._views.position(practice_id, VIEW)
        known = self._known.get(practice_id)
        if known is not None:
            counted_at, counted_position, tally = known
            if position == counted_position or abs(now - counted_at) < KEPT_FOR:
                self._known.move_to_end(practice_id)
                return tally
        tally = tally_of(await self._latest(practice_id))
        self._known[practice_id] = (now, position, tally)
        self._known.move_to_end(practice_id)
        while len(self._known) > REMEMBERED_PRACTICES:
            self._known.popitem(last=False)
        return tally

    async def _latest(self, practice_id: UUID) -> list[EndedGoal]:
        latest: list[EndedGoal] = []
        for offset in range(0, LATEST, PAGE):
            rows = await self._views.rows(_projection, READ_ENDED_GOALS, practice_id, PAGE, offset)
            latest += [row.goal for row in rows]
            if not rows:
                break
        return latest

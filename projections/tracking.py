"""Who is not on track: rules over scores, sessions and plans, for the clinician's eyes alone.

They hold without licensed curves of expected recovery, from the instrument's error alone: a score
reliably worse than the first one, or than the best so far; no reliable improvement after so many
sessions or weeks; planned assessments that were not recorded, because no data is itself a signal.
The numbers of sessions, weeks and assessments are the practice's to choose. None of it is a fact
of the record: no event says it, and a score corrected tomorrow may undo it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Literal
from uuid import UUID

import msgspec

from events import instruments
from events.change import Yardstick, towards_health, yardstick_of
from events.goal import Goal, Stage
from events.instruments import Instrument
from events.measure import Score
from events.moment import day_of, start_of
from events.practice import Practice

NoticeKind = Literal[
    "worse_than_baseline", "worse_than_best", "no_reliable_improvement", "assessments_not_recorded"
]


class TrackedScore(msgspec.Struct, frozen=True, array_like=True):
    """One assessment; without a total it is an incomplete form.

    `founded` is where its first version lies in the log: of two at the same moment it tells which
    came first, whatever is corrected later.
    """

    instrument: str
    total: float | None
    occurred_at: datetime
    founded: int


class PlannedAssessments(msgspec.Struct, frozen=True, kw_only=True):
    """A goal, and from which day on its assessments are planned, as often as it is reviewed.

    `from_on` is the first day that counts, in the goal's zone: of the goal, of its being agreed, or
    of its last resuming.
    """

    goal: Goal
    from_on: date


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that holds from an instant on, with the numbers it was found by."""

    kind: NoticeKind
    instrument: str
    since_at: datetime
    numbers: dict[str, float]
    goal_id: UUID | None = None


class Tracking(msgspec.Struct, frozen=True, kw_only=True):
    """One client: what the rules look at, and what they found; `sessions` are those held.

    `notices` also has what will hold only later, if nothing is recorded until then.
    """

    client_id: UUID
    discharged: bool = False
    scores: dict[UUID, TrackedScore] = {}
    sessions: dict[UUID, datetime] = {}
    plans: dict[UUID, PlannedAssessments] = {}
    notices: tuple[Notice, ...] = ()

    @property
    def attention_at(self) -> datetime | None:
        """From when on the first rule holds; None where none ever will by itself."""
        return min((notice.since_at for notice in self.notices), default=None)


def settle(row: Tracking, practice: Practice) -> Tracking:
    """What the rules find, by the norms and the limits of the practice."""
    found = () if row.discharged else (*of_scores(row, practice), *of_plans(row, practice))
    return msgspec.structs.replace(row, notices=found)


def holding(row: Tracking, now: datetime) -> list[Notice]:
    """The rules that hold at an instant."""
    return [notice for notice in row.notices if notice.since_at <= now]


def of_scores(row: Tracking, practice: Practice) -> Iterator[Notice]:
    """What the scores of each instrument say, where its error is known and there are two."""
    by_instrument: defaultdict[str, list[TrackedScore]] = defaultdict(list)
    for score in row.scores.values():
        by_instrument[score.instrument].append(score)
    for name, scores in sorted(by_instrument.items()):
        instrument = instruments.known().get(name)
        if instrument is None:
            continue
        instrument = instruments.with_norms(instrument, practice.norms.get(name))
        yardstick = yardstick_of(instrument)
        course = course_of(scores, instrument)
        if yardstick is not None and course is not None:
            yield from worse(course, yardstick)
            yield from unmoved(course, yardstick, row, practice)


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of one instrument, two or more: the first, the best, and all in order of time."""

    instrument: Instrument
    baseline: float
    baseline_at: datetime
    best: float
    totals: tuple[tuple[datetime, float], ...]

    @property
    def latest(self) -> float:
        return self.totals[-1][1]


def course_of(scores: Sequence[TrackedScore], instrument: Instrument) -> Course | None:
    in_order = sorted(scores, key=lambda score: (score.occurred_at, score.founded))
    totals = tuple(
        (score.occurred_at, score.total) for score in in_order if score.total is not None
    )
    if len(totals) < 2:
        return None
    first_at, first = totals[0]
    best = (min if instrument.better == "lower" else max)(total for _, total in totals)
    return Course(
        instrument=instrument, baseline=first, baseline_at=first_at, best=best, totals=totals
    )


def worse(course: Course, yardstick: Yardstick) -> Iterator[Notice]:
    """The latest score is reliably worse than the first; or than the best, where that is better."""
    references: list[tuple[NoticeKind, str, float]] = [
        ("worse_than_baseline", "baseline", course.baseline)
    ]
    if course.best != course.baseline:
        references.append(("worse_than_best", "best", course.best))
    for kind, name, reference in references:
        since_at = worse_since(course, yardstick, reference)
        if since_at is not None:
            yield Notice(
                kind=kind,
                instrument=course.instrument.id,
                since_at=since_at,
                numbers={
                    name: reference,
                    "latest": course.latest,
                    "change": course.latest - reference,
                    "reliable_change": yardstick.reliable_change,
                },
            )


def worse_since(course: Course, yardstick: Yardstick, reference: float) -> datetime | None:
    """Since when every score has been reliably worse than this; None where the latest is not."""
    worse_scores = takewhile(
        lambda score: yardstick.movement(reference, score[1]) == "worse", reversed(course.totals)
    )
    return min((at for at, _ in worse_scores), default=None)


def unmoved(
    course: Course, yardstick: Yardstick, row: Tracking, practice: Practice
) -> Iterator[Notice]:
    """No score so far is reliably better than the first, and time enough has gone by.

    Nothing is said of somebody who began on the healthy side of the cut-off, or so near the end
    of the scale that no reliable improvement is possible; nor of somebody who has got reliably
    worse, which is said already.
    """
    instrument = course.instrument
    end = instrument.minimum if instrument.better == "lower" else instrument.maximum
    if (
        yardstick.is_clinical(course.baseline) is False
        or yardstick.movement(course.baseline, end) != "better"
        or yardstick.movement(course.baseline, course.best) == "better"
        or yardstick.movement(course.baseline, course.latest) == "worse"
    ):
        return
    limits = practice.tracking
    held = sorted(at for at in row.sessions.values() if at >= course.baseline_at)
    since_at = course.baseline_at + timedelta(weeks=limits.weeks_without_change)
    if len(held) >= limits.sessions_without_change:
        since_at = min(since_at, held[limits.sessions_without_change - 1])
    gained = (course.best - course.baseline) * towards_health(instrument.better)
    yield Notice(
        kind="no_reliable_improvement",
        instrument=instrument.id,
        since_at=since_at,
        numbers={
            "baseline": course.baseline,
            "best": course.best,
            "latest": course.latest,
            "gained": gained,
            "reliable_change": yardstick.reliable_change,
            "sessions_held": float(len(held)),
        },
    )


def of_plans(row: Tracking, practice: Practice) -> Iterator[Notice]:
    """Goals whose score is to be looked at every so many days, and was not, so often in a row.

    Days are cut into the goal's rhythm from its `from_on` on, and one assessment is planned in
    each piece. An incomplete form counts as recorded here: somebody has sat down with it.
    """
    asked = practice.tracking.assessments_not_recorded
    for goal_id, plan in sorted(row.plans.items()):
        measure, zone, every_days = plan.goal.measure, plan.goal.zone, plan.goal.review_every_days
        if plan.goal.stage is not Stage.ACTIVE or not isinstance(measure, Score):
            continue
        last = max(
            (
                (day_of(score.occurred_at, zone) - plan.from_on).days // every_days
                for score in row.scores.values()
                if score.instrument == measure.instrument
            ),
            default=-1,
        )
        over = timedelta(days=(max(last, -1) + 1 + asked) * every_days)
        yield Notice(
            kind="assessments_not_recorded",
            instrument=measure.instrument,
            since_at=start_of(plan.from_on + over, zone),
            numbers={"not_recorded": float(asked), "every_days": float(every_days)},
            goal_id=goal_id,
        )

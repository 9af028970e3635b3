"""Standings to compute suggestions from, grown from events by the view's own fold."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from events import catalogue
from events.assessment import AssessmentScored
from events.check_in import CheckInLogged
from events.codec import type_of
from events.goal import GoalAgreed, GoalDeadlineMissed, GoalFact, GoalRestTaken, GoalSet
from events.measure import Measure, Progress, Score, fed_by_moods
from events.mood import MoodLogged
from events.practice import Practice
from events.record import Recorded
from projections.folding import PageFold
from projections.goal_status import GoalStatus
from projections.goal_status_fold import projection
from tests.workers.diary import noon
from workers.standing import Standing, standing_of

START = date(2026, 1, 4)
DUE = date(2026, 3, 1)
CLIENT = UUID(int=1)
GOAL = UUID(int=2)

Entries = Sequence[tuple[date, float]]


def standing(
    measure: Measure,
    entries: Entries = (),
    *,
    starts_on: date = START,
    due_on: date = DUE,
    today: date | None = None,
    language: str = "en",
    zone: str = "UTC",
    rests: Collection[date] = (),
    practice: Practice | None = None,
) -> Standing:
    """A goal whose deadline was missed, with scores or amounts at noon of some days."""
    now = noon(today or due_on + timedelta(days=1), zone)
    row, position = missed_goal(
        measure, entries, starts_on=starts_on, due_on=due_on, zone=zone, rests=rests
    )
    return standing_of(
        row, language=language, practice=practice or Practice(), position=position, now=now
    )


def missed_goal(
    measure: Measure,
    entries: Entries,
    *,
    starts_on: date,
    due_on: date,
    zone: str,
    rests: Collection[date] = (),
) -> tuple[GoalStatus, int]:
    goal_set = GoalSet(
        goal_id=GOAL,
        client_id=CLIENT,
        statement="A walk by the river",
        measure=measure,
        achievability=7,
        why="It used to be mine",
        starts_on=starts_on,
        due_on=due_on,
        zone=zone,
        review_every_days=14,
    )
    missed = GoalDeadlineMissed(
        goal_id=GOAL, due_on=due_on, progress=Progress(), evidence_position=1
    )
    agreed = [GoalAgreed(goal_id=GOAL, party=party) for party in ("clinician", "client")]
    resting = [GoalRestTaken(goal_id=GOAL, on=on, reason="A visit") for on in sorted(rests)]
    fold = PageFold(projection)
    version = position = 0
    logged = [entry(measure, *one, zone) for one in entries]
    for event in (goal_set, *agreed, *logged, *resting, missed):
        position += 1
        of_goal = isinstance(event, GoalFact)
        version += of_goal
        recorded = Recorded(
            practice_id=UUID(int=3),
            position=position,
            stream_id=GOAL if of_goal else uuid4(),
            category=type_of(event).partition(".")[0],
            version=version if of_goal else 1,
            client_id=CLIENT,
            type=type_of(event),
            event=event,
            actor="clinician:anna",
            command_id=uuid4(),
            correlation=uuid4(),
            occurred_at=datetime(2026, 1, 4, tzinfo=UTC),
            recorded_at=datetime(2026, 1, 4, tzinfo=UTC),
            content=b"",
        )
        fold.apply(recorded)
    row = fold.row(GOAL)
    assert isinstance(row, GoalStatus)
    return row, position


def entry(measure: Measure, on: date, value: float, zone: str) -> catalogue.Event:
    if isinstance(measure, Score):
        return AssessmentScored(
            assessment_id=uuid4(),
            client_id=CLIENT,
            instrument=measure.instrument,
            total=value,
            occurred_at=noon(on, zone),
        )
    if fed_by_moods(measure):
        return MoodLogged(mood_id=uuid4(), client_id=CLIENT, rating=5, occurred_at=noon(on, zone))
    return CheckInLogged(
        check_in_id=uuid4(),
        client_id=CLIENT,
        goal_id=GOAL,
        amount=value,
        occurred_at=noon(on, zone),
    )


def every(days: int, values: Sequence[float], *, start: date = START) -> Entries:
    """Values so many days apart, the first one interval after the start."""
    return [(start + timedelta(days=days * nth), value) for nth, value in enumerate(values, 1)]

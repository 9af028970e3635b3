"""Standings to compute suggestions from, grown from events by the view's own fold."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import strategies as st

from events import codec, instruments
from events.assessment import AssessmentScored
from events.check_in import CheckInLogged
from events.goal import GoalAgreed, GoalDeadlineMissed, GoalSet
from events.measure import Frequency, Measure, Progress, Score, TargetPercent, TargetValue, periods
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
) -> Standing:
    """A goal whose deadline was missed, with scores or amounts at noon of some days."""
    now = noon(today or due_on + timedelta(days=1), zone)
    row, position = missed_goal(measure, entries, starts_on=starts_on, due_on=due_on, zone=zone)
    return standing_of(row, language=language, position=position, now=now)


def missed_goal(
    measure: Measure, entries: Entries, *, starts_on: date, due_on: date, zone: str
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
    fold = PageFold(projection)
    version = position = 0
    for event in (goal_set, *agreed, *(entry(measure, *one, zone) for one in entries), missed):
        position += 1
        of_goal = isinstance(event, GoalSet | GoalAgreed | GoalDeadlineMissed)
        version += of_goal
        recorded = Recorded(
            practice_id=UUID(int=3),
            position=position,
            stream_id=GOAL if of_goal else uuid4(),
            category="goal" if of_goal else "entry",
            version=version if of_goal else 1,
            client_id=CLIENT,
            type=codec.type_of(event),
            event=event,
            actor="clinician:anna",
            command_id=uuid4(),
            correlation=uuid4(),
            occurred_at=datetime(2026, 1, 4, tzinfo=UTC),
            recorded_at=datetime(2026, 1, 4, tzinfo=UTC),
            content=b"",
        )
        fold.apply(recorded)
    row = fold.rows()[GOAL]
    assert isinstance(row, GoalStatus)
    return row, position


def entry(measure: Measure, on: date, value: float, zone: str) -> codec.Event:
    if isinstance(measure, Score):
        return AssessmentScored(
            assessment_id=uuid4(),
            client_id=CLIENT,
            instrument=measure.instrument,
            total=value,
            occurred_at=noon(on, zone),
        )
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


zones = st.sampled_from(
    ["UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Europe/Madrid", "Pacific/Apia"]
)
languages = st.sampled_from(["en", "en-GB", "es", "es-MX", "de", "pt-BR"])


@st.composite
def totals(draw: st.DrawFn, instrument: instruments.Instrument) -> float:
    steps = round((instrument.maximum - instrument.minimum) / instrument.step)
    return round(instrument.minimum + draw(st.integers(0, steps)) * instrument.step, 6)


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Any score measure that a goal can be set with."""
    instrument = draw(st.sampled_from(list(instruments.known().values())))
    towards = 1 if instrument.better == "higher" else -1
    baseline = draw(
        totals(instrument).filter(
            lambda one: one < instrument.maximum if towards > 0 else one > instrument.minimum
        )
    )
    healthiest = instrument.maximum if towards > 0 else instrument.minimum
    share = draw(st.floats(0.05, 1.0))
    value = baseline + (healthiest - baseline) * share
    if draw(st.booleans()) and baseline:
        percent = max(-100.0, min(1000.0, (value / baseline - 1) * 100))
        if instrument.spans(baseline * (1 + percent / 100)):
            return Score(
                instrument=instrument.id, baseline=baseline, target=TargetPercent(percent=percent)
            )
    return Score(instrument=instrument.id, baseline=baseline, target=TargetValue(value=value))


@st.composite
def frequencies(draw: st.DrawFn, *, starts_on: date, due_on: date) -> Frequency:
    unit = draw(st.sampled_from(["times", "minutes"]))
    amount = draw(st.integers(1, 7 if unit == "times" else 120) | st.just(1440) | st.just(0.5))
    measure = Frequency(
        amount=float(amount),
        unit="times" if unit == "times" else "minutes",
        per="day" if draw(st.booleans()) else "week",
        baseline=float(draw(st.sampled_from([0, 0, 1, 20, 1440]))),
    )
    most = periods(measure, starts_on, due_on) - 1
    reserve = draw(st.integers(0, min(most, 366)) | st.just(0))
    return Frequency(
        amount=measure.amount,
        unit=measure.unit,
        per=measure.per,
        reserve=reserve,
        baseline=measure.baseline,
    )


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    """Any goal whose deadline has passed, however long ago, with whatever is on record."""
    starts_on = date(2024, 1, 1) + timedelta(days=draw(st.integers(0, 700)))
    length = draw(st.integers(0, 200) | st.integers(0, 1830))
    due_on = starts_on + timedelta(days=length)
    today = due_on + timedelta(days=draw(st.integers(1, 3) | st.integers(1, 400)))
    days = st.integers(-20, (today - starts_on).days)
    measure: Measure
    if draw(st.booleans()):
        measure = draw(scores())
        values = totals(instruments.named(measure.instrument))
    else:
        measure = draw(frequencies(starts_on=starts_on, due_on=due_on))
        values = st.sampled_from([0.5, 1.0, 1.0, 2.0, 5.0, 20.0, 45.0, 1440.0])
    drawn = draw(st.lists(st.tuples(days, values), max_size=25))
    entries = [(starts_on + timedelta(days=day), value) for day, value in drawn]
    return standing(
        measure,
        entries,
        starts_on=starts_on,
        due_on=due_on,
        today=today,
        language=draw(languages),
        zone=draw(zones),
    )

"""Made-up clients and what they record, decided by the product's own aggregates, day after day."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from events import (
    assessment,
    check_in,
    client,
    mood,
    safety_flag,
    safety_flag_decisions,
)
from events.assessment import ASSESSMENT, CorrectAssessment, ScoreAssessment
from events.catalogue import Event
from events.check_in import CHECK_IN, LogCheckIn
from events.client import CLIENT, EnrolClient
from events.goal import Goal
from events.goal_commands import (
    AgreeGoal,
    GoalCommand,
    ReviseDeadline,
    ReviseStatement,
    ReviseTarget,
    SetGoal,
)
from events.goal_decisions import GOAL
from events.ids import DerivedIds
from events.measure import Frequency, Score, TargetPercent
from events.moment import day_of
from events.mood import MOOD, CorrectMood, LogMood
from events.practice_choices import Duty
from events.record import Step
from events.safety_flag import SafetyFlags
from events.safety_flag_decisions import WATCHED_FLAGS, CloseSafetyFlag, RaiseSafetyFlag

ZONES = ("Europe/Zurich", "America/New_York", "Asia/Tokyo", "UTC")
NOTE = "Slept badly, then went out for a walk by the lake and felt somewhat better afterwards."
STATEMENT = "Walk by the lake for twenty minutes, on at least four days a week"
WHY = "I want to feel the ground under my feet again, and see people who are not on a screen."
IDS = DerivedIds.known_to_all("benchmarks")
REASON = "A cold took away a fortnight; we keep the goal and give it the time it needs."
REVISIONS = 3


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What one client records: `goals` set on the first day, and `days` of entries after it.

    On every day a mood entry; a check-in on four days of seven; two assessments a week; every
    goal is revised up to three times. `moods_per_day` makes the record longer.
    """

    goals: int
    days: int
    moods_per_day: int = 1


class Person:
    """One made-up client, whose days can be asked for one after the other."""

    def __init__(self, chance: random.Random, shape: Shape, began_at: datetime) -> None:
        self.chance = chance
        self.shape = shape
        self.began_at = began_at
        self.client_id = self.drawn_id()
        self.goal_ids = [self.drawn_id() for _ in range(shape.goals)]
        self.due_in_days = [14 * chance.randint(13, 100) for _ in range(shape.goals)]
        self.zone = chance.choice(ZONES)
        self._goals: dict[UUID, tuple[Goal, int]] = {}
        self._flag_events = 0

    def drawn_id(self) -> UUID:
        """An id as UUIDv7 orders it: by the time, then by chance (RFC 9562, section 5.7)."""
        milliseconds = int(self.began_at.timestamp() * 1000) + self.chance.getrandbits(30)
        drawn = (milliseconds << 80) | (7 << 76) | (self.chance.getrandbits(12) << 64)
        return UUID(int=drawn | (2 << 62) | self.chance.getrandbits(62))

    def enrolment(self) -> Step:
        command = EnrolClient(
            client_id=self.client_id, display_name="Ada Bell", zone=self.zone, language="en"
        )
        return self.new("client", self.client_id, CLIENT.decide(client.Client(), command))

    def days(self) -> Iterator[list[Step]]:
        """What is recorded on each day; no stream is named twice on one."""
        yield [step for nth in range(self.shape.goals) for step in self.goal_set(nth)]
        for day in range(1, self.shape.days + 1):
            at = self.began_at + timedelta(days=day, minutes=self.chance.randrange(600))
            steps = [self.mood_entry(at) for _ in range(self.shape.moods_per_day)]
            if day % 7 in (1, 3, 4, 6):
                steps.append(self.check_in(at))
            if day % 7 in (2, 5):
                steps += self.assessment(at, day)
            for nth in range(self.shape.goals):
                since = day - 7 - nth % 11
                if since >= 0 and since % 20 == 0 and since // 20 < REVISIONS:
                    steps += self.revision(nth, since // 20, at)
            yield steps

    def mood_entry(self, at: datetime) -> Step:
        chance = self.chance
        logged = LogMood(
            mood_id=self.drawn_id(),
            client_id=self.client_id,
            rating=chance.randint(2, 9),
            occurred_at=at,
            now=at,
            note=NOTE if chance.random() < 0.3 else "",
            tags=("outdoors",) if chance.random() < 0.2 else (),
        )
        events = MOOD.decide(mood.Mood(), logged)
        if chance.random() < 0.02:
            kept = MOOD.fold(events)
            corrected = CorrectMood(mood_id=logged.mood_id, now=at, rating=10)
            events = [*events, *MOOD.decide(kept, corrected)]
        return self.new(MOOD.category, logged.mood_id, events)

    def check_in(self, at: datetime) -> Step:
        goal_id = self.goal_ids[0] if self.goal_ids else self.client_id
        logged = LogCheckIn(
            check_in_id=self.drawn_id(),
            client_id=self.client_id,
            goal_id=goal_id,
            amount=self.chance.choice((10.0, 20.0, 30.0)),
            occurred_at=at,
            now=at,
        )
        events = CHECK_IN.decide(check_in.CheckIn(), logged)
        return self.new(CHECK_IN.category, logged.check_in_id, events)

    def assessment(self, at: datetime, day: int) -> list[Step]:
        """PHQ-9 with its nine answers, getting better with time; now and then corrected.

        One in twenty endorses the last item; the flag is seen and closed the same day.
        """
        eight = tuple(self.chance.randint(0, 3 if day < 40 else 2) for _ in range(8))
        answers = (*eight, 1 if self.chance.random() < 0.05 else 0)
        scored = ScoreAssessment(
            assessment_id=self.drawn_id(),
            client_id=self.client_id,
            instrument="phq9",
            total=float(sum(answers)),
            occurred_at=at,
            now=at,
            answers=answers,
        )
        events = ASSESSMENT.decide(assessment.Assessment(), scored)
        if self.chance.random() < 0.02:
            kept = ASSESSMENT.fold(events)
            corrected = CorrectAssessment(
                assessment_id=scored.assessment_id, total=9.0, suicide_item=0, now=at
            )
            events = [*events, *ASSESSMENT.decide(kept, corrected)]
        form = self.new(ASSESSMENT.category, scored.assessment_id, events)
        return [self.flag(scored, at), form] if answers[-1] else [form]

    def flag(self, scored: ScoreAssessment, at: datetime) -> Step:
        """The flag that a form raises, and what became of it, as one step."""
        flag_id, _ = safety_flag.flag_ids(IDS, scored.assessment_id, 1)
        version = self._flag_events
        raising = RaiseSafetyFlag(
            flag_id=flag_id,
            client_id=self.client_id,
            assessment_id=scored.assessment_id,
            instrument=scored.instrument,
            item=9,
            answer=1,
            duty=Duty(),
            now=at,
        )
        raised = safety_flag_decisions.watch(SafetyFlags(), raising)
        flags = WATCHED_FLAGS.fold(raised)
        closing = CloseSafetyFlag(flag_id=flag_id, reason=REASON, outcome=WHY)
        events = [*raised, *safety_flag_decisions.decide(flags, closing)]
        self._flag_events += len(events)
        stream_id, _ = safety_flag.stream_ids(IDS, self.client_id)
        return Step(
            stream_id=stream_id,
            category=WATCHED_FLAGS.category,
            client_id=self.client_id,
            expected=version,
            events=events,
            occurred_at=at,
        )

    def goal_set(self, nth: int) -> list[Step]:
        """A goal is proposed, and agreed by both; every other one is about a score."""
        at, goal_id = self.began_at, self.goal_ids[nth]
        today = day_of(at, self.zone)
        measure: Score | Frequency = Frequency(amount=20.0, unit="minutes", per="day", reserve=10)
        if nth % 2:
            measure = Score(instrument="phq9", baseline=18.0, target=TargetPercent(percent=-50.0))
        set_ = SetGoal(
            goal_id=goal_id,
            now=at,
            client_id=self.client_id,
            statement=STATEMENT,
            measure=measure,
            achievability=7,
            why=WHY,
            due_on=today + timedelta(days=self.due_in_days[nth]),
            zone=self.zone,
        )
        agreed = AgreeGoal(goal_id=goal_id, now=at, parties=frozenset({"clinician", "client"}))
        return self.decided(goal_id, [set_, agreed], at)

    def revision(self, nth: int, which: int, at: datetime) -> list[Step]:
        """First the deadline moves, then the target, then the words."""
        goal_id = self.goal_ids[nth]
        known, _ = self._goals[goal_id]
        command: GoalCommand
        if which == 0:
            due_on = known.due_on + timedelta(days=1)
            command = ReviseDeadline(
                goal_id=goal_id, now=at, due_on=due_on, reason=REASON, client_agreed=True
            )
        elif which == 1 and isinstance(known.measure, Frequency):
            measure = msgspec.structs.replace(known.measure, amount=15.0)
            command = ReviseTarget(
                goal_id=goal_id, now=at, measure=measure, reason=REASON, client_agreed=True
            )
        else:
            statement = f"{STATEMENT}, {'with a friend' if which == 1 else 'in the morning'}"
            command = ReviseStatement(
                goal_id=goal_id, now=at, statement=statement, reason=REASON, client_agreed=True
            )
        return self.decided(goal_id, [command], at)

    def decided(self, goal_id: UUID, commands: Sequence[GoalCommand], at: datetime) -> list[Step]:
        """What commands make of a goal, as one step; nothing where it was already so."""
        state, version = self._goals.get(goal_id, (Goal(), 0))
        events: list[Event] = []
        for command in commands:
            made = GOAL.decide(state, command)
            for event in made:
                state = GOAL.evolve(state, event)
            events += made
        self._goals[goal_id] = (state, version + len(events))
        step = Step(
            stream_id=goal_id,
            category=GOAL.category,
            client_id=self.client_id,
            expected=version,
            events=events,
            occurred_at=at,
        )
        return [step] if events else []

    def new(self, category: str, stream_id: UUID, events: Sequence[Event]) -> Step:
        """The step that begins a stream."""
        return Step(
            stream_id=stream_id,
            category=category,
            client_id=self.client_id,
            expected=0,
            events=events,
            occurred_at=getattr(events[0], "occurred_at", self.began_at),
        )


def people(count: int, shape: Shape, *, now: datetime, seed: int) -> list[Person]:
    """Clients who began so long ago that the last of their days is yesterday."""
    chance = random.Random(seed)  # noqa: S311 - the same people every time; nothing is a secret
    began_at = now - timedelta(days=shape.days + 2)
    return [Person(chance, shape, began_at) for _ in range(count)]


def day_after_day(everybody: Sequence[Person]) -> Iterator[Step]:
    """What everybody records, in the order of the days, as a practice's log would have it."""
    running = [person.days() for person in everybody]
    while running:
        still = []
        for days in running:
            day = next(days, None)
            if day is not None:
                still.append(days)
                yield from day
        running = still

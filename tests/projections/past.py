"""What a log would have kept, written down event by event: the past that folds are given."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from events import catalogue
from events.assessment import AssessmentScored
from events.check_in import CheckInLogged
from events.client import ClientEnrolled
from events.codec import type_of
from events.goal import GoalAgreed, GoalSet
from events.measure import Frequency, Measure, Score, TargetValue
from events.mood import MoodLogged
from events.record import Recorded
from events.safety_flag import SafetyFlagEvent, SafetyFlagRaised
from projections.folding import PageFold
from projections.rows import Projection
from tests.ids import former_flags_id

PRACTICE = UUID(int=1)
ANNA = UUID(int=0xA)
BEN = UUID(int=0xB)
WALK = UUID(int=0xC0)
SLEEP = UUID(int=0xC1)
ZONE = "Europe/Zurich"
MONDAY = date(2026, 3, 2)
DUE = date(2026, 4, 27)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HALF_IN_EIGHT_WEEKS = Score(instrument="bdi2", baseline=24, target=TargetValue(value=12))
HALF_AN_HOUR_A_DAY = Frequency(amount=30, unit="minutes", per="day")


def day(nth: int, *, hour: int = 9) -> datetime:
    """An hour (UTC) of the nth day after MONDAY."""
    return NINE.replace(hour=hour) + timedelta(days=nth)


class Log:
    """Positions and versions as a real log would give them."""

    def __init__(self) -> None:
        self.kept: list[Recorded] = []
        self._versions: Counter[tuple[str, UUID]] = Counter()
        self._clients: dict[tuple[str, UUID], UUID] = {}
        self._streams_of_flags: dict[UUID, UUID] = {}

    def add(
        self, *events: catalogue.Event, at: datetime = NINE, actor: str = "clinician:7f3a"
    ) -> "Log":
        """Append events; `at` is when they occurred, and a second later they are recorded."""
        for event in events:
            category = type_of(event).split(".", maxsplit=1)[0]
            stream_id = self._stream_of(event)
            # An id is a stream's within its category alone.
            stream = category, stream_id
            client_id = getattr(event, "client_id", None) or self._clients.get(stream)
            self._versions[stream] += 1
            if client_id is not None:
                self._clients[stream] = client_id
            self.kept.append(
                Recorded(
                    practice_id=PRACTICE,
                    position=len(self.kept) + 1,
                    stream_id=stream_id,
                    category=category,
                    version=self._versions[stream],
                    client_id=client_id,
                    type=type_of(event),
                    event=event,
                    actor=actor,
                    command_id=UUID(int=len(self.kept)),
                    correlation=UUID(int=0),
                    occurred_at=at,
                    recorded_at=at + timedelta(seconds=1),
                    content=b"",
                )
            )
        return self

    def _stream_of(self, event: catalogue.Event) -> UUID:
        """All flags of a client share one stream, which the first of their events names."""
        if isinstance(event, SafetyFlagRaised):
            self._streams_of_flags[event.flag_id] = former_flags_id(event.client_id)
        if isinstance(event, SafetyFlagEvent):
            return self._streams_of_flags[event.flag_id]
        return stream_of(event)


_OWN_IDS = {
    "practice": "practice_id",
    "client": "client_id",
    "goal": "goal_id",
    "mood": "mood_id",
    "check_in": "check_in_id",
    "assessment": "assessment_id",
    "suggestion": "suggestion_id",
    "session": "session_id",
}


def stream_of(event: catalogue.Event) -> UUID:
    category = type_of(event).split(".", maxsplit=1)[0]
    stream_id = getattr(event, _OWN_IDS[category])
    assert isinstance(stream_id, UUID)
    return stream_id


def rows(projection: Projection, recorded: Iterable[Recorded]) -> dict[UUID, Any]:
    """Everything a view would hold."""
    fold = PageFold(projection)
    for one in recorded:
        fold.apply(one)
    assert fold.passed_over == []
    return {one.key: one.row for one in fold.changed()}


def rows_in_batches(
    projection: Projection, recorded: Iterable[Recorded], sizes: Iterable[int]
) -> dict[UUID, Any]:
    """The same, batch by batch, each row written as JSON and read again in between."""
    waiting = list(recorded)
    kept: dict[UUID, tuple[UUID, bytes]] = {}
    decode = msgspec.json.Decoder(projection.row).decode
    for size in (*sizes, len(waiting)):
        batch, waiting = waiting[:size], waiting[size:]
        fold = PageFold(projection)
        for key, (client_id, body) in kept.items():
            fold.load(client_id, key, decode(body))
        for one in batch:
            fold.apply(one)
        assert fold.passed_over == []
        for changed in fold.changed():
            if changed.row is None:
                del kept[changed.key]
            else:
                kept[changed.key] = (changed.client_id, msgspec.json.encode(changed.row))
    return {key: decode(body) for key, (_, body) in kept.items()}


def anna_enrolled(**changes: Any) -> ClientEnrolled:
    return msgspec.structs.replace(
        ClientEnrolled(client_id=ANNA, display_name="Anna", zone=ZONE, language="de"), **changes
    )


def goal_set(
    goal_id: UUID = WALK, *, measure: Measure = HALF_IN_EIGHT_WEEKS, **changes: Any
) -> GoalSet:
    """By default half the BDI-II score in eight weeks from MONDAY, reviewed after two."""
    return msgspec.structs.replace(
        GoalSet(
            goal_id=goal_id,
            client_id=ANNA,
            statement="Feel well enough to walk",
            measure=measure,
            achievability=7,
            why="I miss the river",
            starts_on=MONDAY,
            due_on=DUE,
            zone=ZONE,
            review_every_days=14,
        ),
        **changes,
    )


def agreed(goal_id: UUID = WALK) -> tuple[GoalAgreed, GoalAgreed]:
    return GoalAgreed(goal_id=goal_id, party="clinician"), GoalAgreed(
        goal_id=goal_id, party="client"
    )


def scored(
    nth: int, total: float, at: datetime, *, instrument: str = "bdi2", client_id: UUID = ANNA
) -> AssessmentScored:
    return AssessmentScored(
        assessment_id=UUID(int=0x5C0 + nth),
        client_id=client_id,
        instrument=instrument,
        total=total,
        occurred_at=at,
    )


def checked_in(nth: int, amount: float, at: datetime, *, goal_id: UUID = WALK) -> CheckInLogged:
    return CheckInLogged(
        check_in_id=UUID(int=0xC1C0 + nth),
        client_id=ANNA,
        goal_id=goal_id,
        amount=amount,
        occurred_at=at,
    )


def mood(nth: int, rating: int, at: datetime) -> MoodLogged:
    return MoodLogged(
        mood_id=UUID(int=0x300D0 + nth), client_id=ANNA, rating=rating, occurred_at=at
    )

"""Ten thousand forms, moods and check-ins of many people, as their apps send them.

The answers of the forms are those of a survey where its file lies beside the project (see
../shared/data), and drawn otherwise. Whether an entry has a note, and how long the note is, has
nothing to do with its numbers.
"""

import csv
import gzip
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from itertools import islice
from uuid import UUID

from events.assessment import AssessmentScored
from events.check_in import CheckInLogged
from events.mood import MoodLogged
from tests.events.test_real_forms import ITEMS, NHANES, answer
from tests.projections.past import ANNA, WALK, day

ENTRIES = 10_000
# What was agreed to; a check-in of less does not meet it.
ASKED_FOR = 10.0
ZONES = tuple(
    UTC if hours == 0 else timezone(timedelta(hours=hours)) for hours in (-8, -3.5, 0, 1, 5.5, 9)
)
Form = tuple[tuple[int, ...], int | None]


def new_id(chance: random.Random) -> UUID:
    """A UUIDv4."""
    return UUID(int=chance.getrandbits(128), version=4)


def times(chance: random.Random) -> Iterator[datetime]:
    """Moments of some weeks in several zones, in whole seconds or finer, as apps tell them."""
    while True:
        fraction = chance.choice((0, 1_000 * chance.randrange(1, 1_000), chance.randrange(10**6)))
        at = day(chance.randrange(28)) + timedelta(
            seconds=chance.randrange(36_000), microseconds=fraction
        )
        yield at.astimezone(chance.choice(ZONES))


def note(chance: random.Random) -> str:
    """Mostly none, else up to 400 letters."""
    return "" if chance.random() < 0.6 else "n" * chance.randint(1, 400)


def surveyed() -> Iterator[Form]:
    """Answers to PHQ-9, and to its question about difficulty, of those who left nothing out."""
    with gzip.open(NHANES, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            answers = tuple(answer(row[item]) for item in ITEMS)
            if None not in answers:
                yield tuple(one or 0 for one in answers), answer(row["DPQ100"])


def drawn_forms() -> Iterator[Form]:
    chance = random.Random(9)
    while True:
        burden = chance.random() ** 2
        answers = tuple(min(3, int(4 * burden * chance.random() * 1.5)) for _ in ITEMS)
        yield answers, chance.randrange(4) if any(answers) else None


@cache
def forms() -> list[AssessmentScored]:
    chance = random.Random(1)
    answered = surveyed() if NHANES.exists() else drawn_forms()
    return [
        AssessmentScored(
            assessment_id=new_id(chance), client_id=ANNA, instrument="phq9",
            total=float(sum(answers)), answers=answers, difficulty=difficulty,
            occurred_at=at, note=note(chance),
        )
        for (answers, difficulty), at in islice(zip(answered, times(chance), strict=False), ENTRIES)
    ]  # fmt: skip


@cache
def moods() -> list[MoodLogged]:
    chance = random.Random(2)
    return [
        MoodLogged(
            mood_id=new_id(chance), client_id=ANNA, rating=chance.randint(1, 10),
            occurred_at=at, note=note(chance), tags=("sleep",) * chance.randrange(2),
        )
        for at in islice(times(chance), ENTRIES)
    ]  # fmt: skip


@cache
def check_ins() -> list[CheckInLogged]:
    chance = random.Random(3)
    return [
        CheckInLogged(
            check_in_id=new_id(chance), client_id=ANNA, goal_id=WALK,
            amount=chance.choice((0.0, 2.5, 5.0, 9.0, 10.0, 12.5, 30.0, 120.0)),
            occurred_at=at, note=note(chance),
        )
        for at in islice(times(chance), ENTRIES)
    ]  # fmt: skip

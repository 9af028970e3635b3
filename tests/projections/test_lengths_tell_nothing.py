"""Lengths: whoever sees how long a sealed thing is learns no score and no mood from that."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, timedelta, timezone
from itertools import product
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events import catalogue, instruments
from events.assessment import (
    AssessmentCompleted,
    AssessmentCorrected,
    AssessmentEvent,
    AssessmentLeftIncomplete,
    AssessmentScored,
)
from events.check_in import CheckInCorrected, CheckInLogged
from events.codec import type_of
from events.instruments import Instrument
from events.mood import MoodCorrected, MoodLogged
from events.postgres import place
from events.record import Cause, Step, digest
from events.sealing import seal
from projections import assessment_trend, mood_trend
from projections.catalogue import PROJECTIONS
from projections.rows import Projection, RowSeal
from tests.projections.entries_of_many import ASKED_FOR, check_ins, forms, moods
from tests.projections.lives import COMMANDS, Asked, play
from tests.projections.past import (
    ANNA,
    PRACTICE,
    WALK,
    Log,
    anna_enrolled,
    day,
    mood,
    rows,
    scored,
    stream_of,
)

KEY = AESGCM(b"k" * 32)
PADDED_TO = 256
SEAL_BYTES = 1 + 12 + 16
WRAPPED_KEY_BYTES = SEAL_BYTES + 32
FEW = 2_000
AT_ONCE = 500


def is_ten_or_more(fact: AssessmentScored) -> bool:
    return fact.total >= 10


def endorses_item_9(fact: AssessmentScored) -> bool:
    return fact.answers is not None and fact.answers[8] > 0


def is_ten(fact: MoodLogged) -> bool:
    return fact.rating == 10


def is_five_or_more(fact: MoodLogged) -> bool:
    return fact.rating >= 5


def is_met(fact: CheckInLogged) -> bool:
    return fact.amount >= ASKED_FOR


Form = dict[str, Any]
Entries = Callable[[], Sequence[Any]]
Question = Callable[[Any], bool]
QUESTIONS: list[tuple[Entries, Question]] = [
    (forms, is_ten_or_more),
    (forms, endorses_item_9),
    (moods, is_ten),
    (moods, is_five_or_more),
    (check_ins, is_met),
]
OF_ROWS: list[tuple[Projection, Entries, Question]] = [
    (assessment_trend.projection, forms, is_ten_or_more),
    (assessment_trend.projection, forms, endorses_item_9),
    (mood_trend.projection, moods, is_ten),
    (mood_trend.projection, moods, is_five_or_more),
]


# Every digest of a command is as long as this one.
CONTENT = digest("what was asked")


def sealed_event(fact: Any) -> bytes:
    """As the log keeps the first event of an entry."""
    where = place(PRACTICE, stream_of(fact), 1, type_of(fact))
    return seal(KEY, CONTENT + catalogue.encode(fact), context=where)


def sealed_rows(projection: Projection, facts: Iterable[Any]) -> dict[UUID, bytes]:
    """As a view keeps them, by their keys."""
    row_seal = RowSeal(projection, PRACTICE)
    made = rows(projection, Log().add(*facts).kept)
    return {key: row_seal.seal(KEY, key, row) for key, row in made.items()}


def right_guesses(known: Sequence[tuple[int, bool]]) -> tuple[int, int]:
    """How many answers the best rule gets right by lengths, and who always names the larger class.

    Of each length the rule names the class that is larger among the entries of that length in one
    half; it is tried on the other half.
    """
    learned, asked = known[::2], known[1::2]
    by_length: defaultdict[int, Counter[bool]] = defaultdict(Counter)
    for length, truth in learned:
        by_length[length][truth] += 1
    usual = Counter(truth for _, truth in learned)
    by_rule = sum(
        by_length.get(length, usual).most_common(1)[0][0] is truth for length, truth in asked
    )
    return by_rule, max(Counter(truth for _, truth in asked).values())


class TestBestRule:
    @pytest.mark.parametrize(("entries", "question"), [QUESTIONS[0], QUESTIONS[2], QUESTIONS[4]])
    def test_would_know_more_by_the_lengths_of_what_is_not_padded(self, entries, question):
        bare = [(len(catalogue.encode(fact)), question(fact)) for fact in entries()]
        by_rule, by_habit = right_guesses(bare)
        assert by_rule > 1.02 * by_habit

    @pytest.mark.parametrize(("entries", "question"), QUESTIONS)
    def test_knows_nothing_by_the_lengths_of_events(self, entries, question):
        known = [(len(sealed_event(fact)), question(fact)) for fact in entries()]
        by_rule, by_habit = right_guesses(known)
        assert by_rule <= by_habit

    @pytest.mark.parametrize(("projection", "entries", "question"), OF_ROWS)
    def test_knows_nothing_by_the_lengths_of_rows(self, projection, entries, question):
        sealed = sealed_rows(projection, entries())
        known = [(len(sealed[stream_of(fact)]), question(fact)) for fact in entries()]
        by_rule, by_habit = right_guesses(known)
        assert by_rule <= by_habit

    async def test_knows_nothing_by_what_lies_in_the_database(self, record):
        facts = [*forms()[:FEW], *moods()[:FEW], *check_ins()[:FEW]]
        await keep_all(record.store, [anna_enrolled(), *facts])
        await record.projector().catch_up(PRACTICE)
        lengths = {
            "event_log": await lengths_by_key(record.pool, "event_log", "stream_id"),
            **{
                one.name: await lengths_by_key(record.pool, f"views.{one.name}", one.key)
                for one in (assessment_trend.projection, mood_trend.projection)
            },
        }
        tables: list[tuple[str, Entries, Question]] = [
            *(("event_log", entries, question) for entries, question in QUESTIONS),
            *((projection.name, entries, question) for projection, entries, question in OF_ROWS),
        ]
        for table, entries, question in tables:
            known = [(lengths[table][stream_of(fact)], question(fact)) for fact in entries()[:FEW]]
            by_rule, by_habit = right_guesses(known)
            assert by_rule <= by_habit, f"{table}: {question.__name__}"


async def keep_all(store: Any, facts: Sequence[Any]) -> None:
    """Each the first event of its stream, many to an append."""
    steps = [
        Step(
            stream_id=one.stream_id,
            category=one.category,
            client_id=one.client_id,
            expected=0,
            events=[one.event],
            occurred_at=one.occurred_at,
        )
        for one in Log().add(*facts).kept
    ]
    for nth in range(0, len(steps), AT_ONCE):
        why = Cause(
            command_id=UUID(int=nth), actor="app:7f3a", content=digest(nth), correlation=UUID(int=0)
        )
        await store.append(PRACTICE, steps[nth : nth + AT_ONCE], cause=why)


async def lengths_by_key(pool: asyncpg.Pool, table: str, key: str) -> dict[UUID, int]:
    found = await pool.fetch(f"SELECT {key} AS key, octet_length(body) AS length FROM {table}")
    return {row["key"]: row["length"] for row in found}


# As short and as long as a moment is told.
MOMENTS = [
    at.astimezone(zone)
    for at in (day(0), day(0) + timedelta(microseconds=1))
    for zone in (UTC, timezone(timedelta(hours=-9.5)))
]


class TestEntryWithoutANote:
    """Here nothing hides a byte: whatever the numbers are, the length is the same."""

    @pytest.mark.parametrize("instrument", instruments.known().values(), ids=lambda one: one.id)
    def test_is_as_long_as_every_other_form(self, instrument):
        facts = list(every_form(instrument))
        assert [*lengths_of(facts).values()] == [{541}] * 4
        founding = [one for one in facts if isinstance(one, FOUNDING_FORM)]
        assert lengths_of_rows(assessment_trend.projection, founding) == {541}

    def test_is_as_long_as_every_other_mood(self):
        logged = [
            MoodLogged(mood_id=WALK, client_id=ANNA, rating=rating, occurred_at=at)
            for rating, at in product(range(1, 11), MOMENTS)
        ]
        corrected = [
            MoodCorrected(
                mood_id=WALK, from_rating=10, rating=rating, from_occurred_at=at, occurred_at=at
            )
            for rating, at in product(range(1, 11), MOMENTS)
        ]
        assert lengths_of(logged + corrected) == {
            "mood.logged.v1": {285},
            "mood.corrected.v1": {285},
        }
        assert lengths_of_rows(mood_trend.projection, logged) == {285}

    @pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda one: one.name)
    def test_leaves_every_row_of_a_client_as_long_as_any_other_would(self, projection):
        for entries in (
            [scored(1, float(total), day(5), instrument="phq9") for total in range(28)],
            [mood(1, rating, day(5)) for rating in range(1, 11)],
        ):
            lengths: defaultdict[UUID, set[int]] = defaultdict(set)
            for entry in entries:
                for key, body in sealed_rows(projection, [anna_enrolled(), entry]).items():
                    lengths[key].add(len(body))
            assert all(len(found) == 1 for found in lengths.values()), lengths

    def test_is_as_long_as_every_other_check_in(self):
        amounts = (0.0, 0.5, 1.0, 10.0, 99.75, 10_000.0, 1_234.567)
        logged = [
            CheckInLogged(
                check_in_id=WALK, client_id=ANNA, goal_id=WALK, amount=amount, occurred_at=at
            )
            for amount, at in product(amounts, MOMENTS)
        ]
        corrected = [
            CheckInCorrected(
                check_in_id=WALK, goal_id=WALK, from_amount=1.0, amount=amount,
                from_occurred_at=at, occurred_at=at,
            )
            for amount, at in product(amounts, MOMENTS)
        ]  # fmt: skip
        assert lengths_of(logged + corrected) == {
            "check_in.logged.v1": {541},
            "check_in.corrected.v1": {541},
        }


FOUNDING_FORM = AssessmentScored | AssessmentLeftIncomplete


def every_form(instrument: Instrument) -> Iterator[AssessmentEvent]:
    """Each total an instrument has, with answers or without, and how few answers it may have."""
    count = instrument.scoring.count if instrument.scoring else 1
    own: Form = {"assessment_id": WALK, "instrument": instrument.id}
    more: list[Form] = [
        {},
        {"difficulty": 3},
        {"suicide_item": 1},
        {"suicide_item": "not_recorded"},
    ]
    for at, total, answers, said in product(
        MOMENTS, totals(instrument), (None, (0,) * count), more
    ):
        form: Form = {**own, **said, "occurred_at": at, "total": total, "answers": answers}
        yield AssessmentScored(client_id=ANNA, **form)
        yield AssessmentCorrected(from_total=instrument.maximum, from_occurred_at=at, **form)
        yield AssessmentCompleted(from_occurred_at=at, **form)
    for at, given, prorated in product(MOMENTS, range(count), (None, instrument.maximum / 7)):
        yield AssessmentLeftIncomplete(
            client_id=ANNA, occurred_at=at, prorated=prorated,
            answers=(*(0,) * given, *(None,) * (count - given)), **own,
        )  # fmt: skip


def totals(instrument: Instrument) -> Iterator[float]:
    steps = round((instrument.maximum - instrument.minimum) / instrument.step)
    return (instrument.minimum + nth * instrument.step for nth in range(steps + 1))


def lengths_of(facts: Iterable[Any]) -> dict[str, set[int]]:
    """Of what the log keeps of each type."""
    lengths: defaultdict[str, set[int]] = defaultdict(set)
    for fact in facts:
        lengths[type_of(fact)].add(len(sealed_event(fact)))
    return lengths


def lengths_of_rows(projection: Projection, facts: Iterable[Any]) -> set[int]:
    """Of what a view keeps of each alone, early in a log and late."""
    row_seal = RowSeal(projection, PRACTICE)
    lengths = set()
    for fact in facts:
        (recorded,) = Log().add(fact, at=fact.occurred_at.astimezone(UTC)).kept
        for position in (1, 10_000_000):
            late = msgspec.structs.replace(recorded, position=position)
            ((key, row),) = rows(projection, [late]).items()
            lengths.add(len(row_seal.seal(KEY, key, row)))
    return lengths


async def test_whatever_is_sealed_in_the_database_is_padded(record):
    """Whatever columns there are: wrapped keys have one length, and all else is padded."""
    chance = Random(4)
    everything = play([
        Asked(chance.choice(list(COMMANDS)), chance.randrange(9), chance.randrange(31), 5)
        for _ in range(400)
    ])  # fmt: skip
    await record.keep(everything.kept)
    await record.projector().catch_up(PRACTICE)
    found = {}
    for table, column in await record.pool.fetch(SEALED_COLUMNS):
        rows_found = await record.pool.fetch(
            f"SELECT DISTINCT octet_length({column}) AS length FROM {table}"
        )
        found[f"{table}.{column}"] = {row["length"] for row in rows_found}
    for name, lengths in found.items():
        if name.endswith(".wrapped"):
            assert lengths <= {WRAPPED_KEY_BYTES}, name
        else:
            assert {length % PADDED_TO for length in lengths} <= {SEAL_BYTES}, name
    views = [f"views.{projection.name}.body" for projection in PROJECTIONS]
    for name in ("public.data_key.wrapped", "public.event_log.body", *views):
        assert found[name], f"{name} has no row in this test"


SEALED_COLUMNS = """
SELECT format('%I.%I', table_schema, table_name), column_name
FROM information_schema.columns
WHERE data_type = 'bytea' AND table_schema NOT IN ('pg_catalog', 'information_schema')
"""

"""rows: the tables are what the projections say, and a row opens in its own place only."""

from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from events.sealing import SealBroken, seal
from projections import assessment_trend, mood_trend
from projections.catalogue import PROJECTIONS
from projections.mood_trend import MoodEntry
from projections.rows import RowSeal, RowTable
from tests.projections.past import PRACTICE, Log, day, mood, rows

COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
FROM pg_attribute a
WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""
TYPES = {"timestamptz": "timestamp with time zone"}
KEY = AESGCM(b"k" * 32)


@pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda one: one.name)
async def test_the_table_has_the_columns_that_are_written(pool, projection):
    table = RowTable(projection)
    declared = {("practice_id", "uuid")} | {
        (column.name, TYPES.get(column.type, column.type)) for column in table.columns
    }
    kept = await pool.fetch(COLUMNS, f"views.{projection.name}")
    assert {(row["name"], row["type"]) for row in kept} == declared


class TestRowSeal:
    def row(self) -> tuple[UUID, MoodEntry]:
        ((key, row),) = rows(mood_trend.projection, Log().add(mood(1, 5, day(0))).kept).items()
        return key, row

    def test_opens_what_it_sealed(self):
        key, row = self.row()
        row_seal = RowSeal(mood_trend.projection, PRACTICE)
        assert row_seal.open(KEY, key, row_seal.seal(KEY, key, row)) == row

    def test_keeps_the_offset_of_a_time(self):
        logged = mood(1, 5, datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=9))))
        ((key, row),) = rows(mood_trend.projection, Log().add(logged).kept).items()
        row_seal = RowSeal(mood_trend.projection, PRACTICE)
        opened = row_seal.open(KEY, key, row_seal.seal(KEY, key, row))
        assert opened.occurred_at.utcoffset() == timedelta(hours=9)

    @pytest.mark.parametrize(
        "plain",
        [b"{", b"{}", b'{"note": "\xff"}', b'{"x":' + b"[" * 100_000],
        ids=["no json", "another shape", "no utf-8", "too deep"],
    )
    def test_refuses_what_does_not_decode(self, plain):
        key, _ = self.row()
        place = PRACTICE.bytes + b"mood_trend", key.bytes
        with pytest.raises(SealBroken):
            RowSeal(mood_trend.projection, PRACTICE).open(KEY, key, seal(KEY, plain, context=place))

    def test_refuses_what_was_moved(self):
        key, row = self.row()
        body = RowSeal(mood_trend.projection, PRACTICE).seal(KEY, key, row)
        for row_seal, at in [
            (RowSeal(mood_trend.projection, PRACTICE), UUID(int=1)),
            (RowSeal(mood_trend.projection, UUID(int=2)), key),
            # A view whose rows are of the same shape: they would be read as its own.
            (RowSeal(replace(mood_trend.projection, name="mood_trend_2"), PRACTICE), key),
            (RowSeal(assessment_trend.projection, PRACTICE), key),
        ]:
            with pytest.raises(SealBroken):
                row_seal.open(KEY, at, body)

    def test_refuses_a_row_of_another_shape(self):
        body = seal(KEY, b"{}", context=(PRACTICE.bytes + b"mood_trend", UUID(int=1).bytes))
        with pytest.raises(SealBroken):
            RowSeal(mood_trend.projection, PRACTICE).open(KEY, UUID(int=1), body)

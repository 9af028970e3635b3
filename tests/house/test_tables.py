"""Everything is kept by practice: that is what lets one database become many (Citus)."""

import asyncpg
import pytest

# What belongs to the installation, not to a practice: how far its schema is, which processes run,
# and the epochs of its log.
OF_THE_INSTALLATION = {"migration", "heartbeat", "epoch"}

KEYS = """
SELECT
  n.nspname || '.' || t.relname AS table_name,
  i.relname AS index_name,
  x.indisprimary AS is_primary,
  array(
    SELECT a.attname::text
    FROM unnest(x.indkey) WITH ORDINALITY AS k (number, nth)
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
    ORDER BY k.nth
  ) AS columns
FROM pg_index x
JOIN pg_class t ON t.oid = x.indrelid
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE n.nspname IN ('public', 'views', 'outbox') AND x.indisunique
"""
TABLES = """
SELECT n.nspname || '.' || t.relname AS table_name
FROM pg_class t
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE n.nspname IN ('public', 'views', 'outbox') AND t.relkind IN ('r', 'p')
"""


@pytest.fixture
async def owner(database):
    connection = await asyncpg.connect(database.owner)
    yield connection
    await connection.close()


async def test_every_key_begins_with_the_practice(owner):
    keys = [
        row
        for row in await owner.fetch(KEYS)
        if row["table_name"].rpartition(".")[2] not in OF_THE_INSTALLATION
    ]
    assert keys
    assert [row["index_name"] for row in keys if row["columns"][0] != "practice_id"] == []


async def test_every_table_has_a_primary_key(owner):
    keyed = {row["table_name"] for row in await owner.fetch(KEYS) if row["is_primary"]}
    assert {row["table_name"] for row in await owner.fetch(TABLES)} - keyed == set()


async def test_nothing_counts_across_practices(owner):
    # A sequence is one counter for all: it would be a bottleneck, and order where there is none.
    assert await owner.fetch("SELECT relname FROM pg_class WHERE relkind = 'S'") == []

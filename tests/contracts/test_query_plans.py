"""The statements of the log stay on their indexes, whatever the size of the log."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from events import postgres
from projections.app_subscriptions import READ_SUBSCRIPTION_STAGES, STAGES
from projections.naming import FIND_IDS_BETWEEN, FIND_NEIGHBOURS
from projections.queries import READ_CLIENT_NEWEST_OF, READ_LATER_TYPES
from tests.conftest import Database, Servers, Template, filled_database

LargeLog = tuple[asyncpg.Connection, UUID, UUID]

EVENTS = 40_000

PRACTICE = uuid4()
CLIENTS = [uuid4() for _ in range(50)]
FILL_PRACTICE = f"""
INSERT INTO practice_log (practice_id, position) VALUES ('{PRACTICE}', {EVENTS})
"""
FILL_LOG = f"""
INSERT INTO event_log (
  practice_id, position, stream_id, version, category, client_id, type, body,
  actor, command_id, correlation, occurred_at, recorded_at
)
SELECT
  '{PRACTICE}', n, gen_random_uuid(), 1, 'mood',
  ('{{{", ".join(map(str, CLIENTS))}}}'::uuid[])[1 + n % 50], 'mood.logged.v1', '\\x00',
  'clinician:anna', gen_random_uuid(), gen_random_uuid(), now(), now()
FROM generate_series(1, {EVENTS}) AS n
"""


@pytest.fixture(scope="module")
def filled(servers: Servers, template: str) -> Iterator[Template]:
    fill = (FILL_PRACTICE, FILL_LOG, "ANALYZE event_log")
    with filled_database(servers, template, *fill) as made:
        yield Template(made.name)


@pytest.fixture
async def large_log(filled: Template, database: Database) -> AsyncIterator[LargeLog]:
    """A log of some size, analysed: a connection, the practice and one of its fifty clients."""
    connection = await asyncpg.connect(database.admin)
    try:
        yield connection, PRACTICE, CLIENTS[0]
    finally:
        await connection.close()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


async def scans_of(
    connection: asyncpg.Connection, statement: str, *args: object
) -> dict[str, str | None]:
    """How a statement reads each table: the index it goes by, or the kind of its scan."""
    explained = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *args)
    (plan,) = json.loads(explained)
    return {
        node["Relation Name"]: node.get("Index Name", node["Node Type"])
        for node in nodes(plan["Plan"])
        if "Relation Name" in node
    }


async def test_a_stream_is_read_by_its_index(large_log: LargeLog) -> None:
    connection, practice_id, _ = large_log
    for statement, named in (
        (postgres.READ_STREAM, uuid4()),
        (postgres.READ_STREAMS, [uuid4(), uuid4()]),
        (postgres.STREAMS_AMONG, [uuid4() for _ in range(500)]),
    ):
        scans = await scans_of(connection, statement, practice_id, "mood", named)
        assert scans == {"event_log": "event_log_stream_in_category"}
    categories, ids = ["mood", "check_in"] * 100, [uuid4() for _ in range(200)]
    scans = await scans_of(connection, READ_LATER_TYPES, practice_id, categories, ids)
    assert scans == {"event_log": "event_log_stream_in_category"}


async def test_an_id_is_found_by_its_first_letters_by_the_index_of_streams(
    large_log: LargeLog,
) -> None:
    connection, practice_id, client_id = large_log
    first, last = UUID(int=0xABCD << 112), UUID(int=(0xABCE << 112) - 1)
    between = await scans_of(connection, FIND_IDS_BETWEEN, practice_id, "mood", first, last, 1_000)
    beside = await scans_of(connection, FIND_NEIGHBOURS, practice_id, [client_id, uuid4()])
    assert between == beside == {"event_log": "event_log_stream_in_category"}


async def test_a_client_is_read_by_its_index(large_log: LargeLog) -> None:
    connection, practice_id, client_id = large_log
    forwards = await scans_of(
        connection, postgres.READ_CLIENT, practice_id, client_id, 100, 20, None
    )
    newest = await scans_of(
        connection, postgres.READ_CLIENT_NEWEST, practice_id, client_id, EVENTS, 20
    )
    types = ["mood.logged.v1", "mood.corrected.v1", "check_in.logged.v1"]
    told = await scans_of(
        connection, READ_CLIENT_NEWEST_OF, practice_id, client_id, EVENTS, 20, types
    )
    assert forwards == newest == told == {"event_log": "event_log_client_position"}


async def test_what_an_app_is_told_is_found_without_looking_through_the_log(
    large_log: LargeLog,
) -> None:
    connection, practice_id, _ = large_log
    explained = await connection.fetchval(
        f"EXPLAIN (FORMAT JSON) {READ_SUBSCRIPTION_STAGES}", practice_id, list(STAGES)
    )
    (plan,) = json.loads(explained)
    scans = {node.get("Index Name") for node in nodes(plan["Plan"]) if "Relation Name" in node}
    assert scans == {"event_log_subscriptions", "event_log_stream_in_category"}


async def test_what_was_on_record_at_an_instant_looks_for_corrections_by_an_index(
    large_log: LargeLog,
) -> None:
    connection, practice_id, client_id = large_log
    now = await connection.fetchval("SELECT now()")
    explained = await connection.fetchval(
        f"EXPLAIN (FORMAT JSON) {postgres.READ_CLIENT}", practice_id, client_id, 100, 20, now
    )
    (plan,) = json.loads(explained)
    indexes = {node.get("Index Name") for node in nodes(plan["Plan"]) if "Relation Name" in node}
    (corrections,) = indexes - {"event_log_client_position"}
    assert corrections in {"event_log_stream_in_category", "event_log_flags"}


async def test_the_feed_is_read_by_position(large_log: LargeLog) -> None:
    connection, practice_id, _ = large_log
    scans = await scans_of(connection, postgres.READ_PRACTICE, practice_id, EVENTS - 500, 100)
    assert scans == {"event_log": "event_log_pkey"}


@pytest.mark.parametrize("version", [1, 2], ids=["new streams", "later versions"])
async def test_append_events_touches_only_what_it_appends_to(
    large_log: LargeLog, version: int
) -> None:
    """Planned or not, the function must not read the log: it is seen by counting what it reads."""
    connection, practice_id, client_id = large_log
    count = 64
    streams = [
        row["stream_id"]
        for row in await connection.fetch(
            "SELECT stream_id FROM event_log WHERE practice_id = $1 LIMIT $2", practice_id, count
        )
    ]
    if version == 1:
        streams = [uuid4() for _ in range(count)]

    async def rows_read() -> int:
        await connection.execute("SELECT pg_stat_force_next_flush()")
        await connection.execute("SELECT pg_stat_clear_snapshot()")
        return int(
            await connection.fetchval(
                "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables"
                " WHERE relname = 'event_log'"
            )
        )

    before = await rows_read()
    for _ in range(8):  # More than the five custom plans after which a generic one is tried.
        streams = [uuid4() for _ in range(count)] if version == 1 else streams
        await connection.fetch(
            "SELECT * FROM append_events("
            "$1, now(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            practice_id, list(range(count)), [True] * count, streams, ["mood"] * count,
            [version] * count,
            [client_id] * count, ["mood.logged.v1"] * count, [b"\0"] * count,
            ["clinician:anna"] * count, [uuid4() for _ in range(count)],
            [uuid4() for _ in range(count)],
            [await connection.fetchval("SELECT now()")] * count,
        )  # fmt: skip
        version += version > 1
    read = await rows_read() - before
    assert read <= 8 * count * 2


async def test_the_short_path_touches_only_what_it_appends_to(large_log: LargeLog) -> None:
    connection, practice_id, client_id = large_log
    for _ in range(2):  # The first reads the catalogue as well, and the second the record alone.
        plan = await connection.fetchval(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)"
            " SELECT append_event($1, now(), $2, 'mood', 1, $3, 'mood.logged.v1', '\\x00',"
            " 'clinician:anna', $4, $5, now())",
            practice_id, uuid4(), client_id, uuid4(), uuid4(),
        )  # fmt: skip
    (explained,) = json.loads(plan)
    blocks = explained["Plan"]["Shared Hit Blocks"] + explained["Plan"]["Shared Read Blocks"]
    assert blocks < 100

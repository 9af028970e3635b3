"""doctor: names what lies in a practice that has no key, and accuses no client without one."""

from uuid import UUID, uuid4

import asyncpg
import pytest

from projections.doctor import Doctor
from projections.faults import Fault
from tests.projections.breaking import as_owner
from tests.projections.conftest import Record
from tests.projections.past import ANNA, PRACTICE
from tests.projections.test_runner import ordinary

FORGED = """
SELECT refused FROM append_events(
  $1::uuid, now(), '{0}', '{t}', ARRAY[$2::uuid], ARRAY[$3::text], '{1}', ARRAY[$4::uuid],
  ARRAY[$5::text], ARRAY['\\x01aa'::bytea], '{w}', ARRAY[$2::uuid], ARRAY[$2::uuid], ARRAY[now()]
)
"""
KEY = "INSERT INTO data_key (practice_id, subject_id, wrapped) VALUES ($1, $2, '\\x01aa')"


async def forge(
    record: Record, practice_id: UUID, type_: str, *, client_id: UUID | None = None
) -> None:
    """What the run-time login can append without the key of Cairn."""
    category = type_.partition(".")[0]
    await record.pool.execute(FORGED, practice_id, uuid4(), category, client_id, type_)


async def found(record: Record) -> list[Fault]:
    """What another process than the one that wrote finds; it remembers no key."""
    record.keyring._cached.clear()
    return list((await Doctor(record.pool, record.keyring).look()).findings)


@pytest.mark.parametrize("projected", [False, True])
@pytest.mark.parametrize("with_key", [False, True])
@pytest.mark.parametrize("type_", ["practice.opened.v1", "practice.opened.v9"])
async def test_a_practice_that_somebody_put_there_is_named(record, type_, with_key, projected):
    await record.keep(ordinary().kept)
    await record.projector().catch_up(PRACTICE)
    forged_id = uuid4()
    await forge(record, forged_id, type_)
    if with_key:
        await record.pool.execute(KEY, forged_id, forged_id)
    if projected:
        await record.projector().catch_up(forged_id)
    named = [one for one in await found(record) if one.kind.startswith("event_")]
    assert {(one.practice_id, one.position, one.type) for one in named} == {(forged_id, 1, type_)}
    assert all("who writes to the database" in one.advice for one in named)


async def test_nothing_else_begins_a_practice(record):
    with pytest.raises(asyncpg.PostgresError, match="no such practice"):
        await forge(record, uuid4(), "client.enrolled.v1", client_id=ANNA)


async def test_every_event_of_a_practice_whose_key_is_gone_is_named(record, database):
    await record.keep(ordinary().kept)
    await record.projector().catch_up(PRACTICE)
    await as_owner(database, "DELETE FROM data_key WHERE subject_id = $1", PRACTICE)
    own = await record.pool.fetch(
        "SELECT position FROM event_log WHERE client_id IS NULL AND practice_id = $1", PRACTICE
    )
    faults = await found(record)
    assert {(one.kind, one.position) for one in faults} == {
        ("event_unreadable", row["position"]) for row in own
    }
    assert all("data_key" in one.advice for one in faults)


async def test_no_client_whose_key_was_destroyed_is_accused(record, database):
    await record.keep(ordinary().kept)
    await record.projector().catch_up(PRACTICE)
    await as_owner(database, "DELETE FROM data_key WHERE subject_id = $1", ANNA)
    assert await found(record) == []

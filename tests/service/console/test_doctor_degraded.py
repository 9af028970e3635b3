"""`cairn doctor` on what is not as it should be besides the views: processes, sweeps, locks."""

import asyncio
from datetime import timedelta

import asyncpg

from tests.conftest import execute, run
from tests.service.console.conftest import BEATS


def whats(told) -> set[str]:
    return {one["what"] for one in told.answer.get("degraded", [])}


class TestProcesses:
    def test_that_are_missing_are_named_with_what_to_do(self, record, practice_id, database):
        told = record("doctor")
        assert told.code == 1
        words = " ".join(told.out.split())
        for word in ("projector missing", "worker missing", "cairn project", "cairn work"):
            assert word in words
        found = record("doctor", "--json")
        assert (found.code, found.answer["findings"]) == (1, [])
        assert whats(found) == {"projector_missing", "worker_missing"}
        run(lambda: execute(database.owner, BEATS))
        assert record("doctor").code == 0
        late = "UPDATE heartbeat SET last_at = now() - interval '2 minutes' WHERE activity = {}"
        run(lambda: execute(database.owner, late.format("'safety'")))
        found = record("doctor", "--json")
        assert (found.code, whats(found)) == (1, {"sweep_late"})

    def test_are_not_named_where_doctor_names_the_event_itself(
        self, record, practice_id, all_run, database
    ):
        aside = (
            "INSERT INTO views.set_aside (practice_id, view, position, stream_id, type, why,"
            f" release) VALUES ('{practice_id}', 'caseload', 1, '{practice_id}', 'x', 'x', 'x')"
        )
        run(lambda: execute(database.owner, aside))
        found = record("doctor", "--json")
        assert (found.code, whats(found)) == (1, set())
        assert [one["kind"] for one in found.answer["findings"]] == ["event_set_aside"]


def test_a_practice_that_is_stuck_is_named(record, practice_id, all_run, database, monkeypatch):
    monkeypatch.setattr("projections.degraded.HELD", timedelta(seconds=0.2))

    async def hold() -> asyncpg.Connection:
        owner = await asyncpg.connect(database.owner)
        await owner.execute("BEGIN")
        await owner.execute("SELECT FROM practice_log FOR UPDATE")
        return owner

    # A loop of its own: doctor runs in another one.
    with asyncio.Runner() as runner:
        owner = runner.run(hold())
        told = record("doctor")
        runner.run(owner.close())
    assert told.code == 1
    assert "practice stuck" in told.out
    assert "pg_terminate_backend" in told.out
    assert record("doctor").code == 0


def test_a_log_that_takes_no_append_is_named(record, practice_id, all_run, database):
    read_only = f"ALTER DATABASE {database.name} {{}} default_transaction_read_only"
    run(lambda: execute(database.owner, read_only.format("SET") + " = on"))
    told = record("doctor")
    assert told.code == 1
    assert "takes no writes" in told.out
    found = record("doctor", "--json")
    assert (found.code, found.answer["not_ready"]) == (1, "database_read_only")
    run(lambda: writable(database.owner, read_only.format("RESET")))
    assert record("doctor").code == 0


async def writable(url: str, statement: str) -> None:
    """What is said in a session that may write, in a database that refuses it."""
    owner = await asyncpg.connect(url, server_settings={"default_transaction_read_only": "off"})
    try:
        await owner.execute(statement)
    finally:
        await owner.close()

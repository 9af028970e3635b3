"""`cairn restore`: all of it or nothing, verified, and in a new epoch."""

import base64
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from migrations.runner import migrate
from service.restoring import FIND_FUNCTIONS, FIND_TABLES, FUNCTIONS, TABLES
from tests.conftest import Database, run
from tests.older_release import files_until
from tests.service.console.backups import (
    EPOCHS,
    LOG,
    begun,
    children,
    command_line,
    fetch,
    program,
    seen_in_a_terminal,
    wait_for,
)
from tests.service.console.conftest import BACKUP as FILE

ADD = ("practice", "add", "Ash Street", "--zone", "Europe/Zurich", "--country", "CH")
IN_TRANSACTION = """
SELECT 1 FROM pg_stat_activity
WHERE datname = $1 AND application_name = 'cairn' AND xact_start IS NOT NULL
"""


@pytest.fixture
def into(monkeypatch: pytest.MonkeyPatch) -> Callable[[Database], None]:
    """From here on, commands go to another database."""

    def into(database: Database) -> None:
        monkeypatch.setenv("DATABASE_URL", database.runtime)
        monkeypatch.setenv("CAIRN_OWNER_DATABASE_URL", database.owner)

    return into


class TestARestore:
    def test_into_an_empty_database_brings_every_event_in_a_new_epoch(
        self, backed, database, empty_database, into
    ):
        assert backed("backup", FILE).code == 0
        into(empty_database)
        done = backed("restore", FILE, "--json")
        assert done.code == 0, done.out + done.err
        assert fetch(empty_database.owner, LOG) == fetch(database.owner, LOG) != []
        first, second = fetch(empty_database.owner, EPOCHS)
        [former] = fetch(database.owner, EPOCHS)
        assert first == former
        assert second[1] != former[1]
        assert done.answer["epoch"] == str(second[1])
        agreed = "SELECT practice_id, position FROM epoch_head ORDER BY practice_id"
        heads = "SELECT practice_id, position FROM practice_log ORDER BY practice_id"
        assert fetch(empty_database.owner, agreed) == fetch(empty_database.owner, heads)
        assert done.answer["diagnosis"]["findings"] == []
        assert backed(*ADD).code == 0

    def test_refuses_a_database_that_has_a_log_and_says_what_would_be_lost(
        self, backed, backup_file, database
    ):
        assert backed(*ADD).code == 0
        log = fetch(database.owner, LOG)
        refused = backed("restore", FILE)
        assert refused.code == 1
        assert f"3 practices with {len(log)} events, the last of 20" in refused.err
        assert "--replace" in refused.err
        assert fetch(database.owner, LOG) == log
        done = backed("restore", FILE, "--replace")
        assert done.code == 0, done.err
        assert "3 practices" in done.err
        assert len(fetch(database.owner, "SELECT FROM practice_log")) == 2

    def test_of_a_plain_dump_is_verified_by_what_is_in_it(
        self, backed, database, empty_database, into
    ):
        program("pg_dump", "--format=custom", f"--file={FILE}", database.owner)
        into(empty_database)
        assert backed("restore", FILE).code == 0
        assert fetch(empty_database.owner, LOG) == fetch(database.owner, LOG)

    def test_of_an_older_release_is_migrated_with_it(
        self, record, monkeypatch, empty_database, tmp_path, database, into
    ):
        folder = tmp_path / "older"
        folder.mkdir()
        run(lambda: migrate(empty_database.owner, folder=files_until(21, folder)))
        dump = str(tmp_path / FILE)
        program("pg_dump", "--format=custom", f"--file={dump}", empty_database.owner)
        into(database)
        done = record("restore", dump, "--json")
        assert done.code == 0, done.err
        assert done.answer["migrated"][0] == "0022_epochs"
        assert [number for number, _, _ in fetch(database.owner, EPOCHS)] == [1, 2]

    def test_gives_back_the_rights_that_a_dump_lacks(self, backed, database, empty_database, into):
        program("pg_dump", "--format=custom", "--no-privileges", f"--file={FILE}", database.owner)
        into(empty_database)
        assert backed("restore", FILE).code == 0
        assert backed(*ADD).code == 0


def test_both_show_at_a_terminal_how_far_they_are(backed, empty_database, into):
    shown = seen_in_a_terminal("backup", FILE)
    assert [part for part in ("dump", "check") if part not in shown] == []
    into(empty_database)
    shown = seen_in_a_terminal("restore", FILE)
    assert [part for part in ("check", "restore", "verify") if part not in shown] == []


class TestARestoreIsRefused:
    def test_while_somebody_is_connected(self, backed, backup_file, database):
        serving = begun("project")
        try:
            connected = "SELECT FROM pg_stat_activity WHERE datname = $1 AND usename = 'cairn'"
            wait_for(lambda: bool(fetch(database.admin, connected, database.name)))
            refused = backed("restore", "--replace", FILE)
        finally:
            serving.terminate()
            serving.communicate()
        assert refused.code == 1
        assert "Somebody uses this database (connections: cairn " in refused.err
        assert "docker compose stop api projector worker" in refused.err

    @pytest.mark.parametrize("where", [0.2, 0.9])
    def test_of_a_file_that_is_damaged(self, backed, backup_file, empty_database, into, where):
        whole = bytearray(Path(FILE).read_bytes())
        whole[int(len(whole) * where)] ^= 1
        Path(FILE).write_bytes(whole)
        into(empty_database)
        refused = backed("restore", FILE)
        assert refused.code == 1
        assert "damaged" in refused.err
        assert fetch(empty_database.owner, "SELECT to_regclass('event_log')") == [(None,)]

    def test_of_a_file_that_is_cut_off_or_no_backup(
        self, backed, backup_file, empty_database, into
    ):
        whole = Path(FILE).read_bytes()
        into(empty_database)
        for text in (whole[: len(whole) // 2], b"a diary", b""):
            Path(FILE).write_bytes(text)
            refused = backed("restore", FILE)
            assert refused.code == 1
            assert FILE in refused.err
        assert fetch(empty_database.owner, "SELECT to_regclass('event_log')") == [(None,)]

    def test_with_another_key_before_anything_is_changed(
        self, backed, backup_file, empty_database, into, monkeypatch
    ):
        into(empty_database)
        monkeypatch.setenv("CAIRN_KEY", base64.b64encode(bytes(32)).decode())
        refused = backed("restore", FILE)
        assert refused.code == 1
        assert fetch(empty_database.owner, "SELECT to_regclass('event_log')") == [(None,)]

    def test_beside_tables_that_are_not_ours(self, backed, backup_file, empty_database, into):
        fetch(empty_database.owner, "CREATE TABLE invoice (id integer)")
        into(empty_database)
        refused = backed("restore", FILE)
        assert refused.code == 1
        assert "invoice" in refused.err

    def test_without_a_key_nothing_is_verified_and_that_is_said(
        self, backed, backup_file, empty_database, into, monkeypatch
    ):
        into(empty_database)
        monkeypatch.delenv("CAIRN_KEY")
        done = backed("restore", FILE)
        assert done.code == 1
        assert "Nothing could be verified" in done.out
        assert "The master key is not at" in done.out


def test_a_restore_that_is_killed_changes_nothing_or_is_whole(backed, backup_file, database):
    assert backed(*ADD).code == 0
    log, epochs = fetch(database.owner, LOG), fetch(database.owner, EPOCHS)
    elsewhere = database.admin.replace(f"/{database.name}?", "/postgres?")
    one = begun("restore", "--replace", FILE)
    wait_for(lambda: bool(fetch(elsewhere, IN_TRANSACTION, database.name)))
    [psql] = [pid for pid in children(one.pid) if "psql" in command_line(pid)]
    os.kill(psql, signal.SIGSTOP)  # Wherever it is in the transaction.
    os.kill(one.pid, signal.SIGKILL)
    os.kill(psql, signal.SIGCONT)
    one.communicate()
    wait_for(lambda: not fetch(elsewhere, IN_TRANSACTION, database.name))
    # All of what psql had still to read may lie in its pipe: then the restore is whole.
    is_whole = len(fetch(database.owner, EPOCHS)) > len(epochs)
    assert fetch(database.owner, LOG) == (log[:-1] if is_whole else log)
    assert (fetch(database.owner, EPOCHS) == epochs) is not is_whole


def test_what_a_restore_drops_is_what_the_migrations_make(database: Database):
    """A migration that makes a table or a function in the schema public adds its name there."""
    tables = frozenset(name for (name,) in fetch(database.owner, FIND_TABLES))
    functions = frozenset(name for name, _ in fetch(database.owner, FIND_FUNCTIONS))
    assert (tables, functions) == (TABLES, FUNCTIONS)

"""`cairn backup`: whole or not at all, verified, and never with the key."""

import os
import resource
import signal
import stat
from pathlib import Path

from service.backup_files import manifest_in
from tests.conftest import run
from tests.projections.breaking import as_owner
from tests.service.console.backups import (
    begun,
    children,
    command_line,
    fetch,
    held,
    is_gone,
    program,
    wait_for,
)
from tests.service.console.conftest import BACKUP

FILE = BACKUP
# pg_dump is stopped by the system when its file is to become longer.
MOST_BYTES = 4_096


def there() -> list[str]:
    """The names of the files in the folder in which commands are said."""
    return sorted(one.name for one in Path().iterdir())


def dumpings(pid: int) -> list[int]:
    """The dumps that a backup has under way."""
    return [child for child in children(pid) if "--snapshot=" in command_line(child)]


def limited() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES))


class TestABackup:
    def test_has_every_event_and_says_so(self, backed, database):
        done = backed("backup", FILE, "--json")
        assert (done.code, done.err) == (0, "")
        heads = fetch(database.owner, "SELECT practice_id, position FROM practice_log ORDER BY 1")
        told = done.answer["manifest"]
        assert [(one["practice_id"], one["position"]) for one in told["practices"]] == [
            (str(practice_id), position) for practice_id, position in heads
        ]
        assert told["events"] == sum(position for _, position in heads) > 0
        [[epoch]] = fetch(database.owner, "SELECT epoch FROM epoch")
        assert told["epoch"] == str(epoch)
        assert done.answer["bytes"] == Path(FILE).stat().st_size > told["dump_bytes"]
        assert done.answer["key"] == {"place": "CAIRN_KEY", "state": "right"}

    def test_is_a_dump_that_pg_restore_reads(self, backed, database):
        # Whoever is idle in a transaction is cut off here, as docs/postgres.md advises.
        limit = "SET idle_in_transaction_session_timeout = '1ms'"
        fetch(database.admin, f"ALTER DATABASE {database.name} {limit}")
        assert backed("backup", FILE).code == 0
        assert "TABLE DATA public event_log" in program("pg_restore", "--list", FILE)
        script = program("pg_restore", "--file=-", "--data-only", "--table=event_log", FILE)
        manifest = manifest_in(Path(FILE))
        assert manifest is not None
        assert script.count("practice.opened.v1") == 2

    def test_is_for_nobody_else_to_read(self, backed):
        assert backed("backup", FILE).code == 0
        assert stat.S_IMODE(Path(FILE).stat().st_mode) == 0o600
        assert there() == [FILE]

    def test_replaces_no_file_unless_it_is_told_to(self, backed):
        Path(FILE).write_text("what was there")
        refused = backed("backup", FILE)
        assert refused.code == 1
        assert "--force" in refused.err
        assert Path(FILE).read_text() == "what was there"
        assert backed("backup", "--force", FILE).code == 0
        assert manifest_in(Path(FILE)) is not None

    def test_replaces_nothing_that_is_no_file(self, backed):
        pipe = Path("cairn.pipe")
        os.mkfifo(pipe)  # As a device is, which root could replace.
        said = backed("backup", "--force", pipe)
        assert (said.code, pipe.is_fifo()) == (1, True)
        assert "no file: choose another name" in said.err

    def test_says_where_the_key_is_and_that_the_file_is_worth_nothing_without(
        self, backed, monkeypatch, tmp_path
    ):
        told = " ".join(backed("backup", FILE).out.split())
        assert "worth nothing without it" in told
        assert "CAIRN_KEY" in told
        monkeypatch.delenv("CAIRN_KEY")
        monkeypatch.setenv("CAIRN_KEY_FILE", "lost.key")
        without = backed("backup", "--force", FILE)
        assert without.code == 0
        assert f"The master key is not at {tmp_path}/lost.key" in " ".join(without.out.split())
        assert not Path("lost.key").exists()

    def test_of_a_log_with_a_hole_is_made_and_says_that_there_is_one(self, backed, database):
        async def lose() -> None:
            await as_owner(
                database,
                "ALTER TABLE event_log DISABLE TRIGGER event_log_is_append_only;"
                "DELETE FROM event_log WHERE position = 1",
            )

        run(lose)
        done = backed("backup", FILE)
        assert done.code == 1
        assert "cairn doctor" in done.out
        assert manifest_in(Path(FILE)) is not None

    def test_of_nothing_is_refused(self, record, monkeypatch, empty_database):
        monkeypatch.setenv("CAIRN_OWNER_DATABASE_URL", empty_database.owner)
        refused = record("backup", FILE)
        assert refused.code == 1
        assert "no log" in refused.err
        assert there() == []


class TestABackupThatDoesNotEnd:
    def test_leaves_no_file_under_the_name_when_it_is_killed(self, backed, database, servers):
        password = servers.postgres.passwords.require("cairn_owner")
        with held(database):
            one = begun("backup", FILE)
            wait_for(lambda: bool(dumpings(one.pid)))
            [dumping] = dumpings(one.pid)
            assert f"--file={FILE}" in command_line(dumping)
            # What stands on a command line anybody on the machine may read.
            assert password not in command_line(dumping)
            os.kill(one.pid, signal.SIGKILL)
            one.communicate()
            wait_for(lambda: is_gone(dumping))
        assert there() == [f"{FILE}.making"]
        # The next one writes over what was left.
        assert backed("backup", FILE).code == 0
        assert there() == [FILE]

    def test_leaves_nothing_when_it_is_stopped_with_ctrl_c(self, backed, database):
        with held(database):
            one = begun("backup", FILE)
            wait_for(lambda: bool(dumpings(one.pid)))
            one.send_signal(signal.SIGINT)
            _, said = one.communicate(timeout=20)
        assert (one.returncode, said.strip()) == (130, "Stopped.")
        assert there() == []

    def test_leaves_nothing_where_the_disk_is_full(self, backed):
        one = begun("backup", FILE, preexec_fn=limited)
        _, said = one.communicate(timeout=30)
        assert one.returncode == 1
        assert "pg_dump has failed" in said
        assert there() == []

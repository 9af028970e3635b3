"""Commands as people say them: how they ended, and what they said where."""

import io
import json
import shutil
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from projections.degraded import SWEEPS
from service import cli
from service.console import cells, naming
from service.settings import Settings
from tests.conftest import Database, Servers, copy_database, execute, name_database, run
from tests.service.conftest import KEY, Filled

# In a record that tests have copies of: an event that no view shows is a finding a minute later.
PROJECT = ("project", "--once")
BACKUP = "cairn.backup"
ADD_ELM = ("practice", "add", "Elm", "--zone", "Europe/London", "--country", "GB")
BEATS = (
    "INSERT INTO heartbeat SELECT gen_random_uuid(), activity, kind, now() + interval '1 hour' FROM"
    " (VALUES ('projector', 'alive'), ('worker', 'alive'), "
    + ", ".join(f"('worker', '{sweep}')" for sweep in SWEEPS)
    + ") AS v (kind, activity)"
)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """How a command ended, and what it said where."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        return json.loads(self.out)


class Terminal(io.StringIO):
    """Somebody who sits at the terminal, and answers."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def say(monkeypatch, capsys, tmp_path):
    """Says a command, in a folder of its own and without any setting of ours."""
    monkeypatch.chdir(tmp_path)
    # COLUMNS: pytest-xdist says 80 to those it runs.
    names = ("DATABASE_URL", "REDIS_URL", "CAIRN_VAR", "CAIRN_KEY", "CAIRN_OWNER_DATABASE_URL")
    for name in (*names, "COLUMNS"):
        monkeypatch.delenv(name, raising=False)

    def say(*words: object) -> Said:
        capsys.readouterr()
        code = cli.run([str(word) for word in words])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return Said(code=code, out=told.out, err=told.err)

    return say


@pytest.fixture
def record(say, monkeypatch, database: Database):
    """The same, with an empty record to work on."""
    work_on(monkeypatch, database)
    return say


def work_on(monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    """From now on commands work on a database."""
    environment = Settings(database_url=database.runtime, key=KEY).environment()
    for name in ("DATABASE_URL", "CAIRN_KEY"):
        monkeypatch.setenv(name, environment[name])
    monkeypatch.setenv("CAIRN_OWNER_DATABASE_URL", database.owner)


Fill = Callable[..., list[str]]


@pytest.fixture(scope="session")
def fill(servers: Servers, template: str, tmp_path_factory: pytest.TempPathFactory) -> Fill:
    """Says commands on a record of a name, made to be copied, and answers what they have said."""

    def fill(name: str, *commands: tuple[str, ...]) -> list[str]:
        made = name_database(servers, name)
        copy_database(servers, made.name, template)
        return [said_on(made, tmp_path_factory.mktemp(name), *words) for words in commands]

    return fill


def said_on(database: Database, folder: Path, *words: str) -> str:
    """What a command says on a database, in a folder; it must succeed."""
    with pytest.MonkeyPatch.context() as meanwhile, redirect_stdout(io.StringIO()) as out:
        meanwhile.chdir(folder)
        work_on(meanwhile, database)
        assert cli.run(list(words)) == 0
    return out.getvalue().strip()


@pytest.fixture(scope="session")
def filled(fill: Fill) -> Filled:
    """A record in which a command has added a practice: each test has a copy."""
    practice_id, _ = fill("cairn_one_practice", ADD_ELM, PROJECT)
    return Filled("cairn_one_practice", UUID(practice_id))


@pytest.fixture(scope="session")
def two_practices(fill: Fill) -> Filled:
    """The same, with two practices in Zurich."""
    in_zurich = ("--zone", "Europe/Zurich", "--country", "CH")
    names = ("Elm Street", "Oak Street")
    adding = [("practice", "add", one, *in_zurich) for one in names]
    first, *_ = fill("cairn_two_practices", *adding, PROJECT)
    return Filled("cairn_two_practices", UUID(first))


@pytest.fixture
def backed(two_practices: Filled, record: Any) -> Any:
    """Says commands, on a record with two practices."""
    return record


@pytest.fixture(scope="session")
def made_backup(
    servers: Servers, two_practices: Filled, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A backup of the two practices, which `cairn backup` has made."""
    folder = tmp_path_factory.mktemp("backup")
    said_on(name_database(servers, two_practices.template), folder, "backup", BACKUP)
    return folder / BACKUP


@pytest.fixture
def backup_file(made_backup: Path, say: Any) -> Path:
    """A copy of it, in the folder in which commands are said."""
    return Path(shutil.copy(made_backup, BACKUP))


@pytest.fixture
def all_run(database: Database) -> None:
    """A projector and a worker have said that they run, and will have for an hour."""
    run(lambda: execute(database.owner, BEATS))


@pytest.fixture
def practice_id(filled: Filled, record) -> UUID:
    """The practice that is in the record."""
    return filled.practice_id


@pytest.fixture
def anywhere(monkeypatch) -> None:
    """Webhooks may go to this machine."""
    monkeypatch.setenv("CAIRN_WEBHOOKS", "any")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Takes standard output for a terminal of so many columns from now on."""

    def terminal(columns: int) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        for module in (cells, naming):
            monkeypatch.setattr(module, "on_a_terminal", lambda: True)

    return terminal

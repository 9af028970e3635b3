"""Commands as people say them: how they ended, and what they said where."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any
from uuid import UUID

import msgspec
import pytest

from projections.degraded import SWEEPS
from service import cli
from service.settings import Settings
from tests.conftest import Database, Servers, copy_database, execute, name_database, run
from tests.service.conftest import KEY, Filled

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


@pytest.fixture(scope="session")
def filled(servers: Servers, template: str, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """A record in which a command has added a practice: each test has a copy."""
    made = name_database(servers, "cairn_console_filled")
    copy_database(servers, made.name, template)
    with pytest.MonkeyPatch.context() as meanwhile, redirect_stdout(io.StringIO()) as out:
        meanwhile.chdir(tmp_path_factory.mktemp("filled"))
        work_on(meanwhile, made)
        assert cli.run([*ADD_ELM]) == 0
    return Filled(made.name, UUID(out.getvalue().strip()))


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
        for module in ("cells", "naming"):
            monkeypatch.setattr(f"service.console.{module}.on_a_terminal", lambda: True)

    return terminal

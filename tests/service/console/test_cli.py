"""The command line: what it answers, what it refuses, and the exit codes that say so."""

import re
import subprocess
import sys
from typing import Any

import click
import pytest
from rich.console import Console

from projections.catalogue import VIEW_NAMES
from service.cli import COMMANDS, cairn
from service.console import output
from service.settings import Settings
from tests.conftest import Servers

WITH_THE_API = ("serve", "bench")


def all_commands() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    context = click.Context(cairn)
    for name in COMMANDS:
        command = cairn.get_command(context, name)
        if isinstance(command, click.Group):
            found += [(name, child) for child in command.commands]
        found.append((name,))
    return found


class TestHelp:
    def test_is_quick_and_needs_no_library_but_the_one_that_prints_it(self):
        heavy = "asyncpg, litestar, cryptography, redis, uvicorn, rich"
        code = (
            "import sys; from service import cli; code = cli.run(['--help']);"
            f"print([m for m in '{heavy}'.split(', ') if m in sys.modules], code)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == "[] 0"

    def test_no_command_but_the_api_loads_the_web_framework(self):
        """The framework is a third of a second of each command's time."""
        others = [module for name, (module, _) in COMMANDS.items() if name not in WITH_THE_API]
        modules = sorted(f"service.console.{one.partition(':')[0]}" for one in others)
        code = f"import sys, {', '.join(modules)}; print('litestar' in sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout == "False\n"

    def test_names_every_command_once_and_every_exit_code(self, say, monkeypatch):
        monkeypatch.setenv("COLUMNS", "80")
        told = say("--help")
        assert told.code == 0
        assert max(map(len, told.out.splitlines())) <= 80
        for name in COMMANDS:
            assert len(re.findall(rf"^  {name} +[A-Z]", told.out, flags=re.MULTILINE)) == 1, name
        assert re.findall(r"^ +(\d+) +[a-z]", told.out, flags=re.MULTILINE) == [
            "0", "1", "2", "3", "130",
        ]  # fmt: skip

    @pytest.mark.parametrize("words", all_commands(), ids=" ".join)
    def test_shows_an_example_of_each_command_in_eighty_columns(self, say, words, monkeypatch):
        monkeypatch.setenv("COLUMNS", "80")
        told = say(*words, "--help")
        assert told.code == 0
        assert max(map(len, told.out.splitlines())) <= 80
        found = re.search(
            rf"Examples?:\n(.*?{' '.join(words)}.*?)(?:\n\n|\Z)", told.out, flags=re.DOTALL
        )
        assert found is not None
        # A line that goes on ends with a backslash, and leaves no hole.
        assert not re.search(r"\S {3,}\S", found[1])

    def test_names_every_view_that_can_be_rebuilt(self, say):
        told = " ".join(say("rebuild", "--help").out.split())
        assert f"Views: {', '.join(VIEW_NAMES)}." in told

    def test_says_in_a_sentence_what_the_list_says(self):
        context = click.Context(cairn)
        for name, (_, sentence) in COMMANDS.items():
            command = cairn.get_command(context, name)
            assert command is not None
            assert sentence.endswith(".")
            assert command.get_short_help_str(limit=200)


class TestExitCodes:
    def test_2_where_a_command_is_not_understood(self, say):
        assert say("walk").code == 2
        assert say("history").code == 2
        assert say("token", "--role", "king").code == 2

    def test_3_where_nothing_runs_and_nothing_was_named(self, say):
        told = say("practice", "list")
        assert (told.code, told.out) == (3, "")
        assert "cairn up" in told.err
        assert "DATABASE_URL" in told.err

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://cairn@/cairn?host=/nowhere-at-all",
            "postgresql://cairn@127.0.0.1:1/cairn",
        ],
    )
    def test_3_where_the_database_does_not_answer(self, say, monkeypatch, url):
        monkeypatch.setenv("DATABASE_URL", url)
        told = say("practice", "list")
        assert (told.code, told.out) == (3, "")
        assert len(told.err.strip().splitlines()) == 1

    def test_1_where_the_variables_of_postgres_are_wrong(self, say, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "postgresql://cairn@127.0.0.1:1/cairn")
        monkeypatch.setenv("PGSSLMODE", "hush")
        told = say("practice", "list")
        assert (told.code, told.out) == (1, "")
        assert "verify-full" in told.err
        assert len(told.err.strip().splitlines()) == 1

    def test_3_where_the_database_is_not_there(self, record, monkeypatch, servers: Servers):
        monkeypatch.setenv("DATABASE_URL", servers.urls.runtime.replace("/cairn?", "/elsewhere?"))
        assert record("practice", "list").code == 3

    def test_1_where_the_database_was_never_migrated(self, say, monkeypatch, empty_database):
        monkeypatch.setenv("DATABASE_URL", empty_database.runtime)
        told = say("practice", "list")
        assert told.code == 1
        assert "cairn migrate" in told.err

    def test_1_where_a_setting_is_wrong(self, say, monkeypatch):
        monkeypatch.setenv("PORT", "many")
        told = say("serve")
        assert told.code == 1
        assert "PORT" in told.err

    def test_1_where_the_key_is_another(self, record, practice_id, monkeypatch):
        monkeypatch.setenv("CAIRN_KEY", Settings(key=bytes(32)).environment()["CAIRN_KEY"])
        told = record("practice", "list")
        assert told.code == 1
        assert len(told.err.strip().splitlines()) == 1

    def test_130_where_it_was_stopped(self, say, monkeypatch):
        def stopped(*_words: Any, **_options: Any) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(cairn, "main", stopped)
        assert say("practice", "list").code == 130

    def test_a_bug_is_not_dressed_up(self, say, monkeypatch):
        def broken(*_words: Any, **_options: Any) -> None:
            raise RuntimeError("a bug")

        monkeypatch.setattr(cairn, "main", broken)
        with pytest.raises(RuntimeError):
            say("practice", "list")


class TestOutput:
    def test_has_no_colours_and_no_bars_where_nobody_looks(self, capsys):
        with output.progress("working", total=3) as show:
            show(1)
        output.print_table(("a", "b"), [("x" * 300, "[red]y[/red]")])
        told = capsys.readouterr()
        assert told.err.strip() == ""
        assert "\x1b" not in told.out
        assert "[red]y[/red]" in told.out
        assert told.out.count("x") == 300

    def test_shows_a_bar_to_a_terminal(self, capsys, monkeypatch):
        def terminal(*_words: Any, **_options: Any) -> Console:
            return Console(file=sys.stderr, force_terminal=True, width=80)

        monkeypatch.setattr(output, "Console", terminal)
        with output.progress("working", total=3) as show:
            show(1)
        assert "working" in capsys.readouterr().err

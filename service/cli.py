"""The command line: every command by name, loaded when it runs, and what exit codes mean."""

import io
import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final

import click

from service.garbage import go_on, put_off

# In the order in which one would meet them. The modules are loaded only when a command runs, so
# that `cairn --help` is quick and needs nothing but this file.
COMMANDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "up": ("up:up", "Run everything on this machine: servers, API, projector, worker."),
        "token": ("token:token", "Print a bearer token for the API."),
        "caseload": ("caseload:caseload", "Show the clients, and what waits for the clinician."),
        "client": ("client:client", "Show one client: goals, sessions, trends, what waits."),
        "suggestions": ("suggestions:suggestions", "Show the drafts that wait to be decided."),
        "safety": ("safety:safety", "Show the safety flags that wait for a person."),
        "templates": ("templates:templates", "List the goals to begin from, or show all of one."),
        "review": ("review:review", "Show what a SMART review asks about a goal."),
        "history": ("history:history", "Show every revision of a goal, and why it was made."),
        "tail": ("tail:tail", "Follow what happens in a practice."),
        "subscriptions": (
            "subscriptions:subscriptions",
            "Say who is told what happens, and see how far they are.",
        ),
        "import": ("importing:import_", "Bring moods or assessments from a CSV file."),
        "instruments": ("instruments:instruments_", "List the questionnaires, or show all of one."),
        "practice": ("practice:practice", "Add practices, list them, and say how they work."),
        "demo": ("demo:demo", "Load the demonstration practice."),
        "backup": ("backup:backup", "Write the database to a file."),
        "restore": ("backup:restore_", "Bring a backup back."),
        "serve": ("serve:serve", "Run the API."),
        "project": ("project:project", "Run the projector, which builds the views."),
        "work": ("work:work", "Run the worker: flags, dates, suggestions, webhooks."),
        "rebuild": ("rebuild:rebuild", "Build a view anew from the log, beside the old one."),
        "doctor": ("doctor:doctor", "Say what can not be shown, and what does not fit the log."),
        "migrate": ("migrate:migrate", "Bring the database's tables up to date."),
        "bench": ("bench:bench", "Measure this machine against itself."),
    }
)

# Who needs what. What is not named here is for whoever runs Cairn.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "To look at people and goals": (
            "caseload", "client", "history", "review", "suggestions", "safety",
        ),
        "To set up a practice": ("practice", "templates", "instruments", "import", "demo"),
        "To connect apps": ("token", "subscriptions", "tail"),
    }
)  # fmt: skip
OTHERS: Final = "To run Cairn"

EPILOG: Final = """\b
Exit codes:
  0    done
  1    refused, or failed; one sentence on standard error says why
  2    asked in a way that is not understood
  3    a server cannot be reached; nothing was lost, ask again
  130  stopped with Ctrl-C

\b
Start here:
  cairn up             everything, with a demonstration; then elsewhere:
  cairn caseload       everybody, and what waits for the clinician
  cairn client NAME    one person: goals, trends, what waits
  cairn history NAME   every revision of this person's goal

A client, goal, flag, draft or subscription is called by a name or a part of one, by the first four
or more letters of an id, or by a full id. It has to be clear which one is meant.

Settings come from the environment: DATABASE_URL, REDIS_URL, CAIRN_VAR and others; the README lists
them all. Without DATABASE_URL the commands find the servers that a running `cairn up` holds in
CAIRN_VAR (./var). NO_COLOR turns colours off.
"""


class Commands(click.Group):
    """A group that knows its commands' names and sentences without loading them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(f"service.console.{module}"), name)
        go_on()
        assert isinstance(command, click.Command)  # noqa: S101 - for the type checker
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        formatter: click.HelpFormatter,
    ) -> None:
        grouped = {name for names in GROUPS.values() for name in names}
        others = tuple(name for name in COMMANDS if name not in grouped)
        for title, names in {**GROUPS, OTHERS: others}.items():
            with formatter.section(title):
                formatter.write_dl([(name, COMMANDS[name][1]) for name in names])


@click.group(
    cls=Commands,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.version_option(package_name="cairn", prog_name="cairn")
def cairn() -> None:
    """Cairn: an event-sourced record of progress in depression treatment.

    `cairn COMMAND --help` explains a command and shows an example.
    """


def main() -> None:
    """Run a command and end the process with its exit code."""
    put_off()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.isatty():
            stream.reconfigure(errors="replace")  # A terminal may know fewer letters than names do.
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command and say how it ended. Whatever is not expected is raised."""
    is_without_colours = import_module("service.settings").is_without_colours
    colour = False if is_without_colours() else None  # None: on a terminal, and in no pipe.
    try:
        answer = cairn.main(arguments, prog_name="cairn", standalone_mode=False, color=colour)
    except click.ClickException as refused:
        shown = io.StringIO()
        refused.show(shown)
        tell(shown.getvalue())
        return refused.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return 130
    except BrokenPipeError:
        # Whoever was reading (head, less) has seen enough. Nothing more goes to standard output.
        sys.stdout = None
        return 0
    except Exception as failure:
        failures = import_module("service.console.failures")
        code, sentence = failures.explained(failure)
        if sentence is None:
            raise
        tell(f"Error: {sentence}")
        return int(code)
    return answer if isinstance(answer, int) else 0


def tell(sentences: str) -> None:
    """Say on standard error what went wrong; a name that somebody wrote may be in it."""
    import_module("service.console.output").say(sentences.expandtabs(2).rstrip())

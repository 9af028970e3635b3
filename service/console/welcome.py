"""What `cairn up` prints once everything runs: commands to try, and how to ask over HTTP."""

import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import msgspec

from projections.goal_status import GoalStatus
from projections.naming import neighbours
from service.auth import ROLES
from service.console.connection import opened, readable
from service.console.matching import shortest
from service.demonstration.load import PRACTICE_ID
from service.settings import Settings
from service.wiring import Cairn

CLIENTS = 200
NO_PRACTICE = "The log is empty. Add a practice, in another terminal:"
NONE_READABLE = "No practice can be read. See in another terminal what is wrong, and what to do:"
TO_TRY = "To try first, in another terminal:"
OVER_HTTP = "Over HTTP, in the same terminal:"
ADD = 'practice add "Harbour Practice" --zone Europe/Zurich --country CH'
# Without these another terminal finds no database, or no key. What they say stays out of sight.
NEEDED = ("DATABASE_URL", "CAIRN_KEY", "CAIRN_KEY_FILE")


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A client and a goal in which there is something to see, as commands call them."""

    client: str
    goal: str
    client_id: UUID


async def welcome(settings: Settings) -> str:
    """Commands for one practice: the demonstration, where there is one."""
    program = program_name()
    async with opened(settings) as cairn:
        practices = await cairn.store.practices()
        found = await to_begin_with(cairn, practices)
        if found is None:
            title = NONE_READABLE if practices else NO_PRACTICE
            commands = ["doctor"] if practices else [ADD, "token --role clinician"]
            told = [title, *indented([*first(settings), *(f"{program} {c}" for c in commands)])]
            return "\n".join(told)
        example = await example_of(cairn, found)
    choose = f" --practice {found}" if len(practices) > 1 else ""
    address = f"http://{settings.host}:{settings.port}/v1"
    return "\n".join([
        TO_TRY,
        *indented([*first(settings), *to_look_at(program, example, choose)]),
        "",
        OVER_HTTP,
        *indented(to_ask(program, address, example, choose)),
        "",
        f"All commands: {program} --help",
    ])  # fmt: skip


def indented(commands: Iterable[str]) -> Iterator[str]:
    yield ""
    yield from (f"  {command}" for command in commands)


async def to_begin_with(cairn: Cairn, practices: Sequence[UUID]) -> UUID | None:
    """The demonstration, else the first practice that can be read."""
    for practice_id in sorted(practices, key=lambda one: one != PRACTICE_ID):
        if await readable(cairn, practice_id) is not None:
            return practice_id
    return None


def program_name() -> str:
    """How the person at the screen calls us from the folder they are in."""
    program = Path(sys.argv[0])
    if program.name != "cairn":
        return "cairn"
    shown = os.path.relpath(program)
    return shlex.quote(str(program.absolute()) if shown.startswith("..") else shown)


def first(settings: Settings) -> Iterator[str]:
    """What brings another terminal where this one is."""
    yield f"cd {shlex.quote(str(Path.cwd()))}"
    if settings.var.absolute() != Path("var").absolute():
        yield f"export CAIRN_VAR={shlex.quote(str(settings.var))}"
    given = Settings.from_env()
    said = {
        "DATABASE_URL": given.database_url is not None,
        "CAIRN_KEY": given.key is not None,
        "CAIRN_KEY_FILE": given.key_file != given.var / "cairn.key",
    }
    if needed := " and ".join(name for name in NEEDED if said[name]):
        yield f"# Set {needed} there as here."


async def example_of(cairn: Cairn, practice_id: UUID) -> Example | None:
    """The goal with the most revisions, and its client; None where there is no goal."""
    now = cairn.clock()
    clients = await cairn.views.caseload(practice_id, now=now, limit=CLIENTS)
    names = {client.client_id: client.display_name for client in clients}
    goals = [
        goal
        for client in clients
        for goal in await cairn.views.goals(practice_id, client.client_id, now=now)
    ]
    goal = max(goals, key=revised, default=None)
    if goal is None:
        return None
    # What `cairn up` prints may be kept in a log: of people who exist it names none.
    beside = await neighbours(cairn.views, practice_id, [goal.client_id, goal.goal_id])
    others = [str(one) for found in beside.values() for one in found]
    letters = shortest([str(goal.client_id), str(goal.goal_id)], others)
    client = letters[str(goal.client_id)]
    if practice_id == PRACTICE_ID:
        client = shlex.quote(names[goal.client_id])
    is_only = sum(one.client_id == goal.client_id for one in goals) == 1
    return Example(
        client=client,
        goal=client if is_only and practice_id == PRACTICE_ID else letters[str(goal.goal_id)],
        client_id=goal.client_id,
    )


def revised(goal: GoalStatus) -> tuple[int, int]:
    return goal.revisions, goal.position


def to_look_at(program: str, example: Example | None, choose: str) -> Iterator[str]:
    """What a clinician looks at: everybody, one client, and how one goal got there."""
    yield f"{program} caseload{choose}"
    if example is not None:
        yield f"{program} client {example.client}{choose}"
        yield f"{program} history {example.goal}{choose}"


def to_ask(program: str, address: str, example: Example | None, choose: str) -> Iterator[str]:
    """The same over HTTP, with a token; the first line lets in."""
    ask = 'curl -s --oauth2-bearer "$TOKEN"'
    yield f"TOKEN=$({program} token --role clinician{choose})"
    yield f"API={address}"
    yield f'{ask} "$API/clients?attention=true"'
    yield f'{ask} "$API/suggestions?status=offered"'
    if example is not None:
        yield f"CLIENT={example.client_id}"
        yield f'{ask} "$API/clients/$CLIENT/moods" \\'
        yield "  -H 'Content-Type: application/json' \\"
        yield """  -d '{"rating": 6, "note": "A walk in the sun."}'"""
    others = ", ".join(role for role in ROLES if role != "clinician")
    yield f"# For another role ({others}): --role."

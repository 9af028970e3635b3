"""What `cairn up` prints once everything runs: a token for each role, and commands to try."""

import os
import shlex
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from projections.goal_status import GoalStatus
from service.auth import ROLES, TOKEN_LIFETIME, issue_token
from service.console.connection import opened, readable
from service.demonstration.load import PRACTICE_ID
from service.settings import Settings
from service.wiring import Cairn

CLIENTS = 200
NO_PRACTICE = """\
The log is empty. Add a practice, and print a token for it:

  {cairn} practice add "Harbour Practice" --zone Europe/Zurich --country CH
  {cairn} token --role clinician"""
NONE_READABLE = """\
No practice can be read. See what is wrong, and what to do:

  {cairn} doctor"""


async def welcome(settings: Settings) -> str:
    """Tokens are printed for one practice: the demonstration, where there is one."""
    program = program_name(settings)
    async with opened(settings) as cairn:
        practices = await cairn.store.practices()
        if not practices:
            return NO_PRACTICE.format(cairn=program)
        found = await to_begin_with(cairn, practices)
        if found is None:
            return NONE_READABLE.format(cairn=program)
        practice_id, name = found
        example = await example_goal(cairn, practice_id)
        lines = tokens(cairn, practice_id, name, example)
        several = len(practices) > 1
        return "\n".join([*lines, "", *to_try(settings, program, practice_id, example, several)])


async def to_begin_with(cairn: Cairn, practices: Sequence[UUID]) -> tuple[UUID, str] | None:
    """The demonstration, else the first practice that can be read, and what it is called."""
    for practice_id in sorted(practices, key=lambda one: one != PRACTICE_ID):
        if (found := await readable(cairn, practice_id)) is not None:
            return practice_id, found.name
    return None


def program_name(settings: Settings) -> str:
    """How the person at the screen calls us from the folder they are in."""
    program = Path(sys.argv[0])
    if program.name != "cairn":
        return "cairn"
    shown = os.path.relpath(program)
    called = shown if not shown.startswith("..") else str(program)
    if settings.var.absolute() != Path("var").absolute():
        called = f"CAIRN_VAR={shlex.quote(str(settings.var))} {called}"
    return called


async def example_goal(cairn: Cairn, practice_id: UUID) -> GoalStatus | None:
    """The goal with the most revisions: there is something to see in it."""
    now = cairn.clock()
    clients = await cairn.views.caseload(practice_id, now=now, limit=CLIENTS)
    goals = [
        goal
        for client in clients
        for goal in await cairn.views.goals(practice_id, client.client_id, now=now)
    ]
    return max(goals, key=lambda goal: (goal.revisions, goal.position), default=None)


def tokens(cairn: Cairn, practice_id: UUID, name: str, example: GoalStatus | None) -> list[str]:
    days = TOKEN_LIFETIME // timedelta(days=1)
    secret, now = cairn.master.derive("tokens"), cairn.clock()
    lines = [f"Tokens for {name}, good for {days} days:"]
    for role in ROLES:
        subject = str(example.client_id) if role == "client" and example is not None else role
        if role == "client" and example is None:
            continue
        token = issue_token(secret, practice_id=practice_id, role=role, subject=subject, now=now)
        lines += ["", f"  {role}", f"  {token}"]
    return lines


def to_try(
    settings: Settings, cairn: str, practice_id: UUID, example: GoalStatus | None, several: bool
) -> list[str]:
    """Commands that work as they stand, in another terminal."""
    address = f"http://{settings.host}:{settings.port}/v1"
    ask = 'curl -s -H "Authorization: Bearer $TOKEN"'
    choose = f" --practice {practice_id}" if several else ""
    lines = [
        "Five commands to try, in another terminal (the first one lets you in):",
        "",
        f"  TOKEN=$({cairn} token --role clinician{choose})",
        f"  {ask} {address}/clients",
        f"  {ask} '{address}/suggestions?status=offered'",
    ]
    if example is None:
        return lines
    log_mood = f'{ask} --json \'{{"rating": 6, "note": "A walk in the sun."}}\''
    return [
        *lines,
        f"  {log_mood} {address}/clients/{example.client_id}/moods",
        f"  {cairn} history {example.goal_id}{choose}",
    ]

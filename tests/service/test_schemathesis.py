"""schemathesis against the running service: thousands of requests, no 5xx, no breach of schema."""

import base64
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from service.routes.templates import EXAMPLE as TEMPLATE
from service.settings import Settings
from service.wiring import Cairn
from tests.conftest import Database
from tests.days import day
from tests.service.conftest import KEY, Asker, House, bearer, walking
from tests.service.in_one_house.test_suggestions import offer

SECONDS = 12
EXAMPLES = 12
GOAL_COMMANDS = (
    "agree_goal",
    "revise_deadline",
    "revise_target",
    "revise_statement",
    "pause_goal",
    "resume_goal",
    "reach_goal",
    "close_goal",
    "reopen_goal",
    "replace_goal",
    "set_scale",
    "rate_level",
)
SESSION_COMMANDS = ("move_session", "hold_session", "cancel_session")
SAFETY_COMMANDS = ("acknowledge_safety_flag", "act_on_safety_flag", "close_safety_flag")
SUGGESTION_COMMANDS = (
    "accept_suggestion",
    "edit_suggestion",
    "dismiss_suggestion",
    "release_suggestion",
)
TEMPLATE_COMMANDS = ("retire_template", "restore_template")
FLAG_COMMANDS = ("acknowledge_safety_flag", "act_on_safety_flag", "close_safety_flag")
ENDORSED = {"instrument": "phq9", "answers": [1, 0, 0, 0, 0, 0, 0, 0, 1]}
# What fits the schema may still be refused by the record: a deadline in the past, an unknown
# zone, a goal that has ended. A body above the limit is refused before its schema is looked at.
CHECKS = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 400, 404, 409, 412, 422]

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 412, 413, 415, 422]
"""
# The token is a clinician's, and these are not for clinicians.
OF_OPERATORS = """
[[operations]]
include-operation-id = "show_metrics"
[operations.checks.positive_data_acceptance]
expected-statuses = [403]
"""


class Running(msgspec.Struct, frozen=True):
    url: str
    practice_id: UUID
    tokens: dict[str, str]


@pytest.fixture
def running(database: Database) -> Iterator[Running]:
    """The service in a process of its own, with a projector."""
    environment = {
        **os.environ,
        "DATABASE_URL": database.runtime,
        "CAIRN_KEY": base64.b64encode(KEY).decode(),
        "CAIRN_LOG": "error,json",
    }
    command = [sys.executable, "-m", "tests.service.serving"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield msgspec.json.decode(process.stdout.readline(), type=Running)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0


async def furnish(running: Running, database: Database) -> dict[str, dict[str, str]]:
    """Things for the operations to be about: by operation, the ids to put into its path."""
    ids: dict[str, dict[str, str]] = {}
    settings = Settings(database_url=database.runtime, key=KEY)
    async with (
        Cairn.open(settings, connections=2) as cairn,
        httpx.AsyncClient(base_url=running.url) as http,
    ):
        house = House(cairn=cairn, http=http, practice_id=running.practice_id)
        asker = Asker(house=house, headers=bearer(running.tokens["clinician"]))
        client_id = await asker.enrol()
        goal_id = await asker.set_goal(client_id)
        ids[""] = {
            "client_id": client_id,
            "goal_id": goal_id,
            "instrument": "phq9",
            "country": "CH",
            "template_id": "mindfulness_daily",
            "on": day(2),
        }
        answers = {"instrument": "phq9", "answers": [0, 0, 0, 0, 0, 0, 0, 0, 1]}
        for name in ("", *SAFETY_COMMANDS):
            # Clients of their own: what is open holds their suggestions up.
            flagged = await asker.enrol()
            form = await asker.do("POST", f"/v1/clients/{flagged}/assessments", answers)
            own = {"client_id": flagged} if name else {}
            ids.setdefault(name, {}).update(own, flag_id=form["flag_id"])
        ids["discharge_client"] = {"client_id": await asker.enrol()}
        for name in GOAL_COMMANDS:
            ids[name] = {"goal_id": await asker.set_goal(client_id)}
        await asker.do("PUT", f"/v1/goals/{ids['rate_level']['goal_id']}/scale", a_scale())
        for name in ("", *SESSION_COMMANDS):
            made = await asker.do("POST", f"/v1/clients/{client_id}/sessions", a_session())
            ids.setdefault(name, {})["session_id"] = made["id"]
        for name in ("", *SUGGESTION_COMMANDS):
            other = await asker.set_goal(client_id)
            offered = await offer(house, client_id, other)
            ids.setdefault(name, {})["suggestion_id"] = offered
        entries: list[tuple[str, str, dict[str, Any]]] = [
            ("mood", f"clients/{client_id}/moods", {"rating": 5}),
            ("assessment", f"clients/{client_id}/assessments", {"instrument": "phq8", "total": 5}),
            ("check_in", f"goals/{goal_id}/check-ins", {"amount": 5}),
        ]
        for kind, path, body in entries:
            for name in ("", f"correct_{kind}", f"withdraw_{kind}"):
                made = await asker.do("POST", f"/v1/{path}", body)
                ids.setdefault(name, {})[f"{kind}_id"] = made["id"]
        await asker.do("POST", f"/v1/clients/{client_id}/goals", walking())
        for name in TEMPLATE_COMMANDS:
            made = await asker.do("POST", "/v1/templates", TEMPLATE)
            ids[name] = {"template_id": made["id"]}
        flagged = await asker.enrol()
        for name in FLAG_COMMANDS:
            await asker.do("POST", f"/v1/clients/{flagged}/assessments", ENDORSED)
            flags = (await asker.get(f"/v1/clients/{flagged}/safety-flags"))["items"]
            newest = max(flags, key=lambda one: str(one["raised_at"]))
            ids[name] = {"client_id": flagged, "flag_id": newest["id"]}
    return ids


def a_scale() -> dict[str, Any]:
    return {"levels": ["a", "b", "c", "d", "e"]}


def a_session() -> dict[str, Any]:
    """One that has begun, so that it may be held as well as moved."""
    return {"starts_at": f"{day(-1)}T14:00:00+00:00"}


def configuration(ids: dict[str, dict[str, str]]) -> str:
    """schemathesis.toml: where to find what, and which refusals are fair."""
    parts = ["[parameters]", *(path_line(*one) for one in ids[""].items())]
    for name, own in ids.items():
        if name:
            parts += ["[[operations]]", f'include-operation-id = "{name}"']
            parts += ["[operations.parameters]", *(path_line(*one) for one in own.items())]
    return "\n".join([*parts, CHECKS, OF_OPERATORS])


def path_line(name: str, value: str) -> str:
    return f'"path.{name}" = "{value}"'


async def test_finds_no_5xx_and_no_breach_of_the_schema(
    running: Running, database: Database, tmp_path: Path
):
    config = tmp_path / "schemathesis.toml"
    config.write_text(configuration(await furnish(running, database)), encoding="utf-8")
    command: list[str | Path] = [
        *(Path(sys.executable).parent / "schemathesis", "--config-file", config),
        *("run", f"{running.url}/schema/openapi.json", "--checks", "all"),
        *("--header", f"Authorization: Bearer {running.tokens['clinician']}"),
        *("--phases", "examples,coverage,fuzzing,stateful", "--max-time", str(SECONDS)),
        *("--max-examples", str(EXAMPLES), "--continue-on-failure", "--no-color"),
        # It would read a stream for ever.
        *("--exclude-operation-id", "follow_the_feed"),
        *("--generation-database", "none", "--warnings", "off"),
    ]
    ran = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=4 * SECONDS, check=False
    )
    assert ran.returncode == 0, ran.stdout[-6000:]
    generated = re.search(r"(\d+) generated, (\d+) passed", ran.stdout)
    assert generated is not None, ran.stdout[-2000:]
    # Some thousand where nothing else runs; on a busy machine every operation once, and some more.
    assert int(generated[1]) > 100, ran.stdout[-2000:]

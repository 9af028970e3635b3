"""The whole product under load while its parts are killed, Redis is emptied and Postgres dies."""

import asyncio
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from events.assessment import AssessmentScored
from events.safety_flag import SafetyFlagRaised
from projections.catalogue import PROJECTIONS
from projections.rows import RowSeal
from service.running import with_running_servers
from service.settings import Settings
from service.wiring import Cairn
from tests.days import day
from tests.running import Running, empty_redis, running_cairn

LOAD_SECONDS = 14
WRITERS = 8
CLIENTS = 6
ATTEMPTS = 200
# What is killed, in this order, one after the other, every other second.
TARGETS = [" project", " work", " serve", "redis", " project", "bin/postgres", " work", " serve"]

pytestmark = pytest.mark.timeout(240)


class Ledger:
    """What the service has acknowledged: where each entry lies."""

    def __init__(self) -> None:
        self.positions: dict[UUID, int] = {}
        self.retries = 0


async def say(http: httpx.AsyncClient, ledger: Ledger, path: str, body: dict[str, Any]) -> None:
    """Send until it is acknowledged: the same id, so that a lost answer does no harm."""
    for _ in range(ATTEMPTS):
        try:
            answer = await http.post(path, json=body)
        except httpx.HTTPError:
            ledger.retries += 1
            await asyncio.sleep(0.1)
            continue
        if answer.status_code < 300:
            ledger.positions[UUID(body["id"])] = answer.json()["position"]
            return
        assert answer.status_code == 503, answer.text
        ledger.retries += 1
        await asyncio.sleep(0.1)
    raise AssertionError("not acknowledged in time")


async def load(
    http: httpx.AsyncClient, ledger: Ledger, clients: list[UUID], goals: list[UUID], until: float
) -> None:
    chance = random.Random(len(ledger.positions))
    while time.monotonic() < until:
        nth = chance.randrange(CLIENTS)
        entry: dict[str, Any] = {"id": str(uuid4())}
        kind = chance.choice(["moods", "moods", "assessments", "check-ins"])
        if kind == "moods":
            path, more = f"/v1/clients/{clients[nth]}/moods", {"rating": chance.randint(1, 10)}
        elif kind == "assessments":
            path = f"/v1/clients/{clients[nth]}/assessments"
            answers = [chance.randint(0, 3) for _ in range(9)]
            more = {"instrument": "phq9", "answers": answers}  # type: ignore[dict-item]
        else:
            path, more = f"/v1/goals/{goals[nth]}/check-ins", {"amount": chance.randint(1, 3)}
        await say(http, ledger, path, entry | more)


async def set_up(http: httpx.AsyncClient, ledger: Ledger) -> tuple[list[UUID], list[UUID]]:
    clients, goals = [uuid4() for _ in range(CLIENTS)], [uuid4() for _ in range(CLIENTS)]
    for client_id, goal_id in zip(clients, goals, strict=True):
        enrol = {"id": str(client_id), "display_name": "Ida", "zone": "Europe/Zurich"}
        await say(http, ledger, "/v1/clients", enrol)
        goal = {
            "id": str(goal_id),
            "statement": "Play the piano once a day",
            "measure": {"type": "frequency", "amount": 1, "unit": "times", "per": "day"},
            "achievability": 7,
            "why": "It clears my head",
            "due_on": day(40),
        }
        await say(http, ledger, f"/v1/clients/{client_id}/goals", goal)
        agreed = await http.post(
            f"/v1/goals/{goal_id}/agree", json={"parties": ["clinician", "client"]}
        )
        assert agreed.status_code == 200, agreed.text
    return clients, goals


def past_goals(running: Running, folder: Path) -> int:
    """Goals whose dates have passed long ago: the workers have something to do at once."""
    file = folder / "scores.csv"
    count = 30
    lines = [f"person-{n},2026-01-{1 + n % 28:02},{24 + n % 12}" for n in range(count)]
    lines += [f"person-{n},2026-02-{1 + n % 28:02},{20 + n % 12}" for n in range(count)]
    file.write_text("\n".join(["who,on,score", *lines]))
    running.cairn(
        "import", "assessments", str(file), "--client", "who", "--total", "score", "--at", "on",
        "--instrument", "bdi2", "--enrol", "--zone", "UTC",
        "--goal-percent", "-50", "--goal-weeks", "8",
    )  # fmt: skip
    return count


def kill_in_turn(running: Running, var: Path, until: float) -> Counter[str]:
    """One part after the other, and Redis emptied in between; what was really killed."""
    killed: Counter[str] = Counter()
    for target in TARGETS * 3:
        if time.monotonic() >= until:
            break
        if running.kill(target):
            killed[target] += 1
        time.sleep(0.7)
        killed["flush"] += empty_redis(var)
        time.sleep(0.9)
    return killed


async def documents(cairn: Cairn, practice_id: UUID) -> dict[tuple[str, UUID], Any]:
    """Every row of every view, opened."""
    found = {}
    for projection in PROJECTIONS:
        row_seal = RowSeal(projection, practice_id)
        rows = await cairn.pool.fetch(
            f"SELECT {projection.key} AS key, client_id, body FROM views.{projection.name}"
            " WHERE practice_id = $1", practice_id,
        )  # fmt: skip
        keys = await cairn.keyring.load(practice_id, {row["client_id"] for row in rows})
        for row in rows:
            opened = row_seal.open(keys[row["client_id"]], row["key"], row["body"])
            found[projection.name, row["key"]] = opened
    return found


async def caught_up(cairn: Cairn, seconds: float = 60) -> None:
    give_up_at = time.monotonic() + seconds
    while any((await cairn.views.lag()).values()):
        assert time.monotonic() < give_up_at, "the views did not catch up"
        await asyncio.sleep(0.2)


async def test_nothing_acknowledged_is_lost_and_every_view_equals_a_rebuild(
    tmp_path: Path,
) -> None:
    var = tmp_path / "var"
    ledger = Ledger()
    with running_cairn(var, "--no-demo") as running:
        practice_id = UUID(
            running.cairn(
                "practice", "add", "Elm Street", "--zone", "Europe/Zurich", "--country", "CH"
            ).strip().split()[-1]
        )  # fmt: skip
        running.cairn("practice", "crisis-lines", "CH", "--reviewed-by", "Ida")
        running.cairn("practice", "duty", "--person", "ida=Ida")
        token = running.cairn("token", "--role", "clinician").strip()
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=running.url, headers=headers, timeout=20) as http:
            clients, goals = await set_up(http, ledger)
            missed = await asyncio.to_thread(past_goals, running, tmp_path)
            until = time.monotonic() + LOAD_SECONDS
            writers = [load(http, ledger, clients, goals, until) for _ in range(WRITERS)]
            killing = asyncio.create_task(asyncio.to_thread(kill_in_turn, running, var, until))
            await asyncio.gather(*writers)
            killed = await killing
        await asyncio.to_thread(running.wait_until_ready)

        assert {" project", " work", " serve", "redis", "bin/postgres"} <= set(killed), killed
        assert killed["flush"] > 0, killed
        assert ledger.retries > 0

        settings = with_running_servers(Settings.from_env(running.environment))
        async with Cairn.open(settings) as cairn:
            await suggestions_offered(cairn, practice_id, 2 * missed)
            await caught_up(cairn)
            await the_log_holds(cairn, practice_id, ledger)
            await the_workers_acted_once(cairn, practice_id, missed)
            await every_endorsed_answer_has_its_flag(cairn, practice_id)
            live = await documents(cairn, practice_id)
            await asyncio.to_thread(running.cairn, "rebuild", "--json")
            assert await documents(cairn, practice_id) == live


async def suggestions_offered(cairn: Cairn, practice_id: UUID, count: int) -> None:
    """Wait until the workers have done all that they owe."""
    give_up_at = time.monotonic() + 60
    query = (
        "SELECT count(*) FROM event_log WHERE practice_id = $1 AND type = 'suggestion.offered.v1'"
    )
    while await cairn.pool.fetchval(query, practice_id) < count:
        assert time.monotonic() < give_up_at, "the workers did not catch up"
        await asyncio.sleep(0.5)


async def the_log_holds(cairn: Cairn, practice_id: UUID, ledger: Ledger) -> None:
    rows = await cairn.pool.fetch(
        "SELECT position, stream_id FROM event_log WHERE practice_id = $1 ORDER BY position",
        practice_id,
    )
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    streams = {row["position"]: row["stream_id"] for row in rows}
    lost = {
        entry: position
        for entry, position in ledger.positions.items()
        if streams.get(position) != entry
    }
    assert lost == {}
    firsts = await cairn.pool.fetch(
        "SELECT stream_id FROM event_log WHERE practice_id = $1 AND version = 1", practice_id
    )
    counted = Counter(row["stream_id"] for row in firsts)
    assert all(counted[entry] == 1 for entry in ledger.positions)


async def every_endorsed_answer_has_its_flag(cairn: Cairn, practice_id: UUID) -> None:
    log, after = [], 0
    while page := await cairn.store.read_practice(practice_id, after=after):
        log += page
        after = page[-1].position
    raised = Counter(
        one.event.assessment_id for one in log if isinstance(one.event, SafetyFlagRaised)
    )
    endorsed = [
        one.stream_id
        for one in log
        if isinstance(one.event, AssessmentScored) and (one.event.answers or (0,))[-1]
    ]
    assert endorsed
    assert raised == Counter(endorsed)


async def the_workers_acted_once(cairn: Cairn, practice_id: UUID, missed: int) -> None:
    rows: list[asyncpg.Record] = await cairn.pool.fetch(
        "SELECT type, stream_id FROM event_log WHERE practice_id = $1"
        " AND type IN ('goal.deadline_missed.v1', 'suggestion.offered.v1')",
        practice_id,
    )
    counted = Counter(row["type"] for row in rows)
    assert counted == {"goal.deadline_missed.v1": missed, "suggestion.offered.v1": 2 * missed}
    assert len({row["stream_id"] for row in rows}) == 3 * missed

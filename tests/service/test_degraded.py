"""What is degraded: told with 200 by /readyz, counted by /metrics, and said by `cairn doctor`."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from typing import Any, get_args
from uuid import UUID, uuid4

import httpx
import pytest

from projections.degraded import ADVICE, EXPECTED, SWEEPS, WHATS, What
from projections.heartbeat import FORGET_PROCESSES, KEPT_FOR, Heartbeat, ProcessKind
from service.app import create_app
from service.settings import Settings
from service.wiring import Cairn
from tests.conftest import Database, execute
from tests.house.tree import ROOT
from tests.service.conftest import KEY, House, open_practice
from tests.service.test_health import readiness
from workers.main import Sweeps


async def beat(cairn: Cairn, kind: ProcessKind, activities: Sequence[str] = ()) -> UUID:
    """A process that has just said that it runs."""
    process_id = uuid4()
    await Heartbeat(cairn.pool, kind, process_id, activities).beat()
    return process_id


async def degraded(house: House) -> dict[str, dict[str, Any]]:
    for _ in range(2):  # The second has begun after all that was done before.
        await house.cairn.health._rest.begin()
    status, told = await readiness(house)
    assert (status, told["ready"]) == (200, True)
    return {one["what"]: one for one in told["degraded"]}


@pytest.fixture
def later(house: House) -> House:
    """The house, more than a minute after its start."""
    house.cairn.health.grace_seconds = 0.0
    return house


@pytest.fixture
async def unprojected(settings: Settings) -> AsyncIterator[House]:
    """A house without a projector: as it begins, that tries again whatever is set aside."""
    async with Cairn.open(settings, connections=4) as cairn:
        practice_id = await open_practice(cairn)
        transport = httpx.ASGITransport(create_app(cairn))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://cairn.test") as http:
            yield House(cairn=cairn, http=http, practice_id=practice_id)


class TestProcesses:
    async def test_that_are_missing_are_named_and_nobody_is_sent_away(self, later: House):
        await open_practice(later.cairn, "Oak Lane")
        found = await degraded(later)
        assert set(found) == {"projector_missing", "worker_missing"}
        assert {one["practices"] for one in found.values()} == {2}
        again = await degraded(later)
        assert {what: one["since"] for what, one in again.items()} == {
            what: one["since"] for what, one in found.items()
        }
        await beat(later.cairn, "projector")
        assert set(await degraded(later)) == {"worker_missing"}
        await beat(later.cairn, "worker", SWEEPS)
        assert await degraded(later) == {}

    async def test_are_not_missed_just_after_the_start(self, house: House):
        assert await degraded(house) == {}

    async def test_count_as_missing_since_the_last_of_a_kind_was_seen(
        self, later: House, monkeypatch: pytest.MonkeyPatch
    ):
        await beat(later.cairn, "projector")
        for ago in ("3 minutes", "2 minutes"):
            process_id = await beat(later.cairn, "worker", SWEEPS)
            await later.cairn.pool.execute(
                f"UPDATE heartbeat SET last_at = now() - interval '{ago}' WHERE process_id = $1",
                process_id,
            )
        last_at = await later.cairn.pool.fetchval("SELECT max(last_at) FROM heartbeat h"
            " WHERE h.kind = 'worker'")  # fmt: skip
        (one,) = (await degraded(later)).values()
        assert one["what"] == "worker_missing"
        assert one["since"] == last_at.isoformat().replace("+00:00", "Z")

    async def test_that_have_gone_are_forgotten_after_a_day(self, later: House):
        gone, kept = [await beat(later.cairn, "worker", SWEEPS) for _ in range(2)]
        await later.cairn.pool.execute(
            "UPDATE heartbeat SET last_at = now() - $2::interval WHERE process_id = $1",
            gone, KEPT_FOR + timedelta(minutes=1),
        )  # fmt: skip
        await later.cairn.pool.execute(FORGET_PROCESSES, KEPT_FOR)
        rows = await later.cairn.pool.fetch("SELECT DISTINCT process_id FROM heartbeat")
        assert [row["process_id"] for row in rows] == [kept]

    async def test_are_those_that_beat(self):
        assert set(EXPECTED) < set(get_args(ProcessKind))
        assert set(EXPECTED.values()) < set(WHATS) == set(ADVICE)


class TestSweeps:
    async def test_that_do_not_end_are_named(self, later: House):
        await beat(later.cairn, "projector")
        await beat(later.cairn, "worker", SWEEPS)
        await later.cairn.pool.execute(
            "UPDATE heartbeat SET last_at = now() - interval '90 seconds'"
            " WHERE activity = 'deadlines'"
        )
        assert set(await degraded(later)) == {"sweep_late"}
        # Another worker has swept: nothing is late.
        await beat(later.cairn, "worker", SWEEPS)
        assert await degraded(later) == {}

    async def test_are_those_that_a_worker_has_and_each_says_that_it_has_ended(self, house: House):
        ended: list[str] = []
        sweeps = Sweeps(house.cairn, lambda sweep, _: ended.append(sweep))
        for sweep in (sweeps.safety, sweeps.sessions, sweeps.deadlines, sweeps.suggestions):
            await sweep()
        assert tuple(ended) == SWEEPS


async def test_a_log_whose_end_is_gone_is_named_until_a_new_epoch_is_drawn(
    house: House, database: Database
):
    assert await degraded(house) == {}
    epoch = house.cairn.epochs.current.epoch
    await execute(database.owner, f"SELECT doubt_epoch('{epoch}')")
    found = await degraded(house)
    assert {what: one["practices"] for what, one in found.items()} == {"new_epoch_needed": 1}
    await house.cairn.epochs.draw()
    assert await degraded(house) == {}


class TestViews:
    async def test_that_set_an_event_aside_or_stand_still_are_named(
        self, unprojected: House, monkeypatch: pytest.MonkeyPatch
    ):
        house = unprojected
        add = (
            "INSERT INTO views.set_aside (practice_id, view, position, stream_id, type, why,"
            " release, since) VALUES ($1, 'caseload', $2, $1, 'x', 'x', 'x', now() - $3::interval)"
        )
        for position in (1, 2):
            hours = timedelta(hours=position)
            await house.cairn.pool.execute(add, house.practice_id, position, hours)
        found = await degraded(house)
        assert {what: one["practices"] for what, one in found.items()} == {"event_set_aside": 1}
        monkeypatch.setattr("projections.degraded.MOST_SET_ASIDE", 2)
        found = await degraded(house)
        assert set(found) == {"event_set_aside", "view_stands_still"}
        assert len({one["since"] for one in found.values()}) == 1

    async def test_that_are_ahead_of_the_log_are_named(self, house: House):
        await house.cairn.pool.execute(
            "UPDATE views.checkpoint SET position = 1000000 WHERE view = 'mood_trend'"
        )
        found = await degraded(house)
        assert found["checkpoint_ahead"]["practices"] == 1

    async def test_that_are_behind_for_too_long_are_named_until_they_are_not(
        self, unprojected: House, monkeypatch: pytest.MonkeyPatch
    ):
        house, cairn = unprojected, unprojected.cairn
        await open_practice(cairn, "Oak Lane")
        assert await degraded(house) == {}  # Not yet: a moment is no matter.
        monkeypatch.setattr("projections.degraded.LATE", timedelta(0))
        found = (await degraded(house))["view_behind"]
        assert found["practices"] == 2
        first = await cairn.pool.fetchval("SELECT min(recorded_at) FROM event_log")
        assert found["since"] == first.isoformat().replace("+00:00", "Z")
        await cairn.pool.execute(
            "INSERT INTO views.checkpoint SELECT p.practice_id, v.view, p.position"
            " FROM practice_log p CROSS JOIN unnest($1::text[]) v (view)",
            list(await cairn.views.lag()),
        )
        assert await degraded(house) == {}

    async def test_say_no_more_than_how_many_practices(self, later: House):
        await beat(later.cairn, "worker", SWEEPS)
        (one,) = (await degraded(later)).values()
        assert set(one) == {"what", "since", "practices"}


async def test_every_word_is_a_number_that_is_0_while_all_is_well(later: House):
    await beat(later.cairn, "worker", SWEEPS)
    text = (await later.asker("operator").ask("GET", "/metrics")).text
    for what in WHATS:
        is_so = float(what == "projector_missing")
        assert f'cairn_degraded{{what="{what}"}} {is_so}' in text
        assert f'cairn_degraded_practices{{what="{what}"}} {is_so}' in text
    assert 'cairn_processes{kind="worker"} 1.0' in text
    assert 'cairn_processes{kind="projector"} 0.0' in text
    assert "cairn_ready 1.0" in text
    assert 'cairn_database{state="reached"} 1.0' in text


class TestARealWorker:
    @pytest.fixture
    def worker(self, database: Database) -> Iterator[subprocess.Popen[bytes]]:
        settings = Settings(database_url=database.runtime, key=KEY)
        process = subprocess.Popen(
            [sys.executable, "-m", "service", "work"],
            env=settings.environment() | {"PYTHONPATH": str(ROOT)},
            stderr=subprocess.DEVNULL,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()

    async def test_is_missed_when_it_was_stopped_and_seen_when_it_goes_on(
        self,
        later: House,
        worker: subprocess.Popen[bytes],
        monkeypatch: pytest.MonkeyPatch,
    ):
        await beat(later.cairn, "projector")

        async def until(whats: set[What]) -> None:
            async with asyncio.timeout(60):
                while set(await degraded(later)) != whats:
                    await later.cairn.pool.execute(
                        "UPDATE heartbeat SET last_at = now() WHERE kind = 'projector'"
                    )
                    await asyncio.sleep(0.1)

        await until(set())
        os.kill(worker.pid, signal.SIGSTOP)
        monkeypatch.setattr("projections.degraded.LATE", timedelta(seconds=1))
        await until({"worker_missing"})
        os.kill(worker.pid, signal.SIGCONT)
        monkeypatch.setattr("projections.degraded.LATE", timedelta(seconds=15))
        await until(set())

"""Every benchmark runs, on next to nothing, and tells what it promises. Nothing is timed."""

import json
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from service import benchmarks
from service.benchmarks.bench import Bench
from service.benchmarks.figures import beside, figure, percentile
from service.benchmarks.machine import machine
from service.benchmarks.servers import filesystem_of
from service.cli import cairn
from service.settings import SettingRefused, Settings

FIGURES = {
    "append": {
        "32 writers, one practice": ("ratio", 1.5),
        "32 writers, the plainest table": None,
        "one writer alone": ("ratio", 0.6),
        "one writer, the plainest table": None,
        "one writer, an append": None,
    },
    "http_mood": {
        "POST mood, 32 connections": ("ratio", 0.5),
        "the same beside the full table": None,
        "median answer": None,
        "99 of 100 answers within": ("ratio", 3),
        "the same of the bare route": None,
    },
    "views": {
        "reading and opening every event": None,
        "catch up, four views": ("value", 20_000),
        "catch up, every view": None,
        "rebuild goal_status": ("value", 40_000),
        "rebuild mood_trend": ("value", 40_000),
        "rebuild assessment_trend": ("value", 40_000),
        "rebuild caseload": ("value", 40_000),
        "rebuild suggestion_queue": ("value", 40_000),
        "rebuild safety_queue": ("value", 40_000),
        "rebuild session_calendar": ("value", 40_000),
        "rebuild goal_attainment": ("value", 40_000),
        "rebuild tracking": ("value", 40_000),
        "rebuild all at once": ("value", 40_000),
    },
    "latency": {
        "acknowledged until visible, median": ("value", 10),
        "acknowledged until visible, 99 of 100": None,
        "begun until visible, median": ("value", 10),
        "begun until visible, 99 of 100": None,
    },
    "stream": {
        "begun until received, median": ("value", 3),
        "begun until received, 99 of 100": ("value", 25),
        "acknowledged until received, median": ("value", 3),
        "acknowledged until received, 99 of 100": ("value", 25),
    },
    "readers": {
        "api without readers": None,
        "api with readers, idle": None,
        "a reader, idle": None,
        "a reader, once told": None,
        "begun until the last reader has it": None,
    },
    "deliveries": {
        "the same envelopes, signed and posted 32 at once": None,
        "from a backlog, planned and settled": None,
        "acknowledged until received, alone, median": None,
        "the same beside two that fail, median": ("ratio", 1.25),
        "acknowledged until received, alone, 99 of 100": None,
        "the same beside two that fail, 99 of 100": None,
    },
    "memory": {
        f"{name}, {when}": None
        for when in ("idle", "after")
        for name in ("api", "projector", "worker", "everything")
    }
    | {"api, after a slope": None},
    "size": {
        "append, 32 writers": ("ratio", 1.3),
        "append, one writer": ("ratio", 1.3),
        "goal status": ("ratio", 1.3),
        "goal history": ("ratio", 1.3),
        "goal status, any goal": None,
        "goal history, any goal": None,
        "deadline sweep, a deadline": ("ratio", 1.3),
        "deadline sweep, nothing due": None,
    },
}


@pytest.fixture
def settings(database, redis_url) -> Settings:
    """A database that is named: benchmarks then start no servers of their own."""
    return Settings(
        database_url=database.runtime, owner_database_url=database.owner, redis_url=redis_url
    )


def test_every_benchmark_is_listed_here():
    assert set(FIGURES) == set(benchmarks.NAMES)


@pytest.mark.parametrize("name", benchmarks.NAMES)
async def test_measures_what_it_says(name, settings):
    benchmark = benchmarks.named(name)
    assert name == benchmark.NAME
    assert benchmark.DESCRIPTION
    answer = await benchmark.run(Bench(settings, scale="tiny", quiet=True))
    assert json.loads(json.dumps(answer)) == answer
    assert set(answer) == {"figures", "sizes", "notes"}
    told = {one["name"]: required(one) for one in answer["figures"]}
    assert told == FIGURES[name]
    assert all(one["value"] >= 0 and one["unit"] and one["rounds"] for one in answer["figures"])


def required(one):
    """What a figure says is required of it; that it is met depends on the machine."""
    if "required_of" not in one:
        return None
    assert one["met"] in (True, False)
    return one["required_of"], one.get("at_least", one.get("at_most"))


async def test_leaves_a_record_alone(settings, database):
    connection = await asyncpg.connect(database.admin)
    try:
        await connection.execute(
            "INSERT INTO event_log VALUES (gen_random_uuid(), 1, gen_random_uuid(), 1, 'practice',"
            " NULL, 'practice.opened.v1', '', 'cli:practice', gen_random_uuid(),"
            " gen_random_uuid(), now(), now())"
        )
    finally:
        await connection.close()
    with pytest.raises(SettingRefused, match="an empty database"):
        async with Bench(settings, scale="tiny", quiet=True).servers():
            pass


async def test_starts_servers_of_its_own_with_full_durability_and_ends_them():
    bench = Bench(Settings(), scale="tiny", quiet=True)
    async with bench.servers() as servers:
        connection = await asyncpg.connect(servers.settings.database_url)
        try:
            settings = [
                await connection.fetchval(f"SHOW {name}")
                for name in ("fsync", "synchronous_commit", "full_page_writes")
            ]
        finally:
            await connection.close()
        assert settings == ["on", "on", "on"]
        assert servers.folder.exists()
        pid = servers.postgres
    assert not servers.folder.exists()
    assert not Path(f"/proc/{pid}").exists()


def test_the_command_refuses_a_name_it_does_not_know():
    result = CliRunner().invoke(cairn, ["bench", "nothing"])
    assert result.exit_code == 2
    assert all(name in result.output for name in benchmarks.NAMES)


def test_the_machine_is_told():
    told = machine()
    assert {"processors", "python", "filesystem", "flush_ms"} <= set(told)


def test_a_file_system_is_known_by_the_nearest_mount():
    assert filesystem_of(Path("/proc/self")) == "proc"


class TestFigure:
    def test_is_the_median_of_the_rounds(self):
        assert figure("", "ms", [1, 30, 2]).value == 2

    def test_is_met_at_its_bound(self):
        assert figure("", "ms", [10], at_most=10).met
        assert not figure("", "ms", [10], at_least=11).met

    def test_beside_a_limit_is_required_of_the_ratio_in_the_same_round(self):
        # The machine was slow in one round: on both sides.
        one = beside("", "ms", [10, 1, 10], [5, 0.5, 5], limit_name="", at_least=2)
        assert one.ratio == 2
        assert one.met

    def test_percentile_is_one_of_the_values(self):
        assert percentile(range(1, 101), 99) == 99

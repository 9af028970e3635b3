"""Each process tells its numbers to Prometheus, by a key that does not expire, and to no other."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from service.auth import Tokens
from service.limits import LIMITS
from service.metrics_listener import telling
from service.probe import probe
from service.serving import listen
from service.settings import Address, Settings
from tests.conftest import Database
from tests.house.tree import ROOT
from tests.service.conftest import KEY, House, bearer, opened_house
from tests.service.wires import Wire, head

SCRAPE_KEY = "a-scrape-key-of-more-than-32-letters"
NEXT_KEY = "the-key-that-comes-after-the-first-one"


class TestTheScrapeKey:
    async def test_opens_the_metrics_and_nothing_else(self, settings: Settings):
        given = msgspec.structs.replace(settings, scrape_keys=(SCRAPE_KEY, NEXT_KEY))
        async with opened_house(given) as house:
            for key in (SCRAPE_KEY, NEXT_KEY):
                answer = await house.http.get("/metrics", headers=bearer(key))
                assert answer.status_code == 200
                assert "cairn_scrape_credential_expires_timestamp_seconds +Inf" in answer.text
                for path in ("/v1/clients", "/v1/practice", "/metrics/", "/nowhere"):
                    assert (await house.http.get(path, headers=bearer(key))).status_code == 401
            for wrong in (SCRAPE_KEY[:-1], SCRAPE_KEY + "x", "", f"{SCRAPE_KEY} {NEXT_KEY}"):
                assert (await house.http.get("/metrics", headers=bearer(wrong))).status_code == 401
            basic = {"Authorization": f"Basic {SCRAPE_KEY}"}
            assert (await house.http.get("/metrics", headers=basic)).status_code == 401

    async def test_is_none_where_none_is_set(self, house: House):
        for nothing in ("", " ", "None"):
            answer = await house.http.get("/metrics", headers=bearer(nothing))
            assert answer.status_code == 401

    async def test_is_no_operators_token_whose_end_is_a_number(self, house: House):
        token = house.token("operator", "ops", lifetime=timedelta(hours=1))
        text = (await house.http.get("/metrics", headers=bearer(token))).text
        secret = house.cairn.master.derive("tokens")
        expires_at = Tokens(secret).principal(f"Bearer {token}".encode()).expires_at
        told = next(
            line for line in text.splitlines() if line.startswith("cairn_scrape_credential")
        )
        assert float(told.split()[1]) == expires_at


class TestTheListener:
    async def test_that_finds_its_address_taken_lets_the_work_go_on(self, house: House):
        async def text() -> bytes:
            return b""

        tokens = Tokens(b"x" * 32)
        with listen("127.0.0.1", 0) as taken, capture_logs() as lines:
            address = Address(host="127.0.0.1", port=taken.getsockname()[1])
            async with telling(address, text, tokens):
                pass
        assert [one["event"] for one in lines] == ["metrics_not_told"]

    async def test_takes_no_more_of_a_stranger_than_the_api_does(self):
        async def text() -> bytes:
            return b""

        with listen("127.0.0.1", 0) as found:
            address = Address(host="127.0.0.1", port=found.getsockname()[1])
        async with telling(address, text, Tokens(b"x" * 32)):
            wire = await Wire.to(f"http://{address}")
            wire.say(head("GET", "/healthz", {f"X-{nth}": "" for nth in range(LIMITS.headers)}))
            answer = await wire.answer()
            assert (answer.status, answer.problem) == (431, "headers-too-large")
            await wire.hang_up()


class Processes(msgspec.Struct, kw_only=True):
    """A projector and a worker, as `cairn up` starts them, and their settings."""

    settings: dict[str, Settings]
    processes: dict[str, "subprocess.Popen[bytes]"]

    def url(self, name: str, path: str) -> str:
        return f"http://{self.settings[name].metrics}{path}"

    async def answers(self, http: httpx.AsyncClient, name: str) -> None:
        async with asyncio.timeout(60):
            while True:
                try:
                    if (await http.get(self.url(name, "/healthz"))).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.1)


def port_of_two() -> int:
    """A port that is free, as the next one is."""
    while True:
        with listen("127.0.0.1", 0) as found:
            port: int = found.getsockname()[1]
            with suppress(OSError, OverflowError), listen("127.0.0.1", port + 1):
                return port


@pytest.fixture
def processes(database: Database) -> Iterator[Processes]:
    every = Settings(
        database_url=database.runtime,
        key=KEY,
        metrics=Address(host="127.0.0.1", port=port_of_two()),
        scrape_keys=(SCRAPE_KEY,),
    )
    settings = {name: every.of_process(name) for name in ("projector", "worker")}
    started = {
        name: subprocess.Popen(
            [sys.executable, "-m", "service", command],
            env=settings[name].environment() | {"PYTHONPATH": str(ROOT)},
            stderr=subprocess.DEVNULL,
        )
        for name, command in (("projector", "project"), ("worker", "work"))
    }
    try:
        yield Processes(settings=settings, processes=started)
    finally:
        for process in started.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        assert [process.wait(30) for process in started.values()] == [0, 0]


async def test_a_projector_and_a_worker_tell_their_numbers_beside_their_work(
    house: House, processes: Processes, monkeypatch: pytest.MonkeyPatch
):
    wanted = {
        "projector": ("cairn_projector_events_applied_total", 'cairn_view_events_behind{view="'),
        "worker": ('cairn_sweep_age_seconds{sweep="safety"}', "# TYPE cairn_sweep_outcomes"),
    }
    operator, client = house.token("operator"), house.token("auditor")
    async with httpx.AsyncClient() as http:
        for name, numbers in wanted.items():
            await processes.answers(http, name)
            path = processes.url(name, "/metrics")
            for key in (SCRAPE_KEY, operator):
                answer = await http.get(path, headers=bearer(key))
                assert answer.status_code == 200
                assert answer.headers["content-type"].startswith("text/plain")
            for number in (*numbers, "cairn_database_connections", "process_start_time_seconds"):
                assert number in answer.text
            for refused, status in ((bearer(client), 403), (bearer("nobody"), 401), ({}, 401)):
                answer = await http.get(path, headers=refused)
                assert answer.status_code == status
                assert answer.headers["content-type"] == "application/problem+json"
            assert (await http.get(processes.url(name, "/v1/clients"))).status_code == 404
            assert (await http.post(path, headers=bearer(SCRAPE_KEY))).status_code == 404
    # The probe of a container says so where the process hangs.
    worker = processes.settings["worker"]
    assert await probe(worker) is None
    os.kill(processes.processes["worker"].pid, signal.SIGSTOP)
    monkeypatch.setattr("service.probe.LIMIT_SECONDS", 0.5)
    assert await probe(worker) == "The process does not answer"

"""The README's receiver, as it stands there, and a worker that delivers to it."""

import asyncio
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from events.subscription import RotateSecret
from tests.service.readme_shows import blocks
from tests.workers.diary import Diary
from tests.workers.one_loop import in_its_loop
from tests.workers.site import Site
from tests.workers.subscribed import (
    all_of,
    decide,
    delivering,
    eventually,
    settled,
    subscribe,
    wait,
)
from workers.outbox import Subject
from workers.retrying import SCHEDULE_SECONDS
from workers.signing import signing_keys

READY_SECONDS = 20.0
RETRIED_SECONDS = 1.2 * SCHEDULE_SECONDS[1]
# Where a file lies in its way it dies once, after it has committed and before it has answered.
MORTAL = """
import http.server, os, pathlib, runpy, signal, sys
trap, answer = pathlib.Path(sys.argv.pop(1)), http.server.BaseHTTPRequestHandler.send_response
def answer_or_die(receiver, status):
    if trap.exists():
        trap.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    answer(receiver, status)
http.server.BaseHTTPRequestHandler.send_response = answer_or_die
sys.argv.pop(0)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class ReadmeReceiver:
    """A process that runs it, on a port and with a file that stay the same."""

    def __init__(self, folder: Path) -> None:
        [[_, program]] = [one for one in blocks("Receiving webhooks") if one[0] == "python"]
        self._program = folder / "receiver.py"
        self._program.write_text(program, encoding="utf-8")
        self._file = folder / "events.db"
        self._trap = folder / "trap"
        self._printed = folder / "printed"
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"

    async def start(self, secret: str) -> None:
        with self._printed.open("ab") as printed:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-I", "-c", MORTAL, self._trap, self._program,
                    str(self.port), self._file,
                ],
                env={**os.environ, "WEBHOOK_SECRET": secret}, stdout=printed, stderr=printed,
            )  # fmt: skip
        await eventually(self._listens, seconds=READY_SECONDS)

    async def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.printed()
        with socket.socket() as door:
            return door.connect_ex(("127.0.0.1", self.port)) == 0

    def lay_trap(self) -> None:
        self._trap.touch()

    async def dies(self) -> None:
        """Wait until it has walked into the trap."""
        process = self._process
        assert process is not None
        await asyncio.to_thread(process.wait, READY_SECONDS)
        assert process.returncode == -signal.SIGKILL, self.printed()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def kept(self) -> list[tuple[int, str]]:
        """The number and the id of every event it has."""
        with closing(sqlite3.connect(self._file)) as database:
            return database.execute("SELECT number, id FROM event ORDER BY number").fetchall()

    def printed(self) -> str:
        return self._printed.read_text(encoding="utf-8")


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[ReadmeReceiver]:
    receiver = ReadmeReceiver(tmp_path)
    yield receiver
    receiver.stop()


@in_its_loop
async def diaries(site: Site) -> list[Diary]:
    """Three clients of one practice, by a clock that the receiver's agrees with."""
    site.now = datetime.now(UTC)
    first = await site.diary()
    others = [Diary(site.store, practice_id=first.practice_id) for _ in range(2)]
    return [first, *[await other.enrol() for other in others]]


def secret_of(site: Site, subject: Subject, generation: int) -> str:
    return signing_keys(site.master, *subject, generation).secret


async def test_each_event_is_kept_once_though_it_is_killed_before_it_answers(
    site: Site, diaries: list[Diary], receiver: ReadmeReceiver
):
    subject = await subscribe(site, diaries[0], receiver.url)
    await receiver.start(secret_of(site, subject, 1))
    attempts = 0
    async with delivering(site) as deliveries:
        for rating in (1, 2, 3):
            receiver.lay_trap()
            for diary in diaries:
                await diary.felt(rating, at=site.now)
            await receiver.dies()
            committed = receiver.kept()
            await receiver.start(secret_of(site, subject, 1))
            await eventually(lambda: none_is_under_way(site, subject))
            await wait(site, deliveries, seconds=RETRIED_SECONDS)
            found = await settled(site, subject)
            # What was kept when it died came again: its answer was never heard.
            assert committed[-1] in receiver.kept()
            assert sum(one.attempts for one in found) > attempts + len(diaries)
            attempts = sum(one.attempts for one in found)
    assert {one.stage for one in found} == {"delivered"}
    kept = receiver.kept()
    assert [number for number, _ in kept] == [one.number for one in found] == list(range(1, 10))
    ids = {id_ for _, id_ in kept}
    assert len(ids) == 9
    assert all(re.fullmatch(rf"{subject[0].hex}-[0-9a-f]{{32}}", id_) for id_ in ids)


async def none_is_under_way(site: Site, subject: Subject) -> bool:
    """Whether all that could be tried has been, so that what failed waits for its next try."""
    found = await all_of(site, subject)
    return not any(
        one.stage == "waiting" and one.due_at is not None and one.due_at <= site.now
        for one in found
    )


async def test_what_is_not_signed_with_its_secret_is_refused(
    site: Site, diaries: list[Diary], receiver: ReadmeReceiver
):
    await receiver.start(secret_of(site, await subscribe(site, diaries[0], receiver.url), 1))
    now = int(site.now.timestamp())
    signed = {"webhook-id": "a-1", "webhook-timestamp": f"{now}"}
    async with httpx.AsyncClient() as http:
        for headers in (
            {},
            signed,
            signed | {"webhook-signature": "garbage"},
            signed | {"webhook-signature": "v1,AAAA v1a,!"},
        ):
            answer = await http.post(receiver.url, content=b'{"id":"a-1"}', headers=headers)
            assert answer.status_code == 401
        answer = await http.post(receiver.url, content=b"\xff", headers=signed)
        assert answer.status_code == 401
        assert (await http.post(receiver.url)).status_code == 413
    assert receiver.kept() == []
    assert "Traceback" not in receiver.printed()


async def test_a_new_secret_is_taken_over_without_a_loss(
    site: Site, diaries: list[Diary], receiver: ReadmeReceiver
):
    [diary, *_] = diaries
    subject = await subscribe(site, diary, receiver.url)
    leaked = RotateSecret(subscription_id=subject[1], now=site.now, previous_for_hours=0)
    await receiver.start(secret_of(site, subject, 1))
    async with delivering(site) as deliveries:
        await decide(site, subject, leaked)
        await diary.felt(1, at=site.now)
        assert (await eventually(lambda: refused(site, subject))).number == 1
        receiver.stop()
        await receiver.start(secret_of(site, subject, 2))
        await wait(site, deliveries, seconds=RETRIED_SECONDS)
        assert [one.attempts for one in await settled(site, subject)] == [2]
        await decide(site, subject, RotateSecret(subscription_id=subject[1], now=site.now))
        await diary.felt(2, at=site.now)
        await settled(site, subject)
        receiver.stop()
        await receiver.start(secret_of(site, subject, 3))
        await diary.felt(3, at=site.now)
        assert [one.attempts for one in await settled(site, subject)] == [2, 1, 1]
    assert [number for number, _ in receiver.kept()] == [1, 2, 3]


async def refused(site: Site, subject: Subject):
    found = await all_of(site, subject)
    return next((one for one in found if one.last_status == 401), None)


async def test_it_says_what_is_not_here_yet(
    site: Site, diaries: list[Diary], receiver: ReadmeReceiver
):
    subject = await subscribe(site, diaries[0], receiver.url)
    # The first one is lost on its way: nobody listens yet.
    async with delivering(site) as deliveries:
        await diaries[0].felt(1, at=site.now)
        await eventually(lambda: first_has_failed(site, subject))
        await receiver.start(secret_of(site, subject, 1))
        await diaries[1].felt(2, at=site.now)
        await eventually(lambda: is_kept(receiver, 2))
        await eventually(lambda: has_printed(receiver, "1 to 1 are not here, or not yet"))
        await wait(site, deliveries, seconds=RETRIED_SECONDS)
        await settled(site, subject)
    assert [number for number, _ in receiver.kept()] == [1, 2]


async def first_has_failed(site: Site, subject: Subject) -> bool:
    found = await all_of(site, subject)
    return bool(found) and found[0].attempts == 1


async def is_kept(receiver: ReadmeReceiver, number: int) -> bool:
    return number in [one for one, _ in receiver.kept()]


async def has_printed(receiver: ReadmeReceiver, text: str) -> bool:
    return text in receiver.printed()

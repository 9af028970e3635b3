"""The feed as server-sent events: in order, without a hole, and ended with a reason."""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from service.auth import NO_PRACTICE, Principal, Tokens
from service.streams import LINE, Batch, Block, Bounds, Stream
from service.wiring import Cairn
from tests.service.conftest import Asker, House, bearer
from tests.service.streaming import Reader, hang_up, say_something, serving, until

Readers = Callable[..., Reader]
HURRIED = Bounds(heartbeat_seconds=0.1, slow_seconds=0.2, cut_seconds=0.6)


@pytest.fixture
async def readers(house: House) -> AsyncIterator[Readers]:
    """Readers of the API on a socket; they hang up at the end."""
    made: list[Reader] = []
    async with serving(house.cairn) as url:

        def reader(headers: dict[str, str] | None = None) -> Reader:
            made.append(Reader(url, headers or bearer(house.token("auditor", "ann"))))
            return made[-1]

        yield reader
        for one in made:
            await one.close()


async def log_moods(clinician: Asker, client_id: str, count: int) -> None:
    for nth in range(count):
        body = {"rating": 1 + nth % 10}
        await clinician.do("POST", f"/v1/clients/{client_id}/moods", body)


def ids(events: list[Any]) -> list[int]:
    return [int(one.id) for one in events]


def end_of(event: Any) -> str:
    assert event.event == "end"
    told = json.loads(event.data)
    assert set(told) == {"reason", "detail"}
    assert told["detail"].endswith(".")
    return str(told["reason"])


class TestAStream:
    async def test_tells_what_there_is_and_then_what_happens(self, house, clinician, readers):
        reader = await readers().connect()
        told = await reader.take(3)
        client_id = await clinician.enrol()
        await log_moods(clinician, client_id, 2)
        told += await reader.take(3)
        page = await clinician.get("/v1/feed")
        assert [json.loads(one.data) for one in told] == page["items"]
        assert [one.event for one in told] == [one["type"] for one in page["items"]]
        assert ids(told) == [one["position"] for one in page["items"]]
        headers = reader.response.headers
        assert headers["content-type"] == "text/event-stream"
        assert headers["cache-control"] == "no-store"
        assert headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in headers

    async def test_misses_nothing_while_many_write(self, house, clinician, readers):
        clients = [await clinician.enrol(display_name=f"C{nth}") for nth in range(4)]
        reader = await readers().connect()
        writing = [asyncio.create_task(log_moods(clinician, one, 20)) for one in clients]
        assert ids(await reader.take(87)) == list(range(1, 88))
        await asyncio.gather(*writing)
        assert await house.size() == 87

    async def test_is_resumed_after_the_last_id_whenever_it_was_left(
        self, house, clinician, readers
    ):
        writing = asyncio.create_task(log_moods(clinician, await clinician.enrol(), 40))
        reader, seen = readers(), []
        for nth in (1, 5, 2, 13, 3, 20):
            await reader.connect("?after=0")
            seen += ids(await reader.take(nth))
            await reader.close()
        await writing
        assert seen == list(range(1, 45))

    async def test_of_some_types_passes_over_the_others(self, house, clinician, readers):
        reader = await readers().connect("?types=goal.set.v1,client.*")
        client_id = await clinician.enrol()
        await log_moods(clinician, client_id, 2)
        await clinician.set_goal(client_id)
        told = [(one.event, one.id) for one in await reader.take(2)]
        assert told == [("client.enrolled.v1", "4"), ("goal.set.v1", "7")]

    async def test_has_a_heartbeat_that_takes_the_id_along(self, house, readers):
        house.cairn.streams.bounds = HURRIED
        reader = await readers().connect("?types=goal.*&after=1")
        received = b""
        async with asyncio.timeout(5):
            async for piece in reader.response.aiter_raw():
                received += piece
                if received.count(b":\n") == 4:
                    break
        # The log's end is told once; then there are comments alone, which nothing is made of.
        assert received == b"retry: 2000\n\n" + b":\nid: 3\n\n" + 3 * b":\n"

    async def test_outlives_the_loss_of_every_connection(self, house, readers, database):
        reader = await readers().connect()
        await reader.take(3)
        for nth in range(3):
            await hang_up(database)
            await say_something(house.cairn, house.practice_id)
            assert (await reader.next()).id == str(4 + nth)

    async def test_of_a_reader_with_an_empty_last_id_begins_where_after_says(self, readers):
        reader = readers()
        reader.last_id = ""
        await reader.connect("?after=1")
        assert (await reader.next()).id == "2"


class TestIsRefused:
    @pytest.mark.parametrize(
        ("query", "last", "parameter"),
        [
            ("?after=99", None, "after"),
            ("?after=-1", None, "after"),
            ("?types=mood.felt.v1", None, "types"),
            ("?types=", None, "types"),
            ("?wait=3", None, None),
            ("?limit=3", None, None),
            ("", "x", "Last-Event-ID"),
            ("", "-1", "Last-Event-ID"),
            ("", "9" * 19, "Last-Event-ID"),
            ("?after=1", "99", "Last-Event-ID"),
        ],
    )
    async def test_before_it_begins(self, clinician, query, last, parameter):
        headers = {} if last is None else {"Last_Event_ID": last}
        refused = await clinician.ask("GET", f"/v1/feed/stream{query}", **headers)
        assert (refused.status_code, refused.json().get("parameter")) == (400, parameter)

    @pytest.mark.parametrize("role", ["client", "app", "operator"])
    async def test_to_whom_is_not_told_all(self, house, clinician, role):
        subject = await clinician.enrol() if role == "client" else "ops"
        asker = house.asker(role, subject)
        assert (await asker.ask("GET", "/v1/feed/stream")).status_code == 403

    async def test_where_one_subject_has_too_many(self, house, readers):
        house.cairn.streams.bounds = msgspec.structs.replace(HURRIED, per_principal=2)
        first, _ = await readers().connect(), await readers().connect()
        third = await readers().connect()
        assert third.response.status_code == 429
        assert third.response.headers["retry-after"] == "10"
        problem = json.loads(await third.response.aread())
        assert problem["type"] == "/problems/too-many-streams"
        other = await readers(bearer(house.token("auditor", "bob"))).connect()
        assert other.response.status_code == 200
        await first.close()
        await until(lambda: len(house.cairn.streams) == 2)
        assert (await readers().connect()).response.status_code == 200

    async def test_where_all_places_are_taken(self, house, readers):
        house.cairn.streams.bounds = Bounds(in_all=1)
        await readers().connect()
        second = await readers(bearer(house.token("auditor", "bob"))).connect()
        assert second.response.status_code == 503
        assert second.response.headers["retry-after"] == "10"
        assert json.loads(await second.response.aread())["type"] == "/problems/streams-taken"

    async def test_and_counted_by_the_metrics(self, house, readers):
        assert await streams_open(house) == 0
        reader = await readers().connect()
        assert await streams_open(house) == 1
        await reader.close()
        await until(lambda: len(house.cairn.streams) == 0)
        assert await streams_open(house) == 0

    async def test_and_no_part_of_how_long_requests_take(self, house, readers):
        reader = await readers().connect()
        await reader.close()
        await until(lambda: len(house.cairn.streams) == 0)
        operator = bearer(house.token("operator", "ops"))
        async with httpx.AsyncClient(base_url=reader.base_url, headers=operator) as http:
            text = (await http.get("/metrics")).text
        of_streams = [line for line in text.splitlines() if '"/v1/feed/stream"' in line]
        assert any(line.startswith("cairn_http_requests_total") for line in of_streams)
        assert not any(line.startswith("cairn_http_request_seconds") for line in of_streams)


async def streams_open(house: House) -> float:
    text = (await house.asker("operator", "ops").ask("GET", "/metrics")).text
    (line,) = (one for one in text.splitlines() if one.startswith("cairn_streams_open "))
    return float(line.split()[1])


class TestEnds:
    async def test_when_the_token_expires_and_not_at_the_next_heartbeat(self, house, readers):
        headers = bearer(house.token("auditor", "ann"))
        tokens = Tokens(house.cairn.master.derive("tokens"))
        principal = tokens.principal(headers["Authorization"].encode())
        nearly = timedelta(seconds=principal.expires_at - time.time() - 0.4)
        house.cairn.clock = lambda: datetime.now(UTC) + nearly
        reader = await readers(headers).connect()
        await reader.take(3)
        assert end_of(await reader.next()) == "token_expired"
        with pytest.raises(StopAsyncIteration):
            await reader.next()
        refused = await readers(headers).connect()
        assert refused.response.status_code == 401

    async def test_before_a_batch_that_the_token_is_too_old_for(self, house, readers):
        reader = await readers().connect()
        await reader.take(3)
        house.cairn.clock = lambda: datetime.now(UTC) + timedelta(days=31)
        await say_something(house.cairn, house.practice_id)
        assert end_of(await reader.next()) == "token_expired"
        assert reader.last_id == "3"

    async def test_when_the_server_is_told_to_stop(self, house):
        async with serving(house.cairn) as url:
            reader = await Reader(url, bearer(house.token())).connect()
            await reader.take(3)
            began = time.monotonic()
        assert end_of(await reader.next()) == "server_stopping"
        assert time.monotonic() - began < 1
        await reader.close()

    async def test_with_a_line_in_the_log_that_is_not_about_what_was_told(self, house):
        with capture_logs() as lines:
            async with serving(house.cairn) as url:
                reader = await Reader(url, bearer(house.token())).connect("?after=1")
                await reader.take(2)
                await reader.close()
                await until(lambda: len(house.cairn.streams) == 0)
        (line,) = (one for one in lines if one["event"] == "request")
        assert (line["route"], line["status"]) == ("/v1/feed/stream", 200)


class Told:
    """A source of what a test has to tell, as a subscription's is another than the feed's."""

    def __init__(self, *blocks: Block, endless: bool = False) -> None:
        self.blocks = blocks
        self.endless = endless
        self.asked = 0

    async def batch(self, after: int, *, wait_seconds: float) -> Batch:
        self.asked += 1
        if self.endless:
            return Batch([Block(after + 1, "much", b"x" * 65_536)], after + 1)
        if not self.blocks:
            raise ZeroDivisionError
        found = [one for one in self.blocks if one.id > after]
        if not found:
            await asyncio.sleep(wait_seconds)
        return Batch(found, found[-1].id if found else after)


@asynccontextmanager
async def streaming(cairn: Cairn, source: Any) -> AsyncIterator[str]:
    """The address of an application that does nothing but tell from a source."""
    somebody = Principal(
        practice_id=NO_PRACTICE,
        role="auditor",
        subject="ann",
        expires_at=time.time() + 60,
    )

    async def app(scope: Any, receive: Any, send: Any) -> None:
        source.line = scope["extensions"][LINE]
        stream = Stream(cairn.streams, nullcontext(source), principal=somebody, after=0)
        await stream(scope, receive, send)

    async with serving(cairn, app) as url:
        yield url


@asynccontextmanager
async def not_reading(url: str) -> AsyncIterator[socket.socket]:
    """A peer that has asked and does not read, with little room for what it is sent."""
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.connect(("127.0.0.1", urlsplit(url).port))
        peer.sendall(b"GET /v1/feed/stream HTTP/1.1\r\nhost: here\r\n\r\n")
        peer.setblocking(False)
        yield peer


async def rest_of(peer: socket.socket) -> bytes:
    """Everything up to the end of the connection, however it ends."""
    loop, received = asyncio.get_running_loop(), b""
    try:
        async with asyncio.timeout(10):
            while piece := await loop.sock_recv(peer, 1 << 20):
                received += piece
    except ConnectionResetError:
        received += b"<reset>"
    return received


class TestAReaderThatDoesNotRead:
    async def test_for_a_while_is_told_so_when_it_reads_again(self, house):
        house.cairn.streams.bounds = msgspec.structs.replace(HURRIED, cut_seconds=9)
        source = Told(endless=True)
        async with streaming(house.cairn, source) as url, not_reading(url) as peer:
            await asyncio.sleep(0.3)
            assert source.asked < 20  # Some of it lies in the systems' buffers.
            asked = source.asked
            await asyncio.sleep(0.1)
            assert source.asked == asked  # Nothing is kept for it.
            received = await rest_of(peer)
        blocks = received.split(b"\n\n")
        assert b'event: end\ndata: {"reason":"too_slow",' in blocks[-2]
        seen = [int(one) for one in numbers(received)]
        assert seen == list(range(1, source.asked + 1))

    async def test_any_more_is_cut_off(self, house):
        house.cairn.streams.bounds = HURRIED
        with capture_logs() as lines:
            async with streaming(house.cairn, Told(endless=True)) as url, not_reading(url) as peer:
                await until(lambda: len(house.cairn.streams) == 1)
                await until(lambda: len(house.cairn.streams) == 0)
                received = await rest_of(peer)
        assert b"event: end" not in received
        (line,) = (one for one in lines if one["event"] == "stream_dropped")
        assert line["ending"] == "too_slow"
        assert set(line) == {"event", "ending", "log_level", "practice_id"}

    async def test_does_not_hold_up_a_server_that_stops(self, house):
        async with contextlib.AsyncExitStack() as hanging:
            async with streaming(house.cairn, Told(endless=True)) as url:
                await hanging.enter_async_context(not_reading(url))
                await until(lambda: len(house.cairn.streams) == 1)
                await asyncio.sleep(0.1)
                began = time.monotonic()
            assert time.monotonic() - began < 2

    async def test_nor_does_one_that_has_not_taken_the_last_of_it(self, house):
        untaken = Untaken()
        async with contextlib.AsyncExitStack() as hanging:
            async with streaming(house.cairn, untaken) as url:
                await hanging.enter_async_context(not_reading(url))
                await until(lambda: untaken.size > 0)
                began = time.monotonic()
            assert time.monotonic() - began < 2


class Untaken:
    """A source that tells until something is left over, but not so much that writing is put off."""

    line: Any = None

    @property
    def size(self) -> int:
        return 0 if self.line is None else self.line.transport.get_write_buffer_size()

    async def batch(self, after: int, *, wait_seconds: float) -> Batch:
        if self.size:
            await asyncio.sleep(wait_seconds)
            return Batch([], after)
        return Batch([Block(after + 1, "much", b"x" * 16_384)], after + 1)


def numbers(received: bytes) -> list[bytes]:
    return [line[4:] for line in received.split(b"\n") if line.startswith(b"id: ")]


async def test_any_source_is_told_from(house):
    blocks = [Block(nth, "told", b"{}") for nth in (1, 2, 5)]
    async with streaming(house.cairn, Told(*blocks)) as url:
        reader = await Reader(url, {}).connect()
        assert ids(await reader.take(3)) == [1, 2, 5]
        await reader.close()


async def test_a_source_that_fails_ends_the_stream_and_is_logged(house):
    with capture_logs() as lines:
        async with streaming(house.cairn, Told()) as url:
            reader = await Reader(url, {}).connect()
            assert end_of(await reader.next()) == "failed"
            await reader.close()
    assert [one["event"] for one in lines if one["log_level"] == "error"] == ["stream_failed"]

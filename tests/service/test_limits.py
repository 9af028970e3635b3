"""What a connection may take before anybody knows who is at its other end: over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import UUID

import msgspec
import pytest

from service.limits import LIMITS, Limits
from tests.service.conftest import Asker, House, bearer
from tests.service.streaming import Reader, serving
from tests.service.test_unfiled_forms import unfiled
from tests.service.wires import Heard, Wire, head

Opening = Callable[[], AbstractAsyncContextManager[Wire]]
HURRIED = Limits(
    head_seconds=1.0, idle_seconds=1.0, linger_seconds=0.5, rest_seconds=1.0, body_seconds=1.0
)

CHUNKED = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}


@pytest.fixture
def limits() -> Limits:
    return LIMITS


@pytest.fixture
async def url(house: House, limits: Limits) -> AsyncIterator[str]:
    async with serving(house.cairn, limits=limits) as address:
        yield address


@pytest.fixture
def opened(url: str) -> Opening:
    @asynccontextmanager
    async def opening() -> AsyncIterator[Wire]:
        wire = await Wire.to(url)
        try:
            yield wire
        finally:
            await wire.hang_up()

    return opening


@pytest.fixture
async def form(house: House, clinician: Asker) -> tuple[str, dict[str, str]]:
    """Where a client sends a form, and with which token."""
    client_id = await clinician.enrol(country="US", language="es")
    cairn = house.cairn
    await cairn.last_known.look(cairn.store, house.practice_id, UUID(client_id), now=cairn.clock())
    return f"/v1/clients/{client_id}/assessments", house.asker("client", client_id).headers


def is_refused(answer: Heard, status: int, problem: str) -> None:
    assert (answer.status, answer.problem) == (status, problem)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["connection"] == "close"
    assert answer.headers["cache-control"] == "no-store"


def has_lines(answer: Heard) -> None:
    """Whoever reads the answer is told where a person is, in their country."""
    assert [one["reach"] for one in answer.json["safety"]["lines"]] == ["988", "911"]
    assert answer.json["safety"]["person_asked"] is False


class TestHeaders:
    async def test_up_to_the_limits_are_taken(self, opened: Opening):
        many = {f"X-{nth}": "x" for nth in range(LIMITS.headers - 1)}
        long = {"X-Long": "x" * (LIMITS.head_bytes - 100)}
        address = "/healthz?" + "x" * (LIMITS.address_bytes - 9)
        async with opened() as wire:
            for path, headers in (("/healthz", many), ("/healthz", long), (address, {})):
                wire.say(head("GET", path, headers))
                assert (await wire.answer()).status == 200

    async def test_beyond_them_are_refused_and_the_connection_ends(self, opened: Opening):
        for headers in (
            {f"X-{nth}": "x" for nth in range(LIMITS.headers)},
            {"X-Long": "x" * LIMITS.head_bytes},
            {f"X-{nth}": "x" * 4_000 for nth in range(9)},
        ):
            async with opened() as wire:
                wire.say(head("GET", "/healthz", headers))
                is_refused(await wire.answer(), 431, "headers-too-large")
                assert await wire.ends() == b""

    async def test_of_one_address_too_long_are_refused(self, opened: Opening):
        async with opened() as wire:
            wire.say(head("GET", "/healthz?" + "x" * LIMITS.address_bytes, {}))
            is_refused(await wire.answer(), 414, "address-too-long")

    @pytest.mark.parametrize("begun", ["X-Long: ", "X-", "\x00"])
    async def test_that_never_end_are_not_read_to_their_end(self, opened: Opening, begun: str):
        async with opened() as wire:
            wire.say(head("GET", "/healthz", {}, more=begun), *(1_000 * [b"x" * 10_000]))
            answer = await wire.answer()
            assert answer.status == (400 if begun == "\x00" else 431)
            assert await wire.ends() == b""

    async def test_of_a_form_are_refused_with_where_a_person_is(self, opened, form):
        path, headers = form
        for more, status in (
            ({"X-Long": "x" * LIMITS.head_bytes}, 431),
            ({"X-1": "x", "X 2": "x"}, 400),
        ):
            async with opened() as wire:
                wire.say(head("POST", path, {**headers, **more}))
                answer = await wire.answer()
                assert answer.status == status
                has_lines(answer)

    async def test_are_read_again_after_a_body_on_the_same_connection(self, opened: Opening):
        async with opened() as wire:
            body = b"x" * 60_000
            wire.say(
                head("POST", "/healthz", {"Content-Length": str(len(body))}),
                body,
                head("GET", "/healthz", {"X-Long": "x" * (LIMITS.head_bytes - 100)}),
            )
            assert [(await wire.answer()).status for _ in range(2)] == [405, 200]

    @pytest.mark.parametrize("limits", [HURRIED])
    async def test_after_a_body_are_limited_as_well(self, opened: Opening):
        async with opened() as wire:
            wire.say(
                head("GET", "/healthz", {"Transfer-Encoding": "chunked"}),
                b"0\r\n",
                *(b"X-%d: x\r\n" % nth for nth in range(LIMITS.headers)),
                *(500 * [b"X: " + b"x" * 10_000]),
            )
            assert (await wire.answer()).status == 200
            assert await wire.ends() == b""


@pytest.mark.parametrize("limits", [HURRIED])
class TestASlowPeer:
    async def test_that_sends_headers_one_by_one_is_told_that_it_is_too_late(self, opened, form):
        path, headers = form
        async with opened() as dripping, opened() as silent, opened() as blank:

            async def drip() -> None:
                dripping.say(head("POST", path, headers, more="X-Slow: "))
                while True:
                    dripping.say(b"x")
                    await asyncio.sleep(0.1)

            dropping = asyncio.create_task(drip())
            blank.say(b"\r\n\r\n")
            answer = await dripping.answer()
            dropping.cancel()
            is_refused(answer, 408, "headers-not-complete")
            has_lines(answer)
            # Who has asked for nothing is told nothing.
            assert [await one.ends() for one in (dripping, silent, blank)] == [b"", b"", b""]

    async def test_with_a_request_that_is_answered_before_its_body_comes_is_cut_off(
        self, opened: Opening
    ):
        async with opened() as wire:
            wire.say(head("GET", "/healthz", {"Content-Length": "1000"}))
            assert (await wire.answer()).status == 200
            for _ in range(100):
                wire.say(b"x")
                await asyncio.sleep(0.05)
                if wire.is_over:
                    break
            assert wire.is_over

    async def test_that_asks_nothing_more_is_let_go(self, opened: Opening):
        async with opened() as wire:
            wire.say(head("GET", "/healthz", {}))
            assert (await wire.answer()).status == 200
            assert await wire.ends() == b""

    async def test_that_follows_a_stream_or_goes_on_sending_is_not_cut_off(
        self, house: House, clinician: Asker, opened: Opening, url: str
    ):
        client_id = await clinician.enrol()
        reader = await Reader(url, bearer(house.token("auditor", "ann"))).connect()
        await reader.take(4)
        body = b'{"rating": 4, "note": "' + b"x" * 40 + b'"}'
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        async with opened() as wire:
            wire.say(head("POST", f"/v1/clients/{client_id}/moods", clinician.headers | headers))
            for start in range(0, len(body), 5):
                wire.say(body[start : start + 5])
                await asyncio.sleep(0.2)
            assert (await wire.answer()).status == 201
        assert (await reader.next()).event == "mood.logged.v1"
        await reader.close()


class TestABodyThatStandsStill:
    async def test_is_refused_and_nothing_is_recorded(
        self, house: House, clinician: Asker, opened: Opening, monkeypatch: pytest.MonkeyPatch
    ):
        client_id = await clinician.enrol()
        events = await house.size()
        monkeypatch.setattr("service.incoming_body.LIMITS", HURRIED)
        headers = {**clinician.headers, "Content-Type": "application/json", "Content-Length": "99"}
        async with opened() as wire:
            wire.say(head("POST", f"/v1/clients/{client_id}/moods", headers), b'{"rating": 4')
            is_refused(await wire.answer(), 408, "body-not-complete")
            assert await wire.ends() == b""
        assert await house.size() == events


class TestABodyThatCanNotBeRead:
    @pytest.mark.parametrize(
        ("rest", "status", "problem"),
        [
            (b"not a chunk\r\n", 400, "request-refused"),
            (b"0\r\n" + 10 * (b"X: " + b"x" * 4_000 + b"\r\n"), 431, "headers-too-large"),
        ],
    )
    async def test_is_refused_without_waiting_for_more_of_it(
        self,
        house: House,
        clinician: Asker,
        opened: Opening,
        rest: bytes,
        status: int,
        problem: str,
    ):
        client_id = await clinician.enrol()
        events = await house.size()
        begun = b'd\r\n{"rating": 4}\r\n'
        async with opened() as wire:
            path = f"/v1/clients/{client_id}/moods"
            wire.say(head("POST", path, clinician.headers | CHUNKED), begun, rest)
            is_refused(await wire.answer(), status, problem)
            assert await wire.ends() == b""
        assert await house.size() == events

    async def test_is_looked_at_as_far_as_it_came_where_it_is_a_form(
        self, clinician: Asker, opened: Opening, form
    ):
        path, headers = form
        text = b'{"instrument": "phq9", "answers": [0,0,0,0,0,0,0,0,2'
        async with opened() as wire:
            begun = b"%x\r\n%s\r\n" % (len(text), text)
            wire.say(head("POST", path, headers | CHUNKED), begun, b"not a chunk\r\n")
            answer = await wire.answer()
        is_refused(answer, 400, "request-refused")
        assert "lines" in answer.json["safety"]
        (flag,) = await unfiled(clinician)
        assert (flag["answer"], flag["why"]) == (2, "request-refused")


class TestConnections:
    @pytest.mark.parametrize("limits", [Limits(connections=2, refused_connections=1)])
    async def test_beyond_the_limit_are_told_so_and_streams_are_not_counted(
        self, house: House, opened: Opening, form, url: str
    ):
        path, headers = form
        auditor = bearer(house.token("auditor", "ann"))
        readers = [await Reader(url, auditor).connect() for _ in range(3)]
        for reader in readers:
            await reader.next()
        async with opened() as first, opened() as second:
            for wire in (first, second):
                wire.say(head("GET", "/healthz", {}))
                assert (await wire.answer()).status == 200
            async with opened() as third, opened() as fourth:
                third.say(head("POST", path, headers))
                answer = await third.answer()
                is_refused(answer, 503, "connections-taken")
                assert answer.headers["retry-after"] == "1"
                has_lines(answer)
                # Beyond those who are heard, nobody is.
                answer = await fourth.answer()
                is_refused(answer, 503, "connections-taken")
                assert answer.headers["retry-after"] == "1"
                assert [await one.ends() for one in (third, fourth)] == [b"", b""]
            first.say(head("GET", "/healthz", {}))
            assert (await first.answer()).status == 200
        async with opened() as later:
            later.say(head("GET", "/healthz", {}))
            assert (await later.answer()).status == 200
        for reader in readers:
            await reader.close()

    async def test_with_very_many_requests_ahead_of_their_answers_are_cut_off(
        self, house: House, opened: Opening
    ):
        waiting = head("GET", "/v1/feed?after=3&wait=2", bearer(house.token()))
        async with opened() as wire:
            wire.say(waiting, *(LIMITS.requests_ahead + 2) * [head("GET", "/healthz", {})])
            assert await wire.ends() == b""

    async def test_with_some_requests_ahead_are_answered_in_order(self, opened: Opening):
        paths = ["/healthz", "/nothing", "/healthz"]
        async with opened() as wire:
            wire.say(*(head("GET", path, {}) for path in paths))
            assert [(await wire.answer()).status for _ in paths] == [200, 401, 200]


def test_the_limits_are_those_that_are_told():
    told = msgspec.structs.asdict(LIMITS)
    assert (told["headers"], told["head_bytes"], told["connections"]) == (100, 32 * 1024, 1_000)
    assert (told["head_seconds"], told["body_seconds"], told["idle_seconds"]) == (10, 30, 75)

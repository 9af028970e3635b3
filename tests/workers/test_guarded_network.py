"""The guarded network: nothing private is connected to, whatever its name or its spelling."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Sequence

import httpcore
import pytest

from tests.workers.one_loop import in_its_loop
from tests.workers.receivers import Names, post
from workers.guarded_network import MOST_TRIED, AddressRefused, GuardedBackend, look_up
from workers.posting import Poster

PUBLIC = "8.8.8.8"


class Listening:
    """A real socket on loopback that counts who connects to it."""

    def __init__(self) -> None:
        self.connections = 0
        self.port = 0

    async def count(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await reader.read(1)
        writer.close()


class Connecting(httpcore.AsyncNetworkBackend):
    """Records where it is to connect to, and connects to loopback if at all."""

    def __init__(self, *, failing: Sequence[str] = ()) -> None:
        self.failing = failing
        self.tried: list[str] = []

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.tried.append(host)
        if host in self.failing:
            raise httpcore.ConnectError
        if host.endswith(".9"):
            await asyncio.sleep(60 if timeout is None else timeout)
            raise httpcore.ConnectTimeout
        return await httpcore.AnyIOBackend().connect_tcp("127.0.0.1", port)


@in_its_loop
async def listening() -> AsyncIterator[Listening]:
    """One port, on 127.0.0.1 and, where there is IPv6, on ::1."""
    listening = Listening()
    first = await asyncio.start_server(listening.count, "127.0.0.1", 0)
    listening.port = first.sockets[0].getsockname()[1]
    async with first:
        try:
            second = await asyncio.start_server(listening.count, "::1", listening.port)
        except OSError:
            yield listening
        else:
            async with second:
                yield listening


async def reaches(backend: GuardedBackend, host: str, port: int) -> bool:
    try:
        stream = await backend.connect_tcp(host, port, timeout=2.0)
    except AddressRefused:
        return False
    await stream.aclose()
    await asyncio.sleep(0.01)
    return True


def with_network(network: Connecting, names: Names, **how: bool) -> GuardedBackend:
    backend = GuardedBackend(resolve=names.resolve, **how)
    backend._network = network
    return backend


# As the system's own resolver reads them: each is loopback, this machine, or a private network.
SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0X7F000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "0177.1",
    "127.0.0.01",
    "0",
    "0.0.0.0",
    "0x0",
    "::",
    "::1",
    "0:0:0:0:0:0:0:1",
    "0000:0000:0000:0000:0000:0000:0000:0001",
    "::0.0.0.1",
    "::127.0.0.1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::FFFF:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b:1::127.0.0.1",
    "2002:7f00:1::1",
    "2001:0:7f00:1::f7f7:f7f7",
    "2001::80ff:fffe",
    "2606:4700::5efe:7f00:1",
    "10.0.0.1",
    "167772161",
    "172.16.0.1",
    "192.168.1.1",
    "0xc0a80101",
    "100.64.0.1",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "fd00:ec2::254",
    "168.63.129.16",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "fe80::1",
    "fe80::1%lo",
    "fe80::1%1",
    "fec0::1",
    "fc00::1",
    "FD00::1",
    "ff02::1",
    "2001:db8::1",
    "localhost",
    "LOCALHOST",
    "LocalHost",
]


class TestConnectTcp:
    @pytest.mark.parametrize("host", SPELLINGS)
    async def test_connects_to_nothing_private_in_any_spelling(self, listening, host: str):
        try:
            connected = await reaches(GuardedBackend(), host, listening.port)
        except httpcore.ConnectError:
            connected = False  # The resolver itself does not take it.
        assert not connected
        assert listening.connections == 0

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.1"])
    async def test_could_have_connected_to_them(self, listening, host: str):
        # The proof that the test above would see it.
        assert await reaches(GuardedBackend(allow_private=True), host, listening.port)
        assert listening.connections == 1

    @pytest.mark.parametrize(
        "answer",
        [
            ["127.0.0.1"],
            ["::1"],
            ["::ffff:127.0.0.1"],
            ["64:ff9b::7f00:1"],
            [PUBLIC, "127.0.0.1"],
            ["127.0.0.1", PUBLIC],
            [PUBLIC] * MOST_TRIED + ["127.0.0.1"],
            ["2606:4700::1111", "fe80::1%2"],
            ["nonsense"],
        ],
        ids=str,
    )
    @pytest.mark.parametrize("host", ["hooks.example.org", "HOOKS.EXAMPLE.ORG.", PUBLIC])
    async def test_connects_to_no_name_with_one_private_address(self, listening, host, answer):
        names, network = Names(answer), Connecting()
        assert not await reaches(with_network(network, names), host, listening.port)
        assert names.asked == [(host, listening.port)]
        assert (network.tried, listening.connections) == ([], 0)

    async def test_connects_to_the_very_address_that_it_looked_at(self, listening):
        # A name that is public when it is looked at, and loopback when it is looked up again.
        names, network = Names([PUBLIC], ["127.0.0.1"]), Connecting()
        backend = with_network(network, names)
        assert await reaches(backend, "hooks.example.org", listening.port)
        assert network.tried == [PUBLIC]
        assert len(names.asked) == 1
        assert not await reaches(backend, "hooks.example.org", listening.port)
        assert network.tried == [PUBLIC]
        assert len(names.asked) == 2

    async def test_asks_no_resolver_again_beneath(self, listening, monkeypatch):
        def never(*_: object, **__: object) -> None:
            raise AssertionError("looked up a second time")

        names = Names(["127.0.0.1"])
        monkeypatch.setattr(socket, "getaddrinfo", never)
        backend = GuardedBackend(allow_private=True, resolve=names.resolve)
        assert await reaches(backend, "hooks.example.org", listening.port)

    async def test_goes_on_to_the_next_address(self, listening):
        network = Connecting(failing=["1.1.1.1"])
        backend = with_network(network, Names(["1.1.1.1", PUBLIC]))
        assert await reaches(backend, "hooks.example.org", listening.port)
        assert network.tried == ["1.1.1.1", PUBLIC]

    async def test_gives_an_address_that_is_silent_its_share_of_the_time(self, listening):
        network = Connecting()
        backend = with_network(network, Names(["1.1.1.9", PUBLIC]))
        stream = await backend.connect_tcp("hooks.example.org", listening.port, timeout=0.4)
        await stream.aclose()
        assert network.tried == ["1.1.1.9", PUBLIC]

    async def test_gives_up_after_the_last_and_after_so_many(self, listening):
        many = [f"1.1.1.{last}" for last in range(10, 40)]
        network = Connecting(failing=many)
        with pytest.raises(httpcore.ConnectError):
            await with_network(network, Names(many)).connect_tcp("hooks.example.org", 443)
        assert network.tried == many[:MOST_TRIED]

    @pytest.mark.parametrize("addresses", [[], ["1.1.1.9"], ["1.1.1.9", "2.2.2.9"]], ids=str)
    async def test_ends_in_time(self, addresses):
        began = asyncio.get_running_loop().time()
        with pytest.raises(httpcore.ConnectError):
            await with_network(Connecting(), Names(addresses)).connect_tcp("a.b", 1, timeout=0.1)
        assert asyncio.get_running_loop().time() - began < 1.0


class TestConnectUnixSocket:
    @pytest.mark.parametrize("allow_private", [True, False])
    async def test_is_always_refused(self, allow_private: bool):
        with pytest.raises(AddressRefused):
            await GuardedBackend(allow_private=allow_private).connect_unix_socket("/run/x")


class TestLookUp:
    async def test_says_each_address_once(self):
        assert await look_up("127.1", 443) == ["127.0.0.1"]

    async def test_keeps_the_zone(self):
        (found,) = await look_up("fe80::1%lo", 443)
        assert found.startswith("fe80::1%")


class TestPosting:
    """The whole of it: a URL whose host may not be connected to."""

    @pytest.mark.parametrize("answer", [["127.0.0.1"], ["::1"], [PUBLIC, "127.0.0.1"]], ids=str)
    async def test_says_that_the_address_is_refused(self, listening, answer):
        names = Names(answer)
        async with Poster(resolve=names.resolve) as poster:
            answered = await post(poster, f"https://hooks.example.org:{listening.port}/")
        assert (answered.outcome, answered.status) == ("address_refused", None)
        assert listening.connections == 0
        assert names.asked == [("hooks.example.org", listening.port)]


async def test_a_name_that_is_not_answered_keeps_nobody_else_waiting(monkeypatch) -> None:
    real, answered = socket.getaddrinfo, threading.Event()

    def asked(host, *rest, **more):
        if str(host).startswith("silent"):
            answered.wait(20)
            raise OSError
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    lost = [asyncio.create_task(look_up(f"silent{nth}.example", 443)) for nth in range(40)]
    try:
        await asyncio.sleep(0.1)
        async with asyncio.timeout(5):
            assert await look_up("localhost", 443)
    finally:
        answered.set()
        await asyncio.gather(*lost, return_exceptions=True)

"""The network as webhooks see it: a name is looked up once, and what it stands for is looked at.

A look at the URL before the call would leave a gap in which the name may come to stand for
something else (DNS rebinding), and the address in the URL's place would break TLS. So it happens
inside connect: what was looked at is what is connected to, and TLS goes on to check the name.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import httpcore

from events.public_address import is_public

# More addresses than a name honestly has: all are looked at, no more are tried.
MOST_TRIED: Final = 8
# Threads of our own, and many: the loop has a few for everybody, and a name whose servers do not
# answer would keep one for as long as the system likes.
ASKING: Final = ThreadPoolExecutor(max_workers=128, thread_name_prefix="look-up")

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, in the order in which to try them. Raises OSError, UnicodeError."""

SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class AddressRefused(Exception):
    """The host has an address that is not public: nothing was connected to."""


class NotTrusted(Exception):
    """TLS failed: a certificate of another name or time, of an unknown issuer, or none at all."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to public addresses alone, whatever a name stands for at that moment.

    One address that is not public is enough to refuse a host. `allow_private` lets all pass.
    """

    def __init__(self, *, allow_private: bool = False, resolve: Resolve | None = None) -> None:
        self._allow_private = allow_private
        self._resolve = resolve or look_up
        self._network: httpcore.AsyncNetworkBackend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first of the host's addresses that takes one.

        `timeout` is for all of it, the look-up included. Raises AddressRefused, and
        httpcore.ConnectError also where it took too long: ConnectTimeout is left to the handshake.
        """
        try:
            async with asyncio.timeout(timeout) as limit:
                addresses = await self._addresses(host, port)
                return await self._connect(
                    addresses[:MOST_TRIED], port, limit.when(), local_address, socket_options
                )
        except TimeoutError:
            raise httpcore.ConnectError("no connection in time") from None

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise httpcore.ConnectError("the host's name is not known") from None
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise AddressRefused
        return addresses

    async def _connect(
        self,
        addresses: Sequence[str],
        port: int,
        until: float | None,
        local_address: str | None,
        socket_options: Iterable[SocketOption] | None,
    ) -> httpcore.AsyncNetworkStream:
        """Each address in turn: one that does not answer leaves the others their share of time."""
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            now = asyncio.get_running_loop().time()
            try:
                return GuardedStream(
                    await self._network.connect_tcp(
                        address,
                        port,
                        timeout=None if until is None else max((until - now) / left, 0.0),
                        local_address=local_address,
                        socket_options=socket_options,
                    )
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        raise httpcore.ConnectError("none of the host's addresses took a connection")

    async def connect_unix_socket(
        self,
        path: str,  # noqa: ARG002 - as httpcore calls it
        timeout: float | None = None,  # noqa: ARG002 - the same
        socket_options: Iterable[SocketOption] | None = None,  # noqa: ARG002 - the same
    ) -> httpcore.AsyncNetworkStream:
        """Never: a socket on this machine is nobody's webhook. Raises AddressRefused."""
        raise AddressRefused

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class GuardedStream(httpcore.AsyncNetworkStream):
    """A connection that is closed, too, where its handshake is given up in the middle."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises NotTrusted whatever the other side did, and httpcore.ConnectTimeout."""
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException as failed:
            # httpcore closes it after an Exception, but not after being cancelled.
            await self._stream.aclose()
            if isinstance(failed, httpcore.ConnectError):
                raise NotTrusted from None
            raise

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


async def look_up(host: str, port: int) -> list[str]:
    """What the system's resolver answers, each address once and with its zone if it has one.

    It also takes an address in any spelling: 127.1, 0x7f000001, 2130706433.
    """
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(ASKING, ask)
    return list(dict.fromkeys(address_in(place) for *_, place in found))


def address_in(place: tuple[Any, ...]) -> str:
    """The address in what getaddrinfo calls a sockaddr.

    >>> address_in(("192.0.2.1", 443)), address_in(("fe80::1", 443, 0, 2))
    ('192.0.2.1', 'fe80::1%2')
    """
    host, _, *of_ipv6 = place
    zone = of_ipv6[1] if of_ipv6 else 0
    return f"{host}%{zone}" if zone and "%" not in host else str(host)

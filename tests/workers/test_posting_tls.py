"""Posting over TLS: the name is checked, though an address is connected to."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import trustme

from tests.workers.receivers import Names, Reply, post, receiving
from workers.posting import Poster


class Issuing(msgspec.Struct, frozen=True):
    """Somebody who issues certificates, and whom we trust or not."""

    authority: trustme.CA

    def certificate(self, *names: str, expired: bool = False) -> ssl.SSLContext:
        until = datetime.now(UTC) - timedelta(days=1) if expired else None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued = self.authority.issue_cert(*names, not_after=until)
        issued.configure_cert(context)
        return context

    def trusted(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.authority.configure_trust(context)
        return context


@pytest.fixture(scope="module")
def issuing() -> Issuing:
    return Issuing(trustme.CA())


async def outcome(served: ssl.SSLContext | None, trusted: ssl.SSLContext, host: str) -> str:
    """What comes of a post to a name that stands for loopback."""
    resolve = Names(["127.0.0.1"]).resolve
    async with (
        receiving(tls=served) as receiver,
        Poster(any_network=True, ssl_context=trusted, resolve=resolve, limit_seconds=5) as poster,
    ):
        answered = await post(poster, receiver.url(scheme="https", host=host))
        assert len(receiver.got) == (answered.outcome == "delivered")
        if answered.outcome != "delivered":
            assert await receiver.all_gone()
        return answered.outcome


class TestTls:
    async def test_takes_a_certificate_for_the_name_though_an_address_is_connected_to(
        self, issuing
    ):
        served = issuing.certificate("hooks.example.org")
        assert await outcome(served, issuing.trusted(), "hooks.example.org") == "delivered"

    async def test_says_the_name_in_the_handshake_and_in_the_request(self, issuing):
        served, named = issuing.certificate("hooks.example.org"), []
        served.sni_callback = lambda _, name, __: named.append(name)
        async with (
            receiving(tls=served) as receiver,
            Poster(
                any_network=True,
                ssl_context=issuing.trusted(),
                resolve=Names(["127.0.0.1"]).resolve,
            ) as poster,
        ):
            await post(poster, receiver.url(scheme="https", host="hooks.example.org"))
            await post(poster, receiver.url(scheme="https", host="hooks.example.org"))
        assert named == ["hooks.example.org"]
        assert receiver.got[0].headers["host"] == f"hooks.example.org:{receiver.port}"
        assert receiver.connections == 1

    @pytest.mark.parametrize("names", [["other.example.org"], ["127.0.0.1"], ["*.example.com"]])
    async def test_refuses_a_certificate_for_another_name(self, issuing, names):
        served = issuing.certificate(*names)
        assert await outcome(served, issuing.trusted(), "hooks.example.org") == "untrusted"

    async def test_refuses_one_that_somebody_unknown_issued(self, issuing):
        served = Issuing(trustme.CA()).certificate("hooks.example.org")
        assert await outcome(served, issuing.trusted(), "hooks.example.org") == "untrusted"

    async def test_refuses_one_that_has_run_out(self, issuing):
        served = issuing.certificate("hooks.example.org", expired=True)
        assert await outcome(served, issuing.trusted(), "hooks.example.org") == "untrusted"

    async def test_refuses_one_that_no_public_authority_issued(self, issuing):
        served = issuing.certificate("hooks.example.org")
        async with (
            receiving(tls=served) as receiver,
            Poster(any_network=True, resolve=Names(["127.0.0.1"]).resolve) as poster,
        ):
            url = receiver.url(scheme="https", host="hooks.example.org")
            assert (await post(poster, url)).outcome == "untrusted"

    async def test_refuses_an_old_protocol(self, issuing):
        served = issuing.certificate("hooks.example.org")
        served.minimum_version = ssl.TLSVersion.TLSv1_2
        served.maximum_version = ssl.TLSVersion.TLSv1_2
        trusted = issuing.trusted()
        trusted.minimum_version = ssl.TLSVersion.TLSv1_3
        assert await outcome(served, trusted, "hooks.example.org") == "untrusted"

    async def test_is_untrusted_where_a_certificate_of_ours_is_wanted(self, issuing):
        # In TLS 1.3 that is said after the handshake. asyncio's server says nothing, OpenSSL does;
        # it then waits for the other side to go, lest a reset overtakes what it said.
        served = issuing.certificate("hooks.example.org")
        served.verify_mode = ssl.CERT_REQUIRED

        def serve(listener: socket.socket) -> None:
            with (
                listener.accept()[0] as connection,
                served.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                ) as wrapped,
            ):
                with pytest.raises(ssl.SSLError):
                    wrapped.do_handshake()
                while socket.socket.recv(wrapped, 65_536):
                    pass

        with socket.create_server(("127.0.0.1", 0)) as listener:
            serving = asyncio.create_task(asyncio.to_thread(serve, listener))
            url = f"https://hooks.example.org:{listener.getsockname()[1]}/"
            names = Names(["127.0.0.1"])
            trusted = issuing.trusted()
            async with Poster(
                any_network=True, ssl_context=trusted, resolve=names.resolve
            ) as poster:
                assert (await post(poster, url)).outcome == "untrusted"
            await serving

    async def test_is_not_spoken_to_without_it(self, issuing):
        # A receiver that speaks no TLS: nothing of a request reaches it.
        answer = Reply(raw=b"HTTP/1.1 400 Bad Request\r\n\r\n")
        async with (
            receiving(answer) as receiver,
            Poster(
                any_network=True,
                ssl_context=issuing.trusted(),
                resolve=Names(["127.0.0.1"]).resolve,
                limit_seconds=0.25,
            ) as poster,
        ):
            url = receiver.url(scheme="https", host="hooks.example.org")
            assert (await post(poster, url)).outcome in {"untrusted", "timed_out"}
        assert receiver.got == []

    async def test_takes_a_certificate_for_an_address(self, issuing):
        served = issuing.certificate("127.0.0.1")
        assert await outcome(served, issuing.trusted(), "127.0.0.1") == "delivered"

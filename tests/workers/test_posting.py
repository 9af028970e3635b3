"""Posting: what is said of every answer that there can be, against receivers that give it."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.controls import NOON
from tests.workers.one_loop import in_its_loop
from tests.workers.receivers import BODY, HEADERS, Reply, post, receiving
from workers.posting import MOST_BODY_BYTES, Poster, seconds_until, trusting_the_public

# What a receiver may say and nobody else may get to see.
SECRET = "secret-of-the-receiver"
SHORT_SECONDS = 0.25


@in_its_loop
async def hasty() -> AsyncIterator[Poster]:
    async with Poster(any_network=True, limit_seconds=SHORT_SECONDS) as poster:
        yield poster


class TestPost:
    async def test_sends_the_body_and_the_headers_and_says_who_it_is(self, poster, receiver):
        await post(poster, receiver.url("/a/b;c=1?d=%20&e"))
        (got,) = receiver.got
        assert got.line == "POST /a/b;c=1?d=%20&e HTTP/1.1"
        assert got.body == BODY
        assert got.headers == {
            **HEADERS,
            "host": f"127.0.0.1:{receiver.port}",
            "user-agent": "Cairn-Webhooks/1",
            "content-length": str(len(BODY)),
        }

    async def test_says_an_address_of_ipv6_in_its_brackets(self, poster):
        try:
            async with receiving(host="::1") as receiver:
                answered = await post(poster, receiver.url(host="[::1]"))
        except OSError:
            pytest.skip("there is no IPv6 on this machine")
        assert answered.outcome == "delivered"
        assert receiver.got[0].headers["host"] == f"[::1]:{receiver.port}"

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            (200, "delivered"),
            (202, "delivered"),
            (204, "delivered"),
            (299, "delivered"),
            (300, "redirected"),
            (301, "redirected"),
            (304, "redirected"),
            (307, "redirected"),
            (308, "redirected"),
            (400, "refused"),
            (401, "refused"),
            (404, "refused"),
            (410, "gone"),
            (429, "refused"),
            (499, "refused"),
            (500, "failed"),
            (502, "failed"),
            (503, "failed"),
            (599, "failed"),
            (999, "failed"),
        ],
    )
    async def test_says_what_the_status_means(self, poster, receiver, status: int, outcome: str):
        receiver.reply = Reply(status=status)
        answered = await post(poster, receiver.url())
        assert (answered.outcome, answered.status) == (outcome, status)
        assert answered.retry_after_seconds is None
        assert 0 < answered.seconds < 5

    async def test_says_when_to_come_again(self, poster, receiver):
        receiver.reply = Reply(status=503, headers=(("Retry-After", " 120 "),))
        assert (await post(poster, receiver.url())).retry_after_seconds == 120.0

    async def test_waits_for_what_comes_before_an_answer(self, poster, receiver):
        early = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
        receiver.reply = Reply(raw=early + Reply(status=201).in_bytes())
        assert (await post(poster, receiver.url())).status == 201

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_follows_no_redirect(self, poster, receiver, status: int):
        async with receiving() as private:
            receiver.reply = Reply(status=status, headers=(("location", private.url()),))
            assert (await post(poster, receiver.url())).outcome == "redirected"
        assert (private.connections, len(receiver.got)) == (0, 1)

    async def test_reads_no_proxy_from_the_environment(self, poster, receiver, monkeypatch):
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert (await post(poster, receiver.url())).outcome == "delivered"


class TestNoAnswer:
    async def test_is_unreachable_where_nobody_listens(self, poster):
        async with receiving() as gone:
            pass
        answered = await post(poster, gone.url())
        assert (answered.outcome, answered.status) == ("unreachable", None)

    @pytest.mark.parametrize("error", [OSError("no such name"), UnicodeError("label too long")])
    async def test_is_unreachable_where_the_name_is_not_known(self, error: Exception):
        async def resolve(host: str, port: int) -> list[str]:
            raise error

        async with Poster(any_network=True, resolve=resolve) as poster:
            assert (await post(poster, "https://hooks.example.org/")).outcome == "unreachable"

    async def test_is_unreachable_where_the_name_is_never_found(self):
        async def resolve(host: str, port: int) -> list[str]:
            await asyncio.sleep(60)
            return []

        async with Poster(any_network=True, resolve=resolve, limit_seconds=0.6) as poster:
            answered = await post(poster, "https://hooks.example.org/")
        assert answered.outcome == "unreachable"

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"\x00\x01\x02\x03\r\n\r\n",
            b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
            b"HTTP/1.1 OK\r\n\r\n",
            b"HTTP/1.1 2000 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-le",
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nx: " + 200_000 * b"a",
        ],
        ids=lambda raw: raw[:30].decode("latin-1").strip() or "nothing",
    )
    async def test_is_malformed_where_it_is_no_http(self, poster, receiver, raw: bytes):
        receiver.reply = Reply(raw=raw, hangs_up=True)
        answered = await post(poster, receiver.url())
        assert (answered.outcome, answered.status) == ("malformed", None)
        assert await receiver.all_gone()

    @pytest.mark.parametrize(
        "reply",
        [
            Reply(delay_seconds=5),
            Reply(drip_seconds=0.02),
            Reply(raw=b"HTTP/1.1 200 OK\r\n", for_ever=b"x: y\r\n"),
            Reply(raw=b"", for_ever=b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        ],
        ids=["silence", "dripping", "endless headers", "endless hints"],
    )
    async def test_is_timed_out_where_it_never_ends(self, hasty, receiver, reply: Reply):
        receiver.reply = reply
        answered = await post(hasty, receiver.url())
        assert answered.outcome == "timed_out"
        assert SHORT_SECONDS <= answered.seconds < 8 * SHORT_SECONDS
        assert await receiver.all_gone()


class TestBody:
    async def test_is_read_to_its_end_so_that_the_connection_can_be_kept(self, poster, receiver):
        receiver.reply = Reply(body=b"a" * MOST_BODY_BYTES)
        for _ in range(3):
            assert (await post(poster, receiver.url())).outcome == "delivered"
        assert (receiver.connections, len(receiver.got)) == (1, 3)

    @pytest.mark.parametrize(
        "reply",
        [
            Reply(body=b"a" * (MOST_BODY_BYTES + 1)),
            Reply(body=b"a" * 5_000_000),
            Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n", for_ever=b"a" * 1_000),
            Reply(
                raw=b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
                for_ever=b"a\r\n0123456789\r\n" * 100,
            ),
        ],
        ids=["a byte more", "megabytes", "endless", "endless chunks"],
    )
    async def test_is_read_to_64_kib_and_the_connection_closed(self, poster, receiver, reply):
        receiver.reply = reply
        answered = await post(poster, receiver.url())
        assert (answered.outcome, answered.status) == ("delivered", 200)
        assert await receiver.all_gone()

    @pytest.mark.parametrize(
        "raw",
        [
            b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        ],
        ids=["cut off", "no chunk"],
    )
    async def test_changes_nothing_of_the_status_that_was_heard(self, poster, receiver, raw):
        receiver.reply = Reply(raw=raw, hangs_up=True)
        assert (await post(poster, receiver.url())).outcome == "delivered"
        assert await receiver.all_gone()

    async def test_that_drips_ends_in_time_and_the_status_stands(self, hasty, receiver):
        receiver.reply = Reply(
            raw=b"HTTP/1.1 503 No\r\nretry-after: 7\r\n\r\n", for_ever=b"a", drip_seconds=0.0001
        )
        answered = await post(hasty, receiver.url())
        assert (answered.outcome, answered.retry_after_seconds) == ("failed", 7.0)
        assert answered.seconds < 8 * SHORT_SECONDS
        assert await receiver.all_gone()

    async def test_is_shown_to_nobody(self, poster, receiver, caplog):
        caplog.set_level(logging.INFO)
        shown = f"{SECRET}\r\n".encode()
        replies = [
            Reply(status=400, body=shown, headers=(("x-secret", SECRET), ("retry-after", SECRET))),
            Reply(raw=b"HTTP/1.1 200 " + shown + b"no colon " + shown + b"\r\n", hangs_up=True),
            Reply(raw=shown * 3, hangs_up=True),
        ]
        for reply in replies:
            receiver.reply = reply
            assert SECRET not in repr(await post(poster, receiver.url()))
        assert SECRET not in caplog.text


class TestUrlsThatAreRefusedByNow:
    @pytest.mark.parametrize("url", ["http://8.8.8.8/", "https://127.0.0.1/", "ftp://a.b/", "x"])
    async def test_are_not_even_looked_up(self, url: str):
        async def resolve(host: str, port: int) -> list[str]:
            raise AssertionError

        async with Poster(resolve=resolve) as poster:
            assert (await post(poster, url)).outcome == "address_refused"


class TestSecondsUntil:
    @pytest.mark.parametrize(
        ("said", "seconds"),
        [
            (None, None),
            ("0", 0.0),
            ("120", 120.0),
            ("999999999", 999_999_999.0),
            ("Mon, 02 Mar 2026 12:01:00 GMT", 60.0),
            ("Monday, 02-Mar-26 12:01:00 GMT", 60.0),
            ("Mon Mar  2 12:01:00 2026", 60.0),
            ("Mon, 02 Mar 2026 11:59:00 GMT", None),
            ("-1", None),
            ("1.5", None),
            ("1e3", None),
            ("١٢", None),
            ("9" * 5_000, None),
            ("", None),
            ("soon", None),
            ("Mon, 99 Mar 2026 12:01:00 GMT", None),
            ("Mon, 02 Mar 99999 12:01:00 GMT", None),
            ("Mon, 02 Mar 2026 12:01:00 +9999", None),
        ],
    )
    def test_is_what_can_be_made_of_it(self, said: str | None, seconds: float | None):
        assert seconds_until(said, NOON) == seconds

    def test_is_the_same_in_every_zone(self):
        here = datetime(2026, 3, 2, 13, tzinfo=UTC) - timedelta(hours=1)
        assert seconds_until("Mon, 02 Mar 2026 12:01:00 GMT", here) == 60.0


class TestTrustingThePublic:
    def test_verifies_names_and_certificates_and_reads_no_environment(self, monkeypatch, tmp_path):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
        monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
        context = trusting_the_public()
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
        assert len(context.get_ca_certs()) > 50
        assert not (tmp_path / "keys").exists()

"""The connections of posting: kept, bounded, and closed whatever is cancelled."""

import asyncio
import gc

import pytest

from tests.workers.receivers import Reply, post, receiving
from workers.posting import MOST_IDLE, Poster

SHORT_SECONDS = 0.25


class TestConnections:
    async def test_are_kept_for_the_next(self, poster, receiver):
        for _ in range(5):
            assert (await post(poster, receiver.url())).outcome == "delivered"
        assert (receiver.connections, len(receiver.got)) == (1, 5)

    async def test_are_each_for_one_receiver(self, poster, receiver):
        async with receiving() as another:
            for each in (receiver, another, receiver, another):
                await post(poster, each.url())
            assert [each.connections for each in (receiver, another)] == [1, 1]
            assert [len(each.got) for each in (receiver, another)] == [2, 2]

    async def test_are_not_kept_where_the_receiver_says_so(self, poster, receiver):
        receiver.reply = Reply(headers=(("connection", "close"),))
        await post(poster, receiver.url())
        assert await receiver.all_gone()

    async def test_that_the_receiver_closed_are_no_failure(self, poster, receiver):
        await post(poster, receiver.url())
        receiver.hang_up()
        assert await receiver.all_gone()
        assert (await post(poster, receiver.url())).outcome == "delivered"
        assert (receiver.connections, len(receiver.got)) == (2, 2)

    async def test_that_are_of_no_use_are_not_kept_until_somebody_needs_them(
        self, poster, receiver
    ):
        async with receiving() as another:
            await post(poster, another.url())
        await post(poster, receiver.url())
        assert len(poster._idle) == 1

    async def test_survive_a_restart_of_the_receiver(self, poster):
        async with receiving() as before:
            await post(poster, before.url())
        async with receiving(port=before.port) as after:
            assert (await post(poster, after.url())).outcome == "delivered"
        assert len(after.got) == 1

    async def test_that_end_just_then_are_tried_once_more_afresh(self, poster, receiver):
        await post(poster, receiver.url())
        receiver.replies = [Reply(raw=b"", hangs_up=True)]
        assert (await post(poster, receiver.url())).outcome == "delivered"
        assert (receiver.connections, len(receiver.got)) == (2, 3)

    async def test_that_end_each_time_are_tried_no_more_than_that(self, poster, receiver):
        await post(poster, receiver.url())
        receiver.reply = Reply(raw=b"", hangs_up=True)
        assert (await post(poster, receiver.url())).outcome == "malformed"
        assert (receiver.connections, len(receiver.got)) == (2, 3)

    async def test_that_are_new_are_not_tried_again(self, poster, receiver):
        receiver.reply = Reply(raw=b"", hangs_up=True)
        assert (await post(poster, receiver.url())).outcome == "malformed"
        assert len(receiver.got) == 1

    async def test_are_no_more_at_once_than_allowed(self, receiver):
        receiver.reply = Reply(delay_seconds=0.02)
        async with Poster(any_network=True, most_at_once=3) as poster:
            posts = [post(poster, receiver.url()) for _ in range(12)]
            answers = await asyncio.gather(*posts)
        assert {answered.outcome for answered in answers} == {"delivered"}
        assert receiver.connections == 3

    async def test_do_not_wait_for_their_turn_at_the_receivers_cost(self, receiver):
        receiver.reply = Reply(delay_seconds=0.15)
        async with Poster(any_network=True, most_at_once=1, limit_seconds=0.4) as poster:
            answers = await asyncio.gather(*(post(poster, receiver.url()) for _ in range(4)))
        assert {answered.outcome for answered in answers} == {"delivered"}

    async def test_that_are_kept_are_bounded(self, receiver):
        receiver.reply = Reply(delay_seconds=0.05)
        many = MOST_IDLE + 8
        async with Poster(any_network=True, most_at_once=many) as poster:
            await asyncio.gather(*(post(poster, receiver.url()) for _ in range(many)))
            await asyncio.sleep(0.05)
            assert len(receiver.open) == len(poster._idle) == MOST_IDLE

    async def test_are_all_closed_at_the_end(self, receiver):
        async with Poster(any_network=True) as poster:
            await asyncio.gather(*(post(poster, receiver.url()) for _ in range(4)))
            assert receiver.open
        assert await receiver.all_gone()


class TestCancelling:
    @pytest.mark.parametrize("after_seconds", [0.0, 0.001, 0.005, 0.05])
    async def test_leaves_nothing_open_and_the_poster_usable(self, receiver, after_seconds: float):
        receiver.reply = Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n", for_ever=b"a", delay_seconds=0.01)
        async with Poster(any_network=True, most_at_once=2) as poster:
            tasks = [asyncio.create_task(post(poster, receiver.url())) for _ in range(6)]
            await asyncio.sleep(after_seconds)
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(one, asyncio.CancelledError) for one in ended)
            assert await receiver.all_gone()
            receiver.reply = Reply()
            answers = await asyncio.gather(*(post(poster, receiver.url()) for _ in range(4)))
            assert {answered.outcome for answered in answers} == {"delivered"}
        assert await receiver.all_gone()

    async def test_in_the_middle_of_a_handshake_closes_the_connection(self):
        # It takes the connection, and never says a word of TLS.
        silent = asyncio.Event()

        async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(1000):
                silent.set()
            ended.set()
            writer.close()

        ended = asyncio.Event()
        server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with server, Poster(any_network=True, limit_seconds=5.0) as poster:
            task = asyncio.create_task(post(poster, url))
            await asyncio.wait_for(silent.wait(), 2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wait_for(ended.wait(), 2)
        gc.collect()  # A connection that was left open would warn here.

    async def test_a_handshake_that_never_ends_is_timed_out(self):
        async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(1000):
                pass
            writer.close()

        server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with server, Poster(any_network=True, limit_seconds=SHORT_SECONDS) as poster:
            assert (await post(poster, url)).outcome == "timed_out"

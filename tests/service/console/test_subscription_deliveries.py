"""`cairn subscriptions test` and the lists of what was sent, with real receivers and a worker."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook

from service.console.connection import opened
from tests.service.console.subscribing import BY, created, in_a_thread, working, working_through
from tests.workers.leasing import leased
from tests.workers.receivers import Reply, receiving


@pytest.fixture
def hook(record, practice_id) -> UUID:
    return created(record, "https://diary.example/hook")


class TestATest:
    async def test_that_arrives_says_so(self, record, practice_id, anywhere):
        async with receiving() as receiver, working():
            made = await in_a_thread(
                record, "subscriptions", "create", "S", "--url", receiver.url(), *BY, "--json"
            )
            hook = made.answer["id"]
            told = await in_a_thread(record, "subscriptions", "test", hook, *BY)
            assert (told.code, told.out[:33]) == (0, "It arrived: the receiver answered")
            assert Webhook(made.answer["secret"]).verify(
                receiver.got[0].body, receiver.got[0].headers
            )
            told = await in_a_thread(record, "subscriptions", "test", hook, *BY, "--json")
            assert (told.answer["arrived"], told.answer["status"]) == (True, 200)

    async def test_that_fails_says_how_and_what_to_do(self, record, practice_id, anywhere):
        async with receiving() as receiver, working():
            for reply, outcome, to_do in (
                (Reply(status=500), "failed with 500", "look into the receiver's own log"),
                (Reply(status=302), "a redirection", "make a subscription with the url"),
                (Reply(raw=b"So?\r\n\r\n", hangs_up=True), "no HTTP", "check that the url"),
            ):
                receiver.reply = reply
                hook = await in_a_thread(created, record, receiver.url())
                told = await in_a_thread(record, "subscriptions", "test", hook, *BY)
                assert (told.code, told.err) == (1, "")
                assert "It did not arrive" in told.out
                assert (outcome in told.out, to_do in told.out) == (True, True), told.out
                assert "tried again at" in told.out
            shown = (await in_a_thread(record, "subscriptions", hook)).out
            assert f"cairn subscriptions test {hook}" in " ".join(shown.split())
            assert "No worker" not in shown

    def test_that_no_worker_sends_says_so_soon(self, record, hook):
        began = datetime.now(UTC)
        told = record("subscriptions", "test", hook, *BY)
        assert (told.code, "no worker serves" in told.out) == (1, True)
        assert datetime.now(UTC) - began < timedelta(seconds=15)

    async def test_that_a_silent_worker_does_not_send_does_not_blame_the_receiver(
        self, record, practice_id, hook, monkeypatch
    ):
        monkeypatch.setattr("service.console.subscription_trial.LIMIT_SECONDS", 1.0)
        async with opened() as cairn, leased(cairn, (practice_id, hook)):
            told = await in_a_thread(record, "subscriptions", "test", hook, *BY)
        said = " ".join(told.out.split())
        assert (told.code, "The receiver was not asked." in said) == (1, True), said
        assert "the worker that serves this subscription has not come to the test" in said

    async def test_behind_one_that_failed_does_not_wait_for_it(self, record, practice_id, anywhere):
        async with receiving(Reply(status=500)) as receiver, working():
            hook = await in_a_thread(created, record, receiver.url())
            await in_a_thread(record, "subscriptions", "test", hook, *BY)
            receiver.reply = Reply()
            told = await in_a_thread(record, "subscriptions", "test", hook, *BY)
            assert (told.code, "It arrived" in told.out) == (0, True)


class TestLetters:
    async def test_are_listed_with_their_attempts_and_replayed(self, record, practice_id, anywhere):
        async with receiving(Reply(status=500)) as receiver:
            hook = await in_a_thread(created, record, receiver.url(), "--after", 0)
            await working_through(practice_id, hook)
            await self.gave_up(practice_id, hook)
            said = await in_a_thread(record, "subscriptions", "dead-letters", hook, "--json")
            assert [(one["number"], one["stage"]) for one in said.answer] == [(1, "dead")]
            told = (await in_a_thread(record, "subscriptions", "dead-letters", hook)).out
            assert ("practice.opened.v1" in told, "failed with 500" in told) == (True, True)
            assert "Elm" not in told
            told = " ".join((await in_a_thread(record, "subscriptions", hook)).out.split())
            assert f"1 were given up: see `cairn subscriptions dead-letters {hook}`" in told
            receiver.reply = Reply()
            again = ("replay-dead", hook, 1)
            assert (await in_a_thread(record, "subscriptions", *again, *BY)).code == 0
            await working_through(practice_id, hook)
            words = ("deliveries", hook, "--stage", "delivered", "--limit", 1)
            said = await in_a_thread(record, "subscriptions", *words)
            assert ("answered 200" in said.out, "--before 1" in said.err) == (True, True)
            said = await in_a_thread(record, "subscriptions", "attempts", hook, 1, "--json")
            assert [one["status"] for one in said.answer] == [500, 200]
            told = (await in_a_thread(record, "subscriptions", "attempts", hook, 1)).out
            assert re.search(r"failed with 500 +\d+ +no", told)
            said = await in_a_thread(record, "subscriptions", "attempts", hook, 2)
            assert (said.code, said.out) == (1, "")

    async def gave_up(self, practice_id: UUID, hook: UUID) -> None:
        """As after the tenth try: three days of it are not waited for."""
        async with opened() as cairn:
            await cairn.pool.execute(
                "UPDATE outbox.delivery SET stage = 'dead', due_at = NULL, settled_at = now()"
                " WHERE practice_id = $1 AND subscription_id = $2",
                practice_id,
                hook,
            )

    def test_say_where_there_are_none(self, record, hook):
        assert record("subscriptions", "deliveries", hook).out == "Nothing was told.\n"
        words = ("deliveries", hook, "--stage", "waiting")
        assert record("subscriptions", *words).out == "None is waiting.\n"
        assert record("subscriptions", "dead-letters", hook).out == "Nothing was given up.\n"


async def so(holds: bool) -> bool:
    return holds

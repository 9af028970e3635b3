"""`cairn subscriptions`: somebody at a terminal says who is told what, and sees what is wrong."""

import asyncio
import re
import sys
from uuid import UUID, uuid4

import pytest

from service.console.connection import opened
from service.subscribing import MOST_SUBSCRIPTIONS
from tests.service.console.conftest import Terminal
from tests.service.console.subscribing import BY, created, in_a_thread, working, working_through
from tests.workers.receivers import Reply, receiving

HOOK = "https://diary.example/hook/7f3a"


@pytest.fixture
def app(record, practice_id) -> UUID:
    """A subscription without a webhook, told from the beginning of the log."""
    words = ("subscriptions", "create", "Diary", "--app", "diary", "--after", 0)
    return UUID(record(*words, *BY, "--json").answer["id"])


@pytest.fixture
def hook(record, practice_id) -> UUID:
    words = ("subscriptions", "create", "The server", "--url", HOOK)
    return UUID(record(*words, *BY, "--json").answer["id"])


class TestCreate:
    def test_prints_the_secret_once_and_the_sentence_to_keep_it(self, record, practice_id):
        told = record("subscriptions", "create", "The server", "--url", HOOK, *BY)
        assert told.code == 0
        [secret] = re.findall(r"whsec_\S+", told.out)
        [public_key] = re.findall(r"whpk_\S+", told.out)
        assert told.err == (
            "Keep the secret, and give it to the receiver alone: "
            "it is shown here and nowhere else.\n"
        )
        [one] = record("subscriptions", "--json").answer
        assert one["public_key"] == public_key
        for words in ((), ("--json",), (one["id"],), (one["id"], "--json")):
            assert secret not in record("subscriptions", *words).out

    def test_breaks_no_secret_on_a_narrow_screen(self, record, practice_id, monkeypatch):
        monkeypatch.setenv("COLUMNS", "40")
        told = record("subscriptions", "create", "The server", "--url", HOOK, *BY)
        secret = re.search(r"whsec_\S+", told.out)
        assert secret is not None
        assert len(secret[0]) == len("whsec_") + 44

    def test_of_an_app_says_how_it_reads_and_has_no_secret(self, record, practice_id):
        told = record("subscriptions", "create", "Diary", "--app", "diary", *BY)
        assert (told.code, "whsec_" in told.out) == (0, False)
        assert "cairn token --role app --subject diary" in told.err

    def test_takes_what_is_chosen(self, record, practice_id):
        words = ("--type", "goal.reached.v1", "--category", "mood", "--category", "check_in")
        subscription_id = created(record, HOOK, *words, "--full", "--after", 0)
        shown = record("subscriptions", subscription_id, "--json").answer["subscription"]
        assert shown["types"] == ["goal.reached.v1"]
        assert shown["categories"] == ["mood", "check_in"]
        assert (shown["payload"], shown["after"]) == ("full", 0)
        told = record("subscriptions").out
        assert "mood, check_in, goal.reached.v1" in told
        assert "with what is in them" in told

    def test_takes_a_pattern_of_types(self, record, practice_id):
        subscription_id = created(record, HOOK, "--type", "goal.*")
        shown = record("subscriptions", subscription_id, "--json").answer["subscription"]
        assert shown["types"] == ["goal.*"]

    def test_begins_now_or_where_it_is_told_to(self, record, practice_id):
        afterwards = [
            record("subscriptions", created(record, HOOK, *words), "--json").answer
            for words in ((), ("--since", "1999-01-01T00:00:00Z"), ("--after", 1))
        ]
        assert [one["subscription"]["after"] for one in afterwards] == [1, 0, 1]

    def test_is_recorded_in_the_name_of_who_says_it(self, record, hook):
        async def actors() -> list[str]:
            async with opened() as cairn:
                [practice_id] = await cairn.store.practices()
                return [
                    one.actor
                    for one in await cairn.store.read_stream(practice_id, "subscription", hook)
                ]

        assert asyncio.run(actors()) == ["cli:anna"]

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            (("--app", "diary"), 2, "--by"),
            (("--app", "diary", "--by", "Dr Elm"), 2, "1 to 64 letters"),
            (("--app", "Dr Elm", *BY), 2, "1 to 64 letters"),
            (BY, 1, "needs a webhook's url, or the subject"),
            (("--url", "http://diary.example/", *BY), 1, "set CAIRN_WEBHOOKS=any"),
            (("--url", "https://10.0.0.1/", *BY), 1, "set CAIRN_WEBHOOKS=any"),
            (("--url", "https://diary.example/" + "x" * 2000, *BY), 2, "2,000 characters"),
            (("--app", "diary", "--full", *BY), 1, "or choose thin"),
            (("--app", "diary", "--type", "goal.eaten.v1", *BY), 1, "name a type"),
            (("--app", "diary", "--type", "goal.*", "--type", "*", *BY), 1, "name a type"),
            (("--app", "diary", "--category", "goals", *BY), 1, "or a category"),
            (("--app", "diary", "--goal", str(uuid4()), *BY), 1, "not one of this practice"),
            (("--app", "diary", "--client", str(uuid4()), *BY), 1, "not one of this practice"),
            (("--app", "diary", "--after", "99", *BY), 1, "has not come that far"),
            (("--app", "diary", "--after", "0", "--since", "2026-01-01T00:00Z", *BY), 2, "either"),
            (("--app", "diary", "--since", "today", *BY), 2, "--since: expected an instant"),
            (("--app", "diary", "--since", "0001-01-01T00:00:00+14:00", *BY), 2, "--since"),
        ],
    )
    def test_is_refused_in_a_sentence(self, record, practice_id, words, code, told):
        said = record("subscriptions", "create", "Diary", *words)
        assert (said.code, said.out) == (code, "")
        assert told in said.err
        assert record("subscriptions", "--json").answer == []

    def test_is_refused_where_there_are_too_many(self, record, app, practice_id, monkeypatch):
        monkeypatch.setattr("service.subscribing.MOST_SUBSCRIPTIONS", 1)
        said = record("subscriptions", "create", "Another", "--app", "diary", *BY)
        assert (said.code, f"has {MOST_SUBSCRIPTIONS} subscriptions" in said.err) == (1, True)


class TestTheList:
    def test_says_where_there_is_none(self, record, practice_id):
        assert record("subscriptions").out.startswith("Nobody is told what happens")
        assert record("subscriptions", "--json").answer == []

    def test_shows_the_host_of_a_webhook_alone(self, record, hook, app):
        told = record("subscriptions").out
        for part in (str(hook), str(app), "The server", "diary.example", "app diary", "active"):
            assert part in told
        assert "7f3a" not in told
        assert HOOK in record("subscriptions", hook).out

    def test_does_not_let_a_name_steer_the_terminal(self, record, practice_id):
        record("subscriptions", "create", "\x1b]0;Diary", "--app", "diary", *BY)
        assert "\x1b" not in record("subscriptions").out

    def test_says_of_a_paused_one_why(self, record, hook):
        record("subscriptions", "pause", hook, "--reason", "They move.", *BY)
        assert "They move." in record("subscriptions").out
        told = record("subscriptions", hook).out
        assert f"cairn subscriptions resume {hook} --by" in told

    async def test_shows_a_disabled_one_in_capitals_with_what_to_do(
        self, record, practice_id, anywhere
    ):
        async with receiving(Reply(status=410)) as receiver:
            hook = await in_a_thread(created, record, receiver.url())
            async with working():
                await in_a_thread(record, "subscriptions", "test", hook, *BY)
            for words in ((), (hook,)):
                told = " ".join((await in_a_thread(record, "subscriptions", *words)).out.split())
                assert "DISABLED" in told
                assert "answered 410, which says that it is gone" in told
                assert "! «The server» is disabled" in told
                assert f"cairn subscriptions resume {hook} --by SUBJECT" in told

    def test_takes_the_practice_before_an_id_and_refuses_it_before_a_command(
        self, record, hook, practice_id
    ):
        record("practice", "add", "Oak", "--zone", "Europe/London", "--country", "GB")
        assert record("subscriptions", hook).code == 1
        options = ("--practice", practice_id, "--json")
        assert record("subscriptions", *options, hook).answer["subscription"]["id"] == str(hook)
        said = record("subscriptions", *options, "resume", hook, *BY)
        assert (said.code, "after what is to be done" in said.err) == (2, True)


class TestOne:
    def test_is_shown_with_its_url_key_and_positions(self, record, hook):
        told = record("subscriptions", "show", hook)
        assert told.code == 0
        for part in (HOOK, "whpk_", "begins after position", "last number", "thin"):
            assert part in told.out
        # Nobody has planned what it tells.
        assert "No worker serves it, and has not looked at 1 event" in " ".join(told.out.split())
        assert "1 not looked at" in record("subscriptions").out

    async def test_that_has_told_all_has_nothing_to_do(self, record, app, practice_id):
        await working_through(practice_id, app)
        shown = (await in_a_thread(record, "subscriptions", app, "--json")).answer
        assert (shown["to_do"], shown["subscription"]["last_number"]) == ([], 1)
        assert [one["stage"] for one in shown["deliveries"]] == ["kept"]

    @pytest.mark.parametrize(
        "words",
        [
            ("show", "ID"),
            ("pause", "ID", *BY),
            ("resume", "ID", *BY),
            ("delete", "ID", "--yes", *BY),
            ("rotate-secret", "ID", *BY),
            ("replay", "ID", *BY),
            ("test", "ID", *BY),
            ("deliveries", "ID"),
            ("attempts", "ID", 1),
            ("dead-letters", "ID"),
            ("replay-dead", "ID", *BY),
        ],
        ids=lambda words: words[0],
    )
    def test_that_is_not_there_is_refused(self, record, practice_id, words):
        # The practice is a stream as well, but no subscription.
        for subscription_id in (uuid4(), practice_id):
            said = record(
                "subscriptions", *(subscription_id if word == "ID" else word for word in words)
            )
            assert (said.code, said.out) == (1, "")
            assert "There is no subscription of this id" in said.err

    def test_is_asked_for_by_what_it_is_called_or_by_a_command(self, record, practice_id):
        said = record("subscriptions", "diary")
        assert (said.code, "`cairn subscriptions` lists" in said.err) == (1, True)
        said = record("subscriptions", "stop", "diary")
        assert (said.code, "or one of the commands show, create" in said.err) == (2, True)


class TestPeople:
    def test_pause_resume_and_rotate(self, record, hook):
        assert record("subscriptions", "pause", hook, *BY).out == "It is paused.\n"
        said = record("subscriptions", "test", hook, *BY)
        assert (said.code, "resume it first" in said.err) == (1, True)
        assert record("subscriptions", "resume", hook, *BY, "--json").answer["version"] == 3
        first = record("subscriptions", "rotate-secret", hook, "--previous-for-hours", 2, *BY)
        assert (first.out.count("whsec_"), "is valid until" in first.err) == (1, True)
        again = record("subscriptions", "rotate-secret", hook, *BY)
        assert (again.code, "still valid" in again.err) == (1, True)

    def test_a_new_secret_is_another_and_alone_where_the_old_one_has_leaked(
        self, record, practice_id
    ):
        words = ("create", "The server", "--url", HOOK, *BY, "--json")
        made = record("subscriptions", *words).answer
        again = ("rotate-secret", made["id"], "--previous-for-hours", 0, *BY)
        rotated = record("subscriptions", *again, "--json").answer
        assert rotated["secret"] != made["secret"]
        shown = record("subscriptions", made["id"], "--json").answer["subscription"]
        assert shown["public_key"] == rotated["public_key"] != made["public_key"]

    @pytest.mark.parametrize("word", ["rotate-secret", "replay", "replay-dead", "test"])
    def test_are_refused_what_needs_a_webhook(self, record, app, word):
        said = record("subscriptions", word, app, *BY)
        assert (said.code, said.out) == (1, "")
        assert "has no webhook" in said.err

    def test_delete_when_it_is_meant(self, record, hook, monkeypatch):
        delete = ("subscriptions", "delete", hook, "--reason", "No longer used.", *BY)
        said = record(*delete)
        assert (said.code, "--yes" in said.err) == (2, True)
        monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
        said = record(*delete)
        assert (said.code, said.out) == (1, "")
        assert "«The server» (diary.example, all but safety flags" in said.err
        monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
        assert record(*delete).out == "It is deleted.\n"
        assert record("subscriptions", "--json").answer == []
        assert "deleted" in record("subscriptions", hook).out
        assert record(*delete, "--yes").code == 0

    def test_replay_from_where_they_say(self, record, hook):
        for words, told in (
            ((), "after position 1 "),
            (("--since", "1999-01-01T00:00:00Z"), "after position 1 "),
            (("--after", 2), "after position 2 "),
        ):
            assert told in record("subscriptions", "replay", hook, *words, *BY).out
        for words, told in (
            (("--after", 0), "begins after a later position"),
            (("--after", 99), "has not come that far"),
        ):
            said = record("subscriptions", "replay", hook, *words, *BY)
            assert (said.code, told in said.err) == (1, True)

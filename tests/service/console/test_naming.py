"""Commands take a name or the first letters of an id, where that is clear; else they do nothing."""

import asyncio
import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from service.console import naming
from tests.service.console.people import enrolled
from tests.service.console.subscribing import BY


@pytest.fixture
def people(record, practice_id) -> Any:
    """Two of whose names one is a part of the other, each with an open flag, and a third."""
    asyncio.run(enrolled(practice_id, "Ben", "Ben T.", flagged=True))
    asyncio.run(enrolled(practice_id, "Zoë"))
    record("practice", "crisis-lines", "GB", "--reviewed-by", "Anna Keller")
    record("practice", "duty", "--person", "anna=Anna Keller")
    return record


class TestAChange:
    def test_is_not_made_where_a_name_is_a_part_of_another(self, people):
        before = people("safety", "--json").answer
        for said in ("ben", "Ben", "en"):
            told = people("safety", "acknowledge", said, "--by", "anna")
            assert (told.code, told.out) == (2, ""), said
            assert "fits 2 safety flags" in told.err
            for name in ("  Ben: phq9 item 9, raised", "  Ben T.: phq9 item 9, raised"):
                assert name in told.err
        assert people("safety", "--json").answer == before

    def test_is_made_where_one_alone_fits(self, people):
        assert people("safety", "acknowledge", "ben t", "--by", "anna").code == 0
        taken, waiting = sorted(
            people("safety", "--json").answer, key=lambda one: one["acknowledged_at"] is None
        )
        assert "Ben T." in people("client", taken["client_id"]).out
        told = people("safety", "act", waiting["flag_id"][:8], "--by", "anna", "--action", "Called")
        assert (told.code, "Ben" in told.out) == (0, True)

    def test_is_not_made_of_a_flag_that_is_not_there(self, people):
        for said in ("zoe", "nobody", "0000"):
            told = people("safety", "acknowledge", said, "--by", "anna")
            assert (told.code, told.out) == (1, ""), said
            assert "`cairn safety` lists" in told.err

    def test_of_a_closed_flag_is_refused_as_that_of_its_id(self, people, practice_id):
        (flag, _) = people("safety", "--json").answer
        close = ("close", flag["flag_id"], "--by", "anna", "--reason", "So.", "--outcome", "So.")
        assert people("safety", *close).code == 0
        told = people("safety", "act", flag["flag_id"][:8], "--by", "anna", "--action", "Called.")
        assert (told.code, "has been closed" in told.err) == (1, True)

    def test_gives_no_token_for_a_record_that_was_not_meant(self, people):
        assert people("token", "--role", "client", "--subject", "ben").code == 2
        assert people("token", "--role", "client", "--subject", "zoe").code == 0


class TestALook:
    def test_takes_a_whole_name_for_clear(self, people):
        assert people("client", "ben", "--json").answer["client"]["display_name"] == "Ben"
        told = people("client", "be")
        # Two may have one name: the date tells them apart, and is no name itself.
        assert told.code == 2
        assert re.search(r"  Ben T\.: enrolled \d{4}-\d\d-\d\d$", told.err, re.MULTILINE)
        assert people("client", "enrolled").code == 1

    def test_says_how_to_list_them_where_none_fits(self, people):
        for words in (("client", "nobody"), ("history", "zoe"), ("suggestions", "ben")):
            told = people(*words)
            assert (told.code, told.out) == (1, ""), words
            assert "lists the" in told.err

    def test_goes_through_no_more_goals_than_those_of_a_few(self, people, monkeypatch):
        monkeypatch.setattr(naming, "MOST_CLIENTS", 1)
        told = people("history", "ben")
        assert (told.code, "names of 2 clients" in told.err) == (2, True)

    def test_finds_nobody_of_another_practice(self, people):
        oak = people("practice", "add", "Oak", "--zone", "Europe/London", "--country", "GB")
        (client_id,) = asyncio.run(enrolled(UUID(oak.out.strip()), "Yannick"))
        words = ("--practice", people("practice", "list", "--json").answer[0]["id"])
        found = [
            people("client", said, "--practice", one["id"]).code
            for said in ("yannick", str(client_id)[:8])
            for one in people("practice", "list", "--json").answer
        ]
        assert sorted(found[:2]) == sorted(found[2:]) == [0, 1], words


class TestASubscription:
    def test_is_called_by_its_name(self, record, practice_id):
        for name in ("Diary", "Diary of Ben"):
            made = record("subscriptions", "create", name, "--app", "diary", *BY, "--json")
            assert made.code == 0
        assert "Diary of Ben" in record("subscriptions", "ben").out
        assert "Diary of Ben" not in record("subscriptions", "diary").out
        told = record("subscriptions", "pause", "diary", *BY)
        assert (told.code, "fits 2 subscriptions" in told.err) == (2, True)
        told = record("subscriptions", "pause", "of ben", *BY)
        assert (told.out, told.err) == ("It is paused.\n", "This is about «Diary of Ben».\n")
        stages = {one["name"]: one["stage"] for one in record("subscriptions", "--json").answer}
        assert stages == {"Diary": "active", "Diary of Ben": "paused"}
        assert record("subscriptions", "deliveries", made.answer["id"][:23]).code == 0

    def test_tells_of_the_client_who_is_named(self, people):
        words = ("subscriptions", "create", "Diary", "--app", "diary", *BY, "--json")
        assert people(*words, "--client", "ben").code == 2
        made = people(*words, "--client", "zoe").answer
        one = people("subscriptions", made["id"], "--json").answer["subscription"]
        assert "Zoë" in people("client", *one["clients"]).out


class TestATemplate:
    def test_is_called_by_a_part_of_its_title(self, record, practice_id):
        by_id = record("templates", "half_the_score").out
        assert record("templates", "half the score").out == by_id
        told = record("templates", "daily")
        assert (told.code, "fits" in told.err) == (2, True)


def test_a_full_id_is_taken_as_it_is(record, practice_id) -> None:
    for words in (("client",), ("history",), ("review",), ("suggestions",)):
        told = record(*words, uuid4())
        assert (told.code, "of this id" in told.err) == (1, True), words

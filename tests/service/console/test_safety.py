"""`cairn safety`: somebody at the terminal sees what waits, and says what is done about it."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from events import assessment, client, safety_flag_decisions
from events.aggregate import Stream
from events.answering import begin_assessment
from events.assessment import ASSESSMENT, ScoreAssessment
from events.client import EnrolClient
from events.record import Cause, digest
from events.safety_flag_decisions import AcknowledgeSafetyFlag, CloseSafetyFlag
from events.safety_interlock import read_flags
from events.transact import begin, handle
from projections.safety_queue import SafetyFlagRow
from service.console import safety
from service.console.connection import opened
from service.console.sweeping import catch_up_all
from tests.service.console.conftest import Terminal

ANNA = uuid4()


async def flagged(practice_id: UUID, *commands: Any) -> UUID:
    """Anna has said yes to item 9; the flag, after what clinicians have said of it."""
    now, form_id = datetime.now(UTC), uuid4()

    def cause() -> Cause:
        return Cause(
            command_id=uuid4(), actor="clinician:ida", content=digest("so"), correlation=uuid4()
        )

    def stream(stream_id: UUID, category: str) -> Stream:
        return Stream(
            practice_id=practice_id, stream_id=stream_id, category=category, client_id=ANNA
        )

    async with opened() as cairn:
        enrolling = EnrolClient(client_id=ANNA, display_name="Anna", zone="Europe/Zurich")
        await handle(
            cairn.store, client.CLIENT, stream(ANNA, "client"), enrolling, cause=cause(),
            occurred_at=now,
        )  # fmt: skip
        form = ScoreAssessment(
            assessment_id=form_id, client_id=ANNA, instrument="phq9", total=9, suicide_item=2,
            occurred_at=now, now=now,
        )  # fmt: skip
        await begin_assessment(
            cairn.store, stream(form_id, "assessment"), form, cause=cause(), occurred_at=now,
            self_reported=False,
        )  # fmt: skip
        read = await read_flags(cairn.store, practice_id, ANNA)
        flag_id: UUID
        (flag_id,) = (
            one for one, flag in read.state.flags.items() if flag.assessment_id == form_id
        )
        for command in commands:
            await handle(
                cairn.store, safety_flag_decisions.SAFETY_FLAGS, read.stream, command(flag_id),
                cause=cause(), occurred_at=now,
            )  # fmt: skip
        await catch_up_all(cairn)
    return flag_id


async def recorded_before(practice_id: UUID, *answers: int) -> None:
    """Forms as an earlier release recorded them, without a flag; Anna is enrolled."""
    async with opened() as cairn:
        now = datetime.now(UTC)
        for answer in answers:
            form = ScoreAssessment(
                assessment_id=uuid4(), client_id=ANNA, instrument="phq9",
                answers=(1, 0, 0, 0, 0, 0, 0, 0, answer), occurred_at=now, now=now,
            )  # fmt: skip
            await begin(
                cairn.store, assessment.ASSESSMENT,
                ASSESSMENT.stream(practice_id, form.assessment_id, client_id=ANNA),
                form,
                cause=Cause(
                    command_id=uuid4(), actor="clinician:ida", content=digest("so"),
                    correlation=uuid4(),
                ),
                occurred_at=now,
            )  # fmt: skip


async def caught_up() -> None:
    async with opened() as cairn:
        await catch_up_all(cairn)


def seen(flag_id: UUID) -> AcknowledgeSafetyFlag:
    return AcknowledgeSafetyFlag(flag_id=flag_id)


def closed(flag_id: UUID) -> CloseSafetyFlag:
    return CloseSafetyFlag(flag_id=flag_id, reason="We met", outcome="A plan is agreed")


def on_duty(record, person: str = "anna=Anna Keller") -> None:
    """Somebody is, and has looked over the crisis lines first."""
    record("practice", "crisis-lines", "GB", "--reviewed-by", "Anna Keller")
    record("practice", "duty", "--person", person)


@pytest.mark.parametrize(
    ("known", "subject"),
    [
        ({"instrument": "phq9", "item": 9, "assessment_id": ANNA}, "phq9 item 9"),
        (
            {"instrument": "phq9", "item": 9, "unfiled": True, "why": "body-invalid"},
            "phq9 item 9\nnot filed: body-invalid",
        ),
        (
            {"instrument": "unknown", "item": 0, "unfiled": True, "why": "x", "times_sent": 3},
            "unknown form item about suicide\nnot filed: x, sent 3 times",
        ),
        ({}, safety.UNREADABLE),
    ],
)
def test_a_flag_is_called_by_what_is_known_of_its_form(known: dict[str, Any], subject: str) -> None:
    nothing: dict[str, Any] = {"assessment_id": None, "instrument": None, "item": None}
    row = SafetyFlagRow(
        flag_id=uuid4(), client_id=ANNA, answer=1, queue="duty", version=1,
        raised_at=datetime(2026, 3, 2, 9, tzinfo=UTC), raised_position=3, **{**nothing, **known},
    )  # fmt: skip
    assert safety.subject(row) == subject


class TestSafety:
    def test_says_so_where_nothing_waits(self, record, practice_id):
        assert record("safety").out == "No safety flag is open.\n"
        assert record("safety", "--closed").out == "No safety flag was closed.\n"
        assert record("safety", "--json").answer == []

    def test_shows_who_waits_and_who_was_asked(self, record, practice_id):
        on_duty(record, "ida=Ida Keller")
        flag_id = asyncio.run(flagged(practice_id))
        told = record("safety").out
        for part in ("Anna", str(flag_id), "phq9 item 9", "ida"):
            assert part in told
        (flag,) = record("safety", "--json").answer
        assert (flag["flag_id"], flag["answer"], flag["acknowledged_at"]) == (str(flag_id), 2, None)

    def test_shows_the_newest_or_all_of_them(self, record, practice_id, monkeypatch):
        monkeypatch.setattr("service.console.safety.SHOWN", 2)
        monkeypatch.setattr("projections.safety_queries.PAGE_LIMIT", 1)
        waiting = [str(asyncio.run(flagged(practice_id))) for _ in range(3)]
        told = record("safety")
        assert "see all of them with --all" in told.err
        assert [one["flag_id"] for one in record("safety", "--json").answer] == waiting[:0:-1]
        told = record("safety", "--all", "--json")
        assert [one["flag_id"] for one in told.answer] == waiting[::-1]
        assert told.err == ""

    def test_says_where_nobody_was_asked(self, record, practice_id):
        flag_id = asyncio.run(flagged(practice_id))
        assert "nobody is on duty" in record("safety").out
        # Somebody is from now on, and no worker has asked them yet.
        on_duty(record)
        told = record("safety").out
        assert ("nobody is on duty" in told, "nobody was asked yet" in told) == (False, True)
        told = record("safety", "acknowledge", flag_id, "--by", "anna").out
        assert ("nobody is on duty" in told, "nobody was asked yet" in told) == (False, False)
        assert "nobody was asked" in told

    def test_shows_those_first_that_nobody_has_seen(self, record, practice_id):
        waiting = asyncio.run(flagged(practice_id))
        taken = asyncio.run(flagged(practice_id, seen))
        shown = [one["flag_id"] for one in record("safety", "--json").answer]
        assert shown == [str(waiting), str(taken)]
        assert "clinician:ida" in record("safety").out

    def test_shows_what_was_closed_and_why(self, record, practice_id):
        flag_id = asyncio.run(flagged(practice_id, closed))
        assert record("safety").out == "No safety flag is open.\n"
        told = record("safety", "--closed").out
        for part in (str(flag_id), "We met", "A plan is agreed", "clinician:ida"):
            assert part in told


class TestWhatAPersonSays:
    def test_is_recorded_in_their_name(self, record, practice_id):
        on_duty(record)
        flag_id = str(asyncio.run(flagged(practice_id)))
        told = record("safety", "acknowledge", flag_id, "--by", "anna")
        assert (told.code, "cli:anna" in told.out) == (0, True)
        called = ("act", flag_id, "--by", "anna", "--action", "Called.")
        assert record("safety", *called, "--json").answer["actions"][0]["action"] == "Called."
        words = ("--reason", "We met.", "--outcome", "A plan is agreed.")
        told = record("safety", "close", flag_id, "--by", "anna", *words)
        assert (told.code, "A plan is agreed." in told.out) == (0, True)
        assert record("safety", "close", flag_id, "--by", "anna", *words).code == 0
        asyncio.run(caught_up())
        assert record("safety", "--json").answer == []
        (flag,) = record("safety", "--closed", "--json").answer
        assert (flag["acknowledged_by"], flag["closed_by"]) == ("cli:anna", "cli:anna")
        assert [one["action"] for one in flag["actions"]] == ["Called."]
        other = record("safety", "act", flag_id, "--by", "anna", "--action", "Called again.")
        assert (other.code, "has been closed" in other.err) == (1, True)

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            (("acknowledge", "FLAG"), 2, "--by"),
            (("acknowledge", "FLAG", "--by", "Dr Elm"), 2, "who is on duty (anna)"),
            (("acknowledge", "FLAG", "--by", str(ANNA)), 2, "who is on duty (anna)"),
            (("close", "FLAG", "--by", "ida", "--reason", "So.", "--outcome", "So."), 2, "(anna)"),
            (("acknowledge", str(uuid4()), "--by", "anna"), 1, "nothing of this id"),
            (("act", "FLAG", "--by", "anna", "--action", " "), 2, "--action"),
            (("close", "FLAG", "--by", "anna", "--reason", "So."), 2, "--outcome"),
        ],
    )
    def test_is_refused_in_a_sentence(self, record, practice_id, words, code, told):
        on_duty(record)
        flag_id = str(asyncio.run(flagged(practice_id)))
        said = record("safety", *(flag_id if word == "FLAG" else word for word in words))
        assert (said.code, said.out) == (code, "")
        assert told in said.err
        (flag,) = record("safety", "--json").answer
        assert (flag["acknowledged_at"], flag["actions"]) == (None, [])


class TestDuty:
    def test_ends_only_where_that_is_said_twice_while_a_flag_is_open(
        self, record, practice_id, monkeypatch
    ):
        on_duty(record)
        asyncio.run(flagged(practice_id))
        events = record("practice", "list", "--json").answer
        monkeypatch.setattr("sys.stdin", Terminal("n\n"))
        declined = record("practice", "duty", "--nobody")
        assert (declined.code, declined.out) == (1, ""), declined.err
        assert "1 safety flag is open. With nobody on duty nobody is asked" in declined.err
        assert "Nothing was changed." in declined.err
        assert record("practice", "list", "--json").answer == events
        monkeypatch.setattr("sys.stdin", Terminal("y\n"))
        ended = record("practice", "duty", "--nobody", "--json")
        assert (ended.code, ended.answer["people"]) == (0, [])

    def test_ends_unasked_where_that_is_said_with_yes(self, record, practice_id):
        on_duty(record)
        asyncio.run(flagged(practice_id))
        ended = record("practice", "duty", "--nobody", "--yes", "--json")
        assert (ended.code, ended.answer["people"], ended.err) == (0, [], "")

    def test_does_not_end_where_there_is_nobody_to_be_asked(self, record, practice_id):
        on_duty(record)
        asyncio.run(flagged(practice_id))
        refused = record("practice", "duty", "--nobody")
        assert (refused.code, refused.out) == (2, "")
        assert "1 safety flag is open" in refused.err
        assert "--yes" in refused.err
        assert len(record("practice", "duty", "--json").answer["people"]) == 1

    def test_is_not_asked_about_where_it_had_ended(self, record, practice_id, monkeypatch):
        asyncio.run(flagged(practice_id))
        monkeypatch.setattr("sys.stdin", Terminal(""))
        said = record("practice", "duty", "--nobody")
        assert (said.code, said.err) == (0, "")
        assert "nobody is on duty" in said.out


class TestReviewPast:
    def test_finds_what_has_no_flag_and_raises_it_once(self, record, practice_id):
        asyncio.run(flagged(practice_id))
        asyncio.run(recorded_before(practice_id, 0, 2, 1))
        seen = record("safety", "review-past", "--json").answer
        assert (seen["forms"], seen["endorsed"], len(seen["without_flag"])) == (4, 3, 2)
        assert seen["raised"] == 0
        refused = record("safety", "review-past", "--raise")
        assert (refused.code, "Nobody is on duty" in refused.err) == (1, True)
        on_duty(record, "ida=Ida Keller")
        assert record("safety", "review-past", "--raise", "--json").answer["raised"] == 2
        asyncio.run(caught_up())
        waiting = record("safety", "--json").answer
        assert sorted(one["answer"] for one in waiting if one["afterwards"]) == [1, 2]
        assert all(one["asked"][0]["to"] == ["ida"] for one in waiting if one["afterwards"])
        again = record("safety", "review-past", "--raise", "--json").answer
        assert (again["without_flag"], again["raised"]) == ([], 0)
        assert "--raise" not in record("safety", "review-past").err

    def test_writes_nothing_unless_it_is_told_to(self, record, practice_id):
        asyncio.run(flagged(practice_id))
        asyncio.run(recorded_before(practice_id, 2))
        before = record("practice", "list", "--json").answer
        told = record("safety", "review-past")
        assert (told.code, "--raise raises the flags" in told.err) == (0, True)
        assert record("practice", "list", "--json").answer == before

"""`cairn safety`: somebody at the terminal sees what waits, and cannot make it go away."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from events import client, safety_flag, safety_flag_decisions
from events.answering import begin_assessment
from events.assessment import ScoreAssessment
from events.client import EnrolClient
from events.record import Cause, digest
from events.safety_flag_decisions import AcknowledgeSafetyFlag, CloseSafetyFlag
from events.store import Stream, handle
from service.console.connection import opened
from service.console.sweeping import catch_up_all

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
            cairn.store, client.decider, stream(ANNA, "client"), enrolling, cause=cause(),
            occurred_at=now,
        )  # fmt: skip
        form = ScoreAssessment(
            assessment_id=form_id, client_id=ANNA, instrument="phq9",
            answers=(0, 0, 0, 0, 0, 0, 0, 0, 2), occurred_at=now, now=now,
        )  # fmt: skip
        await begin_assessment(
            cairn.store, stream(form_id, "assessment"), form, cause=cause(), occurred_at=now
        )
        flag_id = safety_flag.flag_id(form_id, 1)
        flags = stream(safety_flag.stream_id(ANNA), safety_flag.CATEGORY)
        for command in commands:
            await handle(
                cairn.store, safety_flag_decisions.decider, flags, command(flag_id), cause=cause(),
                occurred_at=now,
            )  # fmt: skip
        await catch_up_all(cairn)
    return flag_id


def seen(flag_id: UUID) -> AcknowledgeSafetyFlag:
    return AcknowledgeSafetyFlag(flag_id=flag_id)


def closed(flag_id: UUID) -> CloseSafetyFlag:
    return CloseSafetyFlag(flag_id=flag_id, reason="We met", outcome="A plan is agreed")


class TestSafety:
    def test_says_so_where_nothing_waits(self, record, practice_id):
        assert record("safety").out == "No safety flag is open.\n"
        assert record("safety", "--closed").out == "No safety flag was closed.\n"
        assert record("safety", "--json").answer == []

    def test_shows_who_waits_and_who_was_asked(self, record, practice_id):
        record("practice", "duty", "--person", "ida=Ida Keller")
        flag_id = asyncio.run(flagged(practice_id))
        told = record("safety").out
        for part in (str(ANNA), str(flag_id), "phq9 item 9", "ida"):
            assert part in told
        (flag,) = record("safety", "--json").answer
        assert (flag["flag_id"], flag["answer"], flag["acknowledged_at"]) == (str(flag_id), 2, None)

    def test_says_where_nobody_was_asked(self, record, practice_id):
        asyncio.run(flagged(practice_id))
        assert "nobody is on duty" in record("safety").out

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

    @pytest.mark.parametrize("word", ["close", "acknowledge", "--close"])
    def test_takes_no_word_that_would_close_one(self, record, practice_id, word):
        assert record("safety", word).code == 2

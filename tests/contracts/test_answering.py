"""A form and the flag it raises are in the log together, or neither is, whatever breaks."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from events.aggregate import Stream
from events.answering import Answered, begin_assessment, correct_assessment
from events.assessment import ASSESSMENT, CorrectAssessment, ScoreAssessment
from events.record import Cause, Receipt, Step
from events.safety_flag import SafetyFlagRaised
from events.safety_interlock import read_flags
from events.store import EventStore, StoreUnavailable
from tests.contracts.stores import cause

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
# How the item about suicide was answered beside a total.
CALM, ENDORSED = 0, 1


class Breaking:
    """A store that breaks once at an append: before it, or after it took effect."""

    def __init__(self, store: EventStore, *, after: bool) -> None:
        self._store = store
        self._after = after
        self._whole = False

    async def append(self, practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        breaks, self._whole = not self._whole, True
        if breaks and not self._after:
            raise StoreUnavailable
        receipt = await self._store.append(practice_id, steps, cause=cause)
        if breaks:
            raise StoreUnavailable
        return receipt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class Form:
    """A form of a client, as somebody sends it."""

    def __init__(self, practice: tuple[UUID, UUID]) -> None:
        self.practice_id, self.client_id = practice
        self.assessment_id = uuid4()
        self.why = cause("form")

    async def send(self, store: Any, suicide_item: int = ENDORSED) -> Answered:
        return await begin_assessment(
            store,
            self._stream(self.client_id),
            ScoreAssessment(
                assessment_id=self.assessment_id,
                client_id=self.client_id,
                instrument="bdi2",
                total=9,
                suicide_item=suicide_item,
                occurred_at=NOW,
                now=NOW,
            ),
            cause=self.why,
            occurred_at=NOW,
            self_reported=False,
        )

    async def correct(self, store: Any, why: Cause) -> Answered:
        command = CorrectAssessment(
            assessment_id=self.assessment_id, total=9, suicide_item=ENDORSED, now=NOW
        )
        return await correct_assessment(store, self._stream(None), command, cause=why)

    def _stream(self, client_id: UUID | None) -> Stream:
        return ASSESSMENT.stream(self.practice_id, self.assessment_id, client_id=client_id)

    async def types(self, store: EventStore) -> list[str]:
        """What there is of the client after the enrolment, in the order of the log."""
        log = await store.read_client(self.practice_id, self.client_id)
        return [one.type for one in log[1:]]


BOTH = ["safety_flag.raised.v1", "assessment.scored.v1"]


@pytest.mark.parametrize("after", [False, True])
async def test_a_form_whose_append_breaks_is_there_with_its_flag_or_not_at_all(
    store: EventStore, practice: tuple[UUID, UUID], after: bool
) -> None:
    form, breaking = Form(practice), Breaking(store, after=after)
    with pytest.raises(StoreUnavailable):
        await form.send(breaking)
    assert await form.types(store) == (BOTH if after else [])
    answered = await form.send(breaking)
    assert (answered.outcome.repeated, await form.types(store)) == (after, BOTH)
    assert answered.flag is not None


@pytest.mark.parametrize("after", [False, True])
async def test_a_correction_whose_append_breaks_is_there_with_its_flag_or_not_at_all(
    store: EventStore, practice: tuple[UUID, UUID], after: bool
) -> None:
    form, why = Form(practice), cause("correct")
    await form.send(store, CALM)
    breaking = Breaking(store, after=after)
    with pytest.raises(StoreUnavailable):
        await form.correct(breaking, why)
    corrected = ["safety_flag.raised.v1", "assessment.corrected.v1"]
    assert (await form.types(store))[1:] == (corrected if after else [])
    answered = await form.correct(breaking, why)
    assert answered.flag is not None
    assert (await form.types(store))[1:] == corrected


async def test_forms_of_one_client_that_arrive_together_are_all_taken(
    store: EventStore, practice: tuple[UUID, UUID]
) -> None:
    forms = [Form(practice) for _ in range(40)]
    # Each of them twice, as over a bad connection.
    answers = await asyncio.gather(*(form.send(store) for form in (*forms, *forms)))
    assert {one.flag.assessment_id for one in answers if one.flag} == {
        form.assessment_id for form in forms
    }
    kept = (await read_flags(store, *practice)).past
    raised = [one.event for one in kept if isinstance(one.event, SafetyFlagRaised)]
    assert len(raised) == len({one.flag_id for one in raised}) == len(kept) == len(forms)
    for form in forms:
        assert len(await store.read_stream(practice[0], "assessment", form.assessment_id)) == 1

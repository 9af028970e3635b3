"""An import loses no answer about suicide: refused lines are told first, and a total can get it."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from events import assessment, safety_flag_decisions
from events.aggregate import Stream
from events.answering import correct_assessment
from events.assessment import (
    Assessment,
    AssessmentCorrected,
    AssessmentScored,
    CorrectAssessment,
)
from events.instruments import NOT_RECORDED
from events.memory import MemoryStore
from events.practice import SetDuty
from events.practice_choices import Duty, DutyPerson
from events.record import Cause, Receipt, Step
from events.safety_flag import (
    SafetyFlagRaised,
    SafetyFlagRaisedUnfiled,
    SafetyFlags,
    SafetyFlagSentAgain,
)
from events.safety_flag_decisions import CloseSafetyFlag
from events.safety_interlock import read_flags
from events.store import Read, RecordUnreadable, read_state
from events.transact import handle
from service.csv_endorsed import NOT_ENROLLED
from tests.ids import IN_MEMORY
from tests.service.conftest import lines_reviewed
from tests.service.csv_files import (
    NOW,
    PRACTICE,
    SCORES,
    changed,
    facts,
    imported,
    opened,
    written,
)
from tests.service.test_csv_answers import ANSWERS, HEADER, said

TOTALS = changed(SCORES, suicide_item="item")
LATER = (NOW + timedelta(days=400)).date()


@pytest.fixture
async def store() -> MemoryStore:
    """A practice with somebody on duty."""
    return await on_duty(MemoryStore(lambda: NOW))


class Closing(MemoryStore):
    """A store in which one form can not be corrected: its record does not open."""

    closed: UUID | None = None

    async def append(self, practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        corrected = [one for step in steps for one in step.events]
        if any(
            isinstance(one, AssessmentCorrected) and one.assessment_id == self.closed
            for one in corrected
        ):
            raise RecordUnreadable
        return await super().append(practice_id, steps, cause=cause)


async def on_duty(store: MemoryStore) -> MemoryStore:
    await opened(store)
    await said(store, lines_reviewed(PRACTICE, "GB"))
    people = (DutyPerson(subject="dr-elm", name="Dr Elm"),)
    await said(store, SetDuty(practice_id=PRACTICE, duty=Duty(people=people)))
    return store


def client_named(name: str) -> UUID:
    return IN_MEMORY.of("import_client", name)


async def flags_of(store: MemoryStore, name: str) -> Read:
    return await read_flags(store, PRACTICE, client_named(name))


async def open_flags(store: MemoryStore, name: str) -> tuple[UUID, ...]:
    flags: SafetyFlags = (await flags_of(store, name)).state
    return flags.open_ids


async def open_answers(store: MemoryStore, name: str) -> list[int]:
    """What was answered on the open flags of forms that could not be filed."""
    raised, still_open = await facts(store, SafetyFlagRaisedUnfiled), await open_flags(store, name)
    return [one.answer for one in raised if one.flag_id in still_open]


async def close_flags(store: MemoryStore, name: str) -> None:
    """As a clinician does it."""
    read = await flags_of(store, name)
    for flag_id in read.state.open_ids:
        closing = CloseSafetyFlag(flag_id=flag_id, reason="We met.", outcome="A plan.")
        await handle(
            store,
            safety_flag_decisions.SAFETY_FLAGS,
            read.stream,
            closing,
            cause=by_hand(),
            occurred_at=NOW,
        )


def by_hand() -> Cause:
    command_id = uuid4()
    return Cause(command_id=command_id, actor="clinician:ida", content=b"", correlation=command_id)


async def form_stream(store: MemoryStore) -> Stream:
    """Of the one form there is."""
    (form,) = await facts(store, AssessmentScored)
    return assessment.ASSESSMENT.stream(PRACTICE, form.assessment_id, client_id=form.client_id)


async def kept(store: MemoryStore) -> Assessment:
    state: Assessment = (
        await read_state(store, assessment.ASSESSMENT, await form_stream(store))
    ).state
    return state


async def take_back_item(store: MemoryStore) -> None:
    """A clinician says that nobody knows what was answered to the item, and closes the flag."""
    stream, form = await form_stream(store), await kept(store)
    correcting = CorrectAssessment(
        assessment_id=stream.stream_id, now=NOW, total=form.total, suicide_item=NOT_RECORDED
    )
    await correct_assessment(store, stream, correcting, cause=by_hand())
    await close_flags(store, "anna")


@pytest.fixture
def write(tmp_path: Any) -> Any:
    return partial(written, folder=tmp_path)


class TestRefusedLines:
    FILE = (
        "who,total,when,item\n"
        "anna,7,not a day,0\n"
        f"ben,9,{LATER},2\n"
        "ben,x,2026-03-02,3\n"
        "cleo,99,2026-03-02,1\n"
        "dora,5,2026-03-02,0\n"
    )

    async def test_that_endorse_the_item_come_first(self, store: MemoryStore, write: Any) -> None:
        summary, refused = await imported(store, write(self.FILE), TOTALS)
        assert (summary.refused, summary.endorsed_refused, summary.written) == (4, 3, 1)
        assert [one.line for one in refused] == [3, 4, 5, 2]
        assert [one.endorsed and one.endorsed.answer for one in refused] == [2, 3, 1, None]
        assert [one.reference for one in refused[:3]] == ["ben", "ben", "cleo"]
        assert await facts(store, SafetyFlagRaisedUnfiled) == []

    async def test_are_raised_where_that_is_asked_for(self, store: MemoryStore, write: Any) -> None:
        await imported(store, write("who,total,when,item\nben,3,2026-01-02,0\n"), TOTALS)
        for _ in range(2):
            summary, _ = await imported(
                store, write(self.FILE), TOTALS, raise_refused=True, enrol=False
            )
            # Cleo is nobody: her only line was refused, and nobody is to be enrolled.
            assert (summary.endorsed_refused, summary.unfiled_raised) == (3, 2)
            (cleo,) = summary.unfiled_not_raised
            assert (cleo.line, cleo.why) == (5, NOT_ENROLLED)
        raised = await facts(store, SafetyFlagRaisedUnfiled)
        assert [(one.instrument, one.item, one.answer, one.to) for one in raised] == [
            ("phq9", 9, 2, ("dr-elm",)),
            ("phq9", 9, 3, ("dr-elm",)),
        ]
        assert len(await facts(store, SafetyFlagSentAgain)) == 2

    async def test_of_answers_are_read_item_by_item(self, store: MemoryStore, write: Any) -> None:
        file = HEADER + "anna,2026-03-02,0,0,0,0,0,x,0,0,2\nanna,2026-03-03,9,0,0,0,0,0,0,0,1\n"
        summary, refused = await imported(store, write(file), ANSWERS)
        assert summary.endorsed_refused == len(refused) > 0
        assert refused[0].endorsed is not None
        assert (refused[0].endorsed.item, refused[0].endorsed.answer) == (9, 2)

    async def test_of_another_file_are_not_those_of_the_file_before(
        self, store: MemoryStore, write: Any
    ) -> None:
        """Week after week the line stands in the same place, and says something else."""
        await imported(store, write("who,total,when,item\nben,3,2026-01-02,0\n"), TOTALS)
        weeks = (("2026-03-02", 1), ("2026-03-09", 3), ("2026-03-16", 3))
        for raised, (week, item) in enumerate(weeks, 1):
            file = write(f"who,total,when,item\nben,x,{week},{item}\n")
            summary, _ = await imported(store, file, TOTALS, raise_refused=True)
            assert (summary.unfiled_raised, summary.unfiled_not_raised) == (1, [])
            assert await open_answers(store, "ben") == [item]
            # The same lines in another order, and with another beside, count on the open flag.
            file = write(f"who,total,when,item\nben,4,2026-01-03,0\nben,x,{week},{item}\n")
            summary, _ = await imported(store, file, TOTALS, raise_refused=True)
            assert summary.unfiled_raised == 1
            assert len(await facts(store, SafetyFlagRaisedUnfiled)) == raised
            await close_flags(store, "ben")
        assert await open_flags(store, "ben") == ()

    async def test_are_raised_anew_where_their_flag_was_closed(
        self, store: MemoryStore, write: Any
    ) -> None:
        await imported(store, write("who,total,when,item\nben,3,2026-01-02,0\n"), TOTALS)
        file = write("who,total,when,item\nben,x,2026-03-02,1\n")
        await imported(store, file, TOTALS, raise_refused=True)
        await close_flags(store, "ben")
        assert await open_flags(store, "ben") == ()
        summary, _ = await imported(store, file, TOTALS, raise_refused=True)
        assert (summary.unfiled_raised, summary.unfiled_not_raised) == (1, [])
        assert await open_answers(store, "ben") == [1]

    async def test_of_a_client_who_can_not_be_enrolled_are_told_once(
        self, store: MemoryStore, write: Any
    ) -> None:
        public = uuid5(PRACTICE, "client ben")
        lines = f"{public},9,2026-03-02,3\n{public},9,2026-03-03,0\n"
        summary, refused = await imported(store, write(f"who,total,when,item\n{lines}"), TOTALS)
        assert [(one.line, one.refusal) for one in refused] == [
            (2, "id-not-choosable"),
            (3, "id-not-choosable"),
        ]
        assert (summary.refused, summary.endorsed_refused) == (2, 1)

    async def test_do_not_advise_to_leave_the_answer_out(
        self, store: MemoryStore, write: Any
    ) -> None:
        """Where the item has no place, it may go as long as it is answered with 0."""
        columns = changed(TOTALS, instrument="gad7")
        file = write("who,total,when,item\nanna,9,2026-03-02,0\nben,9,2026-03-02,2\n")
        _, (ben, anna) = await imported(store, file, columns)
        assert (ben.line, ben.refusal) == (3, anna.refusal) == (3, "suicide-item-not-asked")
        assert "eave" not in ben.why
        assert anna.why.startswith("column 'item': Leave `suicide_item` out")

    @pytest.mark.parametrize(("code", "endorsed"), [("-9", False), ("-99", False), ("9", True)])
    async def test_with_a_code_for_missing_that_was_not_named(
        self, store: MemoryStore, write: Any, *, code: str, endorsed: bool
    ) -> None:
        """No code below 0 is an answer above 0; whether 9 is one a person has to see."""
        columns = changed(ANSWERS, not_answered=frozenset({""}))
        file = write(f"{HEADER}anna,2026-03-02,0,0,0,0,0,0,0,0,{code}\n")
        summary, (refused,) = await imported(store, file, columns)
        assert (summary.endorsed_refused, refused.endorsed is not None) == (endorsed, endorsed)

    async def test_are_nobodys_on_a_dry_run(self, store: MemoryStore, write: Any) -> None:
        summary, _ = await imported(
            store, write(self.FILE), TOTALS, raise_refused=True, dry_run=True
        )
        assert (summary.endorsed_refused, summary.unfiled_raised) == (3, 0)


class TestATotalThatLackedItsItem:
    async def test_gets_it_by_a_later_import(self, store: MemoryStore, write: Any) -> None:
        without = "who,total,when\nanna,12,2026-03-02\nben,8,2026-03-02\n"
        summary, _ = await imported(store, write(without), SCORES)
        assert summary.suicide_item_not_recorded == 2
        given = "who,total,when,item\nanna,12,2026-03-02,2\nben,8,2026-03-02,0\n"
        dry, _ = await imported(store, write(given), TOTALS, dry_run=True)
        assert (dry.suicide_items_added, dry.refused) == (2, 0)
        assert await facts(store, AssessmentCorrected) == []
        summary, refused = await imported(store, write(given), TOTALS)
        assert (summary.suicide_items_added, summary.already_there, refused) == (2, 2, [])
        assert summary.flags_raised == 1
        (flag,) = await facts(store, SafetyFlagRaised)
        anna = IN_MEMORY.of("import_client", "anna")
        assert (flag.client_id, flag.answer) == (anna, 2)
        again, refused = await imported(store, write(given), TOTALS)
        assert (again.suicide_items_added, again.already_there, refused) == (0, 2, [])
        assert len(await facts(store, AssessmentScored)) == 2
        assert len(await facts(store, AssessmentCorrected)) == 2

    async def test_gets_it_again_where_a_clinician_took_it_back(
        self, store: MemoryStore, write: Any
    ) -> None:
        await imported(store, write("who,total,when\nanna,12,2026-03-02\n"), SCORES)
        flags = 0
        for nth, item in enumerate((2, 3, 2), 1):
            given = write(f"who,total,when,item\nanna,12,2026-03-02,{item}\n")
            summary, refused = await imported(store, given, TOTALS)
            assert (summary.suicide_items_added, refused) == (1, [])
            flags += summary.flags_raised
            again, refused = await imported(store, given, TOTALS)
            assert (again.suicide_items_added, again.already_there, refused) == (0, 1, [])
            assert (await kept(store)).suicide_item == item
            assert len(await facts(store, AssessmentCorrected)) == 2 * nth - 1
            await take_back_item(store)
        assert flags == len(await facts(store, SafetyFlagRaised)) == 3

    async def test_is_refused_by_its_line_where_its_record_does_not_open(self, write: Any) -> None:
        store = Closing(lambda: NOW)
        await on_duty(store)
        await imported(
            store, write("who,total,when\nanna,12,2026-03-02\nben,9,2026-03-02\n"), SCORES
        )
        (anna, _) = await facts(store, AssessmentScored)
        store.closed = anna.assessment_id
        given = "who,total,when,item\nanna,12,2026-03-02,2\nben,9,2026-03-02,1\n"
        summary, (refused,) = await imported(store, write(given), TOTALS)
        assert (refused.line, refused.refusal) == (2, "record-unreadable")
        assert (summary.suicide_items_added, summary.endorsed_refused) == (1, 1)

    async def test_is_refused_where_anything_else_differs(
        self, store: MemoryStore, write: Any
    ) -> None:
        await imported(store, write("who,total,when\nanna,12,2026-03-02\n"), SCORES)
        other = "who,total,when,item\nanna,13,2026-03-02,2\n"
        summary, refused = await imported(store, write(other), TOTALS)
        assert (summary.suicide_items_added, summary.endorsed_refused) == (0, 1)
        assert "another value was recorded before" in refused[0].why
        # An item that is there is corrected by hand, with the entry.
        await imported(store, write("who,total,when,item\nanna,12,2026-03-02,1\n"), TOTALS)
        summary, refused = await imported(
            store, write("who,total,when,item\nanna,12,2026-03-02,3\n"), TOTALS
        )
        assert (summary.suicide_items_added, len(refused)) == (0, 1)

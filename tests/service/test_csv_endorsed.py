"""An import loses no answer about suicide: refused lines are told first, and a total can get it."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from events.assessment import AssessmentCorrected, AssessmentScored
from events.memory import MemoryStore
from events.practice import SetDuty
from events.practice_choices import Duty, DutyPerson
from events.safety_flag import SafetyFlagRaised, SafetyFlagRaisedUnfiled, SafetyFlagSentAgain
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
    store = await opened(MemoryStore(lambda: NOW))
    await said(store, lines_reviewed(PRACTICE, "GB"))
    people = (DutyPerson(subject="dr-elm", name="Dr Elm"),)
    await said(store, SetDuty(practice_id=PRACTICE, duty=Duty(people=people)))
    return store


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
            summary, _ = await imported(store, write(self.FILE), TOTALS, raise_refused=True)
            # Cleo is nobody: her only line was refused.
            assert (summary.endorsed_refused, summary.unfiled_raised) == (3, 2)
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

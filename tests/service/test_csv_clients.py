"""Clients whom only refused lines name: with --enrol their answers about suicide are raised too."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4, uuid5

import msgspec
import pytest

from events.assessment import AssessmentScored
from events.client import ClientEnrolled
from events.memory import MemoryStore
from events.record import Recorded, Unreadable
from events.safety_flag import SafetyFlagRaisedUnfiled
from service.csv_endorsed import NO_CLIENT, NOT_ENROLLED, NOT_TO_BE_GIVEN
from service.csv_file import CsvFile
from service.csv_rows import Columns
from tests.service.csv_files import HALF, NOW, PRACTICE, changed, facts, imported, opened
from tests.service.csv_files import written as write_file
from tests.service.test_csv_answers import ANSWERS, HEADER
from tests.service.test_csv_endorsed import TOTALS, open_answers

NAMED = changed(TOTALS, name="name")
# Each is refused for another reason, and answers item 9 with 2.
REFUSED = {
    "nobody_on_duty": (ANSWERS, f"{HEADER}anna,2026-03-02,0,0,0,0,0,0,0,0,2\n"),
    "date_that_is_none": (TOTALS, "who,total,when,item\nanna,9,not a day,2\n"),
    "date_ahead": (TOTALS, "who,total,when,item\nanna,9,2029-01-01,2\n"),
    "total_that_disagrees": (
        changed(ANSWERS, value="total"),
        f"{HEADER.strip()},total\nanna,2026-03-02,0,0,0,0,0,0,0,0,2,20\n",
    ),
    "total_below_its_item": (TOTALS, "who,total,when,item\nanna,1,2026-03-02,2\n"),
    "no_total": (TOTALS, "who,total,when,item\nanna,,2026-03-02,2\n"),
    "a_cell_too_few": (ANSWERS, f"{HEADER}anna,2026-03-02,0,0,0,0,0,0,0,2\n"),
    "a_quote_left_open": (TOTALS, 'who,total,when,item\nanna,9,"2026-03-02,2\n'),
    "after_a_quote_left_open": (TOTALS, 'who,total,when,item\n"ben,9,2026-03-02,0\nanna,9,x,2\n'),
    "instrument_unknown": (
        changed(TOTALS, instrument=None, instrument_column="form"),
        "who,total,when,item,form\nanna,9,2026-03-02,2,phq\n",
    ),
    "instrument_without_the_item": (
        changed(TOTALS, instrument="gad7"),
        "who,total,when,item\nanna,9,2026-03-02,2\n",
    ),
}


class Closed(MemoryStore):
    """A store in which what is recorded of one client does not open: its key is gone."""

    closed: UUID | None = None

    async def read_stream(
        self, practice_id: UUID, category: str, stream_id: UUID
    ) -> list[Recorded]:
        past = await super().read_stream(practice_id, category, stream_id)
        return [
            msgspec.structs.replace(one, event=Unreadable(type=one.type))
            if stream_id == self.closed
            else one
            for one in past
        ]


@pytest.fixture
async def store() -> MemoryStore:
    """A new practice: nobody is on duty."""
    return await opened(MemoryStore(lambda: NOW))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], CsvFile]:
    return partial(write_file, folder=tmp_path)


async def names(store: MemoryStore) -> list[str]:
    return [one.display_name for one in await facts(store, ClientEnrolled)]


@pytest.mark.parametrize("why", REFUSED)
class TestALineThatIsRefused:
    @pytest.fixture
    def columns(self, why: str) -> Columns:
        return REFUSED[why][0]

    @pytest.fixture
    def file(self, write: Callable[[str], CsvFile], why: str) -> CsvFile:
        return write(REFUSED[why][1])

    async def test_has_its_client_enrolled_and_its_flag_raised(
        self, store: MemoryStore, file: CsvFile, columns: Columns
    ) -> None:
        for enrolled in (1, 0):
            summary, _ = await imported(store, file, columns, raise_refused=True, goal=HALF)
            assert (summary.endorsed_refused, summary.unfiled_raised) == (1, 1)
            assert (summary.unfiled_not_raised, summary.clients_enrolled) == ([], enrolled)
        assert await names(store) == ["anna"]
        assert await open_answers(store, "anna") == [2]
        (flag,) = await facts(store, SafetyFlagRaisedUnfiled)
        assert flag.to == ()  # It waits.
        assert await facts(store, AssessmentScored) == []

    @pytest.mark.parametrize(
        "terms",
        [
            {},
            {"enrol": False},
            {"enrol": False, "raise_refused": True},
            {"raise_refused": True, "dry_run": True},
        ],
        ids=["not_asked", "not_asked_at_all", "not_enrolling", "dry_run"],
    )
    async def test_writes_nothing_where_that_was_not_asked_for(
        self, store: MemoryStore, file: CsvFile, columns: Columns, terms: dict[str, bool]
    ) -> None:
        summary, _ = await imported(store, file, columns, **terms)
        assert (summary.endorsed_refused, summary.unfiled_raised) == (1, 0)
        assert await store.head(PRACTICE) == 1
        # A dry run counts as the real one.
        assert summary.clients_enrolled == ("dry_run" in terms)
        # What --enrol and --raise-refused would raise is told of as such.
        hindered = summary.unfiled_not_raised
        asked_alone = terms == {"enrol": False, "raise_refused": True}
        assert [one.why for one in hindered] == ([NOT_ENROLLED] if asked_alone else [])
        assert summary.endorsed_not_enrolled == (not terms.get("enrol", True))


class TestTheClient:
    async def test_is_enrolled_once_and_before_their_lines_are_mended(
        self, store: MemoryStore, write: Callable[[str], CsvFile]
    ) -> None:
        refused = "who,total,when,item\nanna,x,2026-03-02,1\nanna,x,2026-03-09,3\n"
        summary, _ = await imported(store, write(refused), TOTALS, raise_refused=True)
        assert (summary.clients_enrolled, summary.unfiled_raised) == (1, 2)
        mended = refused.replace("x", "9")
        summary, _ = await imported(store, write(mended), TOTALS, goal=HALF)
        assert (summary.clients_enrolled, summary.written, summary.goals_set) == (0, 2, 1)
        assert await names(store) == ["anna"]

    async def test_is_called_as_a_whole_line_says_and_else_by_the_reference(
        self, store: MemoryStore, write: Callable[[str], CsvFile]
    ) -> None:
        file = write(
            "who,name,total,when,item\n"
            "1,Anna Elm,x,2026-03-02,1\n"
            "2,,x,2026-03-02,1\n"
            "3,Cleo,Oak,x,2026-03-02,1\n"
            f"4,{'x' * 201},x,2026-03-02,1\n"
        )
        summary, _ = await imported(store, file, NAMED, raise_refused=True)
        assert (summary.unfiled_raised, summary.unfiled_not_raised) == (4, [])
        assert await names(store) == ["Anna Elm", "2", "3", "4"]
        # Who was made out in a line with a cell too many may be somebody else.
        assert summary.enrolled_from_broken == [4]

    async def test_is_enrolled_as_of_the_first_form_where_a_day_is_known(
        self, store: MemoryStore, write: Callable[[str], CsvFile]
    ) -> None:
        known = f"{HEADER}anna,2026-03-09,0,0,0,0,0,0,0,0,2\nanna,2026-03-02,0,0,0,0,0,0,0,0,0\n"
        await imported(store, write(known), ANSWERS, raise_refused=True)
        log = await store.read_practice(PRACTICE)
        (anna,) = [one for one in log if isinstance(one.event, ClientEnrolled)]
        assert anna.occurred_at == datetime(2026, 3, 2, 12, tzinfo=UTC)

    async def test_is_not_enrolled_by_a_refused_line_that_endorses_nothing(
        self, store: MemoryStore, write: Callable[[str], CsvFile]
    ) -> None:
        file = write("who,total,when,item\nanna,x,2026-03-02,1\nben,x,2026-03-02,0\n")
        await imported(store, file, TOTALS, raise_refused=True)
        assert await names(store) == ["anna"]

    @pytest.mark.parametrize("who", ["", "x" * 201, "an\0na"], ids=["none", "too_long", "nul"])
    @pytest.mark.parametrize("terms", [{}, {"raise_refused": True}, {"enrol": False}])
    async def test_that_no_line_names_is_said_to_be_none(
        self, store: MemoryStore, write: Callable[[str], CsvFile], who: str, terms: dict[str, bool]
    ) -> None:
        file = write(f"who,total,when,item\n{who},9,2026-03-02,3\n")
        summary, _ = await imported(store, file, TOTALS, **terms)
        assert [(one.line, one.why) for one in summary.unfiled_not_raised] == [(2, NO_CLIENT)]
        assert await store.head(PRACTICE) == 1

    @pytest.mark.parametrize("terms", [{}, {"raise_refused": True}, {"enrol": False}])
    @pytest.mark.parametrize("who", [uuid5(PRACTICE, "client ben"), PRACTICE])
    async def test_is_nobody_where_their_id_may_not_be_given(
        self, store: MemoryStore, write: Callable[[str], CsvFile], who: UUID, terms: dict[str, bool]
    ) -> None:
        file = write(f"who,total,when,item\n{who},9,2026-03-02,3\n")
        summary, _ = await imported(store, file, TOTALS, **terms)
        told = [(one.line, one.why) for one in summary.unfiled_not_raised]
        assert told == [(2, NOT_TO_BE_GIVEN)]
        assert await store.head(PRACTICE) == 1

    async def test_whose_record_does_not_open_ends_no_import(
        self, write: Callable[[str], CsvFile]
    ) -> None:
        """The lines of everybody else are taken, and what they endorse is told."""
        store = Closed(lambda: NOW)
        await opened(store)
        before = "who,total,when,item\nanna,9,2026-02-02,0\n"
        await imported(store, write(before), TOTALS)
        (anna,) = await facts(store, ClientEnrolled)
        store.closed = anna.client_id
        file = write("who,total,when,item\nanna,9,2026-03-02,0\nben,x,2026-03-02,3\n")
        summary, _ = await imported(store, file, TOTALS, raise_refused=True)
        assert (summary.endorsed_refused, summary.unfiled_raised) == (1, 1)
        assert await open_answers(store, "ben") == [3]

    async def test_may_be_named_by_an_id_of_their_own(
        self, store: MemoryStore, write: Callable[[str], CsvFile]
    ) -> None:
        anna = uuid4()
        file = write(f"who,total,when,item\n{anna},x,2026-03-02,3\n")
        summary, _ = await imported(store, file, TOTALS, raise_refused=True)
        assert (summary.unfiled_raised, await names(store)) == (1, [str(anna)])

"""What is read of lines that can not be taken: an item about suicide in them is not lost."""

from functools import partial
from typing import Any

import pytest

from events.assessment import AssessmentScored
from events.memory import MemoryStore
from service.csv_rows import Refused
from service.csv_summary import KEPT_REFUSALS
from tests.service.csv_files import MOODS, NOW, changed, facts, imported, written
from tests.service.test_csv_answers import ANSWERS, HEADER
from tests.service.test_csv_endorsed import TOTALS, on_duty, open_answers

WITH_NOTE = changed(ANSWERS, note="note")
NOTED = HEADER.strip() + ",note\n"
CALM = "anna,2026-03-01,0,0,0,0,0,0,0,0,0,well\n"


@pytest.fixture
async def store() -> MemoryStore:
    return await on_duty(MemoryStore(lambda: NOW))


@pytest.fixture
def write(tmp_path: Any) -> Any:
    return partial(written, folder=tmp_path)


def told(refused: list[Refused]) -> list[tuple[int, str, int]]:
    """Of the lines that endorse the item: number, client and answer."""
    return [(one.line, one.reference, one.endorsed.answer) for one in refused if one.endorsed]


class TestALineThatIsNoRow:
    @pytest.mark.parametrize(
        "line",
        [
            "anna,2026-03-02,0,0,0,0,0,0,0,0,3,hello, world",
            "anna,2026-03-02,0,0,0,0,0,0,0,0,3",
            "anna,2026-03-02,0,0,0,0,0,0,0,3,hello",
            "anna,2026-03-02,10:00,0,0,0,0,0,0,0,0,3,hello",
            'anna,2026-03-02,0,0,0,0,0,0,0,0,3,"hello" world',
            'anna,"2026-03-02" x,0,0,0,0,0,0,0,0,3,hello',
            'anna,2026-03-02,"0,0,0,0,0,0,0,0,3",hello',
            'anna,2026-03-02,"0,0,0,0,0,0,0,0,3,hello',
            '"anna,2026-03-02,0,0,0,0,0,0,0,0,3,hello',
        ],
        ids=[
            *("two_too_many", "note_left_out", "answer_left_out", "one_too_many_before"),
            *("note_badly_quoted", "date_badly_quoted", "answers_in_quotes"),
            *("quote_left_open", "client_in_an_open_quote"),
        ],
    )
    async def test_is_read_from_the_left_and_from_the_right(
        self, store: MemoryStore, write: Any, line: str
    ) -> None:
        await imported(store, write(NOTED + CALM), WITH_NOTE)
        summary, refused = await imported(
            store, write(f"{NOTED}{line}\n"), WITH_NOTE, raise_refused=True
        )
        assert (summary.written, summary.refused) == (0, 1)
        assert told(refused) == [(2, "anna", 3)]
        assert (refused[0].instrument, refused[0].endorsed and refused[0].endorsed.item) == (
            "phq9",
            9,
        )
        assert (summary.endorsed_refused, summary.unfiled_raised) == (1, 1)
        assert await open_answers(store, "anna") == [3]

    async def test_names_the_client_from_the_side_on_which_it_stands(
        self, store: MemoryStore, write: Any
    ) -> None:
        header = "when," + HEADER.removeprefix("who,when,").strip() + ",note,who\n"
        lines = "2026-03-02,0,0,0,0,0,0,0,0,2,a, b,anna\n2026-03-02,0,0,0,0,0,0,0,0,1,ben\n"
        _, refused = await imported(store, write(header + lines), WITH_NOTE)
        assert told(refused) == [(2, "anna", 2), (3, "ben", 1)]

    async def test_that_endorses_nothing_warns_of_nothing(
        self, store: MemoryStore, write: Any
    ) -> None:
        lines = "anna,2026-03-02,0,0,0,0,0,0,0,0,0,hello, world\nanna,2026-03-02,0,0\n"
        summary, refused = await imported(store, write(NOTED + lines), WITH_NOTE)
        assert (summary.refused, summary.endorsed_refused) == (2, 0)
        assert {one.why for one in refused} == {"expected 12 cells, as in the header"}

    async def test_of_moods_is_no_form(self, store: MemoryStore, write: Any) -> None:
        file = write("who,mood,when\nanna,7,2026-03-02,3\n")
        summary, _ = await imported(store, file, MOODS)
        assert (summary.refused, summary.endorsed_refused) == (1, 0)


class TestACell:
    @pytest.mark.parametrize("named", ["PHQ9", "PHQ-9", "Phq 9", "phq-9x", ""])
    async def test_names_the_instrument_however_it_is_spelled(
        self, store: MemoryStore, write: Any, named: str
    ) -> None:
        columns = changed(ANSWERS, instrument=None, instrument_column="form")
        header = HEADER.strip() + ",form\n"
        file = write(f"{header}anna,2026-03-02,0,0,0,0,0,0,0,0,2,{named}\n")
        _, refused = await imported(store, file, columns)
        assert told(refused) == [(2, "anna", 2)]

    @pytest.mark.parametrize("cell", ["2,0", "2.0", "1,5", "+2"])
    async def test_with_a_decimal_comma_is_a_number(
        self, store: MemoryStore, write: Any, cell: str
    ) -> None:
        file = write(f"who;total;when;item\nanna;x;2026-03-02;{cell}\n")
        _, refused = await imported(store, file, TOTALS)
        assert told(refused) == [(2, "anna", 2)]


class TestAQuoteThatIsLeftOpen:
    LINES = (
        'anna,2026-03-02,0,0,0,0,0,0,0,0,0,"hello\n'
        "ben,2026-03-02,0,0,0,0,0,0,0,0,3,\n"
        "cleo,2026-03-02,0,0,0,0,0,0,0,0,0,\n"
        "dora,2026-03-02,0,0,0,0,0,0,0,0,3,\n"
    )

    async def test_hides_no_line_after_it(self, store: MemoryStore, write: Any) -> None:
        summary, refused = await imported(store, write(NOTED + CALM + self.LINES), WITH_NOTE)
        assert told(refused) == [(4, "ben", 3), (6, "dora", 3)]
        assert (summary.written, summary.refused, summary.endorsed_refused) == (1, 3, 2)
        assert refused[0].why == "a quote that begins in line 3 goes on over this line"
        assert (refused[2].line, refused[2].why) == (
            3,
            "it can not be read as CSV; look at its quotes; it covers 4 lines of the file",
        )

    async def test_and_closed_by_another_hides_none_either(
        self, store: MemoryStore, write: Any
    ) -> None:
        """The row looks sound: two forms lie in the note of a third."""
        lines = self.LINES.removesuffix(",\n") + ',so it ends"\n'
        summary, refused = await imported(store, write(NOTED + lines), WITH_NOTE)
        assert told(refused) == [(3, "ben", 3), (5, "dora", 3)]
        assert (summary.written, refused[2].line) == (0, 2)
        assert refused[2].why == (
            "a quote in it goes on over the end of the line; it covers 4 lines of the file"
        )

    @pytest.mark.parametrize("first", ["anna", "x" * 190])
    async def test_around_a_client_is_no_part_of_the_name(
        self, store: MemoryStore, write: Any, first: str
    ) -> None:
        file = write(f'who,total,when,item\n"{first},9,x,3\nben",9,2026-03-02,3\n')
        _, refused = await imported(store, file, TOTALS)
        assert told(refused) == [(2, first, 3), (3, "ben", 3)]

    async def test_in_a_note_of_several_lines_is_none(self, store: MemoryStore, write: Any) -> None:
        note = '"one,\n3,3,3,3,3,3,3,3,3,3\nben said, on 2026-03-02, 3\n"'
        file = write(f"{NOTED}anna,2026-03-02,0,0,0,0,0,0,0,0,0,{note}\n")
        summary, refused = await imported(store, file, WITH_NOTE)
        assert (summary.written, refused) == (1, [])
        assert len(await facts(store, AssessmentScored)) == 1

    async def test_over_more_than_a_cell_may_hold_hides_none(
        self, store: MemoryStore, write: Any
    ) -> None:
        calm = [f"ben{n},2026-03-02,0,0,0,0,0,0,0,0,0,\n" for n in range(5000)]
        calm.insert(100, "dora,2026-03-02,0,0,0,0,0,0,0,0,3,\n")
        lines = CALM.replace("well", '"hello') + "".join(calm)
        lines += "fred,2026-03-02,0,0,0,0,0,0,0,0,2,\n"
        summary, refused = await imported(store, write(NOTED + lines), WITH_NOTE, dry_run=True)
        assert told(refused) == [(103, "dora", 3)]
        assert (summary.refused, summary.flags_raised) == (2, 1)


class TestMoreRefusalsThanAreKept:
    @pytest.mark.parametrize("at", [0, 500, KEPT_REFUSALS + 4])
    async def test_come_after_the_line_that_endorses_the_item(
        self, store: MemoryStore, write: Any, at: int
    ) -> None:
        lines = ["anna,x,2026-03-02,0\n"] * (KEPT_REFUSALS + 5)
        lines.insert(at, "ben,x,2026-03-02,3\n")
        file = write("who,total,when,item\n" + "".join(lines))
        summary, refused = await imported(store, file, TOTALS)
        assert told(refused) == [(at + 2, "ben", 3)]
        assert refused[0].endorsed is not None
        assert [one.line for one in refused[1:]] == sorted(one.line for one in refused[1:])
        assert (summary.refused, len(refused)) == (KEPT_REFUSALS + 6, KEPT_REFUSALS + 1)
        assert (summary.refusals_left_out, summary.refusals) == (5, refused)

    async def test_are_counted_where_all_of_them_endorse_the_item(
        self, store: MemoryStore, write: Any
    ) -> None:
        lines = "".join(
            f"ben,x,2026-03-02T{n // 60:02}:{n % 60:02},1\n" for n in range(KEPT_REFUSALS + 2)
        )
        file = write("who,total,when,item\n" + lines)
        summary, refused = await imported(store, file, TOTALS)
        assert summary.endorsed_refused == len(refused) == KEPT_REFUSALS + 2
        assert summary.refusals_left_out == 0

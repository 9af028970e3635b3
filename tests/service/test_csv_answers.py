"""Importing questionnaires item by item: totals, incomplete forms, flags, and real answers.

The NHANES file is not ours to ship (see ../shared/data): where it is not there, its tests skip.
"""

import csv
import gzip
from datetime import date
from functools import partial
from itertools import islice
from typing import Any
from uuid import uuid4

import pytest

from events import practice
from events.assessment import AssessmentLeftIncomplete, AssessmentScored
from events.goal import GoalSet
from events.memory import MemoryStore
from events.practice import PracticeCommand, SetDuty
from events.practice_choices import Duty, DutyPerson
from events.record import Cause
from events.safety_flag import SafetyFlagRaised
from events.transact import handle
from service.csv_commands import ImportIds
from service.csv_file import CsvFile, FileRefused
from service.csv_rows import Columns, Moments, Refused
from service.csv_summary import Summary
from tests.house.tree import ROOT
from tests.ids import IN_MEMORY
from tests.service.conftest import lines_reviewed
from tests.service.csv_files import (
    BY_TIME,
    HALF,
    LONDON,
    NOW,
    PRACTICE,
    changed,
    facts,
    imported,
    opened,
    written,
)

IMPORTED = ImportIds(PRACTICE, IN_MEMORY)
ITEMS = tuple(f"q{n}" for n in range(1, 10))
HEADER = "who,when," + ",".join(ITEMS) + "\n"
ANSWERS = Columns(
    kind="assessments",
    client="who",
    value=None,
    answers=ITEMS,
    instrument="phq9",
    moments=BY_TIME,
    not_answered=frozenset({"", "7", "9"}),
)
NHANES = ROOT.parent / "shared" / "data" / "nhanes_dpq_2005_2018_phq9_items.csv.gz"
DPQ = tuple(f"DPQ0{n}0" for n in range(1, 10))
SURVEY = Columns(
    kind="assessments",
    client="SEQN",
    value=None,
    answers=DPQ,
    instrument="phq9",
    moments=Moments(by="start", column="", zone=LONDON, start=date(2018, 12, 31)),
    not_answered=frozenset({"", "7", "9"}),
)


@pytest.fixture
async def store() -> MemoryStore:
    """A practice with somebody on duty."""
    store = await opened(MemoryStore(lambda: NOW))
    await said(store, lines_reviewed(PRACTICE, "GB"))
    await on_duty(store, Duty(people=(DutyPerson(subject="dr-elm", name="Dr Elm"),)))
    return store


async def on_duty(store: MemoryStore, duty: Duty) -> None:
    await said(store, SetDuty(practice_id=PRACTICE, duty=duty))


async def said(store: MemoryStore, command: PracticeCommand) -> None:
    await handle(
        store,
        practice.PRACTICE,
        practice.PRACTICE.stream(PRACTICE, PRACTICE),
        command,
        cause=Cause(command_id=uuid4(), actor="cli:test", content=b"", correlation=uuid4()),
        occurred_at=NOW,
    )


@pytest.fixture
def write(tmp_path):
    return partial(written, folder=tmp_path)


async def taken(
    store: MemoryStore, file: CsvFile, columns: Columns = ANSWERS, **terms: Any
) -> tuple[Summary, list[Refused]]:
    return await imported(store, file, columns, **terms)


def lines(*forms: str) -> str:
    """One line for each form: the day in March, a colon, and nine answers."""
    cells = [form.split(":") for form in forms]
    return HEADER + "".join(f"anna,2026-03-{on:0>2},{answers}\n" for on, answers in cells)


class TestAForm:
    async def test_is_scored_from_its_answers(self, store, write):
        summary, refused = await taken(store, write(lines("2:1,2,3,0,1,2,0,1,0")))
        assert (summary.written, summary.incomplete, summary.flags_raised) == (1, 0, 0)
        assert refused == []
        (form,) = await facts(store, AssessmentScored)
        assert (form.total, form.answers) == (10, (1, 2, 3, 0, 1, 2, 0, 1, 0))
        assert form.client_id == IMPORTED.client("anna")

    async def test_with_answers_missing_is_kept_without_a_total(self, store, write):
        # 7 stands for refused and 9 for don't know: neither is an answer.
        summary, refused = await taken(store, write(lines("2:1,7,3,0,,2,9,1,0")))
        assert (summary.written, summary.incomplete, refused) == (1, 1, [])
        (form,) = await facts(store, AssessmentLeftIncomplete)
        assert form.answers == (1, None, 3, 0, None, 2, None, 1, 0)
        assert await facts(store, AssessmentScored) == []

    async def test_is_prorated_by_the_practices_own_number(self, store, write):
        file = write(lines("2:1,1,1,1,1,1,1,1,", "3:1,1,1,1,1,1,,,"))
        await imported(store, file, ANSWERS, missing_allowed={"phq9": 1})
        forms = await facts(store, AssessmentLeftIncomplete)
        assert [form.prorated for form in forms] == [9, None]

    async def test_without_any_answer_is_skipped(self, store, write):
        summary, _ = await taken(store, write(lines("2:,7,9,,,,,,")))
        assert (summary.lines, summary.missing, summary.written) == (1, 1, 0)
        assert summary.clients_enrolled == 0

    async def test_raises_a_flag_in_the_same_append(self, store, write):
        file = write(lines("2:0,0,0,0,0,0,0,0,1", "3:,,,,,,,,2", "4:3,3,3,3,3,3,3,3,0"))
        summary, refused = await taken(store, file)
        assert (summary.written, summary.incomplete, summary.flags_raised) == (3, 1, 2)
        assert refused == []
        flags = await facts(store, SafetyFlagRaised)
        assert sorted((flag.item, flag.answer) for flag in flags) == [(9, 1), (9, 2)]
        assert {flag.to for flag in flags} == {("dr-elm",)}
        log = await store.read_practice(PRACTICE, limit=100)
        by_form = {one.command_id: one for one in log if isinstance(one.event, SafetyFlagRaised)}
        for one in log:
            if isinstance(one.event, AssessmentScored | AssessmentLeftIncomplete):
                is_flagged = (one.event.answers or ())[8] != 0
                assert (one.command_id in by_form) is is_flagged

    async def test_of_many_at_once_raises_every_flag_of_one_client(self, store, write):
        forms = [f"{on}:0,0,0,0,0,0,0,0,3" for on in range(1, 31)]
        summary, refused = await taken(store, write(lines(*forms)))
        assert (summary.written, summary.flags_raised, refused) == (30, 30, [])
        assert len(await facts(store, SafetyFlagRaised)) == 30

    async def test_is_taken_once_with_its_flag(self, store, write):
        text = lines("2:0,0,0,0,0,0,0,0,1", "3:1,,,,,,,,")
        await taken(store, write(text))
        head = await store.head(PRACTICE)
        again, refused = await taken(store, write(text))
        assert (again.written, again.already_there, refused) == (0, 2, [])
        assert (again.incomplete, again.flags_raised) == (0, 0)
        assert await store.head(PRACTICE) == head

    async def test_that_says_something_else_than_before_is_refused(self, store, write):
        await taken(store, write(lines("2:1,1,1,1,1,1,1,1,0")))
        # The total is the same, the answers are not.
        summary, refused = await taken(store, write(lines("2:1,1,1,1,1,1,1,0,1")))
        assert (summary.written, summary.flags_raised, summary.refused) == (0, 0, 1)
        assert refused[0].why.startswith("another value was recorded before")

    @pytest.mark.parametrize(
        ("answers", "why"),
        [
            ("4,0,0,0,0,0,0,0,0", "column 'q1': expected 0 to 3"),
            ("0,0,0,0,0,0,0,0,8", "column 'q9': expected 0 to 3"),
            ("0,x,0,0,0,0,0,0,0", "column 'q2': expected a number"),
            ("0,1.5,0,0,0,0,0,0,0", "column 'q2': expected the points of an answer"),
            ("0,-1,0,0,0,0,0,0,0", "column 'q2': expected the points of an answer"),
        ],
    )
    async def test_is_refused_by_the_column_at_fault(self, store, write, answers, why):
        summary, refused = await taken(store, write(lines(f"2:{answers}")))
        assert (summary.written, summary.refused) == (0, 1)
        assert refused[0].why.startswith(why)

    async def test_may_come_with_its_total_which_must_be_theirs(self, store, write):
        columns = changed(ANSWERS, value="total")
        text = "who,when,total," + ",".join(ITEMS) + "\n"
        right = text + "anna,2026-03-02,3,1,1,1,0,0,0,0,0,0\nanna,2026-03-03,7,,,,,,,,,\n"
        summary, refused = await taken(store, write(right), columns)
        assert (summary.written, refused) == (2, [])
        assert [form.total for form in await facts(store, AssessmentScored)] == [3, 7]
        for wrong in ("4,1,1,1,0,0,0,0,0,0", "3,1,1,1,0,0,0,0,0,"):
            _, refused = await taken(store, write(f"{text}anna,2026-03-09,{wrong}\n"), columns)
            assert len(refused) == 1
            assert "column" in refused[0].why


class TestNobodyOnDuty:
    @pytest.fixture
    async def store(self) -> MemoryStore:
        return await opened(MemoryStore(lambda: NOW))

    @pytest.mark.parametrize("dry_run", [False, True])
    async def test_leaves_every_answer_untaken_and_enrols_nobody(self, store, write, dry_run):
        file = write(lines("2:0,0,0,0,0,0,0,0,0", "3:0,0,0,0,0,0,0,0,3"))
        head = await store.head(PRACTICE)
        summary, refused = await taken(store, file, dry_run=dry_run, goal=HALF)
        assert (summary.written, summary.refused, summary.goals_set) == (0, 2, 0)
        assert all("nobody is on duty" in one.why for one in refused)
        assert all("cairn practice duty" in one.why for one in refused)
        assert await store.head(PRACTICE) == head

    async def test_finds_again_what_was_imported_while_somebody_was(self, store, write):
        await said(store, lines_reviewed(PRACTICE, "GB"))
        text = lines("2:0,0,0,0,0,0,0,0,1", "3:1,,,,,,,,", "4:2,2,2,2,2,2,2,2,0")
        await on_duty(store, Duty(people=(DutyPerson(subject="dr-elm", name="Dr Elm"),)))
        await taken(store, write(text), goal=HALF)
        await on_duty(store, Duty())
        head = await store.head(PRACTICE)
        again, refused = await taken(store, write(text), goal=HALF)
        assert (again.written, again.already_there, refused) == (0, 3, [])
        # What is new in the file is not taken, and neither is what says something else.
        more = lines("2:0,0,0,0,0,0,0,0,2", "3:1,,,,,,,,", "9:2,2,2,2,2,2,2,2,0")
        _, refused = await taken(store, write(more))
        # Whether something may be taken is told first, and then whether it was taken before.
        assert [one.why.partition(":")[0] for one in refused] == [
            "nobody is on duty to see an answer about suicide"
        ] * 2
        assert await store.head(PRACTICE) == head

    async def test_gives_no_goal_from_a_form_that_was_not_taken(self, store, write):
        columns = changed(ANSWERS, value="total")
        text = "who,when,total," + ",".join(ITEMS) + "\n"
        text += "anna,2026-03-02,,2,2,2,2,2,2,2,2,0\nanna,2026-03-09,12,,,,,,,,,\n"
        summary, refused = await taken(store, write(text), columns, goal=HALF)
        assert (summary.written, summary.goals_set, len(refused)) == (1, 0, 1)

    async def test_does_not_concern_a_form_without_the_question(self, store, write):
        text = "who,when," + ",".join(ITEMS[:8]) + "\nanna,2026-03-02,1,1,1,1,1,1,1,1\n"
        columns = changed(ANSWERS, answers=ITEMS[:8], instrument="phq8")
        summary, refused = await imported(store, write(text), columns)
        assert (summary.written, refused) == (1, [])

    async def test_takes_totals_of_old_with_the_flags_they_raise(self, store, write):
        columns = changed(ANSWERS, value="total", answers=(), suicide_item="item9")
        file = write("who,when,total,item9\nanna,2026-03-02,20,0\nanna,2026-03-09,20,2\n")
        summary, refused = await imported(store, file, columns)
        assert (summary.written, summary.flags_raised, refused) == (2, 1, [])
        (flag,) = await facts(store, SafetyFlagRaised)
        assert (flag.answer, flag.to) == (2, ())


@pytest.mark.parametrize("total", ["", "NA"])
async def test_a_line_without_a_total_is_not_skipped_where_it_endorses_the_item(
    store, write, total
):
    columns = changed(
        ANSWERS, value="total", answers=(), suicide_item="item", missing=frozenset({"", "NA"})
    )
    text = f"who,when,total,item\nanna,2026-03-02,{total},2\nben,2026-03-02,{total},0\n"
    summary, refused = await taken(store, write(text), columns)
    assert (summary.missing, summary.refused) == (1, 1)
    assert "column 'item'" in refused[0].why
    assert "no flag would be raised" in refused[0].why


@pytest.mark.parametrize("instrument", ["bdi2", "phq9", "core10", "qids_sr16"])
class TestATotalThatHidesAnItem:
    async def test_is_kept_as_not_recorded_where_no_column_says_it(self, store, write, instrument):
        columns = changed(ANSWERS, value="total", answers=(), instrument=instrument)
        summary, _ = await taken(store, write("who,when,total\nanna,2026-03-02,20\n"), columns)
        (form,) = await facts(store, AssessmentScored)
        assert form.suicide_item == "not_recorded"
        assert (summary.written, summary.suicide_item_not_recorded) == (1, 1)

    async def test_raises_a_flag_where_a_column_says_it(self, store, write, instrument):
        columns = changed(
            ANSWERS, value="total", answers=(), instrument=instrument, suicide_item="item"
        )
        days = "anna,2026-03-02,20,1\nanna,2026-03-03,20,\nanna,2026-03-04,20,0\n"
        text = f"who,when,total,item\n{days}anna,2026-03-05,20,not_recorded\n"
        summary, refused = await taken(store, write(text), columns)
        assert (summary.written, summary.flags_raised, refused) == (4, 1, [])
        assert summary.suicide_item_not_recorded == 2
        said = [form.suicide_item for form in await facts(store, AssessmentScored)]
        assert sorted(said, key=str) == [0, 1, "not_recorded", "not_recorded"]

    async def test_is_refused_by_its_column_beyond_the_item(self, store, write, instrument):
        columns = changed(
            ANSWERS, value="total", answers=(), instrument=instrument, suicide_item="item"
        )
        file = write("who,when,total,item\nanna,2026-03-02,20,5\n")
        _, (refused,) = await taken(store, file, columns)
        assert refused.why.startswith("column 'item': ")


async def test_an_empty_cell_of_the_item_says_nothing_where_the_form_does_not_hide_it(store, write):
    columns = changed(
        ANSWERS, value="total", answers=(), instrument=None, instrument_column="form",
        suicide_item="item",
    )  # fmt: skip
    text = "who,when,form,total,item\nanna,2026-03-02,gad7,9,\nanna,2026-03-02,phq9,9,0\n"
    summary, refused = await taken(store, write(text), columns)
    assert (summary.written, refused) == (2, [])


class TestAGoalFromTheFirstScore:
    async def test_comes_from_the_first_form_that_has_a_total(self, store, write):
        file = write(lines("2:3,3,3,3,,3,3,3,0", "9:2,2,2,2,2,2,2,2,0", "16:1,1,1,1,1,1,1,1,0"))
        summary, refused = await taken(store, file, goal=HALF)
        assert (summary.goals_set, refused) == (1, [])
        (goal,) = await facts(store, GoalSet)
        assert (goal.measure.baseline, goal.starts_on.day) == (16, 9)


class TestADryRun:
    async def test_counts_as_the_real_one_and_writes_nothing(self, store, write):
        text = lines("2:0,0,0,0,0,0,0,0,1", "3:1,,,,,,,,", "4:1,1,1,1,1,1,1,1,0")
        head = await store.head(PRACTICE)
        dry, _ = await taken(store, write(text), dry_run=True)
        assert await store.head(PRACTICE) == head
        real, _ = await taken(store, write(text))
        counts = ("written", "incomplete", "flags_raised", "clients_enrolled")
        assert [getattr(dry, one) for one in counts] == [getattr(real, one) for one in counts]
        assert (dry.written, dry.incomplete, dry.flags_raised) == (3, 1, 1)


class TestAGzippedFile:
    async def test_is_read_like_any_other(self, store, tmp_path):
        path = tmp_path / "phq9.csv.gz"
        path.write_bytes(gzip.compress(lines("2:1,1,1,1,1,1,1,1,0").encode("utf-16")))
        shown: list[Any] = []
        file = CsvFile(path)
        shown += [read_bytes for _, _, read_bytes in file.lines()]
        assert shown == [file.size_bytes]
        summary, refused = await taken(store, file)
        assert (summary.written, refused) == (1, [])

    def test_that_is_broken_is_refused_as_a_whole(self, tmp_path):
        whole = gzip.compress(lines(*(f"{n}:1,1,1,1,1,1,1,1,0" for n in range(1, 30))).encode())
        for broken in (whole[:40], whole[:20] + b"\x00" * 30 + whole[50:], b"\x1f\x8bnone"):
            path = tmp_path / "broken.csv.gz"
            path.write_bytes(broken)
            with pytest.raises(FileRefused, match="gzipped, but broken"):
                list(CsvFile(path).lines())

    def test_that_holds_a_line_without_an_end_is_refused_before_it_fills_the_memory(self, tmp_path):
        path = tmp_path / "bomb.csv.gz"
        path.write_bytes(gzip.compress(b"who,when\n" + b"x" * 3_000_000))
        with pytest.raises(FileRefused, match="a line without an end"):
            list(CsvFile(path).lines())


@pytest.mark.skipif(not NHANES.exists(), reason=f"{NHANES.name} is not beside the project")
class TestTheAnswersOfASurvey:
    """NHANES 2005-2018: 7 is refused and 9 is don't know."""

    SAMPLE = 300

    @pytest.fixture
    def rows(self):
        """Rows of every kind: most of them anybody's, and a hundred who endorsed item 9."""
        with gzip.open(NHANES, "rt", newline="") as file:
            everybody = list(csv.DictReader(file))
        endorsed = [row for row in everybody if row["DPQ090"] in ("1", "2", "3")]
        return [*islice(everybody, self.SAMPLE - 100), *endorsed[-100:]]

    async def test_come_out_as_the_file_says(self, store, tmp_path, rows):
        path = tmp_path / "sample.csv.gz"
        with gzip.open(path, "wt", newline="") as file:
            out = csv.DictWriter(file, list(rows[0]))
            out.writeheader()
            out.writerows(rows)
        given = [
            [None if row[one] in ("", "7", "9") else int(row[one]) for one in DPQ] for row in rows
        ]
        some = [one for one in given if any(answer is not None for answer in one)]
        whole = [one for one in some if None not in one]
        flagged = [one for one in some if one[8]]
        assert (len(rows), len(flagged) >= 100) == (self.SAMPLE, True)
        assert len(some) > len(whole)

        summary, refused = await taken(store, CsvFile(path), SURVEY)
        assert refused == []
        assert (summary.lines, summary.written) == (self.SAMPLE, len(some))
        assert summary.missing == self.SAMPLE - len(some)
        assert summary.incomplete == len(some) - len(whole)
        assert summary.flags_raised == len(flagged)
        assert len(await facts(store, SafetyFlagRaised)) == len(flagged)
        totals = [form.total for form in await facts(store, AssessmentScored)]
        assert sorted(totals) == sorted(sum(filter(None, one)) for one in whole)

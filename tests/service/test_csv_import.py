"""Importing CSV files: what is taken, what is refused and how, and that nothing is taken twice."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from uuid import UUID, uuid4

import pytest

from events import client
from events.assessment import AssessmentScored
from events.client import CLIENT, ClientEnrolled, DischargeClient
from events.goal import GoalAgreed, GoalSet
from events.measure import TargetPercent
from events.memory import MemoryStore
from events.mood import MoodLogged
from events.record import Cause, Receipt, Step
from events.transact import handle
from service.csv_commands import ImportIds
from service.csv_rows import Scale
from service.csv_summary import Summary
from tests.ids import IN_MEMORY
from tests.service.csv_files import (
    BY_DAY,
    HALF,
    MOODS,
    NOW,
    PRACTICE,
    SCORES,
    changed,
    facts,
    imported,
    opened,
    written,
)

IMPORTED = ImportIds(PRACTICE, IN_MEMORY)


@pytest.fixture
async def store() -> MemoryStore:
    return await opened(MemoryStore(lambda: NOW))


@pytest.fixture
def write(tmp_path):
    return partial(written, folder=tmp_path)


class TestImportingMoods:
    async def test_logs_each_line_as_it_happened(self, store, write):
        file = write(
            "who,mood,when,said\n"
            'anna,7,2026-03-02T21:30:00+01:00,"slept, at last"\n'
            "anna,4,2026-03-03,\n"
            "ben,10,2026-07-01 08:15,\n"
        )
        summary, refused = await imported(store, file, changed(MOODS, note="said"))
        assert (summary.written, summary.clients_enrolled, refused) == (3, 2, [])
        anna, later, ben = await facts(store, MoodLogged)
        assert (anna.rating, anna.note) == (7, "slept, at last")
        assert anna.occurred_at.isoformat() == "2026-03-02T21:30:00+01:00"
        # A day alone is noon, and a time without an offset is the clock on the wall of the zone.
        assert later.occurred_at.isoformat() == "2026-03-03T12:00:00+00:00"
        assert ben.occurred_at.isoformat() == "2026-07-01T08:15:00+01:00"
        assert anna.client_id == later.client_id == IMPORTED.client("anna")

    async def test_never_takes_a_missing_value_for_zero(self, store, write):
        file = write("who,mood,when\nanna,,2026-03-02\nanna,NA,2026-03-03\nanna,3,2026-03-04\n")
        columns = changed(MOODS, missing=frozenset({"", "NA"}))
        summary, refused = await imported(store, file, columns)
        assert (summary.lines, summary.missing, summary.written, refused) == (3, 2, 1, [])
        assert [one.rating for one in await facts(store, MoodLogged)] == [3]

    @pytest.mark.parametrize(
        ("value", "rating"),
        # 1 + 9 (v - 42) / (0 - 42), to the nearest whole number: worked out by hand.
        [("42", 1), ("0", 10), ("21", 6), ("37.4", 2), ("39.7", 1), ("39.6", 2), ("2.3", 10)],
    )
    async def test_maps_another_scale_along_a_straight_line(self, store, write, value, rating):
        file = write(f"who,mood,when\nanna,{value},2026-03-02\n")
        await imported(store, file, changed(MOODS, scale=Scale(worst=42, best=0)))
        assert [one.rating for one in await facts(store, MoodLogged)] == [rating]

    async def test_counts_days_from_the_first(self, store, write):
        file = write("who,mood,day\nanna,5,1\nanna,6,29\n")
        await imported(store, file, changed(MOODS, moments=BY_DAY))
        days = [one.occurred_at.isoformat() for one in await facts(store, MoodLogged)]
        # Day 29 lies after the clocks have changed: noon stays noon.
        assert days == ["2026-03-02T12:00:00+00:00", "2026-03-30T12:00:00+01:00"]


class TestALine:
    @pytest.mark.parametrize(
        ("cells", "why"),
        [
            ("anna,0,2026-03-02", "column 'mood': expected a whole number from 1 to 10"),
            ("anna,11,2026-03-02", "column 'mood': expected a whole number from 1 to 10"),
            ("anna,6.5,2026-03-02", "column 'mood': expected a whole number from 1 to 10"),
            ("anna,nan,2026-03-02", "column 'mood': expected a number"),
            ("anna,1e1,2026-03-02", "column 'mood': expected a number"),
            ("anna,1_0,2026-03-02", "column 'mood': expected a number"),
            ("anna,٧,2026-03-02", "column 'mood': expected a number"),
            ("anna,7,yesterday", "column 'when': expected a date or time such as"),
            ("anna,7,", "column 'when': expected a date or time such as"),
            ("anna,7,2026-11-02", "column 'when': This time lies ahead"),
            ("anna,7,0001-01-01", "column 'when': This time or day"),
            (",7,2026-03-02", "column 'who': expected a value, the cell is empty"),
            ("anna,7", "expected 3 cells, as in the header"),
            ("anna,7,2026-03-02,", "expected 3 cells, as in the header"),
            ('anna,"7"x,2026-03-02', "it can not be read as CSV"),
        ],
    )
    async def test_is_refused_by_its_number_and_column(self, store, write, cells, why):
        file = write(f"who,mood,when\nben,5,2026-03-01\n{cells}\nben,5,2026-03-03\n")
        summary, refused = await imported(store, file)
        assert (summary.written, summary.refused) == (2, 1)
        assert refused[0].line == 3
        assert refused[0].why.startswith(why)
        # What was refused enrolled nobody.
        assert [one.display_name for one in await facts(store, ClientEnrolled)] == ["ben"]

    async def test_is_counted_in_lines_of_the_file_also_after_a_note_of_several(self, store, write):
        file = write('who,mood,when,said\nanna,5,2026-03-01,"one\ntwo\n"\nanna,99,2026-03-02,\n')
        _, refused = await imported(store, file, changed(MOODS, note="said"))
        assert [one.line for one in refused] == [5]

    async def test_is_refused_where_a_quote_never_ends(self, store, write):
        file = write('who,mood,when\nanna,5,2026-03-01\nanna,"5,2026-03-02\nanna,5,2026-03-03\n')
        summary, refused = await imported(store, file)
        assert (summary.written, [one.line for one in refused]) == (1, [3])

    async def test_is_never_quoted_in_its_refusal(self, store, write):
        file = write("who,mood,when\nanna,777,2026-03-02\nanna,7,SECRET\n")
        _, refused = await imported(store, file)
        assert not [one for one in refused if "777" in one.why or "SECRET" in one.why]

    async def test_of_an_unknown_client_is_refused_unless_enrolling(self, store, write):
        text = "who,mood,when\nanna,7,2026-03-02\n"
        summary, refused = await imported(store, write(text), enrol=False)
        assert summary.refused == 1
        assert refused[0].why.startswith("column 'who': this client is not enrolled")
        assert await store.head(PRACTICE) == 1

    async def test_finds_a_client_by_id(self, store, write):
        await imported(store, write("who,mood,when\nanna,7,2026-03-02\n"))
        anna = IMPORTED.client("anna")
        file = write(f"who,mood,when\n{anna},7,2026-03-03\n")
        summary, refused = await imported(store, file, enrol=False)
        assert (summary.written, refused) == (1, [])

    @pytest.mark.parametrize(
        ("cells", "why"),
        [
            ("anna,28,phq9", "column 'total': This instrument's totals go"),
            ("anna,9.5,phq9", "column 'total': This instrument's totals go"),
            ("anna,9,phq10", "column 'scale': No instrument of this name"),
            ("anna,9,", "column 'scale': expected a value"),
        ],
    )
    async def test_names_the_instrument_at_fault(self, store, write, cells, why):
        file = write(f"who,total,scale,when\n{cells},2026-03-02\n")
        columns = changed(SCORES, instrument=None, instrument_column="scale")
        summary, refused = await imported(store, file, columns)
        assert summary.written == 0
        assert refused[0].why.startswith(why)


class TestImportingAgain:
    TEXT = "who,mood,when\nanna,7,2026-03-02\nben,5,2026-03-02\nanna,6,2026-03-03\n"

    async def test_writes_nothing_and_says_so(self, store, write):
        await imported(store, write(self.TEXT))
        head = await store.head(PRACTICE)
        summary, refused = await imported(store, write(self.TEXT))
        assert (summary.written, summary.already_there, refused) == (0, 3, [])
        assert summary.clients_enrolled == 0
        assert await store.head(PRACTICE) == head

    async def test_writes_what_was_added_since(self, store, write):
        await imported(store, write(self.TEXT))
        summary, _ = await imported(store, write(self.TEXT + "cleo,4,2026-03-04\n"))
        assert (summary.written, summary.already_there) == (1, 3)

    async def test_refuses_a_value_that_has_changed(self, store, write):
        await imported(store, write(self.TEXT))
        summary, refused = await imported(store, write(self.TEXT.replace("ben,5", "ben,6")))
        assert (summary.already_there, [one.line for one in refused]) == (2, [3])
        assert refused[0].why.startswith("another value was recorded before")
        assert [one.rating for one in await facts(store, MoodLogged)] == [7, 5, 6]

    async def test_is_the_same_as_a_line_said_twice_in_one_file(self, store, write):
        file = write("who,mood,when\nanna,7,2026-03-02\nanna,7,2026-03-02\nanna,8,2026-03-02\n")
        summary, refused = await imported(store, file)
        assert (summary.written, summary.already_there, summary.refused) == (1, 1, 1)
        assert refused[0].line == 4


class TestADryRun:
    async def test_says_what_would_come_and_writes_nothing(self, store, write):
        text = "who,total,when\nanna,18,2026-03-02\nanna,17,2026-03-16\nben,40,2026-03-02\n"
        dry, told = await imported(store, write(text), SCORES, goal=HALF, dry_run=True)
        assert await store.head(PRACTICE) == 1
        real, told_then = await imported(store, write(text), SCORES, goal=HALF)
        assert (dry.written, dry.refused, dry.clients_enrolled, dry.goals_set) == (2, 1, 1, 1)
        assert (real.written, real.refused, real.clients_enrolled, real.goals_set) == (2, 1, 1, 1)
        assert told == told_then

    async def test_sees_what_is_there_already_and_what_has_changed(self, store, write):
        text = "who,mood,when\nanna,7,2026-03-02\nanna,6,2026-03-03\n"
        await imported(store, write(text))
        changed_text = text.replace("anna,6", "anna,5") + "anna,4,2026-03-04\nanna,4,2026-03-04\n"
        summary, refused = await imported(store, write(changed_text), dry_run=True)
        assert (summary.already_there, summary.written) == (2, 1)
        assert [one.line for one in refused] == [3]


class TestGoalsFromFirstScores:
    async def test_are_set_as_of_the_first_score_and_agreed_by_both(self, store, write):
        # The first by its date, wherever it stands in the file.
        file = write("who,total,when\nanna,10,2026-05-01\nanna,18,2026-03-02T23:30:00+00:00\n")
        summary, refused = await imported(store, file, SCORES, goal=HALF)
        assert (summary.goals_set, refused) == (1, [])
        (goal,) = await facts(store, GoalSet)
        assert (goal.starts_on, goal.due_on) == (date(2026, 3, 2), date(2026, 4, 27))
        assert goal.measure.baseline == 18
        assert goal.measure.target == TargetPercent(percent=-50)
        assert {one.party for one in await facts(store, GoalAgreed)} == {"clinician", "client"}

    async def test_come_after_every_score(self, store, write):
        # A worker may look at a goal the moment it is agreed: it has to find all of the evidence.
        file = write("who,total,when\nanna,18,2026-03-02\nben,9,2026-03-02\nanna,8,2026-04-02\n")
        await imported(store, file, SCORES, goal=HALF)
        kinds = [type(one.event) for one in await store.read_practice(PRACTICE)]
        last_score = max(n for n, kind in enumerate(kinds) if kind is AssessmentScored)
        assert last_score < kinds.index(GoalSet)

    async def test_are_reported_where_the_first_score_leaves_no_room(self, store, write):
        file = write("who,total,when\nanna,0,2026-03-02\nben,12,2026-03-02\n")
        summary, refused = await imported(store, file, SCORES, goal=HALF)
        assert (summary.written, summary.goals_set, summary.refused) == (2, 1, 0)
        assert (summary.goals_refused, refused[0].line, refused[0].is_taken) == (1, 2, True)
        assert refused[0].why.startswith("the goal was not set: column 'total': The target")

    @pytest.mark.parametrize("dry_run", [False, True])
    async def test_are_reported_and_not_set_for_who_was_discharged(self, store, write, *, dry_run):
        enrolling = "who,total,when\nanna,20,2026-02-02\n"
        await imported(store, write(enrolling), SCORES)
        await discharge_all(store)
        file = write("who,total,when\nben,12,2026-03-02\nanna,18,2026-03-02\ncara,9,2026-03-02\n")
        summary, refused = await imported(store, file, SCORES, goal=HALF, dry_run=dry_run)
        # Late entries are taken, and the rest goes on.
        assert (summary.written, summary.goals_set, summary.refused) == (3, 2, 0)
        assert (summary.goals_refused, counts(summary)) == (1, summary.lines)
        assert [(one.line, one.why) for one in refused] == [
            (3, "the goal was not set: this client was discharged, and no goal begins after that")
        ]
        if not dry_run:
            assert len(await facts(store, GoalSet)) == 2
            assert len(await facts(store, GoalAgreed)) == 4

    @pytest.mark.parametrize("dry_run", [False, True])
    async def test_are_not_asked_for_where_the_line_itself_was_refused(
        self, store, write, *, dry_run
    ):
        """Refused once, not for the goal as well; and no goal comes from a score of no form."""
        await imported(store, write("who,total,when\nanna,18,2026-03-02\n"), SCORES)
        for discharged in (False, True):
            file = write("who,total,when\nanna,16,2026-03-02\nanna,9,2026-04-02\n")
            summary, refused = await imported(store, file, SCORES, goal=HALF, dry_run=dry_run)
            assert [one.why.partition(":")[0] for one in refused] == [
                "another value was recorded before for this client, instrument and time"
            ]
            assert (summary.refused, summary.goals_refused, summary.goals_set) == (1, 0, 0)
            assert counts(summary) == summary.lines == 2
            if not discharged:
                await discharge_all(store)
        assert await facts(store, GoalSet) == []

    @pytest.mark.parametrize("dry_run", [False, True])
    async def test_are_there_still_for_who_was_discharged_since(self, store, write, *, dry_run):
        text = "who,total,when\nanna,18,2026-03-02\n"
        await imported(store, write(text), SCORES, goal=HALF)
        await discharge_all(store)
        head = await store.head(PRACTICE)
        again, refused = await imported(store, write(text), SCORES, goal=HALF, dry_run=dry_run)
        assert (again.already_there, again.goals_set, refused) == (1, 0, [])
        assert await store.head(PRACTICE) == head

    async def test_are_not_agreed_for_who_was_discharged_in_between(self, write):
        store = EndsBeforeAgreeing(lambda: NOW)
        await opened(store)
        text = "who,total,when\nanna,18,2026-03-02\n"
        with pytest.raises(ConnectionError):
            await imported(store, write(text), SCORES, goal=HALF)
        await discharge_all(store)
        summary, refused = await imported(store, write(text), SCORES, goal=HALF)
        assert (summary.already_there, summary.refused, summary.goals_refused) == (1, 0, 1)
        assert (refused[0].line, counts(summary)) == (2, 1)
        assert await facts(store, GoalAgreed) == []

    async def test_are_set_once(self, store, write):
        text = "who,total,when\nanna,18,2026-03-02\n"
        await imported(store, write(text), SCORES, goal=HALF)
        head = await store.head(PRACTICE)
        summary, refused = await imported(store, write(text), SCORES, goal=HALF)
        assert (summary.goals_set, refused) == (0, [])
        assert await store.head(PRACTICE) == head

    async def test_are_agreed_by_the_next_run_where_the_first_ended_in_between(self, write):
        store = EndsBeforeAgreeing(lambda: NOW)
        await opened(store)
        text = "who,total,when\nanna,18,2026-03-02\n"
        with pytest.raises(ConnectionError):
            await imported(store, write(text), SCORES, goal=HALF)
        assert len(await facts(store, GoalSet)) == 1
        await imported(store, write(text), SCORES, goal=HALF)
        assert len(await facts(store, GoalSet)) == 1
        assert len(await facts(store, GoalAgreed)) == 2


def counts(summary: Summary) -> int:
    """Each line is counted once."""
    return summary.written + summary.already_there + summary.missing + summary.refused


async def discharge_all(store: MemoryStore) -> None:
    for enrolled in await facts(store, ClientEnrolled):
        await handle(
            store,
            client.CLIENT,
            CLIENT.stream(PRACTICE, enrolled.client_id),
            DischargeClient(client_id=enrolled.client_id),
            cause=Cause(
                command_id=uuid4(), actor="clinician:ida", content=b"", correlation=uuid4()
            ),
            occurred_at=NOW,
        )


class EndsBeforeAgreeing(MemoryStore):
    """Loses its connection once, when an agreement is to be recorded."""

    has_ended = False

    async def append(self, practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        agrees = any(isinstance(event, GoalAgreed) for step in steps for event in step.events)
        if agrees and not self.has_ended:
            self.has_ended = True
            raise ConnectionError
        return await super().append(practice_id, steps, cause=cause)

"""queries: what the views answer, to whom, in which order, and what workers are owed."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from msgspec.structs import replace

from events.check_in import CheckInWithdrawn
from events.goal import (
    GoalDeadlineRevised,
    GoalFoundAtRisk,
    GoalPaused,
    GoalTargetMet,
    Stage,
)
from events.measure import Progress
from events.mood import MoodCorrected, MoodLogged, MoodWithdrawn
from events.suggestion import SuggestionDismissed
from projections.catalogue import PROJECTIONS, VIEW_NAMES
from projections.goal_status import GoalStatus
from tests.projections.conftest import Record
from tests.projections.past import (
    ANNA,
    BEN,
    DUE,
    PRACTICE,
    SLEEP,
    WALK,
    Log,
    agreed,
    anna_enrolled,
    checked_in,
    day,
    goal_set,
    mood,
    scored,
)
from tests.projections.test_goal_status import missed, moved, offered

OTHER = UUID(int=2)
PAST_DUE = day(60)


async def project(record: Record, *facts) -> None:
    await record.keep(Log().add(*facts).kept)
    await record.projector().catch_up(PRACTICE)


def anna_under_way(*facts):
    return anna_enrolled(), goal_set(), *agreed(), *facts


class TestGoals:
    async def test_one_goal_by_its_id(self, record):
        await project(record, *anna_under_way(scored(1, 18, day(7))))
        row = await record.views.goal(PRACTICE, WALK)
        assert isinstance(row, GoalStatus)
        assert (row.goal.stage, row.progress.fraction) == (Stage.ACTIVE, 0.5)

    async def test_another_practices_goal_is_not_there(self, record):
        await project(record, *anna_under_way())
        assert await record.views.goal(OTHER, WALK) is None
        assert await record.views.goals(OTHER, ANNA, now=day(1)) == []

    async def test_the_scores_of_a_client_are_no_goal(self, record):
        await project(record, *anna_under_way(scored(1, 18, day(7))))
        assert await record.views.goal(PRACTICE, ANNA) is None
        assert [one.goal_id for one in await record.views.goals(PRACTICE, ANNA, now=day(1))] == [
            WALK
        ]

    async def test_are_listed_by_stage_course_and_deadline(self, record):
        paused = UUID(int=0xC7)
        await project(
            record,
            *anna_under_way(),
            goal_set(SLEEP, due_on=day(200).date()),
            *agreed(SLEEP),
            goal_set(paused),
            *agreed(paused),
            GoalPaused(goal_id=paused),
        )

        async def listed(now=None, **filters):
            found = await record.views.goals(PRACTICE, ANNA, now=now or day(1), **filters)
            return [one.goal_id for one in found]

        assert await listed() == [WALK, SLEEP, paused]
        assert await listed(stage=Stage.PAUSED) == [paused]
        assert await listed(course="on_course") == [WALK, SLEEP]
        assert await listed(day(20), course="at_risk") == [WALK]
        assert await listed(PAST_DUE, course="past_its_date") == [WALK]
        assert await listed(PAST_DUE, course="at_risk") == [SLEEP]
        assert await listed(due_before=DUE) == []
        assert await listed(due_before=DUE + timedelta(days=1)) == [WALK, paused]

    async def test_come_in_pages(self, record):
        ids = [UUID(int=0xD00 + nth) for nth in range(5)]
        await project(record, anna_enrolled(), *(goal_set(one) for one in ids))
        first = await record.views.goals(PRACTICE, ANNA, now=day(1), limit=2)
        rest = await record.views.goals(PRACTICE, ANNA, now=day(1), after=first[-1].goal_id)
        assert [one.goal_id for one in (*first, *rest)] == ids


class TestCaseload:
    async def test_shows_the_hour_s_risks(self, record):
        await project(record, *anna_under_way())
        for now, expected in [
            (day(1), []),
            (day(20), ["at_risk"]),
            (PAST_DUE, ["assessments_not_recorded"]),
        ]:
            row = await record.views.client(PRACTICE, ANNA, now=now)
            assert [one.kind for one in row.attention] == expected

    async def test_a_recovered_goal_waits_no_more(self, record):
        found = GoalFoundAtRisk(goal_id=WALK, due_on=DUE, progress=Progress(), evidence_position=1)
        await project(record, *anna_under_way(found, scored(1, 13, day(19))))
        row = await record.views.client(PRACTICE, ANNA, now=day(20))
        assert row.attention == ()

    async def test_can_be_asked_who_waits(self, record):
        await project(record, *anna_under_way(), anna_enrolled(client_id=BEN))

        async def listed(now, attention):
            found = await record.views.caseload(PRACTICE, now=now, attention=attention)
            return [one.client_id for one in found]

        assert await listed(day(1), None) == [ANNA, BEN]
        assert await listed(day(1), True) == []
        assert await listed(day(1), False) == [ANNA, BEN]
        assert await listed(day(20), True) == [ANNA]
        assert await listed(day(20), False) == [BEN]

    async def test_comes_in_pages(self, record):
        ids = [UUID(int=0xE00 + nth) for nth in range(5)]
        await project(record, *(anna_enrolled(client_id=one) for one in ids))
        first = await record.views.caseload(PRACTICE, now=day(1), limit=3)
        rest = await record.views.caseload(PRACTICE, now=day(1), after=first[-1].client_id)
        assert [one.client_id for one in (*first, *rest)] == ids

    async def test_another_practices_client_is_not_there(self, record):
        await project(record, *anna_under_way())
        assert await record.views.client(OTHER, ANNA, now=day(1)) is None


class TestEntries:
    async def test_moods_from_an_instant_to_before_another(self, record):
        facts = [mood(nth, 5, day(nth)) for nth in (3, 1, 2, 0)]
        await project(record, anna_enrolled(), *facts)
        found = await record.views.moods(PRACTICE, ANNA, from_at=day(1), to_at=day(3))
        assert [one.occurred_at for one in found] == [day(1), day(2)]
        assert len(await record.views.moods(PRACTICE, ANNA)) == 4
        assert await record.views.moods(PRACTICE, BEN) == []

    async def test_assessments_of_one_instrument(self, record):
        await project(
            record, anna_enrolled(), scored(1, 20, day(0)), scored(2, 9, day(1), instrument="phq9")
        )
        found = await record.views.assessments(PRACTICE, ANNA, instrument="phq9")
        assert [one.total for one in found] == [9]
        assert len(await record.views.assessments(PRACTICE, ANNA)) == 2


class TestSuggestions:
    async def test_come_in_the_order_of_their_offer_and_in_pages(self, record):
        offers = [offered(nth) for nth in (5, 2, 9)]
        await project(record, *anna_under_way(missed(), *offers))
        ids = [one.suggestion_id for one in offers]
        found = await record.views.suggestions(PRACTICE)
        assert [one.suggestion_id for one in found] == ids
        found = await record.views.suggestions(PRACTICE, after=ids[0], limit=1)
        assert [one.suggestion_id for one in found] == [ids[1]]

    async def test_can_be_asked_by_status_and_client(self, record):
        first, second = offered(1), offered(2)
        gone = SuggestionDismissed(suggestion_id=first.suggestion_id, goal_id=WALK)
        await project(record, *anna_under_way(missed(), first, second, gone))

        async def listed(**filters):
            return [
                one.suggestion_id for one in await record.views.suggestions(PRACTICE, **filters)
            ]

        assert await listed(status=["offered", "edited"]) == [second.suggestion_id]
        assert await listed(status=["dismissed"], client_id=ANNA) == [first.suggestion_id]
        assert await listed(client_id=BEN) == []
        one = await record.views.suggestion(PRACTICE, first.suggestion_id)
        assert one.status == "dismissed"
        assert await record.views.suggestion(OTHER, first.suggestion_id) is None


class TestHistoryAndTimeline:
    async def test_history_is_there_without_any_projection(self, record):
        await record.keep(Log().add(*anna_under_way(moved())).kept)
        assert [one.kind for one in await record.views.history(PRACTICE, WALK)] == [
            "set", "agreed", "agreed", "deadline_revised",
        ]  # fmt: skip
        assert await record.views.history(PRACTICE, ANNA) == []
        assert await record.views.history(OTHER, WALK) == []

    async def test_timeline_runs_backwards_in_pages_and_marks_what_came_later(self, record):
        logged = mood(1, 6, day(0))
        corrected = MoodCorrected(
            mood_id=logged.mood_id,
            from_rating=6,
            rating=7,
            from_occurred_at=day(0),
            occurred_at=day(0),
        )
        withdrawn = MoodWithdrawn(mood_id=logged.mood_id, reason="not mine")
        facts = (anna_enrolled(), logged, checked_in(1, 5, day(0)), corrected, withdrawn)
        await record.keep(Log().add(*facts).kept)
        first = await record.views.timeline(PRACTICE, ANNA, limit=3)
        rest = await record.views.timeline(PRACTICE, ANNA, before=first[-1].position)
        assert [one.kind for one in (*first, *rest)] == [
            "mood_withdrawn", "mood_corrected", "check_in_logged", "mood_logged", "client_enrolled",
        ]  # fmt: skip
        assert (rest[0].corrected, rest[0].withdrawn) == (True, True)
        assert await record.views.timeline(OTHER, ANNA) == []

    async def test_timeline_marks_nothing_by_what_somebody_else_did_under_the_same_id(self, record):
        logged = mood(1, 6, day(0))
        theirs = replace(checked_in(1, 5, day(0)), check_in_id=logged.mood_id, client_id=BEN)
        withdrawn = CheckInWithdrawn(
            check_in_id=logged.mood_id, goal_id=theirs.goal_id, reason="not mine"
        )
        facts = (anna_enrolled(), anna_enrolled(client_id=BEN), logged, theirs, withdrawn)
        await record.keep(Log().add(*facts).kept)
        marked = {
            one.kind: (one.corrected, one.withdrawn)
            for client_id in (ANNA, BEN)
            for one in await record.views.timeline(PRACTICE, client_id)
        }
        assert marked == {
            "client_enrolled": (False, False),
            "mood_logged": (False, False),
            "check_in_logged": (False, True),
            "check_in_withdrawn": (False, False),
        }


class TestPositions:
    async def test_waits_until_every_view_is_there(self, record):
        last = await record.keep(Log().add(*anna_under_way()).kept)
        assert not await record.views.wait_for(PRACTICE, last, VIEW_NAMES, seconds=0.05)
        waiting = asyncio.create_task(record.views.wait_for(PRACTICE, last, VIEW_NAMES))
        await record.projector(projections=PROJECTIONS[:2]).catch_up(PRACTICE)
        assert not await record.views.wait_for(PRACTICE, last, VIEW_NAMES, seconds=0.05)
        assert await record.views.wait_for(PRACTICE, last, ["goal_status"], seconds=0.05)
        await record.projector().catch_up(PRACTICE)
        assert await waiting
        assert await record.views.position(PRACTICE, "caseload") == last

    async def test_says_how_far_behind_each_view_is(self, record):
        assert await record.views.lag() == dict.fromkeys(VIEW_NAMES, 1)
        await record.keep(Log().add(*anna_under_way()).kept)
        await record.projector(projections=PROJECTIONS[:1]).catch_up(PRACTICE)
        lag = await record.views.lag()
        assert (lag["goal_status"], lag["caseload"]) == (0, 5)


class TestOwed:
    async def test_a_deadline_that_has_passed_until_it_is_noticed(self, record):
        await project(record, *anna_under_way())
        passes_at = (await record.views.goal(PRACTICE, WALK)).passes_at
        assert await record.views.deadlines_passed(passes_at - timedelta(seconds=1)) == []
        (one,) = await record.views.deadlines_passed(passes_at)
        assert (one.practice_id, one.client_id, one.goal_id, one.due_on) == (
            PRACTICE, ANNA, WALK, DUE,
        )  # fmt: skip
        await record.keep([_next(missed(), 4)])
        await record.projector().catch_up(PRACTICE)
        assert await record.views.deadlines_passed(passes_at) == []

    async def test_a_deadline_of_a_goal_whose_target_is_met_is_noticed_too(self, record):
        met = GoalTargetMet(goal_id=WALK, due_on=DUE, progress=Progress(), evidence_position=1)
        await project(record, *anna_under_way(scored(1, 12, day(20)), met))
        assert await record.views.deadlines_passed(PAST_DUE) == []

    async def test_a_deadline_that_was_noticed_as_missed_and_is_met_by_late_evidence(self, record):
        await project(record, *anna_under_way(missed(), scored(1, 13, day(20))))
        assert await record.views.deadlines_passed(PAST_DUE) == []
        await record.keep([_next(scored(2, 12, day(21)), 1)])
        await record.projector().catch_up(PRACTICE)
        (one,) = await record.views.deadlines_passed(PAST_DUE)
        assert one.goal_id == WALK

    @pytest.mark.parametrize(
        "facts", [(goal_set(),), (goal_set(), *agreed(), GoalPaused(goal_id=WALK))]
    )
    async def test_no_deadline_of_a_goal_that_is_not_under_way(self, record, facts):
        await project(record, anna_enrolled(), goal_set(SLEEP), *facts)
        assert await record.views.deadlines_passed(PAST_DUE) == []
        assert await record.views.risks(day(20)) == []

    async def test_a_risk_until_it_is_noticed_or_the_date_has_passed(self, record):
        await project(record, *anna_under_way())
        assert await record.views.risks(day(3)) == []
        (one,) = await record.views.risks(day(20))
        assert one.goal_id == WALK
        assert await record.views.risks(PAST_DUE) == []
        found = GoalFoundAtRisk(goal_id=WALK, due_on=DUE, progress=Progress(), evidence_position=1)
        await record.keep([_next(found, 4)])
        await record.projector().catch_up(PRACTICE)
        assert await record.views.risks(day(20)) == []

    async def test_suggestions_of_both_kinds(self, record):
        await project(record, *anna_under_way(missed()))
        (one,) = await record.views.suggestions_owed()
        assert (one.goal_id, one.due_on) == (WALK, DUE)
        await record.keep(Log().add(offered(1), offered(2, kind="replan")).kept)
        await record.projector().catch_up(PRACTICE)
        assert await record.views.suggestions_owed() == []

    async def test_suggestions_that_no_longer_fit(self, record):
        first, second = offered(1, position=6), offered(2, kind="replan", position=6)
        await project(record, *anna_under_way(missed(), first, second))
        assert await record.views.suggestions_outdated() == []
        await record.keep([_next(moved(), 5)])
        await record.projector().catch_up(PRACTICE)
        (one,) = await record.views.suggestions_outdated()
        assert (one.practice_id, one.client_id, one.goal_id) == (PRACTICE, ANNA, WALK)
        row = await record.views.goal(PRACTICE, WALK)
        assert row.outdated == (first.suggestion_id, second.suggestion_id)
        assert await record.views.suggestions_outdated(after=one) == []

    async def test_a_sweep_goes_on_after_what_it_has_seen(self, record):
        ids = [UUID(int=0xD00 + nth) for nth in range(5)]
        goals = [goal_set(one, due_on=day(20 + nth % 2).date()) for nth, one in enumerate(ids)]
        agreements = [one for goal_id in ids for one in agreed(goal_id)]
        await project(record, anna_enrolled(), *goals, *agreements)
        seen = []
        page = await record.views.deadlines_passed(PAST_DUE, 2)
        while page:
            seen += [one.goal_id for one in page]
            page = await record.views.deadlines_passed(PAST_DUE, 2, after=page[-1])
        assert sorted(seen) == ids
        assert len(seen) == 5


def _next(event, version):
    (one,) = Log().add(event).kept
    return replace(one, version=version, client_id=ANNA, position=1000 + version)


class TestSealed:
    async def test_no_name_note_or_statement_lies_open_anywhere(self, record, database):
        secrets = [
            "Anneliese Geheim", "notiz-im-tagebuch", "ziel-in-eigenen-worten", "warum-es-zaehlt",
            "grund-der-aenderung", "elm street",
        ]  # fmt: skip
        note = MoodLogged(
            mood_id=UUID(int=5), client_id=ANNA, rating=3, occurred_at=day(0), note=secrets[1]
        )
        revised = GoalDeadlineRevised(
            goal_id=WALK, from_on=DUE, due_on=day(90).date(), reason=secrets[4], client_agreed=True
        )
        await project(
            record,
            anna_enrolled(display_name=secrets[0]),
            note,
            goal_set(statement=secrets[2], why=secrets[3]),
            *agreed(),
            revised,
            missed(),
            offered(1),
        )
        assert (await record.views.client(PRACTICE, ANNA, now=day(1))).display_name == secrets[0]
        everything = await dump(database)
        assert len(everything) > 1_000
        for secret in (*secrets, "The date we set has passed"):
            assert secret.lower().encode() not in everything
            assert secret.lower().encode().hex().encode() not in everything


async def dump(database) -> bytes:
    """Every value of every table as text, bytes as they are: what a thief of the disk would see."""
    owner = await asyncpg.connect(database.admin)
    tables = await owner.fetch(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'views')"
    )
    found: list[bytes] = []
    for schema, table in tables:
        for row in await owner.fetch(f'SELECT * FROM "{schema}"."{table}"'):
            values = row.values()
            found += [one if isinstance(one, bytes) else str(one).encode() for one in values]
    await owner.close()
    return b"\n".join(found).lower()

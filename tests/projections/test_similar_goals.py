"""Similar goals: which are alike, which have ended, and that a count is kept for a while."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

from events.goal import Stage
from events.measure import (
    Count,
    Frequency,
    Measure,
    Milestone,
    RelativeFrequency,
    Score,
    TargetValue,
)
from projections import similar_goals
from projections.rows import Projection
from projections.similar_goals import (
    EndedGoal,
    EndedGoalRow,
    SimilarGoals,
    Tally,
    kind_of,
    tally_of,
)
from projections.smart_review import OpenScore, Similar
from tests.controls import DAILY, HALF_THE_BDI, NOON, PRACTICE, THREE_TIMES_A_WEEK

DUE = date(2026, 3, 6)


change = msgspec.structs.replace


def similar(tally: Tally, template: str, measure: Measure) -> Similar:
    found = tally.similar_to(template, measure)
    assert found is not None
    return found


def ended(stage=Stage.REACHED, measure=DAILY, **changes):
    both = ("client", "clinician")
    return EndedGoal(stage=stage, measure=measure, due_on=DUE, **{"agreed": both, **changes})


class TestWhatIsAlike:
    def test_is_measured_in_the_same_way(self):
        measures: list[Measure] = [
            HALF_THE_BDI,
            Score(instrument="phq9", baseline=16, target=TargetValue(value=9)),
            DAILY,
            THREE_TIMES_A_WEEK,
            Frequency(amount=20, unit="minutes", per="day"),
            Frequency(amount=1, unit="times", per="day", source="mood_entries"),
            RelativeFrequency(percent=25, unit="times", per="week", baseline=2),
            change(HALF_THE_BDI, target=TargetValue(value=9)),
        ]
        kinds = [kind_of(one) for one in measures]
        assert len(set(kinds)) == len(kinds)
        assert None not in kinds
        assert kind_of(Frequency(amount=9, unit="times", per="day", reserve=3)) == kind_of(DAILY)

    def test_is_not_what_merely_counts_or_happens_once(self):
        for measure in (Count(amount=5), Milestone(), OpenScore(instrument="bdi2")):
            assert kind_of(measure) is None
        parties = tally_of([ended(measure=Milestone(), template="party")] * 10)
        assert parties.similar_to(None, Milestone()) is None
        assert parties.similar_to("other", Milestone()) is None
        assert similar(parties, "party", Milestone()).ended == 10

    def test_is_by_the_same_instrument_where_the_template_leaves_it_open(self):
        tally = tally_of([ended(measure=HALF_THE_BDI, template="half")] * 10)
        assert similar(tally, "half", HALF_THE_BDI).alike == "template"
        phq = change(HALF_THE_BDI, instrument="phq9")
        assert tally.similar_to("half", phq) is None

    def test_comes_from_the_same_template_where_enough_do(self):
        tally = tally_of([ended(template="x")] * 10 + [ended(Stage.CLOSED)] * 5)
        assert tally.similar_to("x", DAILY) == Similar(alike="template", reached=10, ended=10)
        assert tally.similar_to("y", DAILY) == Similar(alike="rate", reached=10, ended=15)
        assert tally.similar_to("y", None) is None
        fewer = tally_of([ended(template="x")] * 9 + [ended()])
        assert fewer.similar_to("x", DAILY) == Similar(alike="rate", reached=10, ended=10)

    def test_is_not_what_was_never_agreed_to(self):
        proposals = [ended(Stage.CLOSED, agreed=agreed) for agreed in ((), ("clinician",))] * 10
        assert tally_of(proposals).similar_to(None, DAILY) is None
        tried = tally_of([*proposals, *[ended()] * 10])
        assert similar(tried, "x", DAILY) == Similar(alike="rate", reached=10, ended=10)

    def test_may_be_nothing(self):
        assert tally_of([]).similar_to(None, DAILY) is None


class TestWhatHasEnded:
    def test_is_reached_closed_or_replaced_or_came_to_its_date_short_of_it(self):
        goals = [
            ended(Stage.REACHED),
            ended(Stage.CLOSED),
            ended(Stage.REPLACED),
            ended(Stage.ACTIVE, missed_on=DUE),
            # Its target was met at the date: people have yet to say what that means.
            ended(Stage.ACTIVE),
            # The date passed, and the goal was given another one.
            ended(Stage.ACTIVE, missed_on=DUE - timedelta(days=7)),
        ]
        tally = tally_of(goals * 3)
        assert tally.similar_to(None, DAILY) == Similar(alike="rate", reached=3, ended=12)


class Log:
    """The views of a practice whose log is at a position, with goals that have ended."""

    def __init__(self, goals):
        self.goals = goals
        self.at = 10
        self.asked = 0

    async def position(self, practice_id: UUID, view: str) -> int:
        return self.at

    async def rows(
        self, projection: Projection, query: str, practice_id: UUID, *asked: Any
    ) -> list[Any]:
        self.asked += 1
        limit, offset = asked
        return [EndedGoalRow(goal=one) for one in self.goals[offset : offset + limit]]


class TestACount:
    async def test_is_of_the_latest_thousand(self):
        log = Log([ended()] * 1200)
        tally = await SimilarGoals(log).tally(PRACTICE, now=NOON)
        assert tally.similar_to(None, DAILY) == Similar(alike="rate", reached=1000, ended=1000)
        assert log.asked == 10

    async def test_is_kept_for_a_minute_or_while_the_view_stays(self):
        log = Log([ended()])
        similar = SimilarGoals(log)
        await similar.tally(PRACTICE, now=NOON)
        asked = log.asked
        await similar.tally(PRACTICE, now=NOON + timedelta(days=9))
        assert log.asked == asked
        log.at += 1
        await similar.tally(PRACTICE, now=NOON + timedelta(seconds=59))
        assert log.asked == asked
        await similar.tally(PRACTICE, now=NOON + timedelta(seconds=60))
        assert log.asked > asked

    async def test_is_remembered_for_so_many_practices(self, monkeypatch):
        monkeypatch.setattr(similar_goals, "REMEMBERED_PRACTICES", 2)
        log = Log([ended()])
        similar = SimilarGoals(log)
        first, *_, last = ids = [UUID(int=nth) for nth in range(3)]
        for practice_id in ids:
            await similar.tally(practice_id, now=NOON)
        asked = log.asked
        await similar.tally(last, now=NOON)
        assert log.asked == asked
        await similar.tally(first, now=NOON)
        assert log.asked > asked

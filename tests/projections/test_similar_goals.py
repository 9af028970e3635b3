"""Similar goals: which are alike, which have ended, and that a count is kept for a while."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

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
from projections.similar_goals import KEPT_POSITIONS, EndedGoal, SimilarGoals, kind_of, tally_of
from projections.smart_review import Similar
from tests.controls import DAILY, HALF_THE_BDI, NOON, PRACTICE, THREE_TIMES_A_WEEK

DUE = date(2026, 3, 6)


def ended(stage=Stage.REACHED, measure=DAILY, **changes):
    return EndedGoal(stage=stage, measure=measure, due_on=DUE, **changes)


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
            Count(amount=5),
            Count(amount=5, unit="minutes"),
            Milestone(),
        ]
        kinds = [kind_of(one) for one in measures]
        assert len(set(kinds)) == len(kinds)
        assert kind_of(Frequency(amount=9, unit="times", per="day", reserve=3)) == kind_of(DAILY)
        assert kind_of(Count(amount=7)) == kind_of(Count(amount=5))

    def test_comes_from_the_same_template_where_enough_do(self):
        tally = tally_of([ended(template="x")] * 10 + [ended(Stage.CLOSED)] * 5)
        assert tally.similar_to("x", DAILY) == Similar(alike="template", reached=10, ended=10)
        assert tally.similar_to("y", DAILY) == Similar(alike="measure", reached=10, ended=15)
        assert tally.similar_to("y", None) is None
        fewer = tally_of([ended(template="x")] * 9 + [ended()])
        assert fewer.similar_to("x", DAILY) == Similar(alike="measure", reached=10, ended=10)

    def test_may_be_nothing(self):
        nothing = Similar(alike="measure", reached=0, ended=0)
        assert tally_of([]).similar_to(None, DAILY) == nothing


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
        assert tally_of(goals).similar_to(None, DAILY) == Similar(
            alike="measure", reached=1, ended=4
        )


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
        return list(self.goals[offset : offset + limit])


class TestACount:
    async def test_is_of_the_latest_thousand(self):
        log = Log([ended()] * 1200)
        tally = await SimilarGoals(log).tally(PRACTICE, now=NOON)
        assert tally.ended[kind_of(DAILY)] == 1000
        assert log.asked == 10

    async def test_is_kept_for_ten_minutes_or_five_hundred_events(self):
        log = Log([ended()])
        similar = SimilarGoals(log)
        await similar.tally(PRACTICE, now=NOON)
        asked = log.asked
        await similar.tally(PRACTICE, now=NOON + timedelta(minutes=9))
        assert log.asked == asked
        await similar.tally(PRACTICE, now=NOON + timedelta(minutes=10))
        assert log.asked > asked
        asked, log.at = log.asked, 10 + KEPT_POSITIONS
        await similar.tally(PRACTICE, now=NOON + timedelta(minutes=10))
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

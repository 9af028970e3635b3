"""How long a goal of a template runs: its statement, its reserve, and a deadline that is sent."""

from datetime import date, timedelta

import msgspec
import pytest

from events.measure import Frequency
from events.measure_soundness import require_sound
from events.templates import Number, Template, Until, Wording, built_in, drafted
from events.templates.length import DeadlineNotAsTold, DeadlineOutsideTheTemplate, LengthIsTold
from events.templates.soundness import examples

TODAY = date(2026, 3, 2)
change = msgspec.structs.replace


def a_weekly(reserve):
    """Swimming for some weeks, by default six."""
    weeks = Number(
        name="weeks", meaning={"en": "x"}, unit="weeks", minimum=2, maximum=26, default=6,
        fills="weeks",
    )  # fmt: skip
    return Template(
        category="pleasure",
        wording={"en": Wording(title="x", statement="Swim for {weeks}", why="Why?")},
        measure=Frequency(amount=2, unit="times", per="week", reserve=reserve),
        parameters=(weeks,),
        days=42,
    )


def made(template, given_, **more):
    """The goal of a template, in English, today."""
    return drafted(template, given_, language="en", today=TODAY, **more)


def until(days, template_id="mindfulness_daily", *, given_=None, **sent):
    """What a template makes of a deadline so many days from today."""
    template = built_in()[template_id]
    given_ = {**examples(template), **(given_ or {})}
    due_on = TODAY + timedelta(days=days)
    return made(template, given_, until=Until(due_on=due_on, **sent))


class TestADeadlineThatIsSent:
    def test_is_how_long_the_statement_says_and_the_reserve_is_for(self):
        goal = until(6)
        assert goal.statement == "Practise mindfulness once a day for 7 days"
        assert (goal.measure.reserve, goal.due_on) == (1, TODAY + timedelta(days=6))
        later = until(20, starts_on=TODAY + timedelta(days=7))
        assert later.statement == "Practise mindfulness once a day for 14 days"
        assert until(6, given_={"reserve": 3}).measure.reserve == 3

    def test_is_within_so_many_weeks(self):
        assert until(56, "half_the_score").statement.endswith("within 8 weeks")
        assert until(50, "half_the_score").statement.endswith("within 8 weeks")
        assert until(28, "half_the_score").statement.endswith("within 4 weeks")
        assert until(20, "attend_one_party").statement == "Go to one party within 3 weeks"

    def test_is_refused_where_the_template_has_no_goal_so_long(self):
        for days, template_id in ((2, "mindfulness_daily"), (100, "mindfulness_daily"),
                                  (20, "half_the_score")):  # fmt: skip
            with pytest.raises(DeadlineOutsideTheTemplate) as refused:
                until(days, template_id)
            assert refused.value.pointer == "/due_on"
        assert "weeks its goals run, 4 to 52," in str(refused.value)
        # For three weeks, and a day less, is neither.
        sent = Until(due_on=TODAY + timedelta(days=19))
        with pytest.raises(DeadlineOutsideTheTemplate):
            made(a_weekly(1), {}, until=sent)

    def test_goes_together_with_a_length_that_is_the_same(self):
        assert until(13, given_={"days": 14}).statement.endswith("for 14 days")
        with pytest.raises(DeadlineNotAsTold) as refused:
            until(13, given_={"days": 30})
        assert refused.value.pointer == "/due_on"

    def test_contradicts_no_words_of_somebody_s_own(self):
        for days in (2, 100):
            assert until(days, own_words=True).due_on == TODAY + timedelta(days=days)
        assert until(2, own_words=True).measure.reserve == 0
        assert until(13, given_={"days": 30}, own_words=True).measure.reserve == 2

    def test_may_be_a_session_s_where_no_length_is_told(self):
        by_session = Until(by_next_session=True)
        with pytest.raises(LengthIsTold):
            made(a_weekly(1), {}, until=by_session)
        own = change(by_session, own_words=True)
        assert made(a_weekly(1), {}, until=own).measure.reserve == 1
        triggers = built_in()["triggers_by_next_session"]
        assert made(triggers, {}, until=by_session).by_next_session

    def test_that_has_passed_is_for_the_goal_to_refuse(self):
        assert until(-1).due_on == TODAY - timedelta(days=1)


class TestAFixedReserve:
    def test_is_kept_in_proportion_to_a_shorter_time(self):
        # Three of six weeks are one of two, and something is asked for in the shortest.
        for reserve, kept in ((3, 1), (5, 1), (1, 0)):
            goal = made(a_weekly(reserve), {"weeks": 2})
            assert goal.measure.reserve == kept
            require_sound(goal.measure, goal.starts_on, goal.due_on)
        assert made(a_weekly(3), {"weeks": 26}).measure.reserve == 3

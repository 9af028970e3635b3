"""What holds for progress, whatever is measured, whenever it was done, and whoever rests when."""

import math
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from random import Random

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from events.measure import (
    Count,
    Frequency,
    Measure,
    Milestone,
    Progress,
    RelativeFrequency,
    Score,
    period_days,
    periods,
    target_rate,
)
from events.measure_soundness import require_sound
from events.progress import (
    measured_baseline,
    periods_asked,
    progress_of_count,
    progress_of_frequency,
    progress_of_increase,
    progress_of_milestone,
    rate_until,
)
from tests.controls import MONDAY, change
from tests.strategies import amounts, counts, frequencies, increases, milestones

Done = dict[date, float]
Days = frozenset[date]


class Story(msgspec.Struct, frozen=True):
    """A measure, its deadline, what was done when, which days rest, and a day to look at it."""

    measure: Measure
    due_on: date
    done: Done
    resting: Days
    until: date

    def made(self, *, done: Done | None = None, resting: Days | None = None) -> Progress:
        by_day = self.done if done is None else done
        excused = self.resting if resting is None else resting
        time = (len(by_day), MONDAY, self.due_on)
        match self.measure:
            case Frequency():
                return progress_of_frequency(self.measure, by_day, *time, excused=excused)
            case RelativeFrequency():
                baseline = measured_baseline(self.measure, self.done, MONDAY)
                return progress_of_increase(
                    self.measure,
                    by_day,
                    *time,
                    baseline=baseline,
                    until=self.until,
                    excused=excused,
                )
            case Count():
                return progress_of_count(self.measure, by_day, *time)
            case Milestone():
                return progress_of_milestone(by_day, *time)
            case Score():
                raise AssertionError("scores have laws of their own")


DAYS = [MONDAY + timedelta(days=nth) for nth in range(-20, 71)]
any_day = st.sampled_from(DAYS)
lengths = st.integers(1, 60)
# A number below 256 for each day, drawn at once: one by one takes most of the time.
lots = st.binary(min_size=len(DAYS), max_size=len(DAYS))
AMOUNTS = (0.01, 0.1, 0.5, 1.0, 3.0, 30.0, 1440.0)
any_amount = st.floats(0.01, 1440)
# Of 256 days, on how many something was done, and on how many there was rest: on many of them the
# two meet.
shares = st.sampled_from([(0, 0), (12, 0), (12, 12), (64, 12), (12, 32), (90, 40)])
day_since_then = st.integers(0, 70).map(lambda nth: MONDAY + timedelta(days=nth))


@cache
@st.composite
def sound_frequencies(draw: st.DrawFn, days: int) -> Frequency:
    measure = change(draw(frequencies), unit="times")
    count = periods(measure, MONDAY, MONDAY + timedelta(days=days - 1))
    least = draw(st.none() | st.floats(0.01, 0.99))
    minimum = None if least is None else max(0.01, measure.amount * least)
    if minimum is not None and minimum >= measure.amount:
        minimum = None
    return change(measure, reserve=draw(st.integers(0, min(6, count - 1))), minimum=minimum)


@cache
@st.composite
def sound_increases(draw: st.DrawFn, days: int) -> RelativeFrequency:
    measure = draw(increases)
    given_rate = draw(st.none() | st.sampled_from([0.5, 2.5, 10.0]))
    before = MONDAY - timedelta(days=draw(st.integers(7, 30)))
    measure = change(
        measure,
        percent=min(measure.percent, 200.0),
        baseline=given_rate,
        baseline_from_on=before if given_rate is None else None,
    )
    fits = days // measure.over_periods >= period_days(measure)
    return measure if fits else change(measure, per="day", over_periods=1)


@cache
def any_measure(days: int) -> st.SearchStrategy[Measure]:
    return st.one_of(sound_frequencies(days), sound_increases(days), counts, milestones)


@st.composite
def stories(
    draw: st.DrawFn, measure_of: Callable[[int], st.SearchStrategy[Measure]] = any_measure
) -> Story:
    days = draw(lengths)
    measure = draw(measure_of(days))
    due_on = MONDAY + timedelta(days=days - 1)
    require_sound(measure, MONDAY, due_on)
    entries, rests = draw(shares)
    some = (*AMOUNTS, draw(any_amount))
    done = {
        day: some[luck % len(some)]
        for day, luck in zip(DAYS, draw(lots), strict=True)
        if luck >= 256 - entries
    }
    resting = {day for day, luck in zip(DAYS, draw(lots), strict=True) if luck >= 256 - rests}
    return Story(measure, due_on, done, frozenset(resting), draw(any_day))


class TestAnyProgress:
    @given(stories())
    def test_keeps_its_bounds(self, story: Story) -> None:
        made = story.made()
        assert 0.0 <= made.fraction <= 1.0
        assert made.target_met is (made.fraction == 1.0)
        assert made.periods_met + made.periods_partly <= made.periods or not made.periods
        # It can be stored: JSON has no infinity.
        assert msgspec.json.decode(msgspec.json.encode(made), type=Progress) == made

    @given(stories(), st.randoms(use_true_random=False))
    def test_asks_nothing_about_order(self, story: Story, random: Random) -> None:
        shuffled = list(story.done.items())
        random.shuffle(shuffled)
        assert story.made(done=dict(shuffled)) == story.made()

    @given(stories(), day_since_then, amounts)
    def test_is_never_less_for_an_entry(self, story: Story, day: date, amount: float) -> None:
        more = {**story.done, day: story.done.get(day, 0.0) + amount}
        before, after = story.made(), story.made(done=more)
        assert after.fraction >= before.fraction
        assert (after.latest or 0.0) >= (before.latest or 0.0)
        assert after.periods_met >= before.periods_met

    @given(stories(), st.frozensets(any_day, max_size=12))
    def test_is_never_less_for_a_day_of_rest(self, story: Story, also: Days) -> None:
        before, after = story.made(), story.made(resting=story.resting | also)
        assert after.fraction >= before.fraction
        assert after.unclamped >= before.unclamped
        assert after.periods_met == before.periods_met
        assert after.excused >= before.excused

    @given(stories(), any_day)
    def test_overlooks_days_outside_the_goals_time(self, story: Story, day: date) -> None:
        if not MONDAY <= day <= story.due_on:
            assert story.made(resting=story.resting | {day}) == story.made()
            more = {**story.done, day: 3.0}
            assert story.made(done=more).fraction == story.made().fraction

    @given(stories())
    def test_is_nothing_without_entries(self, story: Story) -> None:
        made = story.made(done={})
        assert (made.fraction, made.latest, made.entries, made.periods_met) == (0.0, None, 0, 0)


class TestFrequencies:
    @given(stories(sound_frequencies))
    def test_ask_for_one_day_at_the_least(self, story: Story) -> None:
        measure = story.measure
        assert isinstance(measure, Frequency)
        days = {MONDAY + timedelta(days=nth) for nth in range((story.due_on - MONDAY).days + 1)}
        asked = periods_asked(measure, story.resting & days, MONDAY, story.due_on)
        count = periods(measure, MONDAY, story.due_on)
        assert 1 / period_days(measure) <= asked <= count - measure.reserve
        everything = periods_asked(measure, days, MONDAY, story.due_on)
        assert everything == 1 / period_days(measure)

    @given(stories(sound_frequencies))
    def test_are_whole_when_every_day_that_does_not_rest_is_done(self, story: Story) -> None:
        measure = story.measure
        assert isinstance(measure, Frequency)
        share = measure.amount / period_days(measure)
        days = [MONDAY + timedelta(days=nth) for nth in range((story.due_on - MONDAY).days + 1)]
        # A goal of less than a week asks for the week's amount all the same.
        assume(measure.per == "day" or len(days) >= 7)
        done = dict.fromkeys((day for day in days if day not in story.resting), share)
        if done:
            # A longer last week may be done by less; it is never done by more.
            assert story.made(done=done).target_met

    @given(stories(sound_frequencies), amounts)
    def test_give_a_minimum_version_no_less(self, story: Story, minimum: float) -> None:
        measure = story.measure
        assert isinstance(measure, Frequency)
        plain = change(story, measure=change(measure, minimum=None)).made()
        eased = change(story, measure=change(measure, minimum=minimum)).made()
        assert plain.fraction <= eased.fraction <= 1.0
        assert plain.unclamped == eased.unclamped


class TestIncreases:
    @given(stories(sound_increases))
    def test_have_the_rate_of_the_stretch_that_ends_on_a_day(self, story: Story) -> None:
        measure = story.measure
        assert isinstance(measure, RelativeFrequency)
        found = rate_until(measure, story.done, MONDAY, story.until, story.resting)
        assert math.isclose(found, counted_back(measure, story), rel_tol=1e-9)

    @given(stories(sound_increases), st.integers(0, 400))
    def test_stay_as_they_are_once_the_date_has_passed(self, story: Story, days: int) -> None:
        at_the_date = change(story, until=story.due_on).made()
        later = story.due_on + timedelta(days=days)
        assert change(story, until=later).made() == at_the_date

    @given(stories(sound_increases), any_day)
    def test_overlook_what_came_before_the_stretch(self, story: Story, day: date) -> None:
        measure = story.measure
        assert isinstance(measure, RelativeFrequency)
        reach = measure.over_periods * period_days(measure) + len(story.resting)
        if day <= min(story.until, story.due_on) - timedelta(days=reach) and day >= MONDAY:
            more = {**story.done, day: 50.0}
            assert story.made(done=more).fraction == story.made().fraction

    @given(stories(sound_increases))
    def test_run_from_the_baseline_to_so_much_more(self, story: Story) -> None:
        assert isinstance(story.measure, RelativeFrequency)
        made = story.made()
        assert made.baseline is not None
        assert made.baseline >= 0.0
        if made.target is None:
            # Next to nothing was done before: a percentage of it can not be told.
            assert target_rate(story.measure, made.baseline) <= made.baseline
            assert made.fraction == 0.0
        elif made.latest is not None:
            told = made.baseline + made.unclamped * (made.target - made.baseline)
            assert math.isclose(told, made.latest, rel_tol=1e-6, abs_tol=1e-6)
            if made.latest >= made.target:
                assert made.target_met


def counted_back(measure: RelativeFrequency, story: Story) -> float:
    """The rate of the stretch that ends on the day to look, counted on one's fingers."""
    days = [MONDAY + timedelta(days=nth) for nth in range((story.until - MONDAY).days + 1)]
    done, waking = 0.0, 0
    for day in reversed(days):
        done += story.done.get(day, 0.0)
        waking += day not in story.resting
        if waking == measure.over_periods * period_days(measure):
            break
    return done / measure.over_periods

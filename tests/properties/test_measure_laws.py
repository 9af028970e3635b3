"""What holds for every measure and for every way of being done."""

import math
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from events import instruments
from events.measure import Frequency, Progress, Score, TargetValue, periods, target_value
from events.measure_soundness import band_value, require_sound, resolved
from events.progress import progress_of_frequency, progress_of_score
from events.refusals import ValueRefused
from tests.controls import MONDAY, change
from tests.strategies import amounts, frequencies, instrument_ids, points, scores


def is_sound(measure: Score | Frequency, due_on: date = MONDAY) -> bool:
    try:
        require_sound(measure, MONDAY, due_on)
    except ValueRefused:
        return False
    return True


def known(measure: Score) -> Score:
    """With the score that its band stands for; where there is no such band, with its baseline."""
    try:
        made = resolved(measure)
    except ValueRefused:
        made = change(measure, target=TargetValue(value=measure.baseline))
    assert isinstance(made, Score)
    return made


sound_scores = scores.map(known).filter(is_sound)
scored = sound_scores.flatmap(
    lambda measure: st.tuples(st.just(measure), st.lists(points(measure.instrument), min_size=2))
)


@st.composite
def done(draw: st.DrawFn) -> tuple[Frequency, date, dict[date, float]]:
    """A measure, its deadline, and what was done on which days, some of them outside."""
    measure = draw(frequencies)
    due_on = MONDAY + timedelta(days=draw(st.integers(0, 60)))
    assume(is_sound(measure, due_on))
    day = st.integers(-3, 64).map(lambda n: MONDAY + timedelta(days=n))
    return measure, due_on, draw(st.dictionaries(day, amounts, max_size=40))


def progress(measure: Frequency, due_on: date, by_day: dict[date, float]) -> Progress:
    return progress_of_frequency(measure, by_day, len(by_day), MONDAY, due_on)


class TestScores:
    @given(scored)
    def test_progress_is_the_clamped_share(self, story: tuple[Score, list[float]]) -> None:
        measure, totals = story
        for total in totals:
            made = progress_of_score(measure, total, 1)
            assert 0.0 <= made.fraction <= 1.0
            assert made.fraction == min(1.0, max(0.0, made.unclamped))
            # It can be stored: JSON has no infinity.
            assert msgspec.json.decode(msgspec.json.encode(made), type=Progress) == made

    @given(sound_scores)
    def test_progress_runs_from_baseline_to_target(self, measure: Score) -> None:
        assert progress_of_score(measure, measure.baseline, 1).unclamped == 0.0
        assert progress_of_score(measure, target_value(measure), 1).unclamped == 1.0

    @given(scored)
    def test_a_healthier_score_is_never_less_progress(
        self, story: tuple[Score, list[float]]
    ) -> None:
        measure, totals = story
        lower = instruments.named(measure.instrument).better == "lower"
        ordered = sorted(totals, reverse=lower)
        made = [progress_of_score(measure, total, 1) for total in ordered]
        assert all(one.unclamped <= two.unclamped for one, two in pairwise(made))
        assert all(one.fraction <= two.fraction for one, two in pairwise(made))

    @given(scored)
    def test_a_target_is_met_on_its_healthier_side(self, story: tuple[Score, list[float]]) -> None:
        measure, totals = story
        target = target_value(measure)
        lower = instruments.named(measure.instrument).better == "lower"
        for total in totals:
            met = progress_of_score(measure, total, 1).target_met
            assert met is (total <= target if lower else total >= target)

    @given(scored)
    def test_the_score_can_be_told_from_the_share(self, story: tuple[Score, list[float]]) -> None:
        measure, totals = story
        for total in totals:
            share = progress_of_score(measure, total, 1).unclamped
            told = measure.baseline + share * (target_value(measure) - measure.baseline)
            assert told == pytest.approx(total, abs=1e-9)

    @given(scores)
    def test_a_measure_is_sound_or_refused_and_nothing_else(self, measure: Score) -> None:
        made = known(measure)
        if is_sound(made):
            of = instruments.named(made.instrument)
            assert of.minimum <= target_value(made) <= of.maximum
            assert target_value(made) != made.baseline

    @given(instrument_ids, st.data())
    def test_a_band_is_arrived_in_when_it_is_met(self, name: str, data: st.DataObject) -> None:
        of = instruments.named(name)
        band = data.draw(st.sampled_from([*of.bands]))
        assert of.band_of(band_value(of, band.id)) == band
        if of.non_clinical is not None:
            assert of.is_clinical(of.non_clinical) is False
            assert of.admits(of.non_clinical)
            step = of.step if of.better == "lower" else -of.step
            assert of.is_clinical(round(of.non_clinical + step, 6)) is True


class TestFrequencies:
    @given(done())
    def test_progress_keeps_its_bounds(
        self, story: tuple[Frequency, date, dict[date, float]]
    ) -> None:
        measure, due_on, by_day = story
        made = progress(measure, due_on, by_day)
        assert 0.0 <= made.fraction <= 1.0
        assert 0 <= made.periods_met <= made.periods == periods(measure, MONDAY, due_on)
        assert made.periods_met + made.periods_partly <= made.periods
        if measure.minimum is None:
            # What is credited in a period is never more than what was done in it.
            assert made.fraction <= made.unclamped + 1e-9
        assert msgspec.json.decode(msgspec.json.encode(made), type=Progress) == made

    @given(done())
    def test_what_was_done_adds_up(self, story: tuple[Frequency, date, dict[date, float]]) -> None:
        measure, due_on, by_day = story
        inside = [amount for day, amount in by_day.items() if MONDAY <= day <= due_on]
        made = progress(measure, due_on, by_day)
        assert made.latest == (math.fsum(inside) if by_day else None)
        asked = measure.amount * (made.periods - measure.reserve)
        assert made.unclamped == math.fsum(inside) / asked

    @given(done(), st.randoms(use_true_random=False))
    def test_the_order_of_days_says_nothing(
        self, story: tuple[Frequency, date, dict[date, float]], random: Random
    ) -> None:
        measure, due_on, by_day = story
        shuffled = list(by_day.items())
        random.shuffle(shuffled)
        assert progress(measure, due_on, dict(shuffled)) == progress(measure, due_on, by_day)

    @given(done(), st.integers(-3, 64), amounts)
    def test_doing_more_is_never_less_progress(
        self, story: tuple[Frequency, date, dict[date, float]], nth: int, amount: float
    ) -> None:
        measure, due_on, by_day = story
        day = MONDAY + timedelta(days=nth)
        more = {**by_day, day: by_day.get(day, 0.0) + amount}
        before, after = progress(measure, due_on, by_day), progress(measure, due_on, more)
        assert after.fraction >= before.fraction
        assert after.unclamped >= before.unclamped
        assert after.periods_met >= before.periods_met
        if not MONDAY <= day <= due_on:
            assert (after.fraction, after.unclamped) == (before.fraction, before.unclamped)

    @given(done())
    def test_a_reserve_is_never_less_progress(
        self, story: tuple[Frequency, date, dict[date, float]]
    ) -> None:
        measure, due_on, by_day = story
        without = progress(change(measure, reserve=0), due_on, by_day)
        assert progress(measure, due_on, by_day).fraction >= without.fraction

    @given(frequencies, st.integers(0, 60), st.sets(st.integers(0, 60), max_size=6))
    def test_all_but_the_reserve_is_the_whole(
        self, measure: Frequency, days: int, rest: set[int]
    ) -> None:
        due_on = MONDAY + timedelta(days=days)
        assume(is_sound(measure, due_on))
        length = 1 if measure.per == "day" else 7
        count = periods(measure, MONDAY, due_on)
        rested = sorted(nth for nth in rest if nth < count)[: measure.reserve]
        by_day = {
            MONDAY + timedelta(days=nth * length): measure.amount
            for nth in range(count)
            if nth not in rested
        }
        made = progress(measure, due_on, by_day)
        assert made.target_met
        assert made.periods_met == count - len(rested)
        if len(rested) == measure.reserve:
            # One period less, and it is not.
            by_day.popitem()
            assert not progress(measure, due_on, by_day).target_met

    @given(frequencies, st.integers(1, 400))
    def test_every_day_belongs_to_one_period(self, measure: Frequency, days: int) -> None:
        due_on = MONDAY + timedelta(days=days - 1)
        count = periods(measure, MONDAY, due_on)
        every_day = {MONDAY + timedelta(days=nth): measure.amount for nth in range(days)}
        made = progress(change(measure, reserve=0), due_on, every_day)
        assert (made.fraction, made.periods_met, made.periods) == (1.0, count, count)

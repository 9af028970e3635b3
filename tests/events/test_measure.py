"""What a goal measures, and the numbers it is made of."""

from datetime import date, timedelta
from typing import Any, get_args

import msgspec
import pytest

from events.measure import (
    Count,
    Frequency,
    Measure,
    Milestone,
    Score,
    TargetBand,
    TargetPercent,
    TargetValue,
    asking,
    ends_when_met,
    fed_by_moods,
    is_behaviour,
    periods,
    target_value,
)
from events.progress import progress_of_score
from tests.controls import A_QUARTER_MORE, DAILY, MONDAY, change


def value(instrument: str, baseline: float, target: float) -> Score:
    return Score(instrument=instrument, baseline=baseline, target=TargetValue(value=target))


def percent(instrument: str, baseline: float, by: float) -> Score:
    return Score(instrument=instrument, baseline=baseline, target=TargetPercent(percent=by))


def day(nth: int) -> date:
    """The nth day of a goal that starts on Monday, from 0."""
    return MONDAY + timedelta(days=nth)


def band(instrument: str, baseline: float, name: str, resolved: float | None = None) -> Score:
    target = TargetBand(band=name, value=resolved)
    return Score(instrument=instrument, baseline=baseline, target=target)


class TestTargetValue:
    @pytest.mark.parametrize(
        ("measure", "target"),
        [
            (value("phq9", 16, 9), 9.0),
            (percent("bdi2", 24, -50), 12.0),
            (percent("bdi2", 24, -100), 0.0),
            (percent("who5", 28, 100), 56.0),
            (percent("who5", 4, 1000), 44.0),
            (percent("promis_depression_t", 60.5, -10), 54.45),
            # In floats 25 * 0.44 is a little less than 11, and 50 * 0.66 than 33.
            (percent("bdi2", 25, -56), 11.0),
            (percent("bdi2", 50, -34), 33.0),
        ],
    )
    def test_is_what_a_person_would_say(self, measure: Score, target: float) -> None:
        assert target_value(measure) == target

    def test_of_a_band_is_what_it_was_set_to(self) -> None:
        assert target_value(band("bdi2", 24, "non_clinical", 17.0)) == 17.0
        with pytest.raises(ValueError, match="resolved"):
            target_value(band("bdi2", 24, "non_clinical"))

    @pytest.mark.parametrize("instrument", ["bdi2", "phq9"])
    def test_is_met_by_every_whole_score_that_a_percentage_means(self, instrument: str) -> None:
        for baseline in range(1, 28):
            for by in range(-100, 0):
                if baseline * (100 + by) % 100 == 0:
                    exact = baseline * (100 + by) // 100
                    measure = percent(instrument, baseline, by)
                    assert progress_of_score(measure, float(exact), 1).target_met
                    assert not progress_of_score(measure, float(exact + 1), 1).target_met


class TestKinds:
    """What each kind of measure means to the rest of the product."""

    MEASURES = (value("bdi2", 24, 12), DAILY, A_QUARTER_MORE, Count(amount=5.0), Milestone())

    def test_are_all_there_are(self) -> None:
        assert {type(one) for one in self.MEASURES} == set(get_args(Measure))

    def test_behaviour_is_all_but_scores(self) -> None:
        assert [is_behaviour(one) for one in self.MEASURES] == [False, True, True, True, True]

    def test_only_what_is_done_once_or_counted_ends_before_the_date(self) -> None:
        assert [ends_when_met(one) for one in self.MEASURES] == [False, False, False, True, True]

    def test_only_a_rhythm_can_be_fed_by_moods(self) -> None:
        assert not any(map(fed_by_moods, (*self.MEASURES, None)))
        assert fed_by_moods(change(DAILY, source="mood_entries"))


class TestAsking:
    def test_keeps_a_minimum_that_is_still_smaller(self) -> None:
        measure = change(DAILY, amount=20.0, minimum=5.0)
        assert asking(measure, 10.0) == change(measure, amount=10.0)

    @pytest.mark.parametrize("amount", [5.0, 4.0])
    def test_drops_a_minimum_that_is_no_less(self, amount: float) -> None:
        measure = change(DAILY, amount=20.0, minimum=5.0)
        assert asking(measure, amount) == change(measure, amount=amount, minimum=None)


class TestMeasure:
    @pytest.mark.parametrize(
        "beyond",
        [
            change(DAILY, amount=0.0),
            change(DAILY, amount=0.009),
            change(DAILY, amount=1440.5),
            change(DAILY, amount=float("nan")),
            change(DAILY, reserve=-1),
            change(DAILY, reserve=367),
            change(DAILY, baseline=-0.1),
            change(DAILY, unit="steps"),
            change(DAILY, per="month"),
            change(DAILY, source="steps"),
            change(DAILY, minimum=0.0),
            change(DAILY, minimum_credit=1.1),
            change(A_QUARTER_MORE, percent=0.5),
            change(A_QUARTER_MORE, percent=1000.1),
            change(A_QUARTER_MORE, baseline=-0.1),
            change(A_QUARTER_MORE, over_periods=0),
            change(A_QUARTER_MORE, over_periods=53),
            Count(amount=0.009),
            Count(amount=100_001.0),
            band("bdi2", 24, ""),
            value("", 4, 8),
            value("x" * 41, 4, 8),
            value("bdi2", 1001, 8),
            value("bdi2", float("nan"), 8),
            value("bdi2", 24, float("-inf")),
            percent("bdi2", 24, -100.1),
            percent("bdi2", 24, 1000.1),
        ],
        ids=str,
    )
    def test_has_limits(self, beyond: Measure) -> None:
        plain = msgspec.to_builtins(beyond)
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(plain, Measure)

    def test_has_no_unknown_part(self) -> None:
        plain = msgspec.to_builtins(DAILY) | {"streak": True}
        with pytest.raises(msgspec.ValidationError, match="streak"):
            msgspec.convert(plain, Frequency)


class TestPeriods:
    @pytest.mark.parametrize(
        ("per", "days", "count"),
        [
            ("day", 1, 1),
            ("day", 28, 28),
            ("week", 1, 1),
            ("week", 6, 1),
            ("week", 7, 1),
            ("week", 13, 1),
            ("week", 14, 2),
            ("week", 20, 2),
        ],
    )
    def test_are_days_or_whole_weeks_and_never_none(self, per: Any, days: int, count: int) -> None:
        assert periods(change(DAILY, per=per), MONDAY, day(days - 1)) == count

"""Which measures can be meant, and what is said of those that can not."""

from datetime import date, timedelta
from typing import Any

import pytest

from events import instruments
from events.instruments import UnknownInstrument
from events.measure import Count, Measure, Milestone, Score, TargetBand, TargetPercent, TargetValue
from events.measure_soundness import (
    BandReachedAlready,
    BandValueDiffers,
    BaselineOutsideTheInstrument,
    BaselineTimeTooLong,
    BaselineTimeTooShort,
    BaselineUnclear,
    BaselineZero,
    CutOffUnknown,
    MinimumTooLarge,
    MoodEntriesAreCounted,
    MoodEntriesCountFromToday,
    MoodEntriesOrCheckIns,
    PercentOfNoZero,
    ReserveTooLarge,
    TargetNotTowardsHealth,
    TargetOutsideTheInstrument,
    TargetRateTooHigh,
    UnknownBand,
    WindowLongerThanTheGoal,
    require_band_value,
    require_counted_from_now,
    require_same_source,
    require_sound,
    resolved,
)
from events.moment import TimeOutOfRange
from events.practice_choices import Norms
from events.refusals import Rejected
from tests.controls import A_MOOD_A_DAY, A_QUARTER_MORE, DAILY, FRIDAY, MONDAY, change


def value(instrument: str, baseline: float, target: float) -> Score:
    return Score(instrument=instrument, baseline=baseline, target=TargetValue(value=target))


def percent(instrument: str, baseline: float, by: float) -> Score:
    return Score(instrument=instrument, baseline=baseline, target=TargetPercent(percent=by))


def band(instrument: str, baseline: float, name: str, known: float | None = None) -> Score:
    target = TargetBand(band=name, value=known)
    return Score(instrument=instrument, baseline=baseline, target=target)


def day(nth: int) -> date:
    """The nth day of a goal that starts on Monday, from 0."""
    return MONDAY + timedelta(days=nth)


class TestRequireSound:
    @pytest.mark.parametrize(
        "measure",
        [
            value("bdi2", 24, 12),
            value("bdi2", 63, 0),
            value("bdi2", 1, 0),
            value("phq9", 16, 9.5),  # Between two totals: nine is the first to meet it.
            value("who5", 28, 52),
            value("who5", 0, 100),
            value("promis_depression_t", 63.7, 55.3),
            percent("bdi2", 24, -50),
            percent("bdi2", 24, -100),
            percent("who5", 28, 50),
            percent("who5", 4, 1000),
            percent("promis_depression_t", 55.3, -0.5),
        ],
        ids=str,
    )
    def test_takes_a_target_on_the_healthier_side(self, measure: Score) -> None:
        require_sound(measure, MONDAY, FRIDAY)

    @pytest.mark.parametrize(
        "measure",
        [
            value("bdi2", 24, 24),
            value("bdi2", 24, 25),
            value("who5", 28, 28),
            value("who5", 28, 24),
            percent("bdi2", 24, 50),
            percent("bdi2", 24, 0),
            percent("who5", 28, -50),
            # A share of nothing is nothing.
            percent("bdi2", 0, -50),
            percent("who5", 0, 50),
            # Too near to be told from the baseline: progress would be infinite.
            value("who5", 0, 5e-324),
            percent("bdi2", 24, -1e-9),
        ],
        ids=str,
    )
    def test_refuses_any_other_target(self, measure: Score) -> None:
        with pytest.raises(TargetNotTowardsHealth):
            require_sound(measure, MONDAY, FRIDAY)

    @pytest.mark.parametrize(
        "measure",
        [
            value("bdi2", 64, 12),
            value("bdi2", -1, 12),
            value("bdi2", 24, -1),
            value("bdi2", 24.5, 12),
            value("who5", 30, 52),  # Between two steps of four.
            value("who5", 28, 101),
            value("promis_depression_t", 55.35, 50),
            percent("who5", 60, 100),
            percent("promis_depression_t", 60, -90),  # T-scores start at 10.
        ],
        ids=str,
    )
    def test_refuses_what_the_instrument_can_not_give(self, measure: Score) -> None:
        with pytest.raises((BaselineOutsideTheInstrument, TargetOutsideTheInstrument)) as refused:
            require_sound(measure, MONDAY, FRIDAY)
        baseline = isinstance(refused.value, BaselineOutsideTheInstrument)
        assert refused.value.pointer == ("/measure/baseline" if baseline else "/measure/target")
        assert f"{refused.value.facts['maximum']:g}" in refused.value.told()

    def test_refuses_a_percentage_of_what_has_no_zero(self) -> None:
        half = percent("promis_depression_t", 66, -20)
        with pytest.raises(PercentOfNoZero) as refused:
            resolved(half)
        assert refused.value.pointer == "/measure/target"
        assert resolved(value("promis_depression_t", 66, 55)) == value(
            "promis_depression_t", 66, 55
        )
        # One that was set earlier still has its days changed.
        require_sound(half, MONDAY, FRIDAY)

    def test_refuses_an_unknown_instrument(self) -> None:
        with pytest.raises(UnknownInstrument):
            require_sound(value("mood", 4, 8), MONDAY, FRIDAY)

    @pytest.mark.parametrize(
        ("per", "days", "most"),
        [("day", 1, 0), ("day", 5, 4), ("week", 6, 0), ("week", 13, 0), ("week", 14, 1)],
    )
    def test_leaves_one_period_beside_the_reserve(self, per: Any, days: int, most: int) -> None:
        measure = change(DAILY, per=per, reserve=most)
        require_sound(measure, MONDAY, day(days - 1))
        with pytest.raises(ReserveTooLarge):
            require_sound(change(measure, reserve=most + 1), MONDAY, day(days - 1))


class TestBands:
    @pytest.mark.parametrize(
        ("measure", "score"),
        [
            # The cut-off is a score of 10 or more.
            (band("phq9", 16, "non_clinical"), 9.0),
            (band("phq9", 16, "mild"), 9.0),
            (band("phq9", 16, "minimal"), 4.0),
            (band("bdi2", 30, "non_clinical"), 19.0),
            (band("bdi2", 30, "mild"), 19.0),
            # WHO-5 goes up by fours, and 50 or less is poor well-being.
            (band("who5", 28, "non_clinical"), 52.0),
            (band("promis_depression_t", 66.1, "normal"), 54.9),
        ],
        ids=str,
    )
    def test_stand_for_their_nearest_score(self, measure: Score, score: float) -> None:
        made = resolved(measure)
        require_sound(made, MONDAY, FRIDAY)
        assert isinstance(made, Score)
        assert made.target == TargetBand(band=measure.target.band, value=score)  # type: ignore[union-attr]

    def test_are_found_by_a_practices_own_cut_off(self) -> None:
        # Seggar 2002: 14.29 lies between two totals, and 14 is the last below it.
        norms = Norms(source="Seggar 2002", cut_off=14.29)
        own = instruments.with_norms(instruments.named("bdi2"), norms)
        made = resolved(band("bdi2", 24, "non_clinical"), own)
        assert made == band("bdi2", 24, "non_clinical", 14.0)

    def test_of_a_screen_go_by_a_practices_own_cut_off(self) -> None:
        norms = Norms(source="PMC2906530: 2 or more is more sensitive", cut_off=2)
        own = instruments.with_norms(instruments.named("phq2"), norms)
        for name in ("negative", "non_clinical"):
            assert resolved(band("phq2", 5, name), own) == band("phq2", 5, name, 1.0)

    def test_keep_the_score_they_were_set_to(self) -> None:
        set_before = band("bdi2", 24, "non_clinical", 14.0)
        assert resolved(set_before) == set_before

    @pytest.mark.parametrize(
        ("measure", "refusal"),
        [
            (band("phq9", 16, "better"), UnknownBand),
            (band("mood", 4, "minimal"), UnknownInstrument),
        ],
    )
    def test_are_those_of_the_instrument(self, measure: Score, refusal: type[Rejected]) -> None:
        with pytest.raises(refusal):
            resolved(measure)

    def test_need_a_cut_off_to_be_non_clinical(self) -> None:
        uncut = change(instruments.named("phq9"), cut_off=None)
        with pytest.raises(CutOffUnknown):
            resolved(band("phq9", 16, "non_clinical"), uncut)

    @pytest.mark.parametrize(
        "measure",
        [
            band("phq9", 9, "non_clinical"),
            band("phq9", 7, "mild"),
            band("phq9", 3, "mild"),
            band("phq9", 12, "severe"),
            band("who5", 52, "non_clinical"),
        ],
        ids=str,
    )
    def test_lie_on_the_healthier_side(self, measure: Score) -> None:
        with pytest.raises(BandReachedAlready):
            require_sound(resolved(measure), MONDAY, FRIDAY)

    def test_are_not_given_a_score_by_hand(self) -> None:
        phq9 = instruments.named("phq9")
        require_band_value(band("phq9", 16, "non_clinical"), phq9)
        require_band_value(band("phq9", 16, "non_clinical", 9.0), phq9)
        require_band_value(value("phq9", 16, 8), phq9)
        require_band_value(DAILY, phq9)
        with pytest.raises(BandValueDiffers):
            require_band_value(band("phq9", 16, "non_clinical", 8.0), phq9)


class TestFrequencies:
    def test_take_a_minimum_smaller_than_the_amount(self) -> None:
        measure = change(DAILY, amount=20.0, unit="minutes", minimum=19.9)
        require_sound(measure, MONDAY, FRIDAY)
        with pytest.raises(MinimumTooLarge):
            require_sound(change(measure, minimum=20.0), MONDAY, FRIDAY)

    def test_count_mood_entries_by_times(self) -> None:
        require_sound(A_MOOD_A_DAY, MONDAY, FRIDAY)
        with pytest.raises(MoodEntriesAreCounted):
            require_sound(change(A_MOOD_A_DAY, unit="minutes"), MONDAY, FRIDAY)

    def test_count_mood_entries_from_today(self) -> None:
        require_counted_from_now(A_MOOD_A_DAY, starts_on=MONDAY, today=MONDAY)
        require_counted_from_now(A_MOOD_A_DAY, starts_on=FRIDAY, today=MONDAY)
        require_counted_from_now(DAILY, starts_on=MONDAY, today=FRIDAY)
        with pytest.raises(MoodEntriesCountFromToday):
            require_counted_from_now(A_MOOD_A_DAY, starts_on=MONDAY, today=day(1))

    @pytest.mark.parametrize("other", [DAILY, Count(amount=5.0), value("bdi2", 24, 12)], ids=str)
    def test_stay_with_what_counts_for_them(self, other: Measure) -> None:
        require_same_source(A_MOOD_A_DAY, change(A_MOOD_A_DAY, amount=2.0))
        require_same_source(other, DAILY)
        with pytest.raises(MoodEntriesOrCheckIns):
            require_same_source(A_MOOD_A_DAY, other)
        with pytest.raises(MoodEntriesOrCheckIns):
            require_same_source(other, A_MOOD_A_DAY)


class TestRelativeFrequencies:
    def require(self, days: int = 14, **changes: Any) -> None:
        require_sound(change(A_QUARTER_MORE, **changes), MONDAY, day(days - 1))

    def test_take_a_baseline_that_is_measured_before(self) -> None:
        self.require()
        self.require(baseline_from_on=day(-7))
        self.require(baseline_from_on=day(-366))

    def test_take_a_baseline_that_is_known(self) -> None:
        self.require(baseline=2.5, baseline_from_on=None)
        self.require(baseline=0.01, baseline_from_on=None)

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"baseline": None, "baseline_from_on": None}, BaselineUnclear),
            ({"baseline": 2.5}, BaselineUnclear),
            ({"baseline": 0.0, "baseline_from_on": None}, BaselineZero),
            # So little that the target could not be told from it.
            ({"baseline": 1e-9, "baseline_from_on": None}, BaselineZero),
            ({"baseline": 0.0099, "baseline_from_on": None}, BaselineZero),
            ({"baseline": 1440.0, "per": "day", "baseline_from_on": None}, TargetRateTooHigh),
            ({"baseline_from_on": day(-6)}, BaselineTimeTooShort),
            ({"baseline_from_on": day(3)}, BaselineTimeTooShort),
            ({"baseline_from_on": day(-367)}, BaselineTimeTooLong),
            ({"baseline_from_on": date(1, 1, 1)}, TimeOutOfRange),
            ({"over_periods": 3}, WindowLongerThanTheGoal),
            ({"per": "day", "over_periods": 15}, WindowLongerThanTheGoal),
        ],
        ids=str,
    )
    def test_refuse_what_can_not_be_compared(
        self, changes: dict[str, Any], refusal: type[Rejected]
    ) -> None:
        with pytest.raises(refusal):
            self.require(**changes)


@pytest.mark.parametrize("measure", [Count(amount=5.0), Milestone()], ids=str)
def test_a_count_and_a_milestone_are_sound_in_any_time(measure: Measure) -> None:
    require_sound(measure, MONDAY, MONDAY)

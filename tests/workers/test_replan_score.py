"""The replan of a score goal: known cases, computed by hand."""

from datetime import date, timedelta

import msgspec
import pytest

from events.measure import Score, TargetBand, TargetPercent, TargetValue
from events.practice import Practice
from events.practice_choices import Norms
from events.suggestion import NewDeadline
from tests.workers.diary import HALF, PHQ9_FROM_24
from tests.workers.standings import DUE, START, every, standing
from workers.drafts import draft, plan_for
from workers.replan import Dates, MoreTime, NearerScore, Reached

# Every ten days: from 24 down to 17, by 7 points in 50 days.
TO_17 = every(10, [22, 21, 20, 18, 17])
FAR = Score(instrument="bdi2", baseline=50, target=TargetPercent(percent=-60))


class TestMoreTime:
    def test_is_the_day_by_the_slower_end_of_the_interval(self):
        more = plan_for(standing(PHQ9_FROM_24, TO_17)).ways[0]
        assert isinstance(more, MoreTime)
        # The baseline is one of the six points; the median of their fifteen slopes is 0.4/3 a day.
        # All numbers have the three digits that are shown: 7 * 0.4 / 3 = 0.9333.
        assert more.pace.per_week == pytest.approx(0.933)
        assert more.pace.slower == pytest.approx(0.7)
        assert (more.dates.weeks, more.dates.slower_weeks) == (5.36, 7.14)
        # 5.36 and 7.14 weeks, which are 38 and 50 days, from the latest score on.
        assert more.dates.from_on == date(2026, 2, 23)
        assert more.dates.sooner_on == date(2026, 4, 2)
        assert more.dates.slower_on == date(2026, 4, 14)
        assert more.dates.due_on == DUE + timedelta(weeks=7)
        assert more.proposal.due_on == more.dates.due_on

    def test_runs_to_a_score_that_somebody_can_have(self):
        # Half of 19 is 9.5, which nobody scores: 9 reaches it, 2 points from 11.
        half = Score(instrument="phq9", baseline=19, target=HALF)
        one = standing(half, every(7, [18, 17, 16, 15, 14, 13, 12, 11]))
        more = plan_for(one).ways[0]
        assert isinstance(more, MoreTime)
        assert (more.start, more.target, more.dates.distance) == (11, 9, 2)
        assert plan_for(one).numbers["reached_at"] == 9
        spanish = draft(msgspec.structs.replace(one, language="es"), "replan").options[0]
        assert "con 11: 2 puntos por recorrer hasta 9 ÷ 1 por semana = 2 semanas" in (
            spanish.arithmetic
        )

    @pytest.mark.parametrize(("late", "due_on"), [(1, 8), (2, 15), (7, 15), (13, 22)])
    def test_leaves_a_week_however_late_it_is_drafted(self, late, due_on):
        # At 2 points a week 10 leads to 9 on 4 March, which is soon, or has gone by.
        measure = Score(instrument="phq9", baseline=24, target=TargetValue(value=9))
        one = standing(
            measure,
            every(7, [22, 20, 18, 16, 14, 12, 10]),
            today=DUE + timedelta(days=late),
        )
        (option,) = draft(one, "replan").options
        assert option.proposal == NewDeadline(due_on=date(2026, 3, due_on))
        said = option.arithmetic.endswith(" after 1 March, with a week or more to come.")
        assert said is (due_on > 8)

    def test_is_not_offered_beyond_half_a_year(self):
        far = Score(instrument="bdi2", baseline=60, target=TargetValue(value=5))
        plan = plan_for(standing(far, every(10, [59, 57, 55, 53, 50])))
        assert [way.kind for way in plan.ways] == ["smaller_target", "milestone"]

    def test_says_so_where_the_target_lies_within_the_measures_own_error(self):
        # From 16, half is 8 points, and the reliable change of the BDI-II is 9.35.
        measure = Score(instrument="bdi2", baseline=16, target=HALF)
        one = standing(measure, every(10, [15, 14, 13, 12, 11]))
        (option,) = draft(one, "replan").options
        assert option.way == "more_time"
        assert option.arithmetic.endswith(
            " 8 lies 8 points from the start; the measure's own error is 9.35 points."
        )


class TestNearerTargets:
    def test_is_what_the_pace_reaches_in_the_same_length_where_the_target_is_far(self):
        plan = plan_for(standing(FAR, every(10, [48, 46, 45, 43, 41])))
        nearer = plan.ways[1]
        assert isinstance(nearer, NearerScore)
        assert isinstance(nearer.by, Reached)
        assert nearer.kind == "smaller_target"
        # 8.86 weeks from 23 February until eight weeks after the old deadline, at the slower end
        # of the interval, 1.05 a week: 41 - 9.3 = 31.7. The pace itself comes to 30.19.
        assert (nearer.pace.slower, nearer.pace.per_week) == (1.05, 1.22)
        assert (nearer.by.weeks, nearer.exactly) == (8.86, 31.7)
        assert nearer.by.value == pytest.approx(30.19)
        assert nearer.proposal.measure == msgspec.structs.replace(
            FAR, target=TargetPercent(percent=-35.0)
        )
        assert (nearer.new, nearer.due_on) == (32, DUE + timedelta(weeks=8))

    def test_is_halfway_where_the_pace_reaches_the_target_in_the_same_length(self):
        nearer = plan_for(standing(PHQ9_FROM_24, TO_17)).ways[1]
        assert isinstance(nearer, NearerScore)
        assert isinstance(nearer.by, Dates)
        assert nearer.kind == "milestone"
        assert nearer.proposal.measure == msgspec.structs.replace(
            PHQ9_FROM_24, target=TargetPercent(percent=-35.0)
        )
        assert (nearer.exactly, nearer.new) == (14.5, 15)
        # 2 points to 15 at 0.7 a week: 2.86 weeks from 23 February.
        assert nearer.by.distance == 2
        assert nearer.due_on == DUE + timedelta(weeks=3)

    def test_is_not_offered_where_it_is_hardly_nearer(self):
        # The slower end reaches 21.7 in the same length, which is taken as 22, and 20 is asked for.
        measure = Score(instrument="bdi2", baseline=40, target=HALF)
        plan = plan_for(standing(measure, every(10, [38, 36, 35, 33, 31])))
        assert [way.kind for way in plan.ways] == ["more_time", "milestone"]

    def test_is_not_offered_for_the_day_that_reaches_all_of_it(self):
        # 6 points every three days or more: 24 and 20 itself are reached within one week.
        measure = Score(instrument="bdi2", baseline=60, target=TargetValue(value=20))
        entries = every(3, [53, 47, 40, 34, 28])
        one = standing(measure, entries, due_on=START + timedelta(days=16))
        assert [way.kind for way in plan_for(one).ways] == ["more_time"]

    def test_of_a_band_is_a_score_on_the_way_there(self):
        measure = Score(
            instrument="phq9", baseline=24, target=TargetBand(band="non_clinical", value=9)
        )
        nearer = plan_for(standing(measure, TO_17)).ways[1]
        assert isinstance(nearer, NearerScore)
        assert nearer.proposal.measure == Score(
            instrument="phq9", baseline=24, target=TargetValue(value=nearer.new)
        )

    def test_works_where_a_higher_score_is_the_healthier(self):
        measure = Score(instrument="who5", baseline=24, target=TargetPercent(percent=150))
        norms = {"who5": Norms(source="Topp et al. 2015", reliable_change=10)}
        entries = every(10, [28, 32, 36, 36, 40])
        plan = plan_for(standing(measure, entries, practice=Practice(norms=norms)))
        assert [way.kind for way in plan.ways] == ["more_time", "smaller_target", "milestone"]
        nearer = plan.ways[2]
        assert isinstance(nearer, NearerScore)
        # Halfway from 40 to 60 is 50, and 48 the step before it: twice 24.
        assert (nearer.exactly, nearer.percent, nearer.new) == (50, 100, 48)

    def test_never_lies_within_the_reliable_change(self):
        # The practice judges by 12 points: 15 would be 9 from the start.
        norms = {"phq9": Norms(source="Our own", reliable_change=10)}
        one = standing(PHQ9_FROM_24, TO_17, practice=Practice(norms=norms))
        assert [way.kind for way in plan_for(one).ways] == ["more_time"]

    def test_is_not_offered_where_nothing_tells_a_change_from_error(self):
        measure = Score(instrument="cesd_r", baseline=40, target=HALF)
        one = standing(measure, every(10, [38, 36, 34, 32, 30]))
        assert one.yardstick is None
        assert [way.kind for way in plan_for(one).ways] == ["more_time"]


class TestTalkingFirst:
    @pytest.mark.parametrize(
        ("entries", "lacking"),
        [
            ([], "entries"),
            # Four points with the baseline, and five within thirteen days.
            (every(14, [20, 18, 17]), "entries"),
            (every(3, [22, 20, 18, 17]), "entries"),
            (every(10, [24, 24, 24, 24, 24]), "pace"),
            (every(10, [25, 26, 27, 26, 27]), "pace"),
            (every(10, [18, 23, 17, 22, 16]), "pace"),
        ],
    )
    def test_comes_where_there_is_no_pace_to_plan_with(self, entries, lacking):
        plan = plan_for(standing(PHQ9_FROM_24, entries))
        assert (plan.lacking, list(plan.ways)) == (lacking, [])

    def test_says_of_the_last_tenth_of_the_way_that_it_is_one(self):
        # From 20 to 9 at once, and no direction since: 11 of 12 points.
        measure = Score(instrument="phq9", baseline=20, target=TargetValue(value=8))
        one = standing(measure, every(7, [9, 10, 9, 8, 10, 9, 9]))
        assert (plan_for(one).lacking, list(plan_for(one).ways)) == ("near", [])
        assert (
            draft(one, "replan")
            .sentences[-1]
            .startswith("What is left is a small part of the way: it would help to talk first")
        )

    def test_comes_where_the_latest_score_is_more_than_two_reviews_old(self):
        # Every five days until 29 January: 32 days before the day after the date.
        old = standing(PHQ9_FROM_24, every(5, [22, 21, 20, 18, 17]))
        assert (plan_for(old).lacking, list(plan_for(old).ways)) == ("news", [])
        assert (
            draft(old, "replan")
            .sentences[-1]
            .startswith(
                "The latest entry is from 29 January, and a new one would show where things are: "
            )
        )

    def test_comes_where_the_direction_is_told_and_the_date_is_not(self):
        # The slower end of the interval takes more than half a year.
        far = Score(instrument="cesd_r", baseline=60, target=TargetValue(value=5))
        one = standing(far, every(10, [59, 57, 55, 53, 50]))
        assert (plan_for(one).lacking, list(plan_for(one).ways)) == ("date", [])
        last = draft(one, "replan").sentences[-1]
        assert last.startswith("The entries so far point towards the target, though to no date ")

    def test_says_why(self):
        few = draft(standing(PHQ9_FROM_24, every(14, [20])), "replan")
        unclear = draft(standing(PHQ9_FROM_24, every(10, [18, 23, 17, 22, 16])), "replan")
        assert few.sentences[-1].startswith("There are few entries to plan from so far")
        assert unclear.sentences[-1].startswith("The entries so far do not point to a new date")
        assert few.evidence.formula == "no pace is named before 5 points over 14 days"


class TestEvidence:
    def test_has_the_positions_the_numbers_and_the_formula(self):
        evidence = draft(standing(PHQ9_FROM_24, TO_17), "replan").evidence
        numbers = evidence.numbers
        assert (evidence.position, evidence.positions) == (9, (4, 5, 6, 7, 8))
        assert (numbers["baseline"], numbers["target"], numbers["latest"]) == (24, 12, 17)
        assert (numbers["reliable_change"], numbers["remaining"]) == (6, 5)
        assert numbers["pace_slower"] < numbers["pace_per_week"] < numbers["pace_faster"]
        assert (numbers["points"], numbers["span_days"]) == (6, 50)
        assert "Theil" in evidence.formula
        assert "weeks = |reached_at - latest| / pace_per_week" in evidence.formula

    def test_takes_a_score_of_the_first_day_for_the_baseline(self):
        one = standing(PHQ9_FROM_24, [(START, 24), *TO_17])
        assert draft(one, "replan").evidence.numbers["points"] == 6

    def test_shows_both_days_in_the_arithmetic(self):
        option = draft(standing(PHQ9_FROM_24, TO_17), "replan").options[0]
        assert option.words == "Keep the target and give it until 19 April."
        assert option.arithmetic == (
            "Counted from 23 February, at 17: 5 points to go to 12 ÷ 0.933 a week = 5.36 weeks: "
            "2 April. By the slower end of the 95% interval, 0.7 a week, 7.14 weeks: 14 April, "
            "taken as 19 April, in whole weeks after 1 March."
        )


class TestReframing:
    def test_has_no_percentage_within_the_measures_own_error(self):
        one = standing(PHQ9_FROM_24, every(10, [24, 23, 23, 22, 21]))
        assert draft(one, "reframing").sentences[1] == (
            "Your PHQ-9 score went from 24 at the start to 21 on 23 February: 3 points."
        )

    @pytest.mark.parametrize("latest", [24, 26])
    def test_has_numbers_alone_where_nothing_moved_or_it_got_worse(self, latest):
        said = draft(standing(PHQ9_FROM_24, [(date(2026, 2, 20), latest)]), "reframing").sentences
        assert said[1:] == (
            f"Your PHQ-9 score was 24 at the start and {latest} on 20 February.",
            "This may have been a hard stretch, and a number does not show all of it.",
            (
                "With your clinician you can look at what this time was like and what got in the "
                "way, and choose the next step from there."
            ),
        )

    def test_tells_the_one_score_there_is_as_one(self):
        said = draft(standing(PHQ9_FROM_24, [(START, 24)]), "reframing").sentences
        assert said[1:] == (
            (
                "Your PHQ-9 score was 24 at the start, on 4 January; one since then is not yet "
                "recorded."
            ),
            "What is recorded does not show how this time has been for you.",
            (
                "With your clinician you can look at what this time was like, and choose the next "
                "step from there."
            ),
        )

    def test_says_score_once_where_the_instruments_name_says_it(self):
        measure = Score(instrument="promis_depression_t", baseline=70, target=TargetValue(value=55))
        one = standing(measure, every(10, [68, 66, 65, 63, 60]))
        said = draft(one, "reframing").sentences[1]
        assert said.startswith("Your PROMIS depression T-score went from 70 at the start to 60 on")
        spanish = draft(msgspec.structs.replace(one, language="es"), "reframing").sentences[1]
        assert spanish.startswith("Su puntuación T en PROMIS depression pasó de 70 al inicio a 60")

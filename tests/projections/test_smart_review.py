"""SMART review: what is missing, vague, unmeasurable or late, and silence elsewhere."""

from datetime import timedelta

import pytest

from events import instruments
from events.measure import (
    Count,
    Frequency,
    Milestone,
    RelativeFrequency,
    TargetBand,
    TargetValue,
)
from events.practice_choices import Norms
from projections.smart_review import (
    Dated,
    Facts,
    OpenParameter,
    OpenScore,
    Parts,
    review,
)
from tests.projections.goals_reviewed import (
    BDI,
    GOOD,
    PHQ,
    START,
    asked,
    change,
    codes,
    half,
    only,
    the,
)
from tests.projections.test_vagueness import VAGUE


class TestAGoalWithEveryPart:
    def test_is_asked_nothing(self):
        assert asked() == ()

    def test_may_be_counted_or_done_once(self):
        assert codes(measure=Count(amount=5)) == []
        assert codes(measure=Milestone()) == []


class TestWhatIsMissing:
    def test_blocks_and_is_asked_for_letter_by_letter(self):
        found = review(Parts(starts_on=START), Facts(), language="en")
        assert [(one.letter, one.code) for one in found] == [
            ("S", "statement_missing"),
            ("M", "measure_missing"),
            ("A", "achievability_missing"),
            ("R", "why_missing"),
            ("T", "deadline_missing"),
        ]
        assert all(one.blocks and one.question.endswith("?") for one in found)

    def test_is_the_baseline_and_the_target_of_a_score(self):
        found = asked(measure=OpenScore(instrument="bdi2"), facts=Facts(instrument=BDI))
        assert [(one.code, one.blocks) for one in found] == [
            ("baseline_missing", True),
            ("target_missing", True),
        ]
        assert "BDI-II" in found[0].question

    def test_is_what_a_template_leaves_open(self):
        score = OpenParameter(name="baseline", meaning="The score now", minimum=0, maximum=63)
        found = asked(measure=None, open_parameters=(score,))
        assert only(found).code == "parameter_missing"
        assert "The score now" in only(found).question
        assert only(found).arithmetic == "baseline: from 0 to 63."

    def test_is_the_session_that_a_goal_is_due_by(self):
        finding = only(asked(due_on=None, by_next_session=True))
        assert (finding.code, finding.blocks) == ("deadline_missing", True)
        assert "session" in finding.question


class TestVagueStatements:
    @pytest.mark.parametrize("lacks", ["action", "amount", "object"])
    def test_are_asked_about(self, lacks):
        statement = next(said for said, missing in VAGUE.items() if missing == lacks)
        finding = only(asked(statement=statement))
        assert (finding.letter, finding.code, finding.blocks) == ("S", "statement_vague", False)
        assert finding.numbers["amounts"] == 0


class TestATargetWithinMeasurementError:
    def test_is_asked_about_with_the_formula(self):
        finding = the("target_within_error", asked(Facts(instrument=BDI), measure=half(16)))
        assert finding.arithmetic == (
            "From 16 to 8 = 8 points. Reliable change: 1.96 × √2 × 12.75 × √(1 - 0.93) = "
            "9.35 points."
        )
        assert finding.numbers["change"] == 8
        assert finding.numbers["reliable_change"] == pytest.approx(9.35, abs=0.005)

    def test_is_not_one_of_twelve_points(self):
        assert codes(Facts(instrument=BDI), measure=half(24)) == []

    def test_goes_by_the_points_that_a_service_has_fixed(self):
        five = OpenScore(instrument="phq9", baseline=15, target=TargetValue(value=10))
        finding = only(asked(Facts(instrument=PHQ), measure=five))
        assert finding.arithmetic == "From 15 to 10 = 5 points. Reliable change: 6 points."
        six = change(five, target=TargetValue(value=9))
        assert codes(Facts(instrument=PHQ), measure=six) == []

    def test_goes_by_the_norms_of_the_practice(self):
        norms = Norms(source="ours", standard_deviation=9.93, reliability=0.93)
        own = instruments.with_norms(BDI, norms)
        assert "target_within_error" in codes(Facts(instrument=BDI), measure=half(17))
        assert "target_within_error" not in codes(Facts(instrument=own), measure=half(17))

    def test_is_silent_where_the_error_is_not_known(self):
        unknown = change(BDI, standard_deviation=None, cut_off=None)
        assert codes(Facts(instrument=unknown), measure=half(16)) == []


class TestAPercentageOfALowBaseline:
    @pytest.mark.parametrize(
        ("instrument", "baseline", "flagged"),
        [
            (BDI, 16, True),
            (BDI, 18, True),
            (BDI, 24, False),
            (PHQ, 10, True),
            (PHQ, 11, True),
            (PHQ, 12, False),
            (PHQ, 16, False),
        ],
    )
    def test_is_asked_about(self, instrument, baseline, flagged):
        found = codes(Facts(instrument=instrument), measure=half(baseline, instrument.id))
        assert ("percent_of_low_baseline" in found) is flagged

    def test_shows_the_lowest_baseline_that_carries_it(self):
        finding = the("percent_of_low_baseline", asked(Facts(instrument=PHQ), measure=half(10)))
        assert finding.arithmetic == (
            "50 percent of 10 = 5 points. 6 ÷ 50 percent = 12: the lowest baseline that carries it."
        )
        assert finding.numbers["least_baseline"] == 12

    def test_is_one_below_the_cut_off_however_large_the_change(self):
        finding = only(asked(Facts(instrument=PHQ), measure=half(9, "phq9", percent=-80.0)))
        assert finding.code == "percent_of_low_baseline"
        assert finding.numbers["cut_off"] == 10

    def test_is_not_a_small_percentage_of_a_high_one(self):
        found = codes(Facts(instrument=BDI), measure=half(40, percent=-10.0))
        assert found == ["target_within_error"]

    def test_is_not_a_target_in_points(self):
        near = OpenScore(instrument="bdi2", baseline=16, target=TargetValue(value=8))
        assert codes(Facts(instrument=BDI), measure=near) == ["target_within_error"]


class TestABandThatIsMet:
    def band(self, baseline):
        target = TargetBand(band="non_clinical", value=9)
        return OpenScore(instrument="phq9", baseline=baseline, target=target)

    def test_by_the_baseline_leaves_nothing_to_reach(self):
        finding = only(asked(Facts(instrument=PHQ), measure=self.band(8)))
        assert (finding.code, finding.blocks) == ("band_already_met", True)
        assert finding.arithmetic == "Baseline 8; the band goes up to 9 on the PHQ-9."
        who5 = instruments.named("who5")
        well = OpenScore(
            instrument="who5", baseline=80, target=TargetBand(band="non_clinical", value=52)
        )
        finding = only(asked(Facts(instrument=who5), measure=well))
        assert "the band begins at 52" in finding.arithmetic

    def test_by_the_newest_score_is_asked_about(self):
        scores = (Dated(-3.0, 9.0), Dated(-20.0, 17.0))
        finding = only(asked(Facts(instrument=PHQ, scores=scores), measure=self.band(18)))
        assert (finding.code, finding.blocks) == ("band_already_met", False)
        assert finding.numbers == {"latest": 9, "target": 9}
        worse = (Dated(-3.0, 17.0), Dated(-20.0, 9.0))
        assert codes(Facts(instrument=PHQ, scores=worse), measure=self.band(18)) == []


class TestTheBaseline:
    def test_of_zero_is_asked_about(self):
        finding = only(asked(measure=Frequency(amount=3, unit="times", per="week")))
        assert (finding.code, finding.blocks) == ("baseline_missing", False)
        assert finding.arithmetic == "Asked for: 3 times a week."

    def test_of_zero_is_not_where_it_was_given(self):
        measure = Frequency(amount=3, unit="times", per="week")
        assert codes(measure=measure, baseline_given=True) == []

    @pytest.mark.parametrize(("baseline", "flagged"), [(2.5, False), (3, True), (5, True)])
    def test_that_is_as_much_as_is_asked_for_is_asked_about(self, baseline, flagged):
        measure = Frequency(amount=3, unit="times", per="week", baseline=baseline)
        assert codes(measure=measure) == (["baseline_meets_amount"] if flagged else [])

    def test_of_mood_entries_is_not(self):
        moods = Frequency(amount=1, unit="times", per="day", source="mood_entries")
        assert codes(measure=moods) == []

    def test_that_is_yet_to_be_measured_is_asked_about(self):
        measure = RelativeFrequency(
            percent=25, unit="times", per="week", baseline_from_on=START - timedelta(days=14)
        )
        finding = only(asked(measure=measure))
        assert finding.arithmetic == "14 days of check-ins before the first day."
        assert codes(measure=measure, measured_rate=40.0) == []
        assert codes(measure=change(measure, baseline=40.0, baseline_from_on=None)) == []

    def test_that_was_measured_as_nothing_is_asked_about(self):
        measure = RelativeFrequency(
            percent=25, unit="times", per="week", baseline_from_on=START - timedelta(days=14)
        )
        assert codes(measure=measure, measured_rate=0.0) == ["baseline_zero"]


class TestTheWhy:
    def test_that_copies_the_statement_is_asked_about(self):
        for copied in (GOOD.statement, "walk around the LAKE!"):
            finding = only(asked(why=copied))
            assert (finding.code, finding.blocks) == ("why_repeats_statement", False)

    def test_that_copies_the_template_s_question_is_asked_about(self):
        question = "What does the water do for you?"
        finding = only(asked(why=question, template_why=question))
        assert "question of the template" in finding.question


class TestTheReview:
    def test_after_the_deadline_is_asked_about(self):
        finding = only(asked(due_on=START + timedelta(days=13)))
        assert finding.code == "review_after_deadline"
        assert finding.arithmetic == (
            "A review every 14 days; from the first day to the date 13 days."
        )
        assert codes(due_on=START + timedelta(days=14)) == []

    def test_is_the_session_itself_where_a_goal_is_due_by_one(self):
        assert codes(due_on=START + timedelta(days=3), by_next_session=True) == []

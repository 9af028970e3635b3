"""SMART review: each finding with its arithmetic, in both languages, and silence elsewhere."""

import re
from datetime import date, timedelta
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import instruments
from events.measure import (
    Count,
    Frequency,
    Milestone,
    RelativeFrequency,
    TargetBand,
    TargetPercent,
    TargetValue,
)
from events.practice_choices import Norms
from events.wording import placeholders
from projections.smart_review import (
    Dated,
    Facts,
    Kept,
    OpenScore,
    Parts,
    Similar,
    review,
)
from projections.smart_review.english import ENGLISH
from projections.smart_review.kept import middle
from projections.smart_review.parts import Code
from projections.smart_review.spanish import SPANISH
from tests.projections.test_vagueness import VAGUE

change = msgspec.structs.replace
START = date(2026, 3, 2)
BDI = instruments.named("bdi2")
PHQ = instruments.named("phq9")
GOOD = Parts(
    statement="Walk around the lake three times a week",
    measure=Frequency(amount=3, unit="times", per="week", baseline=1),
    achievability=7,
    why="I sleep well after it.",
    starts_on=START,
    due_on=START + timedelta(weeks=8),
)


def half(baseline, instrument="bdi2", percent=-50.0):
    target = TargetPercent(percent=percent)
    return OpenScore(instrument=instrument, baseline=baseline, target=target)


def asked(facts=Facts(), language="en", **changes):  # noqa: B008 - frozen
    return review(change(GOOD, **changes), facts, language=language)


def codes(facts=Facts(), **changes):  # noqa: B008 - frozen
    return [one.code for one in asked(facts, **changes)]


def only(findings):
    (finding,) = findings
    return finding


def the(code, findings):
    return only([one for one in findings if one.code == code])


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
        found = asked(measure=None, open_parameters=("The score now",))
        assert only(found).code == "parameter_missing"
        assert "The score now" in only(found).question

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
        assert finding.arithmetic == "Baseline 0 times a week; asked for: 3 times a week."

    def test_of_mood_entries_is_not(self):
        moods = Frequency(amount=1, unit="times", per="day", source="mood_entries")
        assert codes(measure=moods) == []

    def test_that_is_yet_to_be_measured_is_asked_about(self):
        measure = RelativeFrequency(
            percent=25, unit="times", per="week", baseline_from_on=START - timedelta(days=14)
        )
        finding = only(asked(measure=measure))
        assert finding.arithmetic == "14 days of check-ins before the first day."
        assert codes(measure=change(measure, baseline=2.0, baseline_from_on=None)) == []


class TestAchievability:
    @pytest.mark.parametrize(("rating", "flagged"), [(0, True), (3, True), (4, False), (10, False)])
    def test_rated_low_is_a_question(self, rating, flagged):
        assert codes(achievability=rating) == (["achievability_low"] if flagged else [])


class TestThePace:
    SLOW = tuple(Dated(float(7 * week), 24 - 0.5 * week) for week in range(6))

    def test_beyond_the_client_s_own_is_asked_about(self):
        finding = only(asked(Facts(instrument=BDI, scores=self.SLOW), measure=half(24)))
        assert finding.code == "pace_beyond_own"
        assert finding.numbers["required_per_week"] == 1.5
        assert finding.numbers["own_per_week"] == pytest.approx(0.5)
        assert finding.arithmetic.startswith(
            "12 points ÷ 8 weeks = 1.5 a week. Own pace 0.5 a week: the median slope of 6 scores "
            "over 35 days, 95 percent interval 0.5 to 0.5"
        )

    def test_within_it_is_not(self):
        fast = tuple(Dated(one.days, 24 - 4 * (24 - one.value)) for one in self.SLOW)
        assert codes(Facts(instrument=BDI, scores=fast), measure=half(24)) == []

    def test_is_told_otherwise_where_scores_have_not_moved(self):
        worse = tuple(Dated(one.days, 48 - one.value) for one in self.SLOW)
        finding = only(asked(Facts(instrument=BDI, scores=worse), measure=half(24)))
        assert finding.code == "pace_beyond_own"
        assert finding.numbers["own_per_week"] == pytest.approx(-0.5)
        assert "have not moved" in finding.question

    def test_is_silent_before_it_may_be_named(self):
        few = self.SLOW[:4]
        close = tuple(Dated(one.days / 7, one.value) for one in self.SLOW)
        for scores in (few, close):
            assert codes(Facts(instrument=BDI, scores=scores), measure=half(24)) == []


class TestWhatWasKept:
    def test_less_than_is_asked_for_is_asked_about(self):
        finding = only(asked(Facts(kept=Kept(amount=1, periods=6, per="week"))))
        assert finding.code == "more_than_kept"
        assert "3 times a week" in finding.question
        assert "middle week had 1 time." in finding.question
        assert codes(Facts(kept=Kept(amount=3, periods=6, per="week"))) == []

    def test_is_compared_with_the_rate_that_a_percentage_comes_to(self):
        measure = RelativeFrequency(percent=25, unit="times", per="week", baseline=4.0)
        finding = only(asked(Facts(kept=Kept(amount=4, periods=6, per="week")), measure=measure))
        assert finding.numbers["asked"] == 5

    def test_is_the_middle_of_whole_weeks_empty_ones_included(self):
        by_day = {START: 2.0, START + timedelta(days=8): 3.0, START + timedelta(days=30): 9.0}
        until = START + timedelta(days=20)
        assert middle(by_day, per_days=7, starts_on=START, until=until) == (2.0, 3)
        assert middle(by_day, per_days=1, starts_on=START, until=until) == (0.0, 21)
        short = START + timedelta(days=12)
        assert middle(by_day, per_days=1, starts_on=START, until=short) is None


class TestSimilarGoals:
    def test_are_silent_below_ten(self):
        assert codes(Facts(similar=Similar(alike="template", reached=5, ended=9))) == []

    def test_speak_from_ten_on(self):
        finding = only(asked(Facts(similar=Similar(alike="measure", reached=4, ended=10))))
        assert finding.code == "similar_goals_reached"
        assert finding.numbers == {"reached": 4, "ended": 10, "percent": 40}
        assert finding.question.startswith("Of 10 goals measured like this one in this practice, 4")
        assert finding.arithmetic.startswith("4 ÷ 10 = 40 percent")


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


BLUNT = re.compile(
    r"\b(fail\w*|should|must|only|just|never|always|overdue|behind|wrong|bad|poor|"
    r"fracas\w*|debe\w*|hay que|s[oó]lo|nunca|siempre|atras\w*|mal[oa]?)\b|[!¡]",
    flags=re.IGNORECASE,
)


class TestTheWords:
    def test_are_the_same_in_both_languages(self):
        assert list(ENGLISH) == list(SPANISH)
        for name in ENGLISH:
            for english, spanish in zip(ENGLISH[name], SPANISH[name], strict=True):
                assert placeholders(english) == placeholders(spanish), name
                assert bool(english) is bool(spanish), name

    def test_are_questions_and_blame_nobody(self):
        for sentences in (ENGLISH, SPANISH):
            for question, arithmetic in sentences.values():
                assert question.endswith("?")
                assert not BLUNT.search(question + arithmetic), question

    def test_are_in_the_language_of_the_practice(self):
        finding = the(
            "target_within_error",
            asked(Facts(instrument=BDI), measure=half(16), language="es-ES"),
        )
        assert finding.question.startswith("Con una sola puntuación, BDI-II no distingue")
        assert "√(1 - 0,93) = 9,35 puntos" in finding.arithmetic
        finding = only(asked(achievability=2, language="de-CH"))
        assert finding.question.startswith("The client rates this 2 of 10")

    @given(st.data())
    def test_can_be_said_of_anything(self, data):
        """Every finding that any goal brings about has its words, and every number a name."""
        number = st.floats(0, 60).map(lambda one: float(round(one)))
        instrument = data.draw(st.sampled_from([BDI, PHQ, instruments.named("who5")]))
        target = data.draw(
            st.builds(TargetValue, value=number)
            | st.builds(TargetPercent, percent=st.floats(-100, 200))
            | st.builds(TargetBand, band=st.just("x"), value=number)
        )
        score = OpenScore(
            instrument=instrument.id,
            baseline=data.draw(st.none() | number),
            target=data.draw(st.none() | st.just(target)),
        )
        frequency = st.builds(
            Frequency,
            amount=st.floats(0.01, 1440),
            unit=st.sampled_from(["times", "minutes"]),
            per=st.sampled_from(["day", "week"]),
            baseline=st.sampled_from([0.0, 2.0]),
        )
        parts = Parts(
            statement=data.draw(st.none() | st.sampled_from(list(VAGUE))),
            measure=data.draw(st.none() | st.just(score) | frequency),
            achievability=data.draw(st.none() | st.integers(0, 10)),
            why=data.draw(st.none() | st.just("Why not") | st.sampled_from(list(VAGUE))),
            starts_on=START,
            due_on=data.draw(st.none() | st.integers(0, 60).map(lambda n: START + timedelta(n))),
            review_every_days=data.draw(st.integers(1, 366)),
        )
        facts = Facts(
            instrument=instrument,
            scores=tuple(Dated(float(5 * n), data.draw(number)) for n in range(5)),
            kept=data.draw(st.none() | st.just(Kept(amount=1, periods=3, per="day"))),
            similar=Similar(alike="template", reached=0, ended=data.draw(st.integers(0, 20))),
        )
        for language in ("en", "es"):
            for finding in review(parts, facts, language=language):
                assert "{" not in finding.question + finding.arithmetic
                assert finding.code in get_args(Code)
                assert finding.question

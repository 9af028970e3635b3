"""SMART review: its words, the same in both languages, and blaming nobody."""

import re
from datetime import timedelta
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from events import instruments
from events.measure import (
    Frequency,
    RelativeFrequency,
    TargetBand,
    TargetPercent,
    TargetValue,
)
from events.wording import placeholders
from projections.smart_review import (
    Dated,
    Facts,
    OpenScore,
    Parts,
    review,
)
from projections.smart_review.english import ENGLISH
from projections.smart_review.parts import Code
from projections.smart_review.spanish import SPANISH
from tests.projections.goals_reviewed import (
    BDI,
    PHQ,
    START,
    asked,
    half,
    kept,
    only,
    similar_to,
    the,
)
from tests.projections.test_vagueness import VAGUE

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

    def test_call_a_goal_by_one_word(self):
        said = " ".join(" ".join(sentences) for sentences in SPANISH.values())
        assert "objetivo" in said
        assert not re.search(r"\b[Mm]etas?\b", said)

    def test_say_one_point_as_one(self):
        one_point = OpenScore(instrument="phq9", baseline=15, target=TargetValue(value=14))
        for language, said in (("en", "= 1 point. "), ("es", "= 1 punto. ")):
            finding = only(asked(Facts(instrument=PHQ), language, measure=one_point))
            assert said in finding.arithmetic

    def test_write_every_number_as_the_region_does(self):
        for language, said in (("es-MX", "1.96 × √2 × 12.75"), ("es-ES", "1,96 × √2 × 12,75")):
            found = asked(Facts(instrument=BDI), language, measure=half(16))
            assert said in the("target_within_error", found).arithmetic

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
        rise = st.builds(
            RelativeFrequency,
            percent=st.floats(1, 300),
            unit=st.sampled_from(["times", "minutes"]),
            per=st.sampled_from(["day", "week"]),
            baseline=st.none() | st.floats(0.1, 30),
        )
        measure = data.draw(st.none() | st.just(score) | frequency | rise)
        parts = Parts(
            statement=data.draw(st.none() | st.sampled_from(list(VAGUE))),
            measure=measure,
            measured_rate=data.draw(st.none() | st.floats(0, 30)),
            achievability=data.draw(st.none() | st.integers(0, 10)),
            why=data.draw(st.none() | st.just("Why not") | st.sampled_from(list(VAGUE))),
            starts_on=START,
            due_on=data.draw(st.none() | st.integers(0, 60).map(lambda n: START + timedelta(n))),
            review_every_days=data.draw(st.integers(1, 366)),
        )
        facts = Facts(
            instrument=instrument,
            scores=tuple(Dated(float(5 * n), data.draw(number)) for n in range(5)),
            kept=data.draw(st.none() | st.just(kept(data.draw(st.sampled_from([0, 1])), "day"))),
            similar=data.draw(st.none() | similar_to(measure)),
        )
        for language in ("en", "es"):
            for finding in review(parts, facts, language=language):
                assert "{" not in finding.question + finding.arithmetic
                assert finding.code in get_args(Code)
                assert finding.question

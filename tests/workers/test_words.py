"""Every sentence that can be rendered, in both languages, against the words to avoid."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.measure import Frequency
from events.suggestion import NewDeadline, NewTarget
from tests.workers.avoided import found_in
from tests.workers.diary import PHQ9_FROM_24, THRICE_A_WEEK
from tests.workers.standings import standings
from workers.drafts import draft
from workers.replan import MorePeriods, MoreTime, NearerScore, SmallerStep, Way
from workers.words import Words, words_for
from workers.words.language import Numbers, PracticeNumbers, ScoreNumbers, plain

TODAY = date(2026, 3, 2)
LANGUAGES = ("en", "es", "es-MX")
# The names of instruments are names.
NAMES = re.compile(r"CESD-R|CORE-10|DASS-21 depression|PROMIS depression T-score|HAM-D 17")


def lint(text: str, language: str) -> None:
    assert found_in(NAMES.sub("BDI-II", text), language) == []
    assert len(text) <= 600
    assert text[0] == text[0].upper()
    assert text.endswith(".")


def sentences(words: Words, days: list[date], values: list[float]) -> list[str]:
    """All that a language can say, with these days and numbers."""
    score_numbers = [
        ScoreNumbers(
            instrument="PHQ-9", baseline=one, target=4, latest=two, latest_on=on, percent=percent
        )
        for one in values
        for two in values
        for on in days
        for percent in (10, 58, 99)
    ]
    practice_numbers = [
        PracticeNumbers(
            measure=measure, done=done, count=count, practised=min(count, 1), percent=percent
        )
        for measure in measures()
        for done in values
        for count in (1, 2, 14)
        for percent in (10, 99)
    ]
    said = [words.continuum(), words.hard_stretch(), words.record_is_silent(), words.next_step()]
    said += [words.look_together(), words.choose_what_follows()]
    said += [words.talk_first(few_entries=few) for few in (True, False)]
    said += [words.choose_between([], today=TODAY)]
    every_number: list[Numbers] = [*score_numbers, *practice_numbers]
    for numbers in every_number:
        said += [
            words.moved(numbers, today=TODAY),
            words.stood(numbers, today=TODAY),
            words.arrived(numbers, today=TODAY),
        ]
    for on in days:
        said += [words.date_passed(on, today=TODAY), words.unrecorded(None, on, today=TODAY)]
        said += [words.unrecorded("WHO-5", on, today=TODAY)]
    every = ways(days, values)
    for way in every:
        said += [words.way(way, today=TODAY), words.arithmetic(way, today=TODAY)]
        said += [words.choose_between([way], today=TODAY)]
        said += [words.choose_between([way, every[0]], today=TODAY)]
    return said


def measures() -> list[Frequency]:
    return [
        Frequency(amount=amount, unit=unit, per=per)
        for amount in (0.5, 1, 2, 3, 20)
        for unit in ("times", "minutes")
        for per in ("day", "week")
    ]


def ways(days: list[date], values: list[float]) -> list[Way]:
    found: list[Way] = []
    for on in days:
        for value in values:
            found.append(
                MoreTime(
                    proposal=NewDeadline(due_on=on), due_on=on,
                    remaining=value, pace_per_week=0.875, weeks=value,
                )
            )  # fmt: skip
            found += [
                NearerScore(
                    proposal=NewTarget(measure=PHQ9_FROM_24, due_on=on), score=value,
                    from_score=17, old_target=old, percent=percent, exactly=value,
                    pace_per_week=0.05, weeks=value, by_half=by_half, due_on=on,
                )
                for old in (9, 40)
                for percent in (None, -35, 1, 20)
                for by_half in (True, False)
            ]  # fmt: skip
        found += [
            MorePeriods(
                proposal=NewTarget(measure=measure, due_on=on), due_on=on, asked=8, counted=counted,
                open_periods=open_periods, kept_free=free, measure=measure,
            )
            for measure in measures()
            for counted in (0.0, 6.999999, 7)
            for open_periods, free in ((1, 0), (7, 1), (14, 2))
        ]  # fmt: skip
        found += [
            SmallerStep(
                proposal=NewTarget(measure=measure, due_on=on), due_on=on, middle=middle,
                count=count, measure=measure,
            )
            for measure in measures()
            for middle in (0.0, 1.5, 20)
            for count in (1, 8)
        ]  # fmt: skip
    return found


class TestEverySentence:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_avoids_what_hurts(self, language):
        words = words_for(language)
        days = [date(2026, month, 1) for month in range(1, 13)] + [date(2025, 12, 31)]
        for text in {*sentences(words, days, [1, 2, 15.6])}:
            lint(text, words.language)

    @settings(max_examples=100, deadline=None)
    @given(standings())
    def test_of_any_suggestion_avoids_what_hurts(self, standing):
        for kind in ("reframing", "replan"):
            made = draft(standing, kind)
            for text in made.sentences:
                lint(text, made.language)
            for option in made.options:
                lint(option.words, made.language)
                lint(option.arithmetic, made.language)

    @given(st.sampled_from(["en", "en-GB", "de", "fr-CH", "zh"]))
    def test_is_english_unless_spanish_is_preferred(self, language):
        assert words_for(language).language == "en"

    @pytest.mark.parametrize("language", ["es", "es-ES", "es-MX"])
    def test_is_spanish_where_spanish_is_preferred(self, language):
        assert words_for(language).language == "es"


class TestTheLint:
    """The list itself: it must see what it is there for."""

    @pytest.mark.parametrize(
        ("language", "text"),
        [
            ("en", "You failed."), ("en", "A failure."), ("en", "You missed it."),
            ("en", "It is overdue."), ("en", "You are behind."), ("en", "Non-adherent."),
            ("en", "noncompliance"), ("en", "You broke your streak"), ("en", "only 3"),
            ("en", "just 3"), ("en", "You shouldn't"), ("en", "You shouldn’t"), ("en", "mustn't"),
            ("en", "at least 3"), ("en", "still not there"), ("en", "try again"), ("en", "never"),
            ("en", "You haven't"), ("en", "disappointingly"),
            ("en", "You can do it"), ("en", "Go!"),
            ("en", "better than most people"), ("en", "You are better"), ("en", "It will pass"),
            ("en", "This proves it"), ("en", "recovered"), ("en", "symptoms"),
            ("es", "Ha fracasado."), ("es", "Un fallo."), ("es", "Falló."), ("es", "atrasada"),
            ("es", "incumplió"), ("es", "La fecha venció."), ("es", "vencida"), ("es", "solo 3"),
            ("es", "sólo 3"), ("es", "solamente"), ("es", "debería"), ("es", "Debes ir"),
            ("es", "tiene que ir"), ("es", "al menos 3"), ("es", "todavía no"), ("es", "aún no"),
            ("es", "nunca"), ("es", "siempre"), ("es", "otra vez"), ("es", "de nuevo"),
            ("es", "decepcionante"), ("es", "¡Vamos"), ("es", "no ha llegado"), ("es", "mejorará"),
            ("es", "los demás"), ("es", "perdió la racha"), ("es", "No logró"),
        ],
    )  # fmt: skip
    def test_finds(self, language, text):
        assert found_in(text, language)

    @pytest.mark.parametrize(
        ("language", "text"),
        [
            ("en", "The date we set, 1 March, has passed."),
            ("en", "A score since 4 January is not yet recorded."),
            ("en", "With your clinician you can adjust the next step."),
            ("es", "La fecha acordada, el 1 de marzo, ya pasó."),
            ("es", "Con su profesional de salud puede elegir."),
        ],
    )
    def test_lets_pass(self, language, text):
        assert found_in(text, language) == []


class TestNumbersAndDates:
    @pytest.mark.parametrize(
        ("number", "text"),
        [(24.0, "24"), (15.6, "15.6"), (0.04, "0"), (-0.04, "0"), (1e3, "1000"), (0.96, "1")],
    )
    def test_numbers_are_plain(self, number, text):
        assert plain(number) == text

    def test_spanish_has_its_region_s_decimal_sign(self):
        way = ways([TODAY], [15.6])[0]
        assert "15,6" in words_for("es").arithmetic(way, today=TODAY)
        assert "15.6" in words_for("es-MX").arithmetic(way, today=TODAY)

    @pytest.mark.parametrize(
        ("language", "on", "text"),
        [
            ("en", date(2026, 3, 1), "The date we set, 1 March, has passed."),
            ("en", date(2025, 3, 1), "The date we set, 1 March 2025, has passed."),
            ("es", date(2026, 3, 1), "La fecha acordada, el 1 de marzo, ya pasó."),
            ("es", date(2025, 3, 1), "La fecha acordada, el 1 de marzo de 2025, ya pasó."),
        ],
    )
    def test_dates_are_written_for_people(self, language, on, text):
        assert words_for(language).date_passed(on, today=TODAY) == text

    def test_both_languages_name_every_month(self):
        days = [date(2026, month, 1) for month in range(1, 13)]
        for language in ("en", "es"):
            said = {words_for(language).date_passed(on, today=TODAY) for on in days}
            assert len(said) == 12

    def test_rates_are_said_as_people_say_them(self):
        later = TODAY + timedelta(days=20)
        steps = [
            (Frequency(amount=1, unit="times", per="week"), "once a week", "1 vez a la semana"),
            (Frequency(amount=2, unit="times", per="day"), "twice a day", "2 veces al día"),
            (THRICE_A_WEEK, "3 times a week", "3 veces a la semana"),
            (Frequency(amount=20, unit="minutes", per="day"), "20 minutes a day", "20 minutos al"),
        ]
        for measure, english, spanish in steps:
            way = SmallerStep(
                proposal=NewTarget(measure=measure, due_on=later), due_on=later, middle=1, count=8,
                measure=measure,
            )  # fmt: skip
            assert english in words_for("en").way(way, today=TODAY)
            assert spanish in words_for("es").way(way, today=TODAY)

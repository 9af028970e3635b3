"""Every sentence that can be rendered, in every language shipped, against the words to avoid."""

import inspect
from datetime import date, timedelta
from functools import cache
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import crisis
from events.measure import Count, Frequency, RelativeFrequency
from events.suggestion import NewDeadline, NewTarget
from events.templates.catalogue import built_in
from tests.examples import examples
from tests.workers.avoided import found_in
from tests.workers.diary import PHQ9_FROM_24, THRICE_A_WEEK
from tests.workers.drawn import standings
from tests.workers.said import TODAY, SaidBy, dates, pace, said_by
from workers.drafts import draft
from workers.replan import Ahead, MoreTime, SmallerStep
from workers.words import Words, words_for
from workers.words.language import CountNumbers, PracticeNumbers, RateNumbers, fine, plain

LANGUAGES = ("en", "en-US", "es", "es-MX")
SENTENCES = sorted(
    name for name, one in vars(Words).items() if inspect.isfunction(one) and name[0] != "_"
)


def faults(text: str, language: str) -> list[str]:
    """What is wrong with a sentence: words to avoid, or no sentence."""
    found = list(found_in(text, language))
    if not (text and text[0] == text[0].upper() and text.endswith(".")):
        found.append("no sentence")
    if len(text) > 600:
        found.append("too long")
    return found


@cache
def said_in(language: str) -> SaidBy:
    """All that a language can say, made once for the tests that look at it."""
    return said_by(words_for(language))


def faults_of(words: Words) -> dict[str, list[str]]:
    """What is wrong with all that a language can say."""
    return faults_in(said_by(words), words.language)


def faults_in(said: SaidBy, language: str) -> dict[str, list[str]]:
    told = {text: faults(text, language) for texts in said.values() for text in texts}
    return {text: wrong for text, wrong in told.items() if wrong}


class TestEverySentence:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_avoids_what_hurts(self, language):
        assert faults_in(said_in(language), words_for(language).language) == {}

    @examples(200)
    @given(standings())
    def test_of_any_suggestion_avoids_what_hurts(self, standing):
        for kind in ("reframing", "replan"):
            made = draft(standing, kind)
            options = [text for one in made.options for text in (one.words, one.arithmetic)]
            for text in (*made.sentences, *options):
                assert faults(text, made.language) == []

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_is_looked_at(self, language):
        # Every function that Words asks of a language, but the name of the language itself.
        assert sorted(said_in(language)) == SENTENCES


class TestWhatElseClientsRead:
    @pytest.mark.parametrize("name", sorted(built_in()))
    def test_templates_avoid_what_hurts(self, name):
        template = built_in()[name]
        assert set(template.wording) >= {"en", "es"}
        for language, wording in template.wording.items():
            for text in (wording.title, wording.statement, wording.why):
                assert found_in(text.replace("{", "").replace("}", ""), language) == ()

    @pytest.mark.parametrize("language", crisis.LANGUAGES)
    def test_crisis_information_avoids_what_hurts(self, language):
        for told in get_args(crisis.Told):
            for has_helpline in (True, False):
                text = crisis.notice(language, told, has_helpline=has_helpline)
                assert faults(text, language) == []
        for country in crisis.country_lines().values():
            for line in (*country.lines[language], country.emergency[language]):
                assert found_in(f"{line.name} {line.reach} {line.hours}", language) == ()


class TestTheLanguage:
    @given(st.sampled_from(["en", "en-GB", "de", "fr-CH", "zh"]))
    def test_is_english_unless_spanish_is_preferred(self, language):
        assert words_for(language).language == "en"

    @pytest.mark.parametrize("language", ["es", "es-ES", "es-MX"])
    def test_is_spanish_where_spanish_is_preferred(self, language):
        assert words_for(language).language == "es"

    @pytest.mark.parametrize(
        ("clients", "practices", "words"),
        [("de", "es", "es"), ("de", "en", "en"), ("de", "fr", "en"), ("en", "es", "en")],
    )
    def test_is_that_of_the_practice_where_the_clients_is_not_shipped(
        self, clients, practices, words
    ):
        assert words_for(clients, practices).language == words


class TestNumbersAndDates:
    @pytest.mark.parametrize(
        ("number", "text"),
        [(24.0, "24"), (15.6, "15.6"), (0.04, "0"), (-0.04, "0"), (1e3, "1000"), (0.96, "1")],
    )
    def test_numbers_are_plain(self, number, text):
        assert plain(number) == text

    @pytest.mark.parametrize(
        ("number", "text"),
        [(1.0, "1"), (0.875, "0.875"), (0.05, "0.05"), (0.0042, "0.0042"), (3.3333, "3.33")],
    )
    def test_small_numbers_keep_what_makes_them_some(self, number, text):
        assert fine(number) == text

    @pytest.mark.parametrize(("baseline", "verb"), [(1.0, "era 1 vez"), (2.0, "eran 2 veces")])
    def test_a_baseline_of_one_is_singular(self, baseline, verb):
        rate = RelativeFrequency(percent=25, unit="times", per="week")
        numbers = RateNumbers(
            measure=rate, baseline=baseline, latest=3.0, target=None, resting=0, percent=50
        )
        assert f"Al inicio {verb} a la semana" in words_for("es").moved(numbers, today=TODAY)

    def test_spanish_has_its_regions_decimal_sign(self):
        on = date(2026, 4, 1)
        way = MoreTime(
            proposal=NewDeadline(due_on=on), measure=PHQ9_FROM_24, dates=dates(15.6, on),
            pace=pace(0.5), start=17.0, target=12.0,
        )  # fmt: skip
        assert "15,6 puntos" in words_for("es").arithmetic(way, today=TODAY)
        assert "15.6 puntos" in words_for("es-MX").arithmetic(way, today=TODAY)

    @pytest.mark.parametrize(
        ("language", "on", "text"),
        [
            ("en", date(2026, 3, 1), "The date we set, 1 March, has passed."),
            ("en", date(2025, 3, 1), "The date we set, 1 March 2025, has passed."),
            ("en-GB", date(2026, 3, 1), "The date we set, 1 March, has passed."),
            ("en-US", date(2026, 3, 1), "The date we set, March 1, has passed."),
            ("en-US", date(2025, 3, 1), "The date we set, March 1, 2025, has passed."),
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
            (Frequency(amount=1, unit="minutes", per="day"), "1 minute a day", "1 minuto al día"),
            (Frequency(amount=20, unit="minutes", per="day"), "20 minutes a day", "20 minutos al"),
        ]
        for measure, english, spanish in steps:
            way = SmallerStep(
                proposal=NewTarget(measure=measure, due_on=later), due_on=later, kept_in=5,
                count=8, left_over=0, measure=measure,
                ahead=Ahead(from_on=TODAY, periods=8, asked=5.0, free=3),
            )  # fmt: skip
            assert english in words_for("en").way(way, today=TODAY)
            assert spanish in words_for("es").way(way, today=TODAY)

    @pytest.mark.parametrize(
        ("done", "english", "spanish"),
        [
            (1.0, "1 of 5 times is recorded so far", "Hasta ahora va 1 de 5 veces"),
            (3.0, "3 of 5 times are recorded so far", "Hasta ahora van 3 de 5 veces"),
            (0.0, "0 of 5 times are recorded so far", "Hasta ahora van 0 de 5 veces"),
        ],
    )
    def test_one_is_singular_and_anything_else_is_not(self, done, english, spanish):
        numbers = CountNumbers(measure=Count(amount=5), done=done, percent=10)
        assert words_for("en").stood(numbers, today=TODAY) == f"{english}."
        assert words_for("es").stood(numbers, today=TODAY) == f"{spanish}."

    @pytest.mark.parametrize(
        ("credit", "english", "spanish"),
        [
            (0.25, "5 minutes, counts in part.", "5 minutos, cuenta en parte."),
            (1.0, "5 minutes, counts in full.", "5 minutos, cuenta por completo."),
        ],
    )
    def test_the_minimum_version_counts_as_much_as_was_agreed(self, credit, english, spanish):
        measure = Frequency(amount=20, unit="minutes", per="day", minimum=5, minimum_credit=credit)
        numbers = PracticeNumbers(
            measure=measure, done=120, count=28, met=24, partly=1, resting=0, percent=86
        )
        assert words_for("en").moved(numbers, today=TODAY).endswith(english)
        assert words_for("es").moved(numbers, today=TODAY).endswith(spanish)

    def test_the_minimum_version_is_told_where_it_made_all_of_them(self):
        measure = Frequency(amount=20, unit="minutes", per="day", minimum=5, minimum_credit=1.0)
        numbers = PracticeNumbers(
            measure=measure, done=120, count=28, met=24, partly=0, resting=0, percent=86
        )
        assert "counts in full." in words_for("en").moved(numbers, today=TODAY)

    @pytest.mark.parametrize(
        ("resting", "english", "spanish"),
        [
            (1, "1 day of rest was not asked for.", "Quedó fuera 1 día de descanso."),
            (2, "2 days of rest were not asked for.", "Quedaron fuera 2 días de descanso."),
        ],
    )
    def test_days_of_rest_and_the_minimum_version_are_told(self, resting, english, spanish):
        measure = Frequency(amount=20, unit="minutes", per="day", minimum=5)
        numbers = PracticeNumbers(
            measure=measure, done=210, count=28, met=7, partly=14, resting=resting, percent=50
        )
        said = words_for("en").moved(numbers, today=TODAY)
        assert said == (
            "210 minutes are recorded up to then: 21 of 28 days had all or part of what was "
            f"planned, 7 of them all of it, 50% of the way. {english} "
            "The version for a hard day, 5 minutes, counts in part."
        )
        assert spanish in words_for("es").moved(numbers, today=TODAY)

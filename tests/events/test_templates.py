"""Templates: each makes a goal that holds together, whatever its parameters, or says why not."""

import re
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import templates
from events.measure import Count, Frequency, Milestone, RelativeFrequency, Score, TargetPercent
from events.measure_soundness import ReserveTooLarge, require_sound, resolved
from events.refusals import Rejected
from events.templates import (
    Choice,
    Number,
    ParameterDoesNotFit,
    ParameterMissing,
    ParameterUnknown,
    StatementTooLong,
    Template,
    Words,
    built_in,
    drafted,
    require_sound_template,
)
from events.templates.soundness import (
    LengthNotWhole,
    OpenPlaceInTitle,
    ParameterFillsNothing,
    ParameterRangeEmpty,
    ParametersAlike,
    ParameterWithoutExample,
    WordsNameNoParameter,
    examples,
)
from projections.smart_review.vagueness import vagueness
from tests.workers.avoided import found_in

TODAY = date(2026, 3, 2)
IDS = list(built_in())
change = msgspec.structs.replace


def draft(template_id, language="en", **given_):
    template = built_in()[template_id]
    return drafted(template, {**examples(template), **given_}, language=language, today=TODAY)


class TestTheOnesThatComeWithCairn:
    def test_are_the_goals_of_the_four_categories(self):
        by_category: dict[str, list[str]] = {}
        for template_id, template in built_in().items():
            by_category.setdefault(template.category, []).append(template_id)
        assert by_category == {
            "general_aspects": [
                "below_the_cut_off",
                "half_the_score",
                "mindfulness_daily",
                "mood_rating_daily",
            ],
            "pleasure": [
                "gratitude_journal_daily",
                "pleasurable_activity_daily",
                "social_activities_up",
            ],
            "achievement": [
                "achievement_named_daily",
                "daily_living_skills",
                "visualisation_daily",
            ],
            "with_cbt": [
                "affirmations_daily",
                "attend_one_party",
                "core_beliefs_daily",
                "triggers_by_next_session",
            ],
        }

    @pytest.mark.parametrize("template_id", IDS)
    def test_make_a_sound_goal_with_what_they_say_themselves(self, template_id):
        require_sound_template(built_in()[template_id])

    @pytest.mark.parametrize("template_id", IDS)
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_speak_kindly_and_say_what_is_to_be_done(self, template_id, language):
        template = built_in()[template_id]
        wording = template.wording[language]
        made = draft(template_id, language)
        meanings = [one.meaning[language] for one in template.parameters]
        for text in (made.statement, made.why, wording.title, *meanings):
            assert not found_in(text, language)
        assert vagueness(made.statement) is None

    def test_say_the_numbers_of_the_issue(self):
        half = draft("half_the_score")
        assert half.statement == "Bring my BDI-II score down by 50 percent within 8 weeks"
        assert half.due_on - half.starts_on == timedelta(weeks=8)
        assert draft("below_the_cut_off").due_on - TODAY == timedelta(days=182)
        assert draft("mindfulness_daily").due_on - TODAY == timedelta(days=29)
        assert draft("mood_rating_daily").measure.source == "mood_entries"
        assert draft("social_activities_up").measure.percent == 25
        assert draft("daily_living_skills").measure.amount == 3
        visualisation = draft("visualisation_daily").measure
        assert (visualisation.amount, visualisation.unit) == (20, "minutes")
        assert draft("affirmations_daily").measure.amount == 3
        triggers = draft("triggers_by_next_session")
        assert (triggers.measure, triggers.by_next_session) == (Count(amount=5), True)
        party = draft("attend_one_party")
        assert (party.measure, party.statement) == (Milestone(), "Go to one party within 4 weeks")

    def test_let_the_client_say_what_they_do_now(self):
        """So that the question of the baseline is one that can be answered."""
        for template_id, template in built_in().items():
            measure = draft(template_id).measure
            fills = {one.fills for one in template.parameters if not isinstance(one, Words)}
            rated = isinstance(measure, Frequency) and measure.source == "check_ins"
            if rated or isinstance(measure, Score | RelativeFrequency):
                assert "baseline" in fills, template_id

    def test_call_a_goal_by_one_word(self):
        for template in built_in().values():
            said = template.wording["es"]
            meanings = " ".join(one.meaning["es"] for one in template.parameters)
            assert not re.search(r"\bmetas?\b", f"{said.title} {said.statement} {meanings}")

    @pytest.mark.parametrize(
        ("template_id", "given_", "said"),
        [
            (
                "mood_rating_daily",
                {"times": 2},
                "Anotar mi estado de ánimo 2 veces al día, del 1 al 10, durante 28 días",
            ),
            ("attend_one_party", {"weeks": 1}, "Ir a una fiesta en un plazo de una semana"),
            (
                "half_the_score",
                {},
                "Bajar mi puntuación en BDI-II un 50 por ciento en un plazo de 8 semanas",
            ),
            (
                "triggers_by_next_session",
                {"triggers": 1},
                "Anotar un desencadenante del desánimo para la próxima sesión",
            ),
            (
                "daily_living_skills",
                {"things": 1, "days": 7},
                (
                    "Hacer una tarea cotidiana cada día, como cocinar, lavar los platos o abrir "
                    "el correo, durante 7 días"
                ),
            ),
            (
                "visualisation_daily",
                {},
                "Dedicar 20 minutos al día a la visualización durante 28 días",
            ),
        ],
    )
    def test_read_as_spanish(self, template_id, given_, said):
        assert draft(template_id, "es", **given_).statement == said

    def test_speak_the_language_of_the_client(self):
        assert draft("mindfulness_daily", "es-MX").statement == (
            "Practicar atención plena una vez al día durante 30 días"
        )
        assert draft("mindfulness_daily", "es", times=2).statement == (
            "Practicar atención plena 2 veces al día durante 30 días"
        )
        assert draft("mindfulness_daily", "de").statement.startswith("Practise mindfulness once")


class TestDrafted:
    def test_puts_what_is_given_into_the_measure_and_the_words(self):
        made = draft("half_the_score", baseline=20, percent=40, weeks=12, instrument="phq9")
        assert made.statement == "Bring my PHQ-9 score down by 40 percent within 12 weeks"
        assert isinstance(made.measure, Score)
        assert (made.measure.instrument, made.measure.baseline) == ("phq9", 20)
        assert made.measure.target == TargetPercent(percent=-40)
        assert made.due_on == TODAY + timedelta(weeks=12)

    def test_takes_words(self):
        made = draft("attend_one_party", occasion="  my   sister's birthday ", weeks=1)
        assert made.statement == "Go to my sister's birthday within one week"

    def test_names_what_is_missing(self):
        with pytest.raises(ParameterMissing) as refused:
            drafted(built_in()["half_the_score"], {}, language="en", today=TODAY)
        assert refused.value.pointer == "/parameters/baseline"

    def test_names_what_is_unknown(self):
        with pytest.raises(ParameterUnknown) as refused:
            draft("mindfulness_daily", minutes=10)
        assert refused.value.pointer == "/parameters/minutes"

    @pytest.mark.parametrize("value", [0, 6, 1.5, "two", -1])
    def test_names_what_does_not_fit(self, value):
        with pytest.raises(ParameterDoesNotFit) as refused:
            draft("mindfulness_daily", times=value)
        assert refused.value.pointer == "/parameters/times"

    def test_takes_no_number_for_words_and_no_other_instrument(self):
        with pytest.raises(ParameterDoesNotFit):
            draft("attend_one_party", occasion=3)
        with pytest.raises(ParameterDoesNotFit):
            draft("half_the_score", instrument="gad7")

    def test_keeps_a_statement_within_its_limit(self):
        template = change(
            built_in()["attend_one_party"],
            wording={"en": templates.Wording(title="x", statement="{occasion} " * 6, why="Why?")},
        )
        with pytest.raises(StatementTooLong):
            drafted(template, {"occasion": "x" * 100}, language="en", today=TODAY)

    def test_measures_a_baseline_that_is_not_given_before_it_starts(self):
        made = draft("social_activities_up")
        assert isinstance(made.measure, RelativeFrequency)
        assert made.measure.baseline_from_on == TODAY
        assert made.starts_on == TODAY + timedelta(days=14)
        given_ = draft("social_activities_up", baseline=2)
        assert given_.measure.baseline == 2
        assert given_.measure.baseline_from_on is None
        assert given_.starts_on == TODAY

    def test_lets_the_minimum_version_go_where_no_more_is_asked_for(self):
        assert draft("affirmations_daily", affirmations=1).measure.minimum is None
        assert draft("affirmations_daily", affirmations=2).measure.minimum == 1

    def test_keeps_its_reserve_in_proportion_to_a_shorter_time(self):
        reserves = {
            days: draft("mindfulness_daily", days=days).measure.reserve for days in (7, 14, 30, 91)
        }
        assert reserves == {7: 1, 14: 2, 30: 4, 91: 4}
        assert draft("mindfulness_daily", days=7, reserve=3).measure.reserve == 3
        worded = change(
            built_in()["mindfulness_daily"],
            wording={"en": templates.Wording(title="x", statement="{reserve} free", why="Why?")},
        )
        assert drafted(worded, {"days": 7}, language="en", today=TODAY).statement == "1 free"

    def test_says_whether_the_baseline_was_given(self):
        assert not draft("mindfulness_daily").baseline_given
        given_ = draft("mindfulness_daily", baseline=0)
        assert (given_.baseline_given, given_.measure.baseline) == (True, 0)

    def test_takes_the_weeks_by_which_a_rate_is_judged(self):
        assert draft("social_activities_up").measure.over_periods == 2
        assert draft("social_activities_up", last_weeks=4).measure.over_periods == 4


class TestSoundness:
    def refused(self, refusal, **changes):
        with pytest.raises(refusal) as found:
            require_sound_template(change(built_in()["mindfulness_daily"], **changes))
        assert found.type is refusal

    def number(self, **changes):
        number = Number(
            name="times", meaning={"en": "x"}, unit="times", minimum=1, maximum=5, default=1
        )
        return change(number, **changes)

    def worded(self, statement):
        return {"en": templates.Wording(title="x", statement=statement, why="Why?")}

    def test_refuses_names_and_places_that_are_taken(self):
        plain = self.worded("Walk")
        self.refused(ParametersAlike, parameters=(self.number(), self.number()), wording=plain)
        weeks, days = (self.number(name=one, fills=one) for one in ("weeks", "days"))
        self.refused(ParametersAlike, parameters=(weeks, days), wording=plain)

    def test_refuses_a_range_that_is_empty_or_leaves_its_default_out(self):
        plain = self.worded("Walk")
        for wrong in ({"minimum": 6}, {"default": 9}, {"default": 1.5}, {"example": 0}):
            self.refused(ParameterRangeEmpty, parameters=(self.number(**wrong),), wording=plain)

    def test_refuses_a_length_that_is_not_whole(self):
        for wrong in ({"minimum": 0}, {"whole": False}):
            length = self.number(fills="days", **wrong)
            self.refused(LengthNotWhole, parameters=(length,), wording=self.worded("Walk"))

    def test_refuses_a_parameter_that_has_nowhere_to_go(self):
        for place in ("target", "baseline"):
            measure = Count(amount=1)
            self.refused(
                ParameterFillsNothing,
                measure=measure,
                parameters=(self.number(fills=place),),
                wording=self.worded("Walk"),
            )

    def test_refuses_one_to_be_given_without_an_example(self):
        self.refused(
            ParameterWithoutExample,
            parameters=(self.number(default=None),),
            wording=self.worded("Walk"),
        )

    @pytest.mark.parametrize("statement", ["Walk {far}", "Walk {", "Walk {times:once}", "{Times}"])
    def test_refuses_words_that_name_no_parameter(self, statement):
        self.refused(WordsNameNoParameter, wording=self.worded(statement))

    @pytest.mark.parametrize("place", ["title", "why"])
    def test_refuses_open_places_where_nothing_is_put_in(self, place):
        for text in ("Swim {times}", "Why {"):
            wording = change(self.worded("Swim {times} times")["en"], **{place: text})
            self.refused(OpenPlaceInTitle, wording={"en": wording})

    def kinds(self, **changes):
        """Every refusal of a template that asks for something twice a week."""
        with pytest.raises(Rejected) as found:
            require_sound_template(change(built_in()["mindfulness_daily"], **changes))
        return [type(one) for one in (found.value, *found.value.others)]

    def test_judges_the_goal_beside_a_parameter_that_is_no_part_of_it(self):
        changes = {
            "measure": Frequency(amount=1, unit="times", per="week", reserve=99),
            "wording": self.worded("Walk"),
        }
        stray = self.number(default=9)
        assert self.kinds(parameters=(stray,), **changes) == [ParameterRangeEmpty, ReserveTooLarge]
        for fills in ("amount", "weeks"):
            filling = change(stray, fills=fills)
            assert self.kinds(parameters=(filling,), **changes) == [ParameterRangeEmpty]

    def test_judges_the_length_of_words_that_name_sound_parameters_alone(self):
        activity = templates.Words(name="what", meaning={"en": "x"}, default={"en": "x" * 200})
        stray, long = self.number(default=9), self.worded("Walk {what} {what} {what}")
        assert self.kinds(parameters=(stray, activity), wording=long) == [
            ParameterRangeEmpty,
            StatementTooLong,
        ]
        long = self.worded("Walk {times} {what} {what} {what}")
        assert self.kinds(parameters=(stray, activity), wording=long) == [ParameterRangeEmpty]


def values_of(parameter):
    """What would fit a parameter, and what is a little beside it."""
    match parameter:
        case Number(minimum=low, maximum=high, whole=True):
            return st.integers(int(low) - 1, int(high) + 1).map(float)
        case Number(minimum=low, maximum=high):
            return st.floats(low, high)
        case Choice(values=values):
            return st.sampled_from(values)
        case Words():
            return st.text(min_size=1, max_size=100).filter(str.strip)


@st.composite
def choices(draw):
    """A template, and any of its parameters."""
    template_id = draw(st.sampled_from(IDS))
    parameters = built_in()[template_id].parameters
    some = draw(st.lists(st.sampled_from(parameters), unique_by=lambda one: one.name))
    return template_id, {one.name: draw(values_of(one)) for one in some}


@given(choices(), st.sampled_from(["en", "es", "es-MX", "de"]))
def test_any_parameters_make_a_sound_goal_or_are_refused(choice, language):
    template_id, given_ = choice
    try:
        made = drafted(built_in()[template_id], given_, language=language, today=TODAY)
        measure = resolved(made.measure)
        require_sound(measure, made.starts_on, made.due_on)
    except Rejected:
        return
    assert 1 <= len(made.statement) <= 500
    assert "{" not in made.statement or any("{" in str(one) for one in given_.values())
    assert made.due_on >= made.starts_on >= TODAY
    assert msgspec.json.decode(msgspec.json.encode(measure), type=type(measure)) == measure
    assert isinstance(measure, Score | Frequency | RelativeFrequency | Count | Milestone)


def test_a_template_is_read_back_as_it_was_written():
    for template in built_in().values():
        assert msgspec.json.decode(msgspec.json.encode(template), type=Template) == template

"""What a practice chooses, said and shown on the command line."""

import re

import pytest

from events.practice_choices import Norms
from tests.days import day

ELM, OAK = "dr-elm=Dr Elm", "dr-oak=Dr Oak"


@pytest.fixture
def practice(record, practice_id):
    """Says `cairn practice …` of the one practice there is."""
    record("practice", "crisis-lines", "GB", "--reviewed-by", "Dr Elm")
    return lambda *words: record("practice", *words)


class TestDuty:
    def test_is_nobodys_until_it_is_said(self, practice):
        assert "nobody is on duty" in practice("duty").out
        assert practice("duty", "--json").answer["people"] == []

    def test_is_said_and_shown(self, practice):
        told = practice("duty", "--person", ELM, "--person", OAK, "--minutes", 20)
        assert (told.code, told.err) == (0, "")
        assert told.out.index("Dr Elm") < told.out.index("Dr Oak")
        assert practice("duty", "--json").answer == {
            "queue": "duty",
            "people": [
                {"subject": "dr-elm", "name": "Dr Elm"},
                {"subject": "dr-oak", "name": "Dr Oak"},
            ],
            "acknowledge_minutes": 20,
        }

    def test_leaves_what_is_not_named(self, practice):
        practice("duty", "--person", ELM, "--minutes", 20)
        told = practice("duty", "--queue", "desk", "--json").answer
        assert (told["queue"], told["acknowledge_minutes"]) == ("desk", 20)
        assert [one["subject"] for one in told["people"]] == ["dr-elm"]

    def test_ends_when_nobody_is_named(self, practice):
        practice("duty", "--person", ELM)
        assert practice("duty", "--nobody", "--json").answer["people"] == []

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            (("--person", "Dr Elm"), 2, "--person: expected two parts"),
            (("--person", "=Dr Elm"), 2, "--person: expected two parts"),
            (("--person", ELM, "--nobody"), 2, "either --person or --nobody"),
            (("--person", ELM, "--minutes", "0"), 2, "--minutes"),
            (("--person", "a" * 101 + "=A"), 2, "subject: expected"),
            (("--person", ELM, "--person", ELM), 1, "stands on the duty list twice"),
        ],
    )
    def test_is_refused_in_a_sentence(self, practice, words, code, told):
        said = practice("duty", *words)
        assert (said.code, said.out) == (code, "")
        assert told in said.err
        assert practice("duty", "--json").answer["people"] == []


class TestCrisisLines:
    CH = ("crisis-lines", "CH", "--line", "Die Dargebotene Hand=143", "--hours", "day and night")

    def test_are_said_for_a_country_and_shown(self, practice):
        told = practice(*self.CH, "--reviewed-by", "Dr Elm", "--reviewed-on", "2026-03-02")
        assert (told.code, told.err) == (0, "")
        assert "143" in told.out
        line = {"name": "Die Dargebotene Hand", "reach": "143", "hours": "day and night"}
        shown = practice("crisis-lines", "--json").answer
        assert list(shown) == ["CH", "GB"]
        assert (shown["CH"]["reviewed_on"], shown["CH"]["reviewed_by"]) == ("2026-03-02", "Dr Elm")
        assert shown["CH"]["lines"][0] == line
        assert [one["reach"] for one in shown["CH"]["lines"]] == ["143", "112"]
        practice(*self.CH, "--reviewed-by", "Dr Elm", "--without-emergency")
        assert practice("crisis-lines", "--json").answer["CH"]["lines"] == [line]

    def test_are_shown_of_the_practices_own_country_before_anything_is_said(self, record):
        record("practice", "add", "Elm", "--zone", "Europe/Zurich", "--country", "CH")
        told = record("practice", "crisis-lines")
        assert (told.code, "143" in told.out, "not reviewed" in told.out) == (0, True, True)
        assert record("practice", "crisis-lines", "Atlantis").code == 2

    def test_that_come_with_cairn_count_as_reviewed_once_somebody_says_so(self, practice):
        assert "not reviewed" in practice("crisis-lines", "US").out
        told = practice("crisis-lines", "US", "--reviewed-by", "Dr Elm")
        assert (told.code, "not reviewed" in told.out, "Dr Elm" in told.out) == (0, False, True)
        assert "988" in told.out
        refused = practice("crisis-lines", "JP", "--reviewed-by", "Dr Elm")
        assert (refused.code, "No crisis line of this country" in refused.err) == (1, True)

    def test_are_reviewed_today_unless_told(self, practice):
        days = {day(0, zone="Europe/London")}
        told = practice(*self.CH, "--reviewed-by", "Dr Elm", "--json").answer
        days.add(day(0, zone="Europe/London"))
        assert told["CH"]["reviewed_on"] in days

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            (("CH", "--line", "Hand=143"), 2, "--reviewed-by"),
            (("--line", "Hand=143", "--reviewed-by", "Elm"), 2, "COUNTRY"),
            (("CH", "--line", "143", "--reviewed-by", "Elm"), 2, "--line: expected two parts"),
            (("CH", "--hours", "always"), 2, "Say the lines as well"),
            (
                ("CH", "--line", "Hand=143", "--hours", "a", "--hours", "b", "--reviewed-by", "E"),
                2,
                "once for each --line",
            ),
            (
                ("ch", "--line", "Hand=143", "--reviewed-by", "Elm"),
                2,
                "COUNTRY: expected two capital",
            ),
            (
                ("CH", "--line", "H=143", "--reviewed-by", "Elm", "--reviewed-on", "2199-01-01"),
                1,
                "lies ahead",
            ),
        ],
    )
    def test_are_refused_in_a_sentence(self, practice, words, code, told):
        before = practice("crisis-lines", "--json").answer
        said = practice("crisis-lines", *words)
        assert (said.code, said.out) == (code, "")
        assert told in said.err
        assert practice("crisis-lines", "--json").answer == before


class TestNorms:
    BDI2 = ("norms", "bdi2", "--sd", 9.93, "--reliability", 0.93, "--source", "Our clients.")
    ALPHA = ("--reliability-kind", "internal_consistency")

    def test_are_said_for_an_instrument_and_shown(self, practice):
        told = practice(*self.BDI2)
        assert (told.code, told.err) == (0, "")
        assert "9.93" in told.out
        assert "the instrument's own" in told.out
        (name, kept) = next(iter(practice("norms", "--json").answer.items()))
        assert (name, kept["standard_deviation"], kept["cut_off"]) == ("bdi2", 9.93, None)

    def test_say_how_the_reliability_was_found(self, practice):
        assert "internal consistency" in practice(*self.BDI2, *self.ALPHA).out
        kept = practice("norms", "--json").answer["bdi2"]
        assert kept["reliability_kind"] == "internal_consistency"

    def test_may_have_bands_a_noticed_change_and_missing_answers(self, practice):
        told = practice(
            "norms", "phq9", "--band", "well=Well=0..9", "--band", "ill=Not well=10..27",
            "--noticed-change", 2.5, "--noticed-percent", 20, "--missing-allowed", 1,
            "--source", "Our clients.",
        )  # fmt: skip
        assert (told.code, told.err) == (0, "")
        words = " ".join(told.out.split())
        assert "Well 0 to 9, Not well 10 to 27" in words
        assert "2.5 or 20 %" in words
        kept = practice("norms", "--json").answer["phq9"]
        assert [one["id"] for one in kept["bands"]] == ["well", "ill"]
        assert kept["noticed_change"] == {"points": 2.5, "percent": 20.0}
        assert kept["missing_allowed"] == 1

    def test_go_back_to_the_instruments_own_by_a_source_alone(self, practice):
        practice(*self.BDI2)
        told = practice("norms", "bdi2", "--source", "Back to the manual.", "--json").answer
        assert told["bdi2"]["standard_deviation"] is None

    def test_are_the_instruments_own_where_the_practice_has_said_none(self, practice):
        told = practice("norms", "phq9")
        assert told.out.count("(the instrument's own)") == len(Norms.__struct_fields__) - 1
        assert re.search(r"reliable change +6 \(the instrument's own\)", told.out)
        kept = practice("norms", "phq9", "--json").answer["phq9"]
        assert (kept["source"], kept["reliable_change"]) == (None, None)
        assert kept["instruments_own"]["reliable_change"] == 6
        assert "comes with Cairn" in practice("norms").out
        practice(*self.BDI2)
        kept = practice("norms", "--json").answer["bdi2"]
        assert kept["instruments_own"]["cut_off"] == 20
        assert "standard_deviation" not in kept["instruments_own"]

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            (("bdi2", "--sd", "9.93"), 2, "--source"),
            (("--sd", "9.93", "--source", "Ours."), 2, "INSTRUMENT"),
            (("bdi3", "--sd", "9.93", "--source", "Ours."), 2, "bdi3"),
            (("bdi2", "--sd", "-1", "--source", "Ours."), 2, "standard deviation: expected"),
            (("bdi2", "--cut-off", "64", "--source", "Ours."), 1, "outside the range"),
            (("bdi2", *ALPHA, "--source", "Ours."), 1, "reliability"),
            (("phq9", "--cut-off", "4", "--source", "Ours."), 1, "With a cut-off of 4"),
            (("phq9", "--band", "well=Well=0-27", "--source", "Ours."), 2, "mild=Mild=5..9"),
            (("phq9", "--band", "well=Well", "--source", "Ours."), 2, "--band: expected"),
            (("phq9", "--band", "well=Well=0..9", "--source", "Ours."), 1, "27 is expected"),
            (("phq9", "--band", "We ll=W=0..9", "--source", "Ours."), 2, "id: expected"),
            (("phq9", "--noticed-percent", "20", "--source", "Ours."), 2, "--noticed-change"),
            (("phq9", "--missing-allowed", "9", "--source", "Ours."), 1, "9 items"),
        ],
    )
    def test_are_refused_in_a_sentence(self, practice, words, code, told):
        said = practice("norms", *words)
        assert (said.code, said.out) == (code, "")
        assert told in said.err
        assert practice("norms", "--json").answer == {}


def test_tracking_leaves_what_is_not_named(practice):
    told = practice("tracking", "--weeks", 12, "--json")
    assert told.answer == {
        "sessions_without_change": 6,
        "weeks_without_change": 12,
        "assessments_not_recorded": 2,
    }
    assert "weeks without change" in practice("tracking").out
    assert practice("tracking", "--weeks", 0).code == 2


def test_release_is_by_hand_until_it_is_said(practice):
    assert "by hand" in practice("release").out
    assert practice("release", "--automatic", "--json").answer == {"automatic": True}
    assert "automatic" in practice("release").out
    assert practice("release", "--by-hand", "--json").answer == {"automatic": False}


def test_looking_writes_nothing(record, practice):
    for choice in ("duty", "crisis-lines", "norms", "tracking", "release"):
        assert practice(choice).code == 0
    assert record("practice", "list", "--json").answer[0]["events"] == 2


def test_a_practice_is_named_where_there_are_several(record, practice):
    record("practice", "add", "Oak", "--zone", "Europe/London", "--country", "GB")
    said = practice("duty", "--person", ELM)
    assert (said.code, "choose one with --practice" in said.err) == (1, True)

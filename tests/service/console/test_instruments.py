"""`cairn instruments`: the questionnaires as a person looks at them."""

import re

import pytest

from events import instruments


def test_lists_every_instrument(say) -> None:
    told = say("instruments")
    assert told.code == 0
    for one in instruments.known():
        assert one in told.out
    assert [one["id"] for one in say("instruments", "--json").answer] == list(instruments.known())


def test_shows_the_questions_where_the_licence_allows_it(say) -> None:
    told = say("instruments", "phq9")
    assert "Thoughts that you would be better off dead" in told.out
    assert "No permission required to reproduce" in " ".join(told.out.split())
    assert "10*" in told.out  # The cut-off is a convention.
    assert say("instruments", "phq9", "--json").answer["items"][8]["loinc"] == "44260-8"


def test_tells_the_rule_where_the_questions_are_not_shown(say) -> None:
    told = say("instruments", "qids_sr16")
    assert "the highest of 1, 2, 3, 4" in told.out
    assert "question" not in told.out
    assert "total alone" in say("instruments", "bdi2").out


def test_marks_what_a_practice_may_lay_its_own_over(say) -> None:
    told = say("instruments", "phq9").out
    assert "band*" in told
    assert "missing allowed" in told
    assert "missing allowed" not in say("instruments", "bdi2").out


def test_shows_the_notice_of_loinc_with_its_codes(say) -> None:
    for name in ("phq9", "phq8", "bdi2"):
        told = " ".join(say("instruments", name).out.split())
        assert "LOINC(R) is a registered United States trademark" in told
    assert "LOINC" not in say("instruments", "core10").out


def test_says_how_the_reliability_was_found(say) -> None:
    assert "internal consistency" in say("instruments", "qids_sr16").out
    assert "test retest" in say("instruments", "phq9").out
    assert "reliability" not in say("instruments", "phq2").out


@pytest.mark.parametrize("words", [(), *((one,) for one in instruments.known())], ids=str)
def test_fits_a_terminal_of_eighty_columns(say, monkeypatch, words) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    told = say("instruments", *words)
    assert told.code == 0
    assert max(map(len, told.out.splitlines())) <= 80
    # Where a column is too narrow for a name, it is not cut within a word.
    assert not re.search(r"\bion\b", told.out)


def test_knows_no_other(say) -> None:
    told = say("instruments", "phq")
    assert (told.code, told.out) == (1, "")
    assert "cairn instruments" in told.err

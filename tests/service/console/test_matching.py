"""What somebody says fits one thing alone, or nothing is done: by id, first letters, or name."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.console.connection import Choice
from service.console.matching import (
    LETTERS_SHOWN,
    MOST_LISTED,
    KindWords,
    Known,
    Unclear,
    fitting,
    folded,
    only,
    shortest,
)

CLIENT = KindWords(one="client", several="clients", listed_by="cairn caseload")
NAMES = (
    "Ben", "Ben T.", "Ruben K.", "Inés Vázquez", "Søren Łukasz", "O'Brien, Máire", "Núñez-Peña",
    "李小龍", "محمد علي", "Fede", "62161", "STRASSE",
)  # fmt: skip
KNOWN = [Known(id=f"{nth:02x}{nth:02x}0000-0000", name=one) for nth, one in enumerate(NAMES, 0xA0)]


def fits(said: str, *, changing: bool = False) -> list[str]:
    return [one.name for one in fitting(said, KNOWN, changing=changing)]


class TestAName:
    @pytest.mark.parametrize(
        ("said", "meant"),
        [
            ("ruben", "Ruben K."),
            ("RUB", "Ruben K."),
            ("ines", "Inés Vázquez"),
            ("Vazquez Ines", "Inés Vázquez"),
            ("soren lukasz", "Søren Łukasz"),
            ("obrien", "O'Brien, Máire"),
            ("nunez pena", "Núñez-Peña"),
            ("小龍", "李小龍"),
            ("محمد", "محمد علي"),
            ("straße", "STRASSE"),
            ("T.", "Ben T."),
        ],
    )
    def test_is_known_by_a_part_whatever_its_case_and_accents(self, said, meant):
        assert fits(said) == [meant]

    def test_goes_before_a_part_of_another_where_it_is_whole(self):
        assert fits("ben") == ["Ben"]

    def test_goes_before_nothing_where_something_is_changed(self):
        assert fits("ben", changing=True) == ["Ben", "Ben T.", "Ruben K."]

    @pytest.mark.parametrize("said", ["", " ", "…", "Zoe", "ben zoe"])
    def test_is_of_nobody_where_no_word_is_in_one(self, said):
        assert fits(said) == fits(said, changing=True) == []

    def test_needs_a_word_of_itself_beside_what_else_is_known(self):
        goals = [Known(id="1", name="Ben", more="walk"), Known(id="2", name="Ada", more="walk")]
        assert [one.id for one in fitting("ada walk", goals)] == ["2"]
        assert fitting("walk", goals) == []


class TestAnId:
    def test_is_known_by_four_letters_and_no_fewer(self):
        known = [Known(id=str(UUID(int=0xABCD << 112)), name="Ben")]
        assert fitting("ABCD", known) == fitting("abcd0000-00", known) == known
        assert fitting("abc", known) == []

    def test_is_not_clear_where_its_letters_are_a_name_as_well(self):
        known = [Known(id="fede0000-0000", name="Ben"), Known(id="00", name="Fede")]
        assert fitting("fede", known) == known

    def test_is_shown_by_as_many_letters_as_tell_it_from_others(self):
        one, other, far = "0198f0c2-5f0a", "0198f0c2-5f0b", "5f0b0000-0000"
        assert shortest([one, far]) == {one: "0198f0c2", far: "5f0b0000"}
        assert shortest([one, far], [other])[one] == one

    @given(st.lists(st.uuids(), min_size=2, max_size=20, unique=True))
    def test_is_found_again_by_the_letters_that_are_shown(self, ids):
        known = [Known(id=str(one), name="") for one in ids]
        for one, letters in shortest([str(one) for one in ids]).items():
            assert len(letters) >= LETTERS_SHOWN
            assert [found.id for found in fitting(letters, known)] == [one]


class TestOnly:
    def test_says_how_to_list_them_where_none_fits(self):
        with pytest.raises(Choice) as refused:
            only("\x1b[2JZoe", [], CLIENT)
        assert refused.value.exit_code == 1
        assert refused.value.message == (
            "No client fits «\N{REPLACEMENT CHARACTER}[2JZoe»: `cairn caseload` lists the clients."
        )

    def test_names_those_that_fit_with_letters_that_tell_them_apart(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "80")
        found = [
            Known(id=str(uuid4()), name=f"Ben {nth} \x1b[31m", more="a walk " * 12)
            for nth in range(MOST_LISTED + 3)
        ]
        with pytest.raises(Unclear) as refused:
            only("ben", found, CLIENT)
        told = refused.value.message
        assert refused.value.exit_code == 2
        assert "fits 13 clients" in told
        assert "and 3 more" in told
        assert found[0].id[:LETTERS_SHOWN] in told
        assert max(map(len, told.splitlines())) <= 80
        assert "\x1b" not in told


def test_a_name_is_compared_without_accents_case_and_signs():
    assert folded("  Ánna-Łucja   D'Ávila. ") == "anna lucja davila"
    assert folded("half_the_score") == "half the score"

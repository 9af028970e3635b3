"""Tokens of positions: their holder can send them back, and do nothing else with them."""

import base64
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.sealing import MasterKey, SealBroken
from projections.told_position import SealedPositions
from tests.controls import PRACTICE

SEALED = SealedPositions(MasterKey(bytes(32)))
OTHER_PRACTICE = UUID(int=PRACTICE.int + 1)
# Far beyond any log: a practice that records twenty thousand events a second has so many in two
# years.
positions = st.integers(0, 2**40 - 1)
names = st.none() | st.text(max_size=20)


class TestAToken:
    @given(position=positions, of=names)
    def test_is_read_again_where_it_was_made(self, position: int, of: str | None):
        token = SEALED.token(PRACTICE, position, of=of)
        assert SEALED.position(PRACTICE, token) == position

    @given(position=positions, of=names)
    def test_is_of_one_length_and_safe_in_an_address_and_a_header(
        self, position: int, of: str | None
    ):
        token = SEALED.token(PRACTICE, position, of=of)
        assert len(token) == 48
        assert token.replace("-", "a").replace("_", "a").isalnum()
        assert token.isascii()

    def test_is_read_in_no_other_practice(self):
        token = SEALED.token(PRACTICE, 7)
        with pytest.raises(SealBroken):
            SEALED.position(OTHER_PRACTICE, token)

    def test_is_read_with_no_other_key(self):
        token = SEALED.token(PRACTICE, 7)
        with pytest.raises(SealBroken):
            SealedPositions(MasterKey(b"another master key of 32 bytes..")).position(
                PRACTICE, token
            )

    @given(nth=st.integers(0, 47), character=st.sampled_from("Aaz09-_"))
    def test_is_read_no_more_once_a_character_is_another(self, nth: int, character: str):
        token = SEALED.token(PRACTICE, 7)
        damaged = token[:nth] + character + token[nth + 1 :]
        if damaged != token:
            with pytest.raises(SealBroken):
                SEALED.position(PRACTICE, damaged)

    @pytest.mark.parametrize("text", ["", "7", "A" * 47, "A" * 49, "A" * 47 + "=", "é" * 48])
    def test_is_nothing_that_was_not_made_as_one(self, text: str):
        with pytest.raises(SealBroken):
            SEALED.position(PRACTICE, text)


class TestTwoTokens:
    def test_of_one_position_are_not_alike(self):
        # Or who reads twice would know whether anything has happened in between.
        assert len({SEALED.token(PRACTICE, 7) for _ in range(100)}) == 100

    def test_of_one_thing_are_the_same(self):
        assert SEALED.token(PRACTICE, 7, of="a form") == SEALED.token(PRACTICE, 7, of="a form")

    @given(one=positions, other=positions, first=names, second=names)
    def test_of_two_things_are_never_the_same(
        self, one: int, other: int, first: str | None, second: str | None
    ):
        """Also where they lie at one position: that they do may tell of a third."""
        if (one, first) != (other, second):
            assert SEALED.token(PRACTICE, one, of=first) != SEALED.token(PRACTICE, other, of=second)

    def test_of_neighbours_have_no_byte_in_common_more_often_than_chance_has_it(self):
        """Neither what is said openly nor what is sealed stands still from one to the next."""
        tokens = [SEALED.token(PRACTICE, 7 + nth // 2, of=str(nth)) for nth in range(512)]
        plain = [base64.urlsafe_b64decode(token) for token in tokens]
        alike = [sum(a[nth] == b[nth] for a, b in pairwise(plain)) for nth in range(36)]
        assert max(alike) < 20  # Two of 511 are expected, by chance.

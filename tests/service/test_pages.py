"""Cursors: whatever was not made by a page of the same list is refused."""

from uuid import UUID

import pytest

from service.cursors import Place, cursor_of, next_after, place_in
from service.problems import ParameterRefused

PLACE = Place(of="goals", after=UUID(int=7))
CURSOR = cursor_of(PLACE)


class TestCursors:
    def test_lead_back_to_their_place(self):
        for place in (PLACE, Place(of="timeline", before=41), Place(of="history", at=3)):
            assert place_in(cursor_of(place), of=place.of) == place

    def test_are_not_needed_for_the_first_page(self):
        assert place_in(None, of="goals") == Place(of="goals")

    def test_of_another_list_or_spelling_are_refused(self):
        for cursor, of in (
            (CURSOR, "clients"),
            (CURSOR + "=", "goals"),
            (CURSOR[:-1], "goals"),
            (CURSOR[:-1] + chr(ord(CURSOR[-1]) + 1), "goals"),
            ("é", "goals"),
            ("", "goals"),
            (cursor_of(Place(of="goals", before=0)), "goals"),
        ):
            with pytest.raises(ParameterRefused):
                place_in(cursor, of=of)

    def test_end_with_a_page_that_is_not_full(self):
        assert next_after([PLACE], "after", of="goals", limit=2) is None
        assert next_after([PLACE], "after", of="goals", limit=1) == CURSOR

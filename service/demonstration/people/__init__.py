"""Everybody in the demonstration, by what is to be seen in them. Nobody here is real."""

from service.demonstration.people import (
    dates_that_passed,
    item_by_item,
    on_their_way,
    waiting_for_somebody,
)

PEOPLE = (
    *on_their_way.PEOPLE,
    *dates_that_passed.PEOPLE,
    *item_by_item.PEOPLE,
    *waiting_for_somebody.PEOPLE,
)

"""How a filter of event types is read: `goal.reached.v1`, or `goal.*` for all of a category."""

from collections.abc import Iterable
from typing import Final

from events.catalogue import types
from events.selection import names_type
from projections.event_names import former_names

ALL_TYPES: Final = tuple(types())


class TypeUnknown(Exception):
    """A filter names no type of event: see the README's table of events, or leave it out."""


def chosen(names: Iterable[str] | None) -> tuple[str, ...]:
    """The types that a filter names, all of them without one. Raises TypeUnknown.

    The names that events had in a goal's history and on the timeline are taken as well.
    """
    if names is None:
        return ALL_TYPES
    wanted: set[str] = set()
    for name in names:
        found = {one for one in ALL_TYPES if names_type(name, one) or name in former_names(one)}
        if not found:
            raise TypeUnknown
        wanted |= found
    return tuple(one for one in ALL_TYPES if one in wanted)

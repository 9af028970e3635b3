"""How a filter of event types is read: `goal.reached.v1`, or `goal.*` for all of a category."""

from collections.abc import Iterable
from typing import Final

from events.codec import types

ALL_TYPES: Final = tuple(types())


class TypeUnknown(Exception):
    """A filter names no type of event: see the README's table of events, or leave it out."""


def chosen(names: Iterable[str] | None) -> tuple[str, ...]:
    """The types that a filter names, all of them without one. Raises TypeUnknown."""
    if names is None:
        return ALL_TYPES
    wanted: set[str] = set()
    for name in names:
        found = {one for one in ALL_TYPES if one == name or matches(one, name)}
        if not found:
            raise TypeUnknown
        wanted |= found
    return tuple(one for one in ALL_TYPES if one in wanted)


def matches(type_: str, name: str) -> bool:
    return name.endswith(".*") and type_.startswith(name[:-1])

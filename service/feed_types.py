"""Who is told of which events, and how a filter of types is read."""

from collections.abc import Iterable
from typing import Final

from events.codec import types
from service.auth import Role

ALL_TYPES: Final = tuple(types())
# An app acts for clients: it learns what they do and what they may read. That somebody waits for a
# clinician, is at risk, or has raised a flag is told to clinicians and auditors alone.
KEPT_FROM_APPS: Final = frozenset(
    name
    for name in ALL_TYPES
    if name.startswith(("safety_flag.", "practice.", "suggestion."))
    or name in {"goal.found_at_risk.v1", "goal.target_met.v1"}
) - {"suggestion.released.v1"}


class TypeUnknown(Exception):
    """A filter names no type of event: see the README's table of events, or leave it out."""


def told_to(role: Role) -> tuple[str, ...]:
    """The types of event that a role is told of."""
    if role == "app":
        return tuple(name for name in ALL_TYPES if name not in KEPT_FROM_APPS)
    return ALL_TYPES


def chosen(role: Role, names: Iterable[str] | None) -> tuple[str, ...]:
    """Those of them that a filter names: a type as it is, or `goal.*` for all of a category.

    Raises TypeUnknown where a name is none. One that is kept from a role is known and matches
    nothing: what there is in the log is no secret, what has happened is.
    """
    told = told_to(role)
    if names is None:
        return told
    wanted: set[str] = set()
    for name in names:
        found = {one for one in ALL_TYPES if one == name or matches(one, name)}
        if not found:
            raise TypeUnknown
        wanted |= found
    return tuple(one for one in told if one in wanted)


def matches(type_: str, name: str) -> bool:
    return name.endswith(".*") and type_.startswith(name[:-1])

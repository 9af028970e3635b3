"""Where in a request the fault of a refusal lies, as whoever sent it would look for it."""

from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from events.ids import KEY_HEADER

# What a body may say in place of the field that is refused: a goal's measure and days come from
# its template, and an old measure may no longer fit a new deadline, or a replan's way on.
IN_ITS_PLACE: Final = {
    # When a baseline is measured from follows from the goal's first day alone.
    "measure/baseline_from_on": ("starts_on", "template"),
    "measure": ("parameters", "due_on", "option", "template"),
    "due_on": ("parameters", "by_next_session", "option"),
    "starts_on": ("parameters",),
    "statement": ("parameters", "template"),
    "zone": ("starts_on",),
}


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON pointer into the body (RFC 6901), or the name of a header or a query parameter."""

    pointer: str | UnsetType = UNSET
    parameter: str | UnsetType = UNSET


def place_of(pointer: str, sent: Any) -> Place:
    """Where the fault lies in what was sent: a body, or None of a request without one.

    `pointer` is what a refusal says of itself, which knows nothing of requests.
    """
    first, *_ = steps = pointer.split("/")[1:]
    if sent is None or first == KEY_HEADER:
        return Place(parameter=first)
    found = found_in(sent, steps)
    if found is not None:
        return Place(pointer=found)
    if first == "id":
        return Place(parameter=KEY_HEADER)
    return Place()


def found_in(sent: Any, steps: list[str]) -> str | None:
    """The pointer to these steps, or to what was said in their place; None where nothing was."""
    fields = {field.name: field.encode_name for field in msgspec.structs.fields(type(sent))}
    said = {name for name in fields if is_said(getattr(sent, name))}
    first = steps[0]
    if first in said:
        return "".join(f"/{step}" for step in (fields[first], *steps[1:]))
    for other in IN_ITS_PLACE.get("/".join(steps), IN_ITS_PLACE.get(first, ())):
        if other in said:
            inside = parameter_of(getattr(sent, other), steps[-1])
            return f"/{fields[other]}{inside}"
    for name, encoded in fields.items():
        inner = getattr(sent, name)
        if isinstance(inner, msgspec.Struct):
            deeper = found_in(inner, steps)
            if deeper is not None:
                return f"/{encoded}{deeper}"
    if first not in fields or first == "id":
        return None
    # Left out, and asked for.
    return "".join(f"/{step}" for step in (fields[first], *steps[1:]))


def parameter_of(said: Any, name: str) -> str:
    """Where among the parameters that were sent the one of a name is; nowhere in anything else."""
    return f"/{name}" if isinstance(said, dict) and name in said else ""


def is_said(value: Any) -> bool:
    return value is not None and value is not UNSET and value is not False and value != {}

"""JSON Schema of what is told of each event, made from the types that are sent.

One schema serves everybody who follows. What the feed tells is required; what a subscription alone
tells (`number`, `goal_id` and, where its payload is full, `body`) is not, but comes together: one
of them without the others is refused. A field that is unknown is let through, because a released
event may get new ones.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from inspect import cleandoc
from typing import Any, Final

import msgspec

from events.catalogue import types
from events.suggestion import Evidence
from projections.told_event import (
    EVIDENCE_POSITION_FIELDS,
    POSITION_FIELDS,
    NumberedEvent,
    ToldEvent,
    schema_path,
)

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MEDIA_TYPE: Final = "application/schema+json"
OWN: Final = "#/$defs/{name}"  # Where a schema of one type keeps the types that it is made of.
# Said of a field of an event's body that told a position.
LEFT_OUT: Final = "A position of the log: earlier releases sent it, and it is left out now."
# What the types of the fields leave out.
FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "number": {
        "description": "Counts what this subscription tells, from 1: one left out was missed.",
        "minimum": 1,
    },
    "position": {
        "description": "Its place in the practice's log: a number for clinicians and auditors; for "
        "apps and webhooks a token, to be sent in Cairn-Position when the link is followed.",
        "minimum": 1,
    },
    "type": {"description": "What happened, and the version of its form."},
    "category": {"description": "Of which kind that is to which it happened."},
    "stream_id": {"description": "To what it happened."},
    "version": {"description": "Its place among what happened to that, from 1.", "minimum": 1},
    "client_id": {"description": "Whom it is about; null of what is the practice's own."},
    "goal_id": {"description": "The goal it is about, if there is one."},
    "occurred_at": {"description": "When it happened."},
    "recorded_at": {"description": "When the log was told."},
    "link": {"description": "Where that is shown.", "format": "uri-reference"},
    "body": {
        "description": "What the log has of it, of subscriptions whose payload is full; null "
        "where that can no longer be read."
    },
}


FollowedEvent = type[ToldEvent] | type[NumberedEvent]


class TypeTold(msgspec.Struct, frozen=True, kw_only=True):
    """A type of event in the list: the address of its schema, and what happened, in a sentence."""

    schema: str
    summary: str


@lru_cache(maxsize=1)
def encoded(public_url: str) -> dict[str, bytes]:
    """The schema of every type, as it is sent."""
    return {
        type_: msgspec.json.encode(event_schema(type_, kind, public_url=public_url))
        for type_, kind in types().items()
    }


def listed(public_url: str) -> dict[str, TypeTold]:
    """Every type there is, in the order of the log's own list."""
    return {
        type_: TypeTold(schema=public_url + schema_path(type_), summary=summary_of(type_, kind))
        for type_, kind in types().items()
    }


def event_schema(type_: str, kind: type[msgspec.Struct], *, public_url: str) -> dict[str, Any]:
    """The schema of one version of an event, complete in itself."""
    (body,), parts = body_schemas([kind], template=OWN)
    told = told_schema(NumberedEvent)
    together = sent_always(NumberedEvent, beside=ToldEvent)
    return {
        "$schema": DIALECT,
        "$id": public_url + schema_path(type_),
        "title": title_of(type_),
        "description": description_of(type_, kind),
        "type": "object",
        "properties": {**told["properties"], **of_type(type_), "body": body_or_null(body)},
        "required": sent_always(ToldEvent),
        "dependentRequired": {
            name: [other for other in together if other != name]
            for name in NumberedEvent.__struct_encode_fields__
            if name not in ToldEvent.__struct_encode_fields__
        },
        "$defs": parts,
    }


def told_schema(kind: FollowedEvent) -> dict[str, Any]:
    """What is told of an event of any type, as the feed or as a subscription tells it."""
    _, found = components([kind], template=OWN)
    schema: dict[str, Any] = found[kind.__name__]
    properties = schema["properties"]
    schema["properties"] = {name: {**properties[name], **FIELDS[name]} for name in properties}
    schema["properties"].get("goal_id", {}).pop("default", None)  # Left out is not null here.
    schema["required"] = sent_always(kind)
    return schema


def of_type(type_: str) -> dict[str, Any]:
    """What is the same of all events of a type."""
    return {
        "type": {**FIELDS["type"], "const": type_},
        "category": {**FIELDS["category"], "const": category_of(type_)},
    }


def body_schemas(
    kinds: Iterable[type[msgspec.Struct]], *, template: str
) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    """As `components`, of what is sent of events: see told_event.without_positions.

    A receiver may still have what was sent before positions were left out: they are described.
    """
    references, schemas = components(kinds, template=template)
    for name, schema in schemas.items():
        left_out = EVIDENCE_POSITION_FIELDS if name == Evidence.__name__ else POSITION_FIELDS
        for field in left_out & schema.get("properties", {}).keys():
            schema["properties"][field]["description"] = LEFT_OUT
            schema["required"] = [one for one in schema["required"] if one != field]
    return references, schemas


def body_or_null(body: dict[str, Any]) -> dict[str, Any]:
    return {**FIELDS["body"], "anyOf": [body, {"type": "null"}]}


def sent_always(kind: FollowedEvent, *, beside: FollowedEvent | None = None) -> list[str]:
    """The fields that are never left out, without those that another has as well."""
    known = () if beside is None else beside.__struct_encode_fields__
    return [
        field.encode_name
        for field in msgspec.structs.fields(kind)
        if field.default is not msgspec.UNSET and field.encode_name not in known
    ]


def components(
    kinds: Iterable[type[msgspec.Struct]], *, template: str
) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    """References to the types, and the schemas of these and of all that they are made of.

    `template` says where the schemas will lie. msgspec gives unions OpenAPI's `discriminator`,
    which is no word of JSON Schema and another one in AsyncAPI; and no format to times, because a
    type would take one without an offset, while the log does not (see events/moment.py).
    """
    kinds = list(kinds)
    references, found = msgspec.json.schema_components(kinds, ref_template=template)
    schemas: dict[str, Any] = without_discriminators(found)
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = cleandoc(schema["description"])
    for kind, reference in zip(kinds, references, strict=True):
        own = schemas[reference["$ref"].removeprefix(template.format(name=""))]
        for field in msgspec.structs.fields(kind):
            if field.type in (datetime, datetime | None):
                told = own["properties"][field.encode_name]
                told.get("anyOf", [told])[0]["format"] = "date-time"
    return references, schemas


def without_discriminators(schema: Any) -> Any:
    match schema:
        case dict():
            return {
                name: without_discriminators(told)
                for name, told in schema.items()
                if name != "discriminator"
            }
        case list():
            return [without_discriminators(one) for one in schema]
        case _:
            return schema


def category_of(type_: str) -> str:
    """The category of the streams in which a type lies: its tag begins with it."""
    return type_.partition(".")[0]


def title_of(type_: str) -> str:
    """A type's name in words.

    >>> title_of("goal.deadline_revised.v1")
    'Goal deadline revised'
    """
    name, _, _ = type_.rpartition(".")
    return name.replace(".", " ").replace("_", " ").capitalize()


def description_of(type_: str, kind: type[msgspec.Struct]) -> str:
    """What the type's docstring says; where its name says all, the name."""
    return cleandoc(kind.__doc__ or "") or f"{title_of(type_)}."


def summary_of(type_: str, kind: type[msgspec.Struct]) -> str:
    """The first paragraph of that, in one line."""
    return " ".join(description_of(type_, kind).partition("\n\n")[0].split())

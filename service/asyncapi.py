"""The AsyncAPI 3 document, made from the types of events: what is sent, and where.

It has a message for each type on each channel, and JSON Schemas of them that are shared. AsyncAPI
goes by an older draft of JSON Schema than the schemas of event_schemas.py, but what a channel
sends is known more exactly here: on each a field is either always sent or never.
"""

from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from events.catalogue import types
from projections.told_event import NumberedEvent, ToldEvent, schema_path
from service.asyncapi_words import (
    CHANNELS,
    DESCRIPTION,
    END,
    HTTP_BINDING,
    LAST_MESSAGE,
    LICENSE,
    RECEIVER,
    SECURITY,
    TRAITS,
    Channel,
    envelope,
)
from service.event_schemas import (
    body_or_null,
    body_schemas,
    category_of,
    components,
    description_of,
    of_type,
    summary_of,
    title_of,
    told_schema,
)
from service.openapi_words import SCHEMAS
from service.streams import StreamEnd

MEDIA_TYPE: Final = "application/vnd.aai.asyncapi+json;version=3.0.0"


@lru_cache(maxsize=1)
def encoded(public_url: str) -> bytes:
    """The document as it is sent: made when it is first asked for, and kept."""
    return msgspec.json.encode(document(public_url))


def document(public_url: str) -> dict[str, Any]:
    """The whole document, as plain dictionaries."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Cairn",
            "version": version("cairn"),
            "description": DESCRIPTION,
            "license": LICENSE,
        },
        "defaultContentType": "application/json",
        "servers": {"cairn": server(public_url), "receiver": RECEIVER},
        "channels": {name: channel(name, told) for name, told in CHANNELS.items()},
        "operations": {told.operation: operation(name, told) for name, told in CHANNELS.items()},
        "components": {
            "schemas": schemas(public_url),
            "messages": {
                **{
                    message_name(name, type_): message(name, told, type_, kind)
                    for name, told in CHANNELS.items()
                    for type_, kind in types().items()
                },
                END: LAST_MESSAGE,
            },
            "messageTraits": TRAITS,
            "securitySchemes": SECURITY,
        },
    }


def server(public_url: str) -> dict[str, Any]:
    parts = urlsplit(public_url)
    told = {"host": parts.netloc, "protocol": parts.scheme, "description": "This installation."}
    return {**told, "pathname": parts.path} if parts.path else told


def channel(name: str, told: Channel) -> dict[str, Any]:
    """Where something is sent, and each type of event as it is sent there."""
    return {
        "address": told.address,
        "title": told.title,
        "description": told.description,
        "servers": [{"$ref": f"#/servers/{told.server}"}],
        **({"parameters": told.parameters} if told.parameters else {}),
        "messages": {
            one: {"$ref": f"#/components/messages/{place}"} for one, place in told_on(name, told)
        },
    }


def told_on(name: str, told: Channel) -> Iterator[tuple[str, str]]:
    """Each message of a channel, and its name among the components."""
    for type_ in types():
        yield type_, message_name(name, type_)
    if told.is_stream:
        yield END, END


def operation(name: str, told: Channel) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{name}"},
        "title": told.title,
        "summary": told.summary,
        "security": [{"$ref": f"#/components/securitySchemes/{told.security}"}],
        "bindings": {
            "http": {
                "method": told.method,
                "query": {"type": "object", "properties": told.query},
                "bindingVersion": HTTP_BINDING,
            }
        },
        "messages": [
            {"$ref": f"#/channels/{name}/messages/{one}"} for one, _ in told_on(name, told)
        ],
    }


def message(
    channel_name: str, told: Channel, type_: str, kind: type[msgspec.Struct]
) -> dict[str, Any]:
    """A type of event as a channel sends it."""
    described: dict[str, Any] = {
        "name": type_,
        "title": title_of(type_),
        "summary": summary_of(type_, kind),
        "description": description_of(type_, kind),
        "contentType": told.content_type,
        "payload": reference(message_name(channel_name, type_)),
    }
    if told.trait is not None:
        described["traits"] = [{"$ref": f"#/components/messageTraits/{told.trait}"}]
    return described


def message_name(channel_name: str, type_: str) -> str:
    """What a message and its payload are called among the components: feed.goal.reached.v1."""
    return f"{channel_name}.{type_}"


def schemas(public_url: str) -> dict[str, Any]:
    """What is in the log, what is told of any event, and what each channel sends of each type."""
    told, parts = body_schemas(types().values(), template=SCHEMAS)
    found = {
        **parts,
        "ToldEvent": told_schema(ToldEvent),
        "NumberedEvent": told_schema(NumberedEvent),
        "CloudEvent": envelope(),
        **components([StreamEnd], template=SCHEMAS)[1],
    }
    for type_, body in zip(types(), told, strict=True):
        numbered = {**of_type(type_), "body": body_or_null(body)}
        enclosed = {
            "type": {"const": type_},
            "subject": {"pattern": f"^{category_of(type_)}/"},
            "dataschema": {"const": public_url + schema_path(type_)},
            "data": reference(message_name("subscription", type_)),
        }
        found[message_name("feed", type_)] = narrowed("ToldEvent", of_type(type_))
        found[message_name("subscription", type_)] = narrowed("NumberedEvent", numbered)
        found[message_name("webhook", type_)] = narrowed("CloudEvent", enclosed)
    return found


def narrowed(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    """One of the schemas above for one type of event alone."""
    return {"allOf": [reference(name), {"type": "object", "properties": properties}]}


def reference(name: str) -> dict[str, str]:
    return {"$ref": SCHEMAS.format(name=name)}

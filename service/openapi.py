"""The OpenAPI 3.1 document, made from the routes themselves.

litestar can make one, too, but leaves out what strict bodies promise (no unknown fields, limits of
zero, problems as answers); msgspec's JSON Schemas, which these come from, are what is enforced.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.metadata import version
from inspect import cleandoc
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import msgspec
from litestar import Litestar
from litestar.enums import ParamType
from litestar.handlers import HTTPRouteHandler
from litestar.params import ParameterKwarg
from litestar.routes import HTTPRoute
from litestar.typing import FieldDefinition

from service.asked import POSITION_HEADER, REPLAYED_HEADER
from service.openapi_words import (
    COMPONENTS,
    DESCRIPTION,
    EXAMPLES,
    HEADERS,
    KEY_PARAMETER,
    LAST_EVENT_PARAMETER,
    MATCH_PARAMETER,
    POSITION_PARAMETER,
    REFUSALS,
    RENAMED,
    SCHEMAS,
    SCHEMAS_FOLDER,
    STREAM_EXAMPLE,
    TAGS,
)
from service.operations import ONLY, Operation
from service.problems import (
    MEDIA_TYPE,
    Problem,
    catalogue,
    codes_told,
    sentence_of,
    title_of,
)
from service.streams import MEDIA_TYPE as MEDIA_TYPE_OF_STREAMS
from service.streams import StreamEnd


@lru_cache(maxsize=1)
def answer_examples() -> dict[str, Any]:
    """An answer of each operation by its name, as the service gave it once, with short lists."""
    text = Path(__file__).with_name("openapi_examples.json").read_bytes()
    examples: dict[str, Any] = msgspec.json.decode(text)
    return examples


def operations(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler, Operation]]:
    """Every documented operation: its path, its method, its route and what it declares."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            operation = handler.opt.get("operation")
            if operation is not None:
                yield route.path_format, method.lower(), handler, operation


def document(app: Litestar, *, today: date) -> dict[str, Any]:
    """The whole document, as plain dictionaries; its examples would be accepted today."""
    found = list(operations(app))
    types: list[Any] = [Problem, StreamEnd]
    for _, _, handler, operation in found:
        types += [one for one in (body_of(handler), operation.answers) if one is not None]
    schemas = components_of(types)
    paths: dict[str, dict[str, Any]] = {}
    for path, method, handler, operation in found:
        paths.setdefault(path, {})[method] = described(handler, operation, today)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Cairn",
            "version": version("cairn"),
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": told} for name, told in TAGS.items()],
        "security": [{"bearer": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
            "responses": {COMPONENTS[status]: refusal(status) for status in REFUSALS},
            "headers": {identifier_of(name): header for name, header in HEADERS.items()},
        },
    }


def components_of(types: list[Any]) -> dict[str, dict[str, Any]]:
    """The schemas of types and of what lies in them, by name, as generators can take them.

    A `default` makes generators take a field for one that is always there, in bodies as well. So a
    default is told in words.
    """
    _, schemas = msgspec.json.schema_components(types, ref_template=SCHEMAS)
    named = {name_of(name): renamed(schema) for name, schema in schemas.items()}
    for name, schema in named.items():
        schema["title"] = name
        if "description" in schema:
            schema["description"] = cleandoc(schema["description"])
        for field in schema.get("properties", {}).values():
            if "default" in field:
                told = f"Default: {json.dumps(field.pop('default'), ensure_ascii=False)}."
                known = field.get("description")
                field["description"] = told if known is None else f"{known} {told}"
    return named


def name_of(schema: str) -> str:
    return RENAMED.get(schema, schema)


def renamed(schema: Any) -> Any:
    """A schema whose references use the names that schemas have in the document."""
    match schema:
        case dict():
            return {name: renamed(value) for name, value in schema.items()}
        case list():
            return [renamed(one) for one in schema]
        case str() if schema.startswith(SCHEMAS_FOLDER):
            return SCHEMAS.format(name=name_of(schema.removeprefix(SCHEMAS_FOLDER)))
        case _:
            return schema


def identifier_of(header: str) -> str:
    """The name of a header's component: CairnPosition of Cairn-Position."""
    return header.replace("-", "")


def header_reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{identifier_of(name)}"}


def described(handler: HTTPRouteHandler, operation: Operation, today: date) -> dict[str, Any]:
    """One operation."""
    summary, _, more = (handler.fn.__doc__ or "").strip().partition("\n")
    words = " ".join(f"{summary} {more}".split())
    roles = ", ".join(sorted(operation.roles))
    told: dict[str, Any] = {
        "operationId": handler.handler_name,
        "tags": [operation.tag],
        "summary": summary.rstrip("."),
        "description": f"{words}\n\nRoles: {roles}." if roles else words,
        "parameters": [*parameters_of(handler), *headers_taken(operation)],
        "responses": responses(handler, operation),
    }
    body = body_of(handler)
    if body is not None:
        content: dict[str, Any] = {"schema": reference(body)}
        content |= shown({name: dated(one, today) for name, one in operation.examples.items()})
        told["requestBody"] = {
            "required": not operation.body_optional,
            "content": {"application/json": content},
        }
    if not roles:
        told["security"] = []
    return told


def shown(examples: Mapping[str, Any]) -> dict[str, Any]:
    """One example, or named ones: the document has room for either."""
    if not examples:
        return {}
    if examples.keys() == {ONLY}:
        return {"example": examples[ONLY]}
    told = {
        name: {"summary": name.replace("_", " "), "value": value}
        for name, value in examples.items()
    }
    return {"examples": told}


def answers_shown(name: str, operation: Operation) -> dict[str, Any]:
    """An answer, or one to each of the bodies that are shown, by the same name."""
    if operation.answer_example is not None:
        return {ONLY: operation.answer_example}
    known = answer_examples()
    if operation.examples.keys() - {ONLY}:
        return {one: known[answer_to(name, one)] for one in operation.examples}
    return {ONLY: known[name]} if name in known else {}


def answer_to(operation: str, example: str) -> str:
    """By which name the answer to an example is kept."""
    return f"{operation}: {example}"


def dated(example: Any, today: date) -> Any:
    """An example with days in place of spans of time: a fixed day would soon be in the past.

    A span with hours in it stands for that hour of the day, in UTC.
    """
    match example:
        case timedelta() if example.seconds:
            return (datetime.combine(today, time(), UTC) + example).isoformat()
        case timedelta():
            return str(today + example)
        case dict():
            return {name: dated(value, today) for name, value in example.items()}
        case _:
            return example


def body_of(handler: HTTPRouteHandler) -> Any:
    data = handler.parsed_fn_signature.parameters.get("data")
    return None if data is None else data.annotation


def reference(type_: Any) -> dict[str, Any]:
    """Where the schema of a type lies; of a union, that of each type in it."""
    if get_origin(type_) in (Union, UnionType):
        return {"anyOf": [reference(one) for one in get_args(type_)]}
    return {"$ref": SCHEMAS.format(name=name_of(type_.__name__))}


def parameter_fields(handler: HTTPRouteHandler) -> Iterator[tuple[FieldDefinition, ParameterKwarg]]:
    for field in handler.parsed_fn_signature.parameters.values():
        if isinstance(field.kwarg_definition, ParameterKwarg) and not field.is_di_field:
            yield field, field.kwarg_definition


def query_names(handler: HTTPRouteHandler) -> dict[str, str]:
    """The query parameters a route takes, by what its signature calls them: `from` by from_on."""
    return {
        field.name: known.name or field.name
        for field, known in parameter_fields(handler)
        if known.param_type is ParamType.QUERY
    }


def parameters_of(handler: HTTPRouteHandler) -> list[dict[str, Any]]:
    """The path and query parameters, as the route's signature has them."""
    return [
        {
            "name": known.name or field.name,
            "in": known.param_type.value,
            "required": known.param_type is ParamType.PATH,
            "schema": schema_of(field, known),
            **({"description": known.description} if known.description else {}),
        }
        for field, known in parameter_fields(handler)
    ]


def schema_of(field: FieldDefinition, known: ParameterKwarg) -> dict[str, Any]:
    schema = dict(msgspec.json.schema(without_none(field.annotation)))
    limits = {
        "minimum": known.ge,
        "maximum": known.le,
        "maxLength": known.max_length,
        "format": known.format,
        "default": field.default if field.has_default and field.default is not None else None,
    }
    return {**schema, **{name: limit for name, limit in limits.items() if limit is not None}}


def without_none(annotation: Any) -> Any:
    """The type of a parameter that is there: the absence of a query parameter is not a null."""
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    inner = tuple(one for one in get_args(annotation) if one is not NoneType)
    return Union[inner]  # noqa: UP007 - built from a tuple


def headers_taken(operation: Operation) -> list[dict[str, Any]]:
    taken = []
    if operation.command:
        taken.append(KEY_PARAMETER)
        if operation.conditional:
            taken.append(MATCH_PARAMETER)
    if operation.positioned:
        taken.append(POSITION_PARAMETER)
    if operation.streamed:
        taken.append(LAST_EVENT_PARAMETER)
    return taken


def responses(handler: HTTPRouteHandler, operation: Operation) -> dict[str, Any]:
    """The answer, and the problems that may come in its place."""
    success: dict[str, Any] = {"description": "Done." if operation.command else "Found."}
    if operation.answers is None:
        success["content"] = {"text/plain": {"schema": {"type": "string"}}}
    elif operation.streamed:
        success["content"] = {MEDIA_TYPE_OF_STREAMS: streamed(operation)}
    else:
        content: dict[str, Any] = {"schema": reference(operation.answers)}
        content |= shown(answers_shown(handler.handler_name, operation))
        success["content"] = {"application/json": content}
    names = headers_answered(operation)
    if names:
        success["headers"] = {name: header_reference(name) for name in names}
    answers = {str(handler.status_code): success}
    for status in refusals_of(handler, operation):
        answers[str(status)] = {"$ref": f"#/components/responses/{COMPONENTS[status]}"}
    if not operation.roles and operation.answers.__name__ == "Readiness":
        answers["503"] = {**success, "description": "Not ready."}
    return answers


def streamed(operation: Operation) -> dict[str, Any]:
    """Events in a text, which JSON Schema has no words for: what their data is like is named."""
    told = SCHEMAS.format(name=operation.answers.__name__)
    end = SCHEMAS.format(name=StreamEnd.__name__)
    return {
        "schema": {
            "type": "string",
            "description": f"Server-sent events. The data of each is as in {told}, "
            f"that of the last, `end`, as in {end}.",
        },
        "example": STREAM_EXAMPLE,
    }


def headers_answered(operation: Operation) -> list[str]:
    names = [POSITION_HEADER] if operation.command or operation.positioned else []
    if operation.conditional or (operation.creates and operation.tag == "goals"):
        names.append("ETag")
    if operation.creates:
        names.append("Location")
    if operation.command:
        names.append(REPLAYED_HEADER)
    return names


def refusals_of(handler: HTTPRouteHandler, operation: Operation) -> list[int]:
    if not operation.roles:
        return []
    statuses = {400, 401, 403, 408, 431, 500, 503}
    if any(known.param_type is ParamType.QUERY for _, known in parameter_fields(handler)):
        statuses.add(414)
    if any(known.param_type is ParamType.PATH for _, known in parameter_fields(handler)):
        statuses.add(404)
    if operation.command:
        statuses |= {404, 409, 422}
    if operation.conditional and operation.command:
        statuses.add(412)
    if operation.streamed:
        statuses.add(429)
    if operation.rests or operation.of_record or operation.positioned or operation.streamed:
        statuses.add(409)
    if body_of(handler) is not None:
        statuses |= {404, 409, 413, 415, 422}
    return sorted(statuses)


def refusal(status: int) -> dict[str, Any]:
    """A problem as an answer, with the codes there are and an example of its kind."""
    slug = EXAMPLES[status]
    codes = [one.type for one in codes_told() if one.status == status]
    answer: dict[str, Any] = {
        "description": REFUSALS[status],
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "allOf": [{"$ref": SCHEMAS.format(name="Problem")}],
                    "properties": {"type": {"enum": codes}, "status": {"const": status}},
                },
                "example": {
                    "type": f"/problems/{slug}",
                    "title": title_of(slug),
                    "status": status,
                    "detail": sentence_of(catalogue()[slug]),
                    "instance": f"urn:uuid:{UUID(int=0)}",
                },
            }
        },
    }
    if status in (429, 503):
        answer["headers"] = {"Retry-After": header_reference("Retry-After")}
    if status == 401:
        answer["headers"] = {"WWW-Authenticate": header_reference("WWW-Authenticate")}
    return answer

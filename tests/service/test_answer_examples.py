"""The document shows what each operation answers, and the example is true."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service.openapi import operations
from service.settings import Settings
from tests.service.answering import APP, EXAMPLES, calm, everything_asked
from tests.service.walking import walking

ANSWERING = {
    handler.handler_name: operation
    for _, _, handler, operation in operations(APP)
    if operation.answers is not None
}
DOCUMENT: dict[str, Any] = json.loads(APP.state.document)
SHOWN = {
    operation["operationId"]: answer["content"]["application/json"].get("example")
    for methods in DOCUMENT["paths"].values()
    for operation in methods.values()
    for status, answer in operation["responses"].items()
    if status in ("200", "201") and "application/json" in answer["content"]
}


@pytest.mark.parametrize("name", sorted(ANSWERING))
def test_an_operation_shows_an_answer_of_its_type(name: str) -> None:
    """Field for field: what the type does not have would get lost on the way."""
    example = SHOWN[name]
    assert example is not None, name
    read = msgspec.json.decode(json.dumps(example), type=ANSWERING[name].answers)
    assert json.loads(msgspec.json.encode(read)) == example


async def test_a_real_answer_looks_like_its_example(settings: Settings, tmp_path: Path) -> None:
    async with walking(settings) as walk:
        told = calm(await everything_asked(walk))
    now = tmp_path / EXAMPLES.name
    now.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for name, operation in ANSWERING.items():
        if operation.answer_example is not None:
            continue  # Shown as its route has it.
        assert shape(told[name]) == shape(SHOWN[name]), (
            f"{name} answers otherwise now: if that is meant, copy {now} to {EXAMPLES}"
        )


def shape(value: Any) -> Any:
    """The names in an answer, and what kind of value each has; nothing where it may be absent."""
    match value:
        case dict():
            return {name: shape(inner) for name, inner in value.items()}
        case list():
            return [shape(inner) for inner in value]
        case None | bool() | str():
            return type(value).__name__
        case _:
            return "number"

"""The document shows what each operation answers, and the example is true."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service.openapi import answer_to, operations
from service.settings import Settings
from tests.service.answering import APP, EXAMPLES, calm, everything_asked
from tests.service.walking import walking

ANSWERING = {
    handler.handler_name: operation
    for _, _, handler, operation in operations(APP)
    if operation.answers is not None and not operation.streamed
}
DOCUMENT: dict[str, Any] = json.loads(APP.state.document)


def shown_by(name: str, content: dict[str, Any]) -> dict[str, Any]:
    """The answers that an operation shows, by the names by which they are kept."""
    if "examples" in content:
        return {answer_to(name, one): told["value"] for one, told in content["examples"].items()}
    return {name: content["example"]}


SHOWN = {
    kept: example
    for methods in DOCUMENT["paths"].values()
    for operation in methods.values()
    for status, answer in operation["responses"].items()
    if status in ("200", "201") and "application/json" in answer["content"]
    for kept, example in shown_by(
        operation["operationId"], answer["content"]["application/json"]
    ).items()
}
_PLACE = re.compile(r'"(?:position|version)": (?:\d+|"[\w-]{48}")|"[0-9a-f-]{36}"')


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_an_operation_shows_an_answer_of_its_type(name: str) -> None:
    """Field for field: what the type does not have would get lost on the way."""
    operation = name.partition(": ")[0]
    read = msgspec.json.decode(json.dumps(SHOWN[name]), type=ANSWERING[operation].answers)
    assert json.loads(msgspec.json.encode(read)) == SHOWN[name]


def test_every_operation_shows_an_answer() -> None:
    assert {name.partition(": ")[0] for name in SHOWN} == set(ANSWERING)


async def test_a_real_answer_looks_like_its_example(settings: Settings, tmp_path: Path) -> None:
    async with walking(settings) as walk:
        told = calm(await everything_asked(walk))
    now = tmp_path / EXAMPLES.name
    now.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for name, example in SHOWN.items():
        if ANSWERING[name.partition(": ")[0]].answer_example is not None:
            continue  # Shown as its route has it.
        # Beside the body that is shown by the same name stands what is answered to it.
        alike = said if ": " in name else shape
        assert alike(told[name]) == alike(example), (
            f"{name} answers otherwise now: if that is meant, copy {now} to {EXAMPLES}"
        )


def said(answer: Any) -> str:
    """Everything in an answer but ids, and where in the log it lies."""
    return _PLACE.sub("", json.dumps(answer))


def test_the_caseload_shows_what_is_not_on_track_and_a_flag() -> None:
    kinds = {
        one["kind"] for client in SHOWN["list_clients"]["items"] for one in client["attention"]
    }
    assert {"safety_flag", "worse_than_baseline"} <= kinds


def test_a_trend_shows_every_class_of_change() -> None:
    standings = [point["standing"] for point in SHOWN["show_score_trend"]["points"]]
    classes = {one["reliable"]["jacobson_truax"] for one in standings if one["reliable"]}
    assert classes == {"recovered", "improved", "unchanged", "deteriorated"}


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

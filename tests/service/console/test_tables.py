"""Every table of every command, on a screen of 80 columns and of fewer: nothing gets lost."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from events import instruments
from events.templates import built_in
from service.console.bench import print_answer
from service.demonstration.load import PRACTICE_ID, computed_id
from service.demonstration.people import PEOPLE
from tests.house.tree import ROOT
from tests.service.console.conftest import Said
from tests.service.console.subscribing import BY, working_through

WIDE_ENOUGH = 4000
REVISED = computed_id("carla goal carla-worry")
# Their ids are known once the demonstration is loaded.
DRAFT, TOLD = "a draft", "a subscription"
PRINTS: dict[str, list[tuple[object, ...]]] = {
    "bench": [],  # Tested by itself, below: it takes a minute.
    "caseload": [("caseload",)],
    "client_tables": [("client", computed_id(f"client {one.key}")) for one in PEOPLE],
    # Tested by itself (test_doctor.py): it ends with 1 where it has a table to print.
    "doctor": [],
    "degraded": [],
    "history": [("history", REVISED)],
    "importing": [("import", "moods", "moods.csv", "--client", "who", "--rating", "mood",
                   "--at", "when", "--enrol", "--dry-run")],
    "instruments": [("instruments",), *(("instruments", one) for one in instruments.known())],
    "migrate": [("migrate", "--status")],
    "practice": [("practice", "list")],
    "practice_choices": [
        *(("practice", one) for one in ("duty", "crisis-lines", "norms", "tracking", "release")),
        ("practice", "crisis-lines", "US"),
        ("practice", "norms", "gad7"),
    ],
    "work": [("work", "--once")],
    "review": [("review", REVISED)],
    "safety": [("safety",), ("safety", "--closed"), ("safety", "review-past")],
    # Tested by itself (test_subscriptions.py): a secret is another each time, and is never broken.
    "subscription_changes": [],
    "subscription_letters": [("subscriptions", "deliveries", TOLD)],
    "subscriptions": [("subscriptions",), ("subscriptions", TOLD)],
    "suggestions": [("suggestions", "--status", "offered"), ("suggestions", DRAFT)],
    "templates": [("templates",), *(("templates", one) for one in built_in())],
}  # fmt: skip


def on_a_screen(
    record: Callable[..., Said], monkeypatch: pytest.MonkeyPatch, columns: int
) -> dict[tuple[object, ...], str]:
    """What each command prints there."""
    monkeypatch.setenv("COLUMNS", str(columns))
    ids: dict[object, object] = {
        DRAFT: record("suggestions", "--json").answer[-1]["id"],
        TOLD: record("subscriptions", "--json").answer[-1]["id"],
    }
    told = {
        words: record(*(ids.get(word, word) for word in words))
        for group in PRINTS.values()
        for words in group
    }
    assert {words for words, said in told.items() if said.code != 0} == set()
    return {words: said.out for words, said in told.items()}


def letters(text: str) -> Counter[str]:
    return Counter(re.sub(r"[\s─]", "", text))


def test_every_module_that_prints_a_table_is_tried_here() -> None:
    console = ROOT / "service" / "console"
    calls = {path.stem for path in console.rglob("*.py") if "print_table(" in path.read_text()}
    assert calls - {"output"} == set(PRINTS)


def test_tables_fit_and_lose_nothing(demonstrated, record, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "escalated" in record("work", "--once").out  # So that no number moves meanwhile.
    Path("moods.csv").write_text("who,mood,when\nanna,7,2026-03-02\n")
    of_goals = ("--app", "diary", "--category", "goal", "--after", 0)
    made = record("subscriptions", "create", "The diary app", *of_goals, *BY, "--json").answer
    asyncio.run(working_through(PRACTICE_ID, UUID(made["id"])))
    whole = on_a_screen(record, monkeypatch, WIDE_ENOUGH)
    for columns in (80, 40):
        for words, told in on_a_screen(record, monkeypatch, columns).items():
            assert letters(whole[words]) - letters(told) == Counter(), (words, columns)
            lines = [line for line in told.splitlines() if not holds_an_id(line)]
            assert max(map(len, lines), default=0) <= columns, (words, columns)
            for one in set(re.findall(ID, whole[words])):
                assert one in told, (words, columns)


ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def holds_an_id(line: str) -> bool:
    """An id stays whole, and goes on over the edge of a screen that is too narrow for it."""
    return re.search(ID, line) is not None and len(line) <= len(str(UUID(int=0))) + 20


def test_what_was_measured_fits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = {
        "name": "append with sealing, one practice, 32 writers",
        "value": 32600,
        "unit": "events/s",
        "limit": 15190,
        "limit_name": "a bare asyncpg INSERT per event, 32 connections, the same indexes",
        "ratio": 2.1,
        "at_least": 1.5,
        "met": True,
    }
    answer = {
        "machine": {},
        "benchmarks": {"append": {"figures": [figure], "notes": []}},
    }
    told = {}
    for columns in (WIDE_ENOUGH, 80):
        monkeypatch.setenv("COLUMNS", str(columns))
        print_answer(json.loads(json.dumps(answer)))
        told[columns] = capsys.readouterr().out
    assert max(map(len, told[80].splitlines())) <= 80
    assert letters(told[WIDE_ENOUGH]) == letters(told[80])

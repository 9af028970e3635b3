"""No line of the log loses a name or a number that it was given: service/logs.py allows each."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from service.logs import ALLOWED
from tests.house.tree import dotted, modules, name, parse
from workers.sweeping import SweepOutcome

LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log", "bind"}
# Turned into `exception` and `stack` before anything is left out.
TURNED = {"exc_info"}
# The one line whose names stand nowhere in it: they are what comes of a sweep (SweepOutcome).
BY_OUTCOME = ("workers/main.py", "worker_swept")


def log_calls(path: Path) -> Iterator[ast.Call]:
    """Every call by which a module writes a line, or binds what is in each of its lines."""
    tree = parse(path)
    logs = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and is_log(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            writes = node.func.attr in LEVELS and is_log(node.func.value, logs)
            if writes or dotted(node.func).endswith("contextvars.bind_contextvars"):
                yield node


def is_log(node: ast.AST, logs: set[str]) -> bool:
    if isinstance(node, ast.Call):
        return dotted(node.func) == "structlog.get_logger"
    return isinstance(node, ast.Name) and node.id in logs


def test_every_name_in_a_line_is_one_that_may_be_there():
    calls = [(path, call) for path in modules() for call in log_calls(path)]
    assert len(calls) > 30  # It reads what it is about.
    lost = [
        f"{name(path)}:{call.lineno}: {keyword.arg}"
        for path, call in calls
        for keyword in call.keywords
        if keyword.arg is not None and keyword.arg not in ALLOWED | TURNED
    ]
    assert lost == []


def test_names_that_stand_nowhere_are_what_comes_of_a_sweep():
    spread = [
        (name(path), call.args[0].value if isinstance(call.args[0], ast.Constant) else None)
        for path in modules()
        for call in log_calls(path)
        if any(keyword.arg is None for keyword in call.keywords)
    ]
    assert spread == [BY_OUTCOME]


def test_whatever_comes_of_a_sweep_is_counted_in_its_line():
    assert set(get_args(SweepOutcome)) - ALLOWED == set()

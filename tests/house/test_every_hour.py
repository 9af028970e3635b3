"""Dates hold at every hour: tests that reckon with days, run again where midnights lie between.

The whole suite is run at these hours by `make test-hours`.
"""

import ast
import platform
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import days
from tests.hours import HOURS, shifted_clock
from tests.house.tree import ROOT, dotted, modules, name, parse

LIMIT_SECONDS = 300
# Hours and tests that find most for what they cost: each test reckons with days in its own way.
CHOSEN = (
    "late on a day in winter",
    "late before the day of 23 hours",
    "early after the day of 23 hours",
    "in the last hour of the day of 25 hours",
    "late on 31 December",
    "late on 29 February",
)
REVIEW = "tests/service/test_goal_review_record.py::TestWhatTheRecordKnows"
TESTS = (
    "tests/service/in_one_house/test_rest_days.py::TestARestDay::test_is_one_of_half_the_days_at_most",
    "tests/service/in_one_house/test_sessions.py::TestGoalAttainment::test_is_a_t_score_of_the_rated_goals",
    "tests/service/in_one_house/test_every_route.py::TestEntries::test_moods_are_logged_corrected_and_withdrawn",
    f"{REVIEW}::test_what_the_client_kept_before",
)


@pytest.mark.timeout(2 * LIMIT_SECONDS)
@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="the library that shifts a clock is built for Linux on x86_64",
)
def test_dates_hold_at_every_hour(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    command = [
        *(sys.executable, "-m", "pytest", "-q", "-p", "tests.at_every_hour", "-p", "no:xdist"),
        *("-p", "no:cacheprovider", f"--junitxml={report}", "-o", "junit_family=xunit1"),
        *(f"--hour={hour}" for hour in CHOSEN),
        *TESTS,
    ]
    with shifted_clock(HOURS[CHOSEN[0]]) as environment:
        ran = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True,
            timeout=LIMIT_SECONDS, check=False,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    passed = set()
    for case in ElementTree.parse(report).iter("testcase"):
        told = {one.attrib["name"]: one.attrib["value"] for one in case.iter("property")}
        assert [one.tag for one in case] == ["properties"], case.attrib  # Not skipped, either.
        on = HOURS[told["hour"]].date()
        clocks = (told["here"], told["in Postgres"])
        assert [datetime.fromisoformat(one).date() for one in clocks] == [on, on], case.attrib
        passed.add((told["hour"], case.attrib["name"].partition("[")[0]))
    names = {one.rpartition("::")[2].partition("[")[0] for one in TESTS}
    assert passed == {(hour, name) for hour in CHOSEN for name in names}


def test_only_one_module_asks_which_day_it_is() -> None:
    assert [
        f"{name(path)}:{node.lineno}"
        for path in modules("tests")
        if path != Path(days.__file__)
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Attribute) and asks_for_the_day(node)
    ] == []


def asks_for_the_day(node: ast.Attribute) -> bool:
    """Whether it is `date.today` or the like, or the `date` of a `datetime.now()`."""
    if node.attr == "date":
        return dotted(called(node.value)) == "datetime.now"
    return dotted(node) in {"date.today", "datetime.today", "datetime.utcnow"}


def called(node: ast.AST) -> ast.AST:
    """What a call calls; anything else itself."""
    return node.func if isinstance(node, ast.Call) else node


def test_no_test_knows_the_time_before_it_runs() -> None:
    early = []
    for path in modules("tests"):
        module = parse(path)
        asks = {"datetime.now", "time.time", *asking(module)}
        early += [
            f"{name(path)}:{call.lineno} {dotted(call.func)}"
            for call in calls_while_read(module)
            if dotted(call.func) in asks
        ]
    assert early == []


def asking(module: ast.Module) -> set[str]:
    """The names under which a module has what asks which day it is."""
    return {
        alias.asname or alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.module == days.__name__
        for alias in node.names
        if alias.name in {days.day.__name__, days.today.__name__, days.reckoned.__name__}
    }


def calls_while_read(node: ast.AST) -> Iterator[ast.Call]:
    """The calls that are made when a module is imported: in decorators and defaults, too."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and inner in node.body:
            continue
        if isinstance(inner, ast.Call):
            yield inner
        if not isinstance(inner, ast.Lambda):
            yield from calls_while_read(inner)


@pytest.mark.parametrize(
    ("now", "seconds"),
    [
        ("2027-01-20T22:59:50+00:00", 10),  # Before midnight in Zurich.
        ("2027-01-20T22:59:30+00:00", 0),
        ("2027-01-20T23:00:00+00:00", 0),
        ("2027-01-20T23:59:55+00:00", 5),  # Before midnight in UTC.
        ("2027-03-28T21:59:55+00:00", 5),  # Before the first midnight of summer in Zurich.
        ("2027-10-30T21:59:55+00:00", 5),
        ("2027-10-31T21:59:55+00:00", 0),
        ("2027-10-31T22:59:55+00:00", 5),
    ],
)
def test_no_test_begins_in_the_last_seconds_of_a_day(now: str, seconds: int) -> None:
    assert days.wait_for(datetime.fromisoformat(now)) == timedelta(seconds=seconds)

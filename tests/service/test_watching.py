"""docs/watching: every number in the dashboard, the alerts and the tables is one that is told."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args

import pytest
import yaml

from projections.degraded import SWEEPS, WHATS
from projections.runner import Projector
from service.health import DatabaseState, Keys, Migrations, Writer
from service.process_metrics import ProjectorMetrics, WorkerMetrics
from tests.house.tree import ROOT
from tests.service.conftest import House

FOLDER = ROOT / "docs" / "watching"
PAGE = (ROOT / "docs" / "watching.md").read_text(encoding="utf-8")
ALERTS = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
PROMETHEUS = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]
# Told by Prometheus itself of every target.
OF_PROMETHEUS = {"up"}
WORDS = {"by", "without", "or", "and", "unless", "on", "ignoring", "bool", "offset"}
# What Prometheus adds to each number.
OF_TARGETS = {"job", "instance"}


def panels(found: Iterable[dict[str, Any]] = DASHBOARD["panels"]) -> list[dict[str, Any]]:
    return [one for panel in found for one in (panel, *panels(panel.get("panels", ())))]


EXPRESSIONS = {
    **{rule["alert"]: rule["expr"] for rule in RULES},
    **{
        f"{panel['title']} {target['refId']}": target["expr"]
        for panel in panels()
        for target in panel.get("targets", ())
    },
}


def names_in(expression: str) -> set[str]:
    """The numbers that an expression of PromQL asks for.

    >>> sorted(names_in('sum by (le) (rate(x_bucket{a="b"}[5m])) / on (job) max(y) > 2 or up'))
    ['up', 'x_bucket', 'y']
    """
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\"[^\"]*\"", "", expression)
    bare = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", "", bare)
    found = re.findall(r"\b([a-zA-Z_:][a-zA-Z0-9_:]*)\b(?!\s*\()", bare)
    return set(found) - WORDS


def matchers_in(expression: str) -> list[tuple[str, str, str]]:
    """The numbers that are asked for by a label that has one value: number, label, value."""
    return [
        (number, label, value)
        for number, inside in re.findall(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}", expression)
        for label, value in re.findall(r"(\w+)=\"([^\"]*)\"", inside)
    ]


async def texts(house: House) -> dict[str, str]:
    """What each process tells, as it stands at the beginning."""
    cairn = house.cairn
    projector = Projector(cairn.pool, cairn.keyring, cairn.connect)
    common: Mapping[str, Any] = {"pool": cairn.pool, "clock_difference": lambda: 0.0}
    worker = WorkerMetrics(lambda: dict.fromkeys(SWEEPS, 0.0), **common)
    worker.note_sweep("safety", {"escalated": 1})
    await house.http.get("/v1/clients")
    return {
        "api": (await house.asker("operator").ask("GET", "/metrics")).text,
        "projector": (
            await ProjectorMetrics(projector, views=cairn.views, **common).text()
        ).decode(),
        "worker": (await worker.text()).decode(),
    }


def told_in(text: str) -> set[str]:
    """The numbers that a text has, by the names by which they are asked for."""
    told: set[str] = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, flags=re.MULTILINE):
        parts = {"histogram": ("_bucket", "_sum", "_count")}.get(kind, ("",))
        told |= {name + part for part in parts}
    return told


async def test_every_number_in_the_dashboard_and_the_alerts_is_told(house: House):
    told = await texts(house)
    known = set[str]().union(*map(told_in, told.values())) | OF_PROMETHEUS
    assert len(EXPRESSIONS) > 50
    assert {
        place: unknown
        for place, expression in EXPRESSIONS.items()
        if (unknown := names_in(expression) - known)
    } == {}
    every = "\n".join(told.values())
    assert [
        (place, matcher)
        for place, expression in EXPRESSIONS.items()
        for number, label, value in matchers_in(expression)
        if label not in OF_TARGETS
        if not re.search(rf'^{number}\{{[^}}]*{label}="{value}"', every, flags=re.MULTILINE)
        for matcher in [f"{number} {label}={value}"]
    ] == []


async def test_the_page_lists_every_number_of_ours_by_the_process_that_tells_it(house: House):
    told = await texts(house)
    heads = {
        "every": "Every process:",
        "api": "The API, of the whole installation",
        "projector": "The projector:",
        "worker": "The worker:",
    }
    starts = {name: PAGE.index(head) for name, head in heads.items()}
    ends = [*sorted(starts.values()), PAGE.index("## Alerts")]
    listed = {
        name: set(re.findall(r"`(cairn_\w+)", PAGE[start : ends[ends.index(start) + 1]]))
        for name, start in starts.items()
    }
    ours = {
        name: {
            number.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")
            for number in told_in(text)
            if number.startswith("cairn_") and not number.endswith("_created")
        }
        for name, text in told.items()
    }
    common = ours["api"] & ours["projector"] & ours["worker"]
    assert listed["every"] == common
    assert listed["api"] == ours["api"] - common
    assert listed["projector"] == ours["projector"] - common - ours["api"]
    assert listed["worker"] == ours["worker"] - common
    for name in ("process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"):
        assert all(name in text for text in told.values())


def test_the_page_lists_every_word_of_readyz():
    words = {
        f"{name}: {word}"
        for name, words in (
            ("database", DatabaseState), ("migrations", Migrations),
            ("keys", Keys), ("writer", Writer),
        )
        for word in get_args(words)
    }  # fmt: skip
    listed = set(re.findall(r"^\| `(\w+: \w+)` \|", PAGE, flags=re.MULTILINE))
    # What needs nobody is not listed, and neither is what was not asked.
    well = {"migrations: applied", "keys: readable", "writer: running"}
    assert listed == words - well - {"migrations: unknown", "keys: unknown"}
    section = PAGE[PAGE.index("| what | it says | since |") : PAGE.index("Each process says")]
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)) == WHATS


def test_the_page_lists_every_alert_with_its_severity():
    listed = re.findall(r"^\| `(Cairn\w+)` \| (\w+) \|", PAGE, flags=re.MULTILINE)
    assert listed == [(rule["alert"], rule["labels"]["severity"]) for rule in RULES]


def test_every_word_of_degraded_has_an_alert():
    told = {value for rule in RULES for _, label, value in matchers_in(rule["expr"])}
    # A number by view says more of this one.
    assert set(WHATS) - told == {"event_set_aside"}
    assert "CairnEventSetAside" in EXPRESSIONS


def test_every_alert_says_what_it_is_and_what_to_do():
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert set(rule["annotations"]) == {"summary", "description"}
        assert all(text.endswith((".", "?")) for text in rule["annotations"].values())


def test_the_dashboard_can_be_imported():
    ids = [panel["id"] for panel in panels()]
    assert len(ids) == len(set(ids))
    (variable,) = DASHBOARD["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == (
        "datasource", "datasource", "prometheus",
    )  # fmt: skip
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells
        if panel["type"] == "row":
            continue
        assert panel["description"].endswith("."), panel["title"]
        assert panel["targets"]
        for target in (panel, *panel["targets"]):
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


@pytest.mark.parametrize("job", ["api", "projector", "worker"])
def test_prometheus_asks_the_processes_of_compose_with_the_key_that_they_take(job: str):
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    (asked,) = [one for one in PROMETHEUS["scrape_configs"] if one["job_name"] == f"cairn-{job}"]
    ((target,),) = [one["targets"] for one in asked["static_configs"]]
    service = compose["services"][job]
    metrics = service["environment"].get("CAIRN_METRICS", "0.0.0.0:8000")
    assert target == f"{job}:{metrics.rpartition(':')[2]}"
    key = service["environment"]["CAIRN_SCRAPE_KEY_FILE"]
    assert asked["authorization"] == {"credentials_file": key}
    # Nobody outside can ask a projector or a worker.
    assert "ports" not in service or job == "api"

"""docs/watching/alerts.yml as Prometheus itself reads it: each alert fires for what it is about."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.house.tree import ROOT

FOLDER = ROOT / "docs" / "watching"
FILE = FOLDER / "alerts.yml"
RULES = {
    rule["alert"]: rule
    for group in yaml.safe_load(FILE.read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
}
DAY = 86_400
API = 'job="cairn-api",instance="api:8000"'
AT_FIRST = {"job": "cairn-api", "instance": "api:8000"}

# Three quarters of an hour in which all is well, minute by minute.
WELL = {
    'cairn_safety_flag_oldest_seconds{state="unacknowledged"}': "60x45",
    'cairn_safety_flags{state="nobody_on_duty"}': "0x45",
    'cairn_numbers_missing{part="flags"}': "0x45",
    'cairn_numbers_missing{part="views"}': "0x45",
    f"cairn_ready{{{API}}}": "1x45",
    'cairn_database{state="full"}': "0x45",
    'cairn_database{state="read_only"}': "0x45",
    'cairn_degraded{what="practice_stuck"}': "0x45",
    'cairn_degraded{what="new_epoch_needed"}': "0x45",
    'cairn_degraded{what="worker_missing"}': "0x45",
    'cairn_degraded{what="projector_missing"}': "0x45",
    'cairn_degraded{what="sweep_late"}': "0x45",
    'cairn_degraded{what="view_behind"}': "0x45",
    'cairn_degraded{what="view_stands_still"}': "0x45",
    'cairn_degraded{what="checkpoint_ahead"}': "0x45",
    'cairn_view_events_set_aside{view="caseload"}': "0x45",
    f"up{{{API}}}": "1x45",
    f"process_start_time_seconds{{{API}}}": "1000x45",
    "cairn_scrape_credential_expires_timestamp_seconds": "9000000000x45",
    'cairn_subscriptions{stage="disabled"}': "0x45",
    'cairn_subscription_behind_seconds{stage="active"}': "0x45",
    'cairn_deliveries{stage="waiting"}': "12x45",
    'cairn_deliveries{stage="dead"}': "0x45",
    'cairn_http_request_seconds_bucket{le="0.1"}': "0+600x45",
    'cairn_http_request_seconds_bucket{le="2.5"}': "0+600x45",
    'cairn_http_request_seconds_bucket{le="+Inf"}': "0+600x45",
    'cairn_http_requests_total{status="200"}': "0+600x45",
    'cairn_http_requests_total{status="503"}': "0+1x45",
    'cairn_streams_open{instance="api:8000"}': "20x45",
    'cairn_clock_difference_seconds{instance="api:8000"}': "-1x45",
}
GONE = "_x45"
# What makes each alert fire, beside what else is well, and the labels that it then has.
FIRING: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "CairnFlagUnacknowledged": (
        {'cairn_safety_flag_oldest_seconds{state="unacknowledged"}': "0+60x45"}, {},
    ),
    "CairnFlagNobodyOnDuty": ({'cairn_safety_flags{state="nobody_on_duty"}': "1x45"}, {}),
    "CairnFlagsNotCounted": ({'cairn_numbers_missing{part="flags"}': "1x45"}, {}),
    "CairnNotReady": ({f"cairn_ready{{{API}}}": "0x45"}, AT_FIRST),
    "CairnDiskFull": ({'cairn_database{state="full"}': "1x45"}, {}),
    "CairnReadOnly": ({'cairn_database{state="read_only"}': "1x45"}, {}),
    "CairnPracticeStuck": ({'cairn_degraded{what="practice_stuck"}': "1x45"}, {}),
    "CairnNewEpochNeeded": ({'cairn_degraded{what="new_epoch_needed"}': "1x45"}, {}),
    "CairnScrapeFailing": ({f"up{{{API}}}": "0x45"}, AT_FIRST),
    "CairnNobodyScraped": ({f"cairn_ready{{{API}}}": GONE}, {}),
    "CairnWorkerMissing": ({'cairn_degraded{what="worker_missing"}': "1x45"}, {}),
    "CairnProjectorMissing": ({'cairn_degraded{what="projector_missing"}': "1x45"}, {}),
    "CairnSweepLate": ({'cairn_degraded{what="sweep_late"}': "1x45"}, {}),
    "CairnRestarts": ({f"process_start_time_seconds{{{API}}}": "1000+120x45"}, AT_FIRST),
    "CairnScrapeCredentialExpires": (
        {"cairn_scrape_credential_expires_timestamp_seconds": f"{6 * DAY}x45"}, {},
    ),
    "CairnNumbersMissing": ({'cairn_numbers_missing{part="views"}': "1x45"}, {"part": "views"}),
    "CairnViewBehind": ({'cairn_degraded{what="view_behind"}': "1x45"}, {}),
    "CairnViewStandsStill": ({'cairn_degraded{what="view_stands_still"}': "1x45"}, {}),
    "CairnCheckpointAhead": ({'cairn_degraded{what="checkpoint_ahead"}': "1x45"}, {}),
    "CairnEventSetAside": (
        {'cairn_view_events_set_aside{view="caseload"}': "1x45"}, {"view": "caseload"},
    ),
    "CairnSubscriptionDisabled": ({'cairn_subscriptions{stage="disabled"}': "1x45"}, {}),
    "CairnSubscriptionsUnserved": (
        {'cairn_subscription_behind_seconds{stage="active"}': "600x45"},
        {},
    ),
    "CairnDeliveriesBehind": ({'cairn_deliveries{stage="waiting"}': "1200x45"}, {}),
    "CairnDeliveriesDead": ({'cairn_deliveries{stage="dead"}': "1x45"}, {}),
    "CairnSlow": ({'cairn_http_request_seconds_bucket{le="0.1"}': "0+300x45"}, {}),
    "CairnErrors": ({'cairn_http_requests_total{status="503"}': "0+60x45"}, {}),
    "CairnStreamsNearlyFull": (
        {'cairn_streams_open{instance="api:8000"}': "1900x45"}, {"instance": "api:8000"},
    ),
    "CairnClocksApart": (
        {'cairn_clock_difference_seconds{instance="api:8000"}': "-300x45"},
        {"instance": "api:8000"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("no promtool here (in Debian's package prometheus)")
    return found


def said(*words: str | Path, cwd: Path = FOLDER) -> None:
    """What promtool says; it must be content."""
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tried():
    assert list(FIRING) == list(RULES)


def test_every_alert_stands_in_the_table_of_the_page():
    page = (ROOT / "docs" / "watching.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(Cairn\w+)` \| (\w+) \|", page, re.MULTILINE))
    assert told == {name: rule["labels"]["severity"] for name, rule in RULES.items()}


def test_are_rules_that_prometheus_takes(promtool: str):
    said(promtool, "check", "rules", FILE)


def test_stand_in_a_configuration_that_prometheus_takes(promtool: str, tmp_path: Path):
    # promtool looks for the file of the key as well.
    text = (FOLDER / "prometheus.yml").read_text(encoding="utf-8")
    (tmp_path / "key").write_text("key", encoding="utf-8")
    here = tmp_path / "prometheus.yml"
    key = str(tmp_path / "key")
    here.write_text(text.replace("/run/secrets/scrape_key", key), encoding="utf-8")
    shutil.copy(FILE, tmp_path)
    said(promtool, "check", "config", here, cwd=tmp_path)


def test_fire_for_what_they_are_about_and_for_nothing_else(promtool: str, tmp_path: Path):
    def series(changed: dict[str, str]) -> list[dict[str, str]]:
        return [{"series": name, "values": told} for name, told in (WELL | changed).items()]

    def expected(alert: str, labels: dict[str, str] | None) -> dict[str, Any]:
        rule = RULES[alert]
        fires = [{
            "exp_labels": rule["labels"] | (labels or {}), "exp_annotations": rule["annotations"],
        }]  # fmt: skip
        return {
            "eval_time": "40m",
            "alertname": alert,
            "exp_alerts": fires if labels is not None else [],
        }

    tests = [
        {
            "interval": "1m",
            "input_series": series(changed),
            "alert_rule_test": [expected(one, labels if one == alert else None) for one in RULES],
        }
        for alert, (changed, labels) in FIRING.items()
    ]
    file = tmp_path / "alerts_test.yml"
    told = {"rule_files": [str(FILE)], "evaluation_interval": "1m", "tests": tests}
    file.write_text(yaml.safe_dump(told, sort_keys=False), encoding="utf-8")
    said(promtool, "test", "rules", file, cwd=tmp_path)

"""Commands go by the time that the database's clock agrees to, not by the machine's alone."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from service.clocks import Clocks

MONTH = timedelta(days=31)


@pytest.fixture
def believed(monkeypatch: pytest.MonkeyPatch, record, practice_id) -> datetime:
    """What the clocks come to: the machine's own is a month ahead of it."""
    now = datetime.now(UTC) - MONTH
    record("practice", "crisis-lines", "GB", "--reviewed-by", "Dr Elm")
    record("practice", "duty", "--person", "dr-elm=Dr Elm")
    monkeypatch.setattr(Clocks, "now", lambda _clocks: now)
    return now


def test_of_a_machine_that_is_ahead_delays_no_imported_flag(record, believed):
    taken_on = (believed - timedelta(days=1)).date()
    Path("scores.csv").write_text(f"who,total,when,item\nanna,9,{taken_on},2\n")
    words = ("import", "assessments", "scores.csv", "--client", "who", "--total", "total")
    columns = ("--instrument", "phq9", "--at", "when", "--suicide-item", "item", "--enrol")
    told = record(*words, *columns, "--json")
    assert (told.code, told.answer["flags_raised"]) == (0, 1)
    (flag,) = record("safety", "--json").answer
    until = datetime.fromisoformat(flag["next_at"])
    assert believed < until < believed + timedelta(days=1)
    # An entry of the days that the machine alone believes to have passed lies ahead.
    Path("scores.csv").write_text(f"who,total,when,item\nanna,9,{taken_on + MONTH},0\n")
    assert "lies ahead" in record(*words, *columns).err


def test_of_a_machine_that_is_ahead_dates_no_review(record, believed):
    words = ("practice", "crisis-lines", "GB", "--line", "Samaritans=116 123")
    told = record(*words, "--reviewed-by", "Ida", "--json").answer
    in_london = believed.astimezone(ZoneInfo("Europe/London"))
    assert told["GB"]["reviewed_on"] == str(in_london.date())


def test_of_a_machine_that_is_ahead_is_not_swept_by(record, believed):
    assert record("work", "--once", "--json").answer["at"] == re.sub(
        r"\+00:00$", "Z", believed.isoformat()
    )
    told = record("work", "--once", "--at", (believed + timedelta(hours=1)).isoformat())
    assert (told.code, "still to come" in told.err) == (2, True)

"""A log line tells what happened and to which id, and never anything about a person."""

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import get_args
from uuid import UUID

import pytest
import structlog

from service.logs import configure
from service.settings import Settings
from tests.conftest import log_plainly
from workers.main import told
from workers.sweeping import SweepOutcome

ANNA = UUID("0198c0de-0000-7000-8000-00000000a44a")
Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The lines written so far, parsed."""
    root, written = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    configure(Settings(log_format="json"), file=written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.handlers, root.level = before[0], before[1]
    log_plainly()


def log() -> structlog.typing.FilteringBoundLogger:
    return structlog.get_logger()  # type: ignore[no-any-return]


def fail_twice() -> None:
    try:
        raise KeyError("Anna")
    except KeyError as cause:
        raise asyncio.InvalidStateError("Anna slept badly") from cause


class TestALine:
    def test_tells_what_happened_and_to_whom_by_id(self, lines):
        log().info("goal_set", client_id=ANNA, position=41, route="/v1/goals/{goal_id:uuid}")
        (line,) = lines()
        assert line["event"] == "goal_set"
        assert line["client_id"] == str(ANNA)
        assert line["position"] == 41
        assert line["route"] == "/v1/goals/{goal_id:uuid}"
        assert line["level"] == "info"

    def test_leaves_out_what_is_not_on_the_list_and_names_the_key(self, lines):
        log().info("client_enrolled", display_name="Anna", note="slept badly", score_phq9=14)
        (line,) = lines()
        assert line["dropped"] == ["display_name", "note", "score_phq9"]
        assert "Anna" not in str(line)
        assert "14" not in str(line["dropped"])

    @pytest.mark.parametrize(
        "value", ["Anna slept badly", "anna@example.org", "Ängstlich", b"Anna", {"a": 1}, "x" * 121]
    )
    def test_withholds_a_value_that_is_no_id_number_or_name_in_the_code(self, lines, value):
        log().info("goal_set", view=value)
        assert lines()[0]["view"] == "<withheld>"

    @pytest.mark.parametrize("path", [f"/v1/clients/{ANNA}", "/v1/goals/41", "/v1/moods?note=sad"])
    def test_withholds_a_raw_path(self, lines, path):
        log().info("request", route=path)
        assert lines()[0]["route"] == "<withheld>"

    def test_counts_all_that_came_of_a_sweep(self, lines):
        counts = {outcome: nth for nth, outcome in enumerate(get_args(SweepOutcome), start=1)}
        told("safety", counts)
        (line,) = lines()
        assert line.items() >= counts.items()
        assert "dropped" not in line

    def test_withholds_a_sentence_given_as_the_event(self, lines):
        log().info("enrolled Anna today")
        assert lines()[0]["event"] == "<withheld>"

    def test_looks_into_lists(self, lines):
        log().info("rebuilt", views=["goal_status", "Anna slept badly"])
        assert lines()[0]["views"] == ["goal_status", "<withheld>"]


class TestAnException:
    def test_is_told_by_type_and_place_without_its_message(self, lines):
        try:
            fail_twice()
        except asyncio.InvalidStateError:
            log().exception("request_failed")
        (line,) = lines()
        assert line["exception"] == ["asyncio.exceptions.InvalidStateError", "KeyError"]
        assert [place.split(":")[2] for place in line["stack"]] == [
            "test_is_told_by_type_and_place_without_its_message",
            "fail_twice",
        ]
        assert all(place.startswith("service/test_logs.py:") for place in line["stack"])
        assert "Anna" not in str(line)

    def test_that_causes_itself_ends(self, lines):
        first, second = ValueError(), TypeError()
        first.__cause__, second.__cause__ = second, first
        log().error("request_failed", exc_info=first)
        assert lines()[0]["exception"] == ["ValueError", "TypeError"]


class TestWhatLibrariesSay:
    def test_is_told_by_who_and_where_only(self, lines):
        try:
            int("Anna")
        except ValueError:
            logging.getLogger("somebody").warning("lost %s", "Anna", exc_info=True)
        (line,) = lines()
        assert line["event"] == "library_message"
        assert line["logger"] == "somebody"
        assert line["exception"] == ["ValueError"]
        assert "Anna" not in str(line)

    def test_is_left_out_below_a_warning(self, lines):
        logging.getLogger("uvicorn.error").info("Started server process [41]")
        assert lines() == []


def test_a_person_watching_gets_plain_lines(lines):
    written = io.StringIO()
    configure(Settings(log_format="console"), file=written)
    log().info("goal_set", position=41)
    assert "goal_set" in written.getvalue()
    assert "position=41" in written.getvalue()
    assert lines() == []

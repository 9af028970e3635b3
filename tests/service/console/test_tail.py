"""`cairn tail`: the log in a terminal, and line by line for programs."""

import json
import os
import signal
import subprocess
import sys
from uuid import uuid4

import pytest


@pytest.fixture
def events(record, practice_id):
    """A practice with a name of its own: two events."""
    record("practice", "set", "--name", "Oak")
    return record


def test_shows_what_happened_without_what_is_in_it(events):
    told = events("tail", "--no-follow")
    assert (told.code, told.err) == (0, "")
    first, second = told.out.splitlines()
    assert first.split()[0] == "1"
    assert "practice.opened.v1" in first
    assert "practice.settings_changed.v1" in second
    assert "Oak" not in told.out
    assert "\x1b" not in told.out  # No colour where no terminal is.


def test_is_a_line_of_json_for_each(events):
    told = events("tail", "--no-follow", "--json", "--after", 1)
    (only,) = (json.loads(line) for line in told.out.splitlines())
    assert (only["position"], only["type"]) == (2, "practice.settings_changed.v1")
    assert only["link"] == "/v1/practice"


def test_is_filtered(events):
    assert events("tail", "--no-follow", "--types", "goal.*").out == ""
    assert events("tail", "--no-follow", "--client", uuid4()).out == ""
    told = events("tail", "--no-follow", "--types", "practice.opened.v1,goal.*")
    assert len(told.out.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--types", "goals"), "--types: A filter names no type"),
        (("--after", "99"), "--after: the log ends at 2"),
        (("--after", "-1"), "--after"),
        (("--client", "x"), "--client"),
    ],
)
def test_is_refused_in_a_sentence(events, words, told):
    said = events("tail", "--no-follow", *words)
    assert (said.code, said.out) == (2, "")
    assert told in said.err


def test_goes_on_until_it_is_stopped(events):
    follower = subprocess.Popen(
        [sys.executable, "-m", "service", "tail", "--json", "--after", "2"],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert follower.stdout is not None
    try:
        events("practice", "set", "--name", "Ash")
        assert json.loads(follower.stdout.readline())["position"] == 3
        events("practice", "set", "--name", "Elm")
        assert json.loads(follower.stdout.readline())["position"] == 4
        follower.send_signal(signal.SIGINT)
        assert follower.wait(20) == 130
    finally:
        follower.kill()
        follower.wait()
        follower.stdout.close()

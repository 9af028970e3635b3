"""`cairn caseload`, `client` and `suggestions`: what the API tells a clinician, on a screen."""

import re
from typing import Any
from uuid import UUID

import pytest

from service.demonstration.load import computed_id
from tests.service.console.demonstration_named import (
    has_short_ids_on_a_terminal,
    is_called_by_names,
)

MAYA, OMAR, DANIEL, NORA = (
    computed_id(f"client {key}") for key in ("maya", "omar", "daniel", "nora")
)


@pytest.fixture
def demonstration(demonstrated, record, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The same, with the demonstration loaded, on a screen on which every cell is one line."""
    monkeypatch.setenv("COLUMNS", "4000")
    return record


def test_are_what_the_api_tells_a_clinician(demonstration, terminal) -> None:
    shows_the_caseload(demonstration)
    shows_a_client(demonstration)
    shows_suggestions(demonstration)
    shows_times_on_the_clocks_of_people(demonstration)
    is_called_by_names(demonstration)
    has_short_ids_on_a_terminal(demonstration, terminal)


def shows_the_caseload(say) -> None:
    everybody = say("caseload", "--json").answer
    by_name = {one["display_name"]: one for one in everybody}
    assert by_name["Maya T."]["open_goals"] == 2
    waiting = say("caseload", "--attention", "--json").answer
    assert waiting == [one for one in everybody if one["attention"]]
    assert 0 < len(waiting) < len(everybody)

    told = say("caseload")
    assert (told.code, told.err) == (0, "")
    assert all(one["display_name"] in told.out and one["id"] in told.out for one in everybody)
    for words in ("phq9: no reliable improvement", "safety flag", "suggestion open (2)", "mood"):
        assert words in told.out

    first = say("caseload", "--limit", 3)
    assert str(everybody[2]["id"]) in first.err
    following = say("caseload", "--limit", 200, "--after", everybody[2]["id"], "--json")
    assert following.answer == everybody[3:]
    assert say("caseload", "--limit", 0).code == 2


def shows_a_client(say) -> None:
    shown = say("client", MAYA, "--json").answer
    assert shown["client"]["id"] == str(MAYA)
    assert {goal["stage"] for goal in shown["goals"]} == {"active", "reached"}
    assert shown["goal_attainment"]["t_score"] == 60.0
    assert (len(shown["sessions_ahead"]), len(shown["sessions_held"])) == (1, 5)
    (score,) = shown["scores"]
    assert score["points"][-1]["standing"]["reliable"]["jacobson_truax"] == "recovered"
    told = say("client", MAYA)
    assert (told.code, told.err) == (0, "")
    for words in (
        "Maya T.", "100%", "on course", "T = 60.0", "scheduled", "held", "falling", "recovered",
        "response: yes", "remission: no", "Reads to her niece on three evenings a week",
    ):  # fmt: skip
        assert words in told.out, words

    told = say("client", OMAR)
    (flag,) = [
        one for one in say("client", OMAR, "--json").answer["client"]["attention"] if one["flag_id"]
    ]
    assert flag["flag_id"] in told.out
    assert "phq9: no reliable improvement" in told.out
    assert "reliable change 6" in told.out
    assert say("client", UUID(int=1)).code == 1


def shows_suggestions(say) -> None:
    drafts = say("suggestions", "--json").answer
    assert {one["status"] for one in drafts} <= {"offered", "edited"}
    told = say("suggestions")
    assert all(one["id"] in told.out for one in drafts)
    assert "Daniel W." in told.out
    replan = next(
        one for one in drafts if one["client_id"] == str(DANIEL) and one["kind"] == "replan"
    )
    told = say("suggestions", replan["id"])
    shown = flat(told.out)
    for words in (
        *replan["sentences"],
        *(way["words"] for way in replan["options"]),
        *(way["arithmetic"] for way in replan["options"]),
        replan["evidence"]["formula"],
    ):
        assert flat(words) in shown
    assert say("suggestions", replan["id"], "--json").answer == replan
    assert say("suggestions", "--client", DANIEL, "--json").answer == [
        one for one in drafts if one["client_id"] == str(DANIEL)
    ]
    assert say("suggestions", "--status", "withdrawn").out == "No suggestion is withdrawn.\n"
    assert say("suggestions", UUID(int=1)).code == 1
    assert say("suggestions", "--limit", 1).err != ""


def shows_times_on_the_clocks_of_people(say) -> None:
    """A day begins at midnight where the client lives, and nobody at a desk counts in UTC."""
    line = next(one for one in say("client", NORA).out.splitlines() if "assessments not" in one)
    assert re.search(r" 00:00\+0[12]:00 ", line), line
    assert "reliable change 9.35\n" in say("client", NORA).out
    # Omar lives in London; the practice and Carla are in Zurich.
    line = next(one for one in say("client", OMAR).out.splitlines() if "safety flag" in one)
    assert re.search(r" \d\d:\d\d\+0[01]:00", line), line
    for told in (say("safety"), say("history", "Carla")):
        assert re.search(r" \d\d:\d\d\+0[12]:00", told.out), told.out
        assert "+00:00" not in told.out


def flat(text: str) -> str:
    return " ".join(text.split())


def test_say_so_where_there_is_nothing(record, practice_id) -> None:
    assert record("caseload").out == "There is no client here.\n"
    assert record("caseload", "--attention").out == "Nobody waits for the clinician.\n"
    assert record("suggestions").out == "No draft waits.\n"
    assert record("client", UUID(int=1)).code == 1

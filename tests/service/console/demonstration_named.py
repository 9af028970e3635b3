"""The demonstration, looked through by names and by first letters of ids: checks of one load."""

import re

from rich.cells import cell_len

from events.sealing import MasterKey
from service.auth import Tokens
from service.demonstration.load import computed_id
from tests.service.conftest import KEY

INES, OMAR = (computed_id(f"client {key}") for key in ("ines", "omar"))
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_called_by_names(say):
    finds_a_client(say)
    finds_a_goal(say)
    finds_a_draft(say)
    finds_a_flag(say)
    lists_names(say)


def finds_a_client(say):
    for said in ("ines v", "INÉS", str(INES)[:8], str(INES).replace("-", "")[:12], str(INES)):
        assert say("client", said, "--json").answer["client"]["id"] == str(INES), said
    assert say("client", "Inés", "V.", "--json").answer["client"]["id"] == str(INES)
    token = say("token", "--role", "client", "--subject", "ines").out.strip()
    principal = Tokens(MasterKey(KEY).derive("tokens")).principal(f"Bearer {token}".encode())
    assert principal.client_id == INES


def finds_a_goal(say):
    (goal,) = say("client", "carla", "--json").answer["goals"]
    by_id = say("history", goal["id"])
    assert by_id.out.startswith("Carla M.: ")
    for said in ("carla", goal["id"][:8], f"carla {goal['statement'].split()[-1]}"):
        assert say("history", *said.split()).out == by_id.out, said
    assert say("review", "carla").code == 0
    # Maya has several: each is named, and none is shown.
    told = say("history", "maya")
    assert (told.code, told.out) == (2, "")
    assert "fits 3 goals" in told.err
    assert "Maya T.: " in told.err


def finds_a_draft(say):
    drafts = say("suggestions", "--client", "daniel", "--json").answer
    assert {one["kind"] for one in drafts} == {"reframing", "replan"}
    for one in drafts:
        for said in (f"daniel {one['kind']}", one["id"][:8]):
            assert say("suggestions", *said.split(), "--json").answer == one
    assert say("suggestions", "daniel").code == 2


def finds_a_flag(say):
    told = say("safety", "acknowledge", "omar", "--by", "anna", "--json")
    assert (told.code, told.answer["client_id"]) == (0, str(OMAR))


def lists_names(say):
    for words, names in {
        ("safety",): ["Omar H."],
        ("suggestions",): ["Daniel W.", "Bring my"],
        ("suggestions", "daniel", "replan"): ["Daniel W."],
    }.items():
        told = say(*words)
        assert (told.code, [one for one in names if one not in told.out]) == (0, []), words


def has_short_ids_on_a_terminal(say, terminal):
    lists = [("caseload",), ("safety",), ("suggestions",)]
    assert all(ID.search(say(*words).out) for words in lists)
    terminal(80)
    for words in lists:
        told = say(*words).out
        assert not ID.search(told)
        letters = re.findall(r"\b[0-9a-f]{8}\b(?!-)", told)
        assert letters
        for one in letters[:2]:
            shown = {
                "caseload": ("client", one, "--json"),
                "safety": ("safety", "acknowledge", one, "--by", "anna", "--json"),
                "suggestions": ("suggestions", one, "--json"),
            }[words[0]]
            assert say(*shown).code == 0, shown
    # What a program reads has every id in full, whoever looks.
    assert all(ID.fullmatch(one["id"]) for one in say("caseload", "--json").answer)
    told = say("client", "omar").out
    assert len(ID.findall(told)) == 1  # Of the client alone, to be used elsewhere.
    assert max(map(cell_len, told.splitlines())) <= 80

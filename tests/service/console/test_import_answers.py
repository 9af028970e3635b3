"""Questionnaires imported item by item from the command line."""

import gzip
import re
from pathlib import Path

import pytest

FORMS = """\
who,one,two,three,four,five,six,seven,eight,nine
anna,1,1,1,1,1,1,1,1,0
ben,0,0,0,0,0,0,0,0,1
cleo,1,7,1,1,1,1,1,1,9
dora,7,9,,,,,,,
"""
ITEMS = "one,two,three,four,five,six,seven,eight,nine"
PHQ9 = ("--instrument", "phq9", "--on", "2026-03-02", "--missing", "7,9", "--enrol")
WORDS = ("import", "assessments", "forms.csv", "--client", "who", "--answers", ITEMS, *PHQ9)


@pytest.fixture(autouse=True)
def forms(record, practice_id):
    Path("forms.csv").write_text(FORMS)


def test_are_scored_left_incomplete_and_flagged(record):
    record("practice", "crisis-lines", "GB", "--reviewed-by", "Dr Elm")
    record("practice", "duty", "--person", "dr-elm=Dr Elm")
    dry = record(*WORDS, "--dry-run")
    assert re.search(r"safety flags would be raised +1\n", dry.out)
    told = record(*WORDS)
    assert (told.code, told.err) == (0, "")
    for counted in (
        r"read +4\n",
        r"written +3\n",
        r"of those incomplete, without a total +1\n",
        r"safety flags raised +1\n",
        r"without a value, skipped +1\n",
    ):
        assert re.search(counted, told.out), counted
    again = record(*WORDS, "--json").answer
    assert (again["written"], again["already_there"], again["flags_raised"]) == (0, 3, 0)


def test_are_refused_where_nobody_is_on_duty_and_the_form_without_the_question_is_named(record):
    told = record(*WORDS, "--json")
    assert (told.code, told.answer["written"], told.answer["refused"]) == (1, 0, 3)
    *refused, offered = told.err.strip().splitlines()
    assert len(refused) == 3
    for line in refused:
        for word in ("line ", "cairn practice duty"):
            assert word in line
        # Who leaves out an item that is answered above 0 loses the answer.
        assert ("PHQ-8" in line) == ("answered above 0" not in line)
    assert "PHQ-8" in refused[1]
    assert "Import again with --raise-refused" in offered
    assert record("practice", "list", "--json").answer[0]["events"] == 1
    eight = ITEMS.removesuffix(",nine")
    told = record(
        *("import", "assessments", "forms.csv", "--client", "who", "--answers", eight),
        *("--instrument", "phq8", *PHQ9[2:]),
    )
    assert (told.code, told.err) == (0, "")


def test_may_be_gzipped_and_name_each_column_by_itself(record):
    record("practice", "crisis-lines", "GB", "--reviewed-by", "Dr Elm")
    record("practice", "duty", "--person", "dr-elm=Dr Elm")
    header = ",".join(f'"{n}. Item, in words"' for n in range(1, 10))
    Path("forms.csv").write_bytes(gzip.compress(f"who,{header}\nanna,1,1,1,1,1,1,1,1,0\n".encode()))
    each = [word for n in range(1, 10) for word in ("--answers", f"{n}. Item, in words")]
    told = record("import", "assessments", "forms.csv", "--client", "who", *each, *PHQ9, "--json")
    assert (told.code, told.answer["written"]) == (0, 1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--instrument", "phq9"), "--total, or --answers"),
        (("--answers", "one,two", "--instrument", "phq9"), "PHQ-9 has 9 items"),
        (("--answers", ITEMS, "--instrument", "bdi2"), "the total alone is kept"),
        (("--answers", ITEMS, "--instrument", "phq9", "--at", "who"), "which column says when"),
        (("--answers", ITEMS), "--instrument"),
    ],
)
def test_are_not_understood_where_options_do_not_fit(record, words, told):
    said = record(
        *("import", "assessments", "forms.csv", "--client", "who", "--on", "2026-03-02"), *words
    )
    assert (said.code, said.out) == (2, "")
    assert told in said.err


def test_name_a_column_that_is_not_there(record):
    record("practice", "crisis-lines", "GB", "--reviewed-by", "Dr Elm")
    record("practice", "duty", "--person", "dr-elm=Dr Elm")
    said = record(*WORDS, "--answers", "ten")
    assert said.code == 2
    words = ("import", "assessments", "forms.csv", "--client", "who", *PHQ9)
    said = record(*words, "--answers", ITEMS.replace("nine", "ten"))
    assert (said.code, said.out) == (1, "")
    assert "no column 'ten'" in said.err

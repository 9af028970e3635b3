"""`cairn import` says what became of refused lines that answer an item about suicide."""

import re
from pathlib import Path

import pytest

from service.console.importing import offer
from service.csv_endorsed import NO_CLIENT, NOT_ENROLLED
from service.csv_summary import NotRaised, Summary

WARNING = "an item about suicide is answered above 0"
FAULT = "column 'total': expected a number"
FILE = """\
who,total,when,item
ben,3,2026-01-02,0
ben,x,2026-03-02,3
cleo,x,2026-03-02,1
ben,x,2026-03-03,0
"""
NOT_ENROLLING = ("import", "assessments", "file.csv", "--client", "who", "--total", "total",
                 "--at", "when", "--suicide-item", "item", "--instrument", "phq9")  # fmt: skip
WORDS = (*NOT_ENROLLING, "--enrol")


@pytest.fixture(autouse=True)
def file(record, practice_id):
    Path("file.csv").write_text(FILE)
    record("practice", "crisis-lines", "GB", "--reviewed-by", "Dr Elm")
    record("practice", "duty", "--person", "dr-elm=Dr Elm")


class TestRefusedLines:
    def test_are_offered_to_be_raised(self, record):
        told = record(*WORDS)
        assert told.code == 1
        said = told.err.splitlines()
        assert said[:3] == [
            f"line 3: {WARNING}, and {FAULT}",
            f"line 4: {WARNING}, and {FAULT}",
            f"line 5: {FAULT}",
        ]
        (offered,) = said[3:]
        assert offered == (
            f"In 2 of the refused lines {WARNING}. Look at them now. Import again with "
            "--raise-refused to put them onto the queue of safety flags."
        )
        assert "on the queue" not in told.out
        assert record("safety", "--json").answer == []

    def test_are_raised_where_that_is_asked_for(self, record):
        told = record(*WORDS, "--raise-refused")
        (raised,) = told.err.splitlines()[3:]
        assert raised == f"2 refused lines are now on the queue of safety flags: {WARNING} there."
        assert re.search(r"of those, on the queue of safety flags now +2\n", told.out)
        assert re.search(r"clients enrolled +2\n", told.out)
        flags = record("safety", "--json").answer
        assert sorted((one["unfiled"], one["answer"]) for one in flags) == [(True, 1), (True, 3)]

    def test_are_named_where_their_client_is_not_to_be_enrolled(self, record):
        record(*WORDS)
        told = record(*NOT_ENROLLING, "--raise-refused")
        raised, not_raised, advice = told.err.splitlines()[3:]
        assert raised == f"1 refused line is now on the queue of safety flags: {WARNING} there."
        assert not_raised == f"line 4: no safety flag was raised: {NOT_ENROLLED}."
        assert advice == "Nobody was told of these lines: look at them yourself now."
        assert re.search(r"of those, no safety flag was raised +1\n", told.out)

    def test_are_named_in_json(self, record):
        record(*WORDS)
        told = record(*NOT_ENROLLING, "--raise-refused", "--json").answer
        assert (told["endorsed_refused"], told["unfiled_raised"]) == (2, 1)
        assert told["unfiled_not_raised"] == [{"line": 4, "why": NOT_ENROLLED}]
        assert [one["line"] for one in told["refusals"]] == [3, 4, 5]

    def test_are_offered_without_the_dry_run(self, record):
        told = record(*WORDS, "--raise-refused", "--dry-run")
        assert "Import again without --dry-run to put them onto the queue" in told.err
        assert "with --raise-refused" not in told.err
        assert "on the queue" not in told.out

    def test_are_not_spoken_of_as_raised_where_none_is(self, record):
        Path("file.csv").write_text("who,total,when,item\ncleo,x,2026-03-02,1\n")
        said = record(*NOT_ENROLLING, "--raise-refused").err
        assert f"line 2: no safety flag was raised: {NOT_ENROLLED}." in said
        assert "on the queue of safety flags" not in said

    @pytest.mark.parametrize("options", [(), ("--raise-refused",), ("--dry-run",)])
    def test_without_a_client_are_named_in_any_case(self, record, options):
        Path("file.csv").write_text("who,total,when,item\n,x,2026-03-02,1\nben,x,2026-03-02,2\n")
        said = record(*WORDS, *options).err
        was = "was" if options == ("--raise-refused",) else "can be"
        assert f"line 2: no safety flag {was} raised: {NO_CLIENT}" in said
        assert ("to put 1 of them onto the queue" in said) == (was == "can be")

    def test_that_are_broken_say_who_is_to_be_looked_at(self, record):
        Path("file.csv").write_text("who,total,when,item\ncleo,x,2026-03-02,1,more\n")
        told = "line 2: its client {} enrolled by what can be read of the line: check who it is."
        dry = record(*WORDS, "--raise-refused", "--dry-run").err
        assert told.format("would be") in dry
        assert told.format("was") in record(*WORDS, "--raise-refused").err


@pytest.mark.parametrize("asked", [False, True])
def test_nothing_is_offered_where_nothing_was_endorsed(capsys, asked):
    offer(Summary(dry_run=False, refused=3), raise_refused=asked)
    assert capsys.readouterr().err == ""


def test_what_was_left_out_is_counted(capsys):
    offer(Summary(dry_run=False, refused=1005, refusals_left_out=5), raise_refused=False)
    assert capsys.readouterr().err == (
        "5 more refusals are not named here: mend the lines above and import again.\n"
    )


def test_all_that_were_raised_are_told_in_one_sentence(capsys):
    offer(
        Summary(
            dry_run=False,
            refused=3,
            endorsed_refused=3,
            unfiled_raised=2,
            unfiled_not_raised=[NotRaised(line=7, why="This record can not be read.")],
        ),
        raise_refused=True,
    )
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("2 refused lines are now on the queue of safety flags")
    assert said[1] == "line 7: no safety flag was raised: This record can not be read."

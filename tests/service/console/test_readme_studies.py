"""The README's real data, imported as written there: it shows what is printed, and quotes drafts.

The files are not ours to ship (see ../shared/data): where they are not there, these tests skip.
"""

import gzip
import re
import shlex
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import ROOT
from tests.service.readme_shows import blocks, not_printed, quotes

SECTION = "Real data"
DATA = ROOT.parent / "shared" / "data"
LINES_OF_A_SURVEY = 400
needed = {"btheb_bdi2_long.csv", "digibp_daily.csv", "nhanes_dpq_2005_2018_phq9_items.csv.gz"}
pytestmark = pytest.mark.skipif(
    not all((DATA / name).exists() for name in needed),
    reason=f"the studies' files are not in {DATA.name}/ beside the project",
)


def sessions() -> dict[str, list[tuple[list[str], str]]]:
    """Each command of a study, with what the README shows below it, by the study's name."""
    told = "".join(text for kind, text in blocks(SECTION) if kind == "console")
    found = re.findall(r"^\$ cairn ((?:.*\\\n)*.*)\n((?:[^$\n].*\n|\n(?=\S))*)", told, re.MULTILINE)
    commands = [(shlex.split(words.replace("\\\n", " ")), shown) for words, shown in found]
    of_study = 0

    def nth(command: tuple[list[str], str]) -> int:
        nonlocal of_study
        of_study += command[0][:2] == ["practice", "add"]
        return of_study

    studies = [list(group) for _, group in groupby(commands, key=nth)]
    return {study[0][0][2]: study for study in studies}


@pytest.fixture
def follow(record) -> Any:
    """Says the commands of a study, in a practice of its own, and compares what they print."""

    def follow(name: str, *, data: Path = DATA) -> str:
        practice_id = ""
        for words, shown in sessions()[name]:
            here = [word.replace("../shared/data", str(data)) for word in words]
            said = record(*(practice_id if word == "ID" else word for word in here))
            assert said.code == 0, said.err
            practice_id = practice_id or said.out.strip()
            if shown.strip():
                assert not_printed(shown, said.out) is None, said.out
        return practice_id

    return follow


def test_btheb_is_followed_and_its_drafts_are_quoted(record, follow) -> None:
    follow("BtheB")
    drafts = record("suggestions", "--limit", 200, "--json").answer
    said = {
        one["client_id"]: " ".join(one["sentences"]) for one in drafts if one["kind"] == "reframing"
    }
    nine, not_back = quotes(SECTION)
    people = record("caseload", "--limit", 200, "--json").answer
    (client_nine,) = (one["id"] for one in people if one["display_name"] == "9")
    assert said[client_nine] == nine
    assert not_back in said.values()


def test_digibp_is_taken_over(follow) -> None:
    follow("digiBP")


def test_a_survey_is_told_in_the_words_that_are_shown(record, follow, tmp_path: Path) -> None:
    """With the first lines of it alone: the numbers of all are in the tests of real input."""
    name = "nhanes_dpq_2005_2018_phq9_items.csv.gz"
    with gzip.open(DATA / name, "rt") as whole, gzip.open(tmp_path / name, "wt") as part:
        part.writelines(line for line, _ in zip(whole, range(LINES_OF_A_SURVEY), strict=False))
    commands = sessions()["Survey"]
    practice_id = record(*commands[0][0]).out.strip()
    for words, shown in commands[1:]:
        here = [word.replace("../shared/data", str(tmp_path)) for word in words]
        said = record(*(practice_id if word == "ID" else word for word in here))
        assert said.code == 0, said.err
        if shown.strip():
            assert without_numbers(shown) == without_numbers(said.out)


def without_numbers(table: str) -> list[str]:
    return re.sub(r"[\d─]", "", table).split()

"""The README is the manual: what it lists is what there is, in the words the code uses."""

import re

import pytest

from events import catalogue, instruments
from service.cli import cairn
from service.settings import MAY_LIE_IN_A_FILE, SETTINGS
from tests.house.tree import ROOT, modules

README = (ROOT / "README.md").read_text(encoding="utf-8")
# Words that mean one of ours in other houses. The glossary's word is the only one here.
OTHER_WORDS = {
    "client": ["patient"],
    "practice": ["tenant_id", "organisation"],
    "view": ["read_model"],
    "deadline": ["due_date"],
}


def section(title: str) -> str:
    """The text under one heading of the second level."""
    found = re.search(
        rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, flags=re.MULTILINE | re.DOTALL
    )
    assert found is not None, f"the README has no section {title}"
    return found[1]


def first_column(text: str) -> list[str]:
    """The first cells of the tables in a text, without their heads."""
    cells = re.findall(r"^\| ([^|]+?) \|", text, flags=re.MULTILINE)
    return [cell for cell in cells if not cell.startswith("---")]


def test_every_setting_is_documented() -> None:
    names = [*SETTINGS, *(f"{name}_FILE" for name in MAY_LIE_IN_A_FILE)]
    assert [name for name in names if f"`{name}`" not in README] == []


def test_every_event_is_documented_and_no_other() -> None:
    documented = [cell.strip("`") for cell in first_column(section("Events"))[1:]]
    assert documented == list(catalogue.types())


def test_every_command_is_documented() -> None:
    listed = " ".join(first_column(section("Command line")))
    with cairn.make_context("cairn", [], resilient_parsing=True) as context:
        commands = cairn.list_commands(context)
    assert [name for name in commands if f"`cairn {name}`" not in listed] == []


def test_every_instrument_is_documented_by_what_is_kept_of_it() -> None:
    row = re.search(
        r"^\| (PHQ-9[^|]*) \| ([^|]*) \| ([^|]*) \|$", section("Instruments"), re.MULTILINE
    )
    assert row is not None
    shown, numbers, totals = ({name.strip() for name in cell.split(",")} for cell in row.groups())
    every = instruments.known().values()
    assert shown == {one.name for one in every if one.may_ship_items}
    assert totals == {one.name for one in every if one.scoring is None}
    assert numbers == {one.name for one in every} - shown - totals


def test_where_the_program_is_comes_before_it_is_first_used() -> None:
    # From the top of the page, and for whoever begins at the real data.
    for text in (README, section("Real data")):
        used = re.search(r"^(?:\$ )?(?:[A-Z_]+=\S+ )*cairn ", text, flags=re.MULTILINE)
        assert used is not None
        assert "PATH=" in text[: used.start()]


def test_the_contents_lead_somewhere() -> None:
    headings = {
        "#" + re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^## (.+)$", README, flags=re.MULTILINE)
    }
    links = set(re.findall(r"\]\((#[^)]+)\)", README))
    assert links <= headings


def test_nothing_in_it_is_unfinished() -> None:
    assert re.findall(r"<!--|TODO|TBD", README) == []


@pytest.mark.parametrize("word", sorted(OTHER_WORDS))
def test_one_idea_has_one_word(word: str) -> None:
    glossary = first_column(section("Glossary"))
    assert word in glossary
    others = re.compile(rf"\b({'|'.join(OTHER_WORDS[word])})s?\b", flags=re.IGNORECASE)
    used = [path.name for path in modules() if others.search(path.read_text(encoding="utf-8"))]
    assert used == []

"""docs/postgres.md says what the code does."""

import re

from events.group_commit import LANES_APART, LOCK_SECONDS, PATIENCE_SECONDS, STATEMENT_SECONDS
from projections import catch_up
from service import database
from service.database import IDLE_IN_TRANSACTION_SECONDS
from service.database_url import CHOICES, KNOWN, read_database_url
from service.wiring import POOL_CONNECTIONS
from tests.house.tree import ROOT
from workers.sweeping import PRACTICE_LEFT_SECONDS, TURN_SECONDS

PAGE = (ROOT / "docs" / "postgres.md").read_text(encoding="utf-8")
WORDS = " ".join(PAGE.split())


def test_the_page_names_every_parameter_of_an_address_and_its_values():
    table = re.findall(r"^\| (`.*?) \| (.*) \|$", PAGE, re.MULTILINE)
    named = {name: told for cell, told in table for name in re.findall(r"`(\w+)`", cell)}
    assert set(named) == set(KNOWN)
    for name, choices in CHOICES.items():
        if name != "gsslib":
            assert set(re.split(r", | or ", named[name])) == set(choices), name


def test_the_addresses_on_the_page_can_be_used(tmp_path):
    (tmp_path / "root.crt").touch()
    (block,) = re.findall(r"```text\n(postgresql:.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines():
        read_database_url(line.replace("/etc/cairn", str(tmp_path)))


def test_the_page_says_how_a_character_is_escaped():
    for character in "@/?#%[]":
        assert f"`{character}` as `%{ord(character):02X}`" in WORDS


def test_the_page_has_the_numbers_of_the_code():
    assert (LOCK_SECONDS, LANES_APART, PATIENCE_SECONDS) == (0.25, 4, 15.0)
    assert "waits a quarter of a second for a lock" in WORDS
    assert "for 15 seconds, and is then answered 503. Four practices" in WORDS
    assert (catch_up.LOCK_SECONDS, TURN_SECONDS, PRACTICE_LEFT_SECONDS) == (0.5, 1.0, 10.0)
    assert "The projector waits half a second" in WORDS
    assert "after a second, and leaves the stuck one for ten" in WORDS
    assert f"cut off after {IDLE_IN_TRANSACTION_SECONDS:.0f} seconds" in WORDS
    assert (STATEMENT_SECONDS, database.STATEMENT_SECONDS) == (10.0, 30.0)
    assert "the writer waits 10 seconds for an answer, and a read waits 30" in WORDS
    assert f"Each process has {POOL_CONNECTIONS} in its pool" in WORDS


def test_the_readme_leads_to_the_page():
    assert "(docs/postgres.md)" in (ROOT / "README.md").read_text(encoding="utf-8")

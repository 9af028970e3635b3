"""A practice that can not be read is named as one, and stops nobody who asks about another."""

from io import StringIO
from uuid import UUID, uuid4

import asyncpg
import pytest
from rich.console import Console

from projections.runner import Projector
from service.console.demo import load_where_wanted
from service.console.welcome import welcome
from service.demonstration.load import PRACTICE_ID
from service.settings import Settings
from tests.conftest import Database, run
from tests.projections.breaking import break_body
from tests.service.conftest import KEY

FORGED = """
SELECT refused FROM append_events($1, now(), '{0}', '{t}',
 ARRAY[$1::uuid], '{practice}', '{1}', ARRAY[NULL::uuid],
 '{practice.opened.v1}', ARRAY['\\x01aa'::bytea], '{w}', ARRAY[$2::uuid], ARRAY[$2::uuid],
 ARRAY[now()])
"""
# Ids before and after any that is drawn.
FIRST, LAST = UUID(int=1), UUID("ffffffff-ffff-4fff-bfff-ffffffffffff")
ASKED = [
    ["safety"], ["caseload"], ["suggestions"], ["subscriptions"],
    ["templates"], ["practice", "norms"], ["practice", "duty"],
    ["token", "--role", "clinician"], ["practice", "set", "--language", "es"],
]  # fmt: skip


async def forge(database: Database, practice_id: UUID, *, with_key: bool = False) -> None:
    """What the run-time login can do without the key of Cairn."""
    connection = await asyncpg.connect(database.runtime)
    try:
        await connection.execute("SET ROLE cairn_runtime")
        await connection.execute(FORGED, practice_id, uuid4())
        if with_key:
            await connection.execute("INSERT INTO data_key VALUES ($1, $1, '\\x01aa')", practice_id)
    finally:
        await connection.close()


@pytest.fixture(params=["first", "last", "with a key"])
def forged(request, database, practice_id) -> UUID:
    """One of the practices, which somebody without the key has put there."""
    forged_id = FIRST if request.param == "first" else LAST
    run(lambda: forge(database, forged_id, with_key=request.param == "with a key"))
    return forged_id


@pytest.fixture
def damaged(record, database, practice_id) -> UUID:
    """A second practice of the house, whose first event does not open any more."""
    added = record("practice", "add", "Oak", "--zone", "Europe/London", "--country", "GB")
    damaged_id = UUID(added.out.strip())
    run(lambda: break_body(database, 1, damaged_id))
    return damaged_id


class TestAForgedPractice:
    @pytest.mark.parametrize("words", ASKED, ids=" ".join)
    def test_stops_no_command(self, record, practice_id, forged, words):
        told = record(*words)
        assert told.code == 0, told.err
        assert f"Practice {practice_id}, Elm, is chosen" in told.err
        assert str(forged) not in told.out

    def test_is_listed_as_one_that_can_not_be_read(self, record, practice_id, forged):
        listed = record("practice", "list")
        assert (listed.code, listed.err) == (0, "")
        for word in (str(practice_id), "Elm", str(forged), "can not be read", "cairn doctor"):
            assert word in listed.out
        by_id = {one["id"]: one for one in record("practice", "list", "--json").answer}
        assert by_id[str(forged)] == {
            "id": str(forged), "name": None, "zone": None, "country": None, "language": None,
            "events": 1, "advice": "Ask `cairn doctor`.",
        }  # fmt: skip
        assert by_id[str(practice_id)]["name"] == "Elm"
        assert "advice" not in by_id[str(practice_id)]

    def test_stops_no_view_and_no_sweep(self, record, practice_id, forged):
        for words in (["project", "--once"], ["work", "--once"]):
            told = record(*words)
            assert told.code == 0, told.err

    def test_is_not_greeted_with(self, record, database, practice_id, forged):
        shown = run(lambda: welcome(Settings(database_url=database.runtime, key=KEY)))
        assert "cairn caseload" in shown
        assert f"--practice {practice_id}" in shown

    def test_is_named_where_several_are_to_choose_from(self, record, practice_id, forged):
        record("practice", "add", "Oak", "--zone", "Europe/London", "--country", "GB")
        told = record("caseload")
        assert told.code == 1
        assert f"{practice_id}  Elm" in told.err
        assert f"{forged}  can not be read: ask `cairn doctor`" in told.err
        assert told.err.index("Oak") < told.err.index(str(forged))


class TestWithoutAnother:
    def test_a_forged_one_is_refused_by_its_id_and_alone(self, record, database):
        run(lambda: forge(database, FIRST))
        for named in ([], ["--practice", FIRST]):
            told = record("practice", "duty", *named)
            assert (told.code, "can no longer be read" in told.err) == (1, True)
        shown = run(lambda: welcome(Settings(database_url=database.runtime, key=KEY)))
        assert "No practice can be read" in shown

    def test_two_forged_ones_are_both_named(self, record, database):
        run(lambda: forge(database, FIRST))
        run(lambda: forge(database, LAST))
        told = record("caseload")
        assert told.code == 1
        assert str(FIRST) in told.err
        assert str(LAST) in told.err

    def test_one_in_the_place_of_the_demonstration_stops_no_start(self, record, database):
        run(lambda: forge(database, PRACTICE_ID))
        settings = Settings(database_url=database.runtime, key=KEY)
        said = run(lambda: load_where_wanted(settings, Console(file=StringIO())))
        assert said == "not loaded: its practice can not be read, see `cairn doctor`"


class TestADamagedPractice:
    def test_stops_no_command_and_is_listed(self, record, practice_id, damaged):
        told = record("safety")
        assert told.code == 0, told.err
        assert f"Practice {practice_id}, Elm, is chosen" in told.err
        by_id = {one["id"]: one for one in record("practice", "list", "--json").answer}
        assert by_id[str(damaged)]["advice"] == "Ask `cairn doctor`."

    def test_can_still_be_asked_about_by_its_id(self, record, damaged):
        told = record("safety", "--practice", damaged)
        assert told.code == 0, told.err

    def test_is_chosen_where_it_is_the_only_one(self, record, database, practice_id):
        run(lambda: break_body(database, 1, practice_id))
        told = record("safety")
        assert told.code == 0, told.err


def test_a_practice_that_stands_still_stops_no_other(record, practice_id, database, monkeypatch):
    run(lambda: forge(database, FIRST))
    catch_up = Projector.catch_up

    async def failing(self: Projector, of_id: UUID) -> int:
        if of_id == FIRST:
            raise ValueError
        return await catch_up(self, of_id)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Projector, "catch_up", failing)
        told = [record(*words) for words in (["project", "--once"], ["work", "--once"])]
    assert [one.code for one in told] == [1, 1]
    assert all(str(FIRST) in one.err and str(practice_id) not in one.err for one in told)
    # Nothing is left to do for the other: only its own event was waiting.
    assert record("project", "--once", "--json").answer == {"events": 1}

"""What each command does to a record, and what it answers."""

import asyncio
import re
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import msgspec
import pytest

from events.practice import OpenPractice
from events.sealing import MasterKey
from service.auth import Tokens
from service.console.connection import opened
from service.console.practice_choices import issue
from service.console.welcome import welcome
from service.demonstration.load import computed_id
from service.settings import Settings
from tests.conftest import Servers
from tests.service.conftest import KEY

REVISED = computed_id("carla goal carla-worry")


class TestPractice:
    def test_is_added_listed_and_changed(self, record, practice_id):
        told = record("practice", "set", "--zone", "Europe/Madrid", "--language", "es", "--json")
        assert told.answer["zone"] == "Europe/Madrid"
        (listed,) = record("practice", "list", "--json").answer
        assert listed == {
            "id": str(practice_id),
            "name": "Elm",
            "zone": "Europe/Madrid",
            "country": "GB",
            "language": "es",
            "events": 2,
        }
        assert "Elm" in record("practice", "list").out

    def test_is_added_once_where_it_was_given_an_id(self, record, practice_id):
        words = ("practice", "add", "Elm", "--zone", "Europe/London", "--country", "GB", "--id")
        again = uuid4()
        assert record(*words, again).code == 0
        assert record(*words, again).out.strip() == str(again)
        assert len(record("practice", "list", "--json").answer) == 2

    @pytest.mark.parametrize("chosen", [UUID(int=7), uuid5(UUID(int=7), "Elm")])
    def test_is_not_added_under_an_id_that_the_system_may_compute(self, record, chosen):
        words = ("practice", "add", "Elm", "--zone", "Europe/London", "--country", "GB", "--id")
        said = record(*words, chosen)
        assert (said.code, said.out) == (1, "")
        assert "UUID of version 4 or 7" in said.err
        assert record("practice", "list", "--json").answer == []

    def test_that_is_there_under_such_an_id_is_added_only_once(self, record):
        opening = OpenPractice(
            practice_id=UUID(int=7), name="Elm", zone="Europe/London", country="GB", language="en"
        )

        async def open_it() -> None:
            async with opened() as cairn:
                await issue(cairn, opening.practice_id, opening, command_id=opening.practice_id)

        asyncio.run(open_it())
        words = ("practice", "add", "Elm", "--zone", "Europe/London", "--country", "GB", "--id")
        said = record(*words, opening.practice_id)
        assert (said.code, said.out.strip()) == (0, str(opening.practice_id))
        assert record("practice", "list", "--json").answer[0]["events"] == 1

    @pytest.mark.parametrize(
        ("options", "code", "told"),
        [
            (("--zone", "Nowhere/Land", "--country", "GB"), 1, "time zone"),
            (("--zone", "Europe/London", "--country", "Britain"), 2, "country"),
            (("--zone", "Europe/London", "--country", "GB", "--language", "E"), 2, "language"),
            (("--country", "GB"), 2, "--zone"),
        ],
    )
    def test_is_not_added_where_a_setting_does_not_fit(self, record, options, code, told):
        said = record("practice", "add", "Elm", *options)
        assert (said.code, said.out) == (code, "")
        assert told in said.err
        assert record("practice", "list", "--json").answer == []

    def test_is_not_changed_by_saying_nothing(self, record, practice_id):
        assert record("practice", "set").code == 2


class TestToken:
    def test_stands_alone_on_standard_output_and_lets_in(self, record, practice_id):
        told = record("token", "--role", "clinician", "--subject", "dr-elm")
        assert told.err == ""
        assert told.out.count("\n") == 1
        principal = principal_of(told.out)
        assert (principal.practice_id, principal.role) == (practice_id, "clinician")
        assert principal.actor == "clinician:dr-elm"

    def test_is_told_to_programs_with_what_it_is_good_for(self, record, practice_id):
        told = record("token", "--role", "clinician", "--subject", "dr-elm", "--json").answer
        principal = principal_of(told.pop("token"))
        assert told == msgspec.to_builtins(principal)
        assert told["practice_id"] == str(practice_id)

    def test_needs_no_database_where_the_practice_is_named(self, say, monkeypatch):
        monkeypatch.setenv("CAIRN_KEY", Settings(key=KEY).environment()["CAIRN_KEY"])
        told = say("token", "--role", "auditor", "--practice", UUID(int=5))
        assert principal_of(told.out).practice_id == UUID(int=5)

    def test_of_a_client_needs_to_say_of_which(self, record, practice_id):
        assert record("token", "--role", "client").code == 2
        assert record("token", "--role", "client", "--subject", "anna").code == 1
        told = record("token", "--role", "client", "--subject", UUID(int=9))
        assert principal_of(told.out).client_id == UUID(int=9)

    def test_asks_which_practice_where_there_are_several(self, record, practice_id):
        record("practice", "add", "Oak", "--zone", "Europe/London", "--country", "GB")
        told = record("token", "--role", "clinician")
        assert (told.code, told.out) == (1, "")
        assert f"{practice_id}  Elm" in told.err
        assert "Oak" in told.err

    def test_says_what_to_do_where_there_is_no_practice(self, record):
        told = record("token", "--role", "clinician")
        assert told.code == 1
        assert "cairn practice add" in told.err

    def test_never_makes_a_key(self, say):
        told = say("token", "--role", "auditor", "--practice", UUID(int=5))
        assert told.code == 1
        assert "CAIRN_KEY_FILE" in told.err
        assert not Path("var").exists()

    def test_is_good_for_as_long_as_was_asked(self, record, practice_id):
        hours = [
            principal_of(record("token", "--role", "app", "--hours", n).out).expires_at
            for n in (1, 25)
        ]
        assert hours[1] - hours[0] == pytest.approx(24 * 3600, abs=60)
        assert record("token", "--role", "app", "--hours", 0).code == 2


def principal_of(token: str) -> Any:
    secret = MasterKey(KEY).derive("tokens")
    return Tokens(secret).principal(f"Bearer {token.strip()}".encode())


class TestImport:
    MOODS = ("import", "moods", "moods.csv", "--client", "who", "--rating", "mood", "--at", "when")

    @pytest.fixture(autouse=True)
    def moods(self, record, practice_id):
        Path("moods.csv").write_text("who,mood,when\nanna,7,2026-03-02\nben,,2026-03-02\n")

    def test_writes_once_and_tells_what_came_of_it(self, record):
        told = record(*self.MOODS, "--enrol", "--json")
        assert told.code == 0
        assert (told.answer["written"], told.answer["missing"]) == (1, 1)
        again = record(*self.MOODS, "--json")
        assert (again.code, again.answer["written"], again.answer["already_there"]) == (0, 0, 1)

    def test_says_which_lines_it_refused_and_ends_with_1(self, record):
        Path("moods.csv").write_text("who,mood,when\nanna,77,2026-03-02\nanna,5,2026-03-03\n")
        told = record(*self.MOODS, "--enrol")
        assert told.code == 1
        assert told.err.startswith("line 2: column 'mood': expected")
        assert "77" not in told.err
        assert re.search(r"written +1\n", told.out)

    def test_writes_nothing_when_it_is_dry(self, record):
        told = record(*self.MOODS, "--enrol", "--dry-run")
        assert told.code == 0
        assert "would be written" in told.out
        assert record("practice", "list", "--json").answer[0]["events"] == 1

    def test_scales_zones_and_clocks(self, record):
        told = record(
            *self.MOODS, "--enrol", "--scale", "10:1", "--zone", "Asia/Tokyo", "--clock", "09:30"
        )
        assert told.code == 0

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            (("--scale", "5"), "--scale"),
            (("--scale", "5:5"), "--scale"),
            (("--scale", "nan:1"), "--scale"),
            (("--day", "day"), "which column says when"),
            (("--clock", "25:00"), "--clock"),
            (("--month-days", "28"), "--month-days"),
        ],
    )
    def test_is_not_understood_where_options_do_not_fit(self, record, options, told):
        said = record(*self.MOODS, *options)
        assert (said.code, said.out) == (2, "")
        assert told in said.err

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("--client", "name"), "no column 'name'; it has: who, mood, when"),
            (("--zone", "Nowhere/Land"), "time zone"),
            (("--encoding", "utf-99"), "no encoding called utf-99"),
        ],
    )
    def test_is_refused_as_a_whole_in_one_sentence(self, record, words, told):
        said = record(*self.MOODS, *words)
        assert (said.code, said.out) == (1, "")
        assert told in said.err
        assert len(said.err.strip().splitlines()) == 1

    def test_sets_goals_from_first_scores(self, record):
        Path("scores.csv").write_text("who,total,month\nanna,28,0\nanna,12,2\n")
        words = (
            *("import", "assessments", "scores.csv", "--client", "who", "--total", "total"),
            *("--month", "month", "--month-days", "28", "--start", "2026-01-05", "--enrol"),
        )
        told = record(*words, "--instrument", "bdi2", "--goal-percent=-50", "--goal-weeks", "8")
        assert told.code == 0
        assert re.search(r"goals set +1\n", told.out)
        assert record(*words).code == 2
        assert record(*words, "--instrument", "bdi2", "--goal-weeks", "8").code == 2
        assert record(*words, "--instrument", "beck").code == 2


class TestTheDemonstrationFromTheCommandLine:
    def test_is_loaded_projected_swept_and_rebuilt(self, record, monkeypatch):
        loaded = record("demo", "--json").answer
        assert (loaded["clients"], loaded["was_there"]) == (17, False)
        assert record("demo").out.startswith("already there")
        assert record("project", "--once", "--json").answer == {"events": 0}
        # Nobody has acknowledged the youngest flag in time: the next on duty is asked, once.
        asked = record("work", "--once")
        assert re.search(r"safety +escalated +1\n", asked.out)
        assert record("work", "--once").out.strip() == "Nothing was owed."
        assert record("rebuild", "caseload", "--json").answer == {
            "views": ["caseload"],
            "events": loaded["events"] + 1,
        }
        assert record("rebuild", "nothing").code == 2

        told = record("history", REVISED)
        assert (told.code, told.err) == (0, "")
        assert told.out.count("deadline revised") == 2
        assert "Two weeks of flu" in told.out
        steps = record("history", REVISED, "--json").answer
        revised = [step for step in steps if step["kind"].endswith("_revised")]
        assert [step["client_agreed"] for step in revised] == [True, False, True]
        assert all(step["actor"] == "clinician:demonstration" for step in revised)
        assert record("history", UUID(int=1)).code == 1

        findings = record("review", REVISED, "--json").answer
        assert not any(one["blocks"] for one in findings)
        told = record("review", REVISED)
        assert (told.code, told.err) == (0, "")
        assert ("Nothing is asked" in told.out) is (findings == [])
        assert record("review", UUID(int=1)).code == 1

        told = record("work", "--once", "--at", "2100-01-01T00:00:00Z")
        assert (told.code, told.out) == (2, "")
        assert record("work", "--once", "--at", "today").code == 2
        assert record("work", "--at", "2026-01-01T00:00:00Z").code == 2


def test_migrating_says_what_was_applied_and_can_be_said_again(say, monkeypatch, empty_database):
    monkeypatch.setenv("DATABASE_URL", empty_database.runtime)
    monkeypatch.setenv("CAIRN_OWNER_DATABASE_URL", empty_database.owner)
    waiting = say("migrate", "--status")
    assert waiting.out.count("not yet") >= 3
    first, second = say("migrate"), say("migrate", "--json")
    assert "applied 0001_log" in first.err
    assert (second.code, second.err) == (0, "")
    assert all(one["applied_at"] for one in second.answer)
    assert "not yet" not in say("migrate", "--status").out


def test_commands_find_the_servers_that_run_in_the_folder(say, monkeypatch, servers: Servers):
    monkeypatch.setenv("CAIRN_VAR", str(servers.postgres.folder))
    monkeypatch.setenv("CAIRN_KEY", Settings(key=KEY).environment()["CAIRN_KEY"])
    told = say("migrate", "--status", "--json")
    assert told.code == 0
    assert told.answer[0]["name"].startswith("0001_")


async def test_the_welcome_begins_with_a_practice_where_there_is_none(settings: Settings):
    assert "practice add" in await welcome(settings)


async def test_the_welcome_begins_with_what_a_clinician_looks_at(demonstrated, settings: Settings):
    told = await welcome(settings)
    assert all(len(one) <= 80 for one in told.splitlines() if not one.startswith("  cd "))
    commands = re.findall(r"^  (.+)$", told, flags=re.MULTILINE)
    assert commands[0] == f"cd {Path.cwd()}"
    assert [one for one in commands if one.startswith("cairn ")] == [
        "cairn caseload", "cairn client 'Carla M.'", "cairn history 'Carla M.'",
    ]  # fmt: skip
    asking = commands.index("TOKEN=$(cairn token --role clinician)")
    assert commands.index("cairn history 'Carla M.'") < asking
    assert [one.split()[0] for one in commands[asking + 2 : asking + 4]] == ["curl"] * 2
    assert [one.split("=")[0] for one in commands[asking + 4 :][:1]] == ["CLIENT"]


def test_the_welcome_names_nobody_who_exists(record, practice_id, settings: Settings):
    # What a supervisor prints may end up in a log.
    Path("scores.csv").write_text("who,name,total,month\n1,Ben T.,28,0\n")
    imported = record(
        *("import", "assessments", "scores.csv", "--client", "who", "--name", "name"),
        *("--total", "total", "--instrument", "bdi2", "--month", "month", "--month-days", "28"),
        *("--start", "2026-01-05", "--enrol", "--goal-percent=-50", "--goal-weeks", "8"),
    )
    assert imported.code == 0, imported.err
    assert record("project", "--once").code == 0
    (ben,) = record("caseload", "--json").answer
    told = asyncio.run(welcome(settings))
    assert "Ben" not in told
    by_id = re.findall(r"cairn ((?:client|history) [0-9a-f]{8,})$", told, flags=re.MULTILINE)
    assert [words.split()[0] for words in by_id] == ["client", "history"]
    for words in by_id:
        assert record(*words.split()).code == 0, words
    assert f"cairn client {ben['id'][:8]}" in told
    assert "cairn history" in told

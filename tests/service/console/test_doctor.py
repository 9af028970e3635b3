"""`cairn doctor` and `cairn rebuild`: what they say of what is wrong, and their exit codes."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.conftest import run
from tests.projections.breaking import as_owner
from tests.service.console.test_tables import WIDE_ENOUGH, holds_an_id, letters
from tests.shifted_clock import make_shiftable, set_ahead

pytestmark = pytest.mark.usefixtures("all_run")
LAST_MOOD = "(SELECT max(position) FROM event_log WHERE type = 'mood.logged.v1')"
BREAK = f"UPDATE event_log SET body = body || 'x' WHERE position = {LAST_MOOD}"
MEND = (
    "UPDATE event_log SET body = substring(body FROM 1 FOR length(body) - 1)"
    f" WHERE position = {LAST_MOOD}"
)


@pytest.fixture
def moods(record, practice_id, tmp_path):
    """A client with three mood entries; nothing is projected yet. Answers how many events."""
    file = tmp_path / "moods.csv"
    file.write_text("who,mood,at\n" + "".join(f"anna,{n},2026-03-0{n}\n" for n in (3, 4, 5)))
    words = ("--client", "who", "--rating", "mood", "--at", "at", "--enrol")
    told = record("import", "moods", str(file), *words)
    assert told.code == 0, told.err
    return 5


def without_epoch(answer: dict[str, Any]) -> dict[str, Any]:
    """What doctor says, but for the epoch of the log, which is another one in every database."""
    UUID(answer.pop("epoch"))
    return answer


class TestDoctor:
    def test_says_that_all_is_well(self, record, practice_id):
        told = record("doctor")
        assert (told.code, told.err) == (0, "")
        assert told.out.startswith("Nothing is set aside, and every event of the log can be read.")
        assert without_epoch(record("doctor", "--json").answer) == {"findings": [], "more": 0}

    @pytest.mark.parametrize(("days", "way"), [(31, "behind"), (-31, "ahead of")])
    def test_says_which_clock_is_ahead(self, record, practice_id, database, days, way):
        run(lambda: make_shiftable(database))
        run(lambda: set_ahead(database, timedelta(days=days)))
        told = record("doctor")
        assert told.code == 1
        words = " ".join(told.out.split())
        assert f"seconds {way} that of the database" in words
        found = record("doctor", "--json")
        assert found.code == 1
        assert abs(found.answer["clock_ahead_seconds"] + days * 86_400) < 120
        run(lambda: set_ahead(database, timedelta()))
        assert without_epoch(record("doctor", "--json").answer) == {"findings": [], "more": 0}

    def test_names_what_is_set_aside_until_it_can_be_taken(self, record, moods, database):
        run(lambda: as_owner(database, BREAK))
        assert record("project", "--once").code == 0
        told = record("doctor")
        assert told.code == 1
        for word in ("event set aside", "mood.logged.v1", "mood_trend", "SealBroken", "backup"):
            assert word in told.out
        found = record("doctor", "--json")
        assert found.code == 1
        assert {one["view"] for one in found.answer["findings"]} == {
            "goal_status", "mood_trend", "caseload",
        }  # fmt: skip
        assert all(one["position"] == moods for one in found.answer["findings"])
        # It is tried again, and in vain; then the body is brought back.
        again = record("doctor", "--retry")
        told = "Tried again: 3 clients' pages, 0 of them can be shown now.\n"
        assert (again.code, again.err) == (1, told)
        run(lambda: as_owner(database, MEND))
        assert record("doctor").code == 1
        again = record("doctor", "--retry")
        assert (again.code, again.err) == (
            0, "Tried again: 3 clients' pages, 3 of them can be shown now.\n",
        )  # fmt: skip
        assert record("doctor").code == 0

    def test_says_how_many_it_does_not_show(self, record, moods, database, monkeypatch):
        run(lambda: as_owner(database, BREAK))
        record("project", "--once")
        monkeypatch.setattr("service.console.doctor.SHOWN", 1)
        assert record("doctor").err == (
            "2 more are not shown here; --json shows up to 1,000 of each kind.\n"
        )

    def test_names_an_event_that_no_view_takes(self, record, moods, database):
        record("project", "--once")
        run(lambda: as_owner(database, BREAK))
        told = record("doctor")
        assert told.code == 1
        for word in ("event unreadable", "mood.logged.v1", "SealBroken", "Do not rebuild"):
            assert word in " ".join(told.out.split())
        (one,) = record("doctor", "--json").answer["findings"]
        assert (one["kind"], one["position"], "view" in one) == ("event_unreadable", moods, False)

    def test_fits_any_screen_and_loses_nothing(self, record, moods, database, monkeypatch):
        run(lambda: as_owner(database, BREAK))
        record("project", "--once")
        run(lambda: as_owner(database, "UPDATE views.checkpoint SET position = 900"))
        monkeypatch.setenv("COLUMNS", str(WIDE_ENOUGH))
        whole = record("doctor").out
        for columns in (80, 40):
            monkeypatch.setenv("COLUMNS", str(columns))
            told = record("doctor").out
            assert letters(whole) - letters(told) == Counter(), columns
            lines = [line for line in told.splitlines() if not holds_an_id(line)]
            assert max(map(len, lines)) <= columns, columns

    def test_tells_the_clinician(self, record, moods, database):
        run(lambda: as_owner(database, BREAK))
        record("project", "--once")
        (row,) = record("caseload", "--attention", "--json").answer
        assert [(one["kind"], one["view"]) for one in row["attention"]] == [
            ("not_shown", "caseload"), ("not_shown", "goal_status"), ("not_shown", "mood_trend"),
        ]  # fmt: skip
        table = record("caseload").out
        assert "not shown: mood trend" in " ".join(table.split())
        told = record("client", row["id"])
        assert told.code == 0
        assert "not shown: mood trend" in " ".join(told.out.split())

    def test_names_a_checkpoint_that_a_rebuild_sets_back(self, record, moods, database):
        record("project", "--once")
        ahead = "UPDATE views.checkpoint SET position = 900 WHERE view = 'safety_queue'"
        run(lambda: as_owner(database, ahead))
        told = record("doctor")
        assert told.code == 1
        assert "cairn rebuild safety_queue" in told.out
        done = record("rebuild", "safety_queue")
        assert done.code == 0
        assert "position 900" in done.err
        assert f"the log ends at {moods}" in done.err
        assert record("doctor").code == 0


class TestRebuild:
    def test_goes_on_and_says_that_something_was_set_aside(self, record, moods, database):
        run(lambda: as_owner(database, BREAK))
        told = record("rebuild")
        assert told.code == 1
        assert told.out.endswith(f"from {moods} events.\n")
        assert "mood_trend 1" in told.err
        assert "cairn doctor" in told.err
        assert record("rebuild", "mood_trend", "--json").answer == {
            "views": ["mood_trend"], "events": moods, "set_aside": {"mood_trend": 1},
        }  # fmt: skip
        assert record("rebuild", "suggestion_queue").code == 0
        assert record("doctor").code == 1

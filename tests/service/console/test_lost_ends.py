"""`cairn doctor` says what a lost end of the log looks like, and draws a new epoch."""

from typing import Any

import pytest

from tests.conftest import execute, run
from tests.service.console.backups import EPOCHS, begun, fetch
from tests.service.console.test_doctor import moods

__all__ = ["moods"]
pytestmark = pytest.mark.usefixtures("all_run")
OPEN = "ALTER TABLE event_log DISABLE TRIGGER event_log_is_append_only;"
LAST = "(SELECT max(position) FROM event_log)"


@pytest.fixture
def diagnosed(record: Any, moods: int, database: Any) -> Any:
    """Says what is done to a projected record, and answers what doctor then says."""
    assert record("project", "--once").code == 0

    def diagnosed(*statements: str) -> Any:
        run(lambda: execute(database.admin, "; ".join(statements)))
        return record("doctor", "--json")

    return diagnosed


def faults(said: Any) -> dict[str, dict[str, Any]]:
    return {one["kind"]: one for one in said.answer["findings"]}


class TestALostEnd:
    def test_of_the_log_without_its_head_is_named(self, diagnosed, moods):
        said = diagnosed(f"{OPEN} DELETE FROM event_log WHERE position = {LAST}")
        assert said.code == 1
        found = faults(said)["head_differs"]
        assert (found["position"], found["head"]) == (moods - 1, moods)
        assert "cairn doctor --new-epoch" in found["advice"]

    def test_of_the_head_without_the_log_is_named(self, diagnosed, moods):
        found = faults(diagnosed("UPDATE practice_log SET position = position - 1"))
        assert (found["head_differs"]["position"], found["head_differs"]["head"]) == (
            moods,
            moods - 1,
        )
        assert found["checkpoint_ahead"]["head"] == moods - 1

    def test_of_a_practice_without_a_head_is_named(self, diagnosed, moods):
        found = faults(diagnosed("DELETE FROM practice_log"))["head_differs"]
        assert (found["position"], found["head"]) == (moods, 0)

    def test_in_the_middle_is_named_with_where_it_begins_and_ends(self, diagnosed, record, moods):
        hole = f"{OPEN} DELETE FROM event_log WHERE position IN (3, 4)"
        found = faults(diagnosed(hole))["events_missing"]
        assert (found["position"], found["until"]) == (3, 4)
        told = " ".join(record("doctor").out.split())
        assert "3, to 4" in told

    def test_of_which_a_subscription_has_told_more_is_named(self, diagnosed, moods):
        ahead = (
            "INSERT INTO outbox.subscription (practice_id, subscription_id, planned)"
            f" SELECT practice_id, gen_random_uuid(), {moods + 7} FROM practice_log"
        )
        found = faults(diagnosed(ahead))["subscription_ahead"]
        assert (found["position"], found["head"]) == (moods + 7, moods)

    def test_of_the_keys_or_of_the_log_is_counted_and_no_fault(self, diagnosed, record):
        more = (
            "INSERT INTO data_key SELECT practice_id, gen_random_uuid(), wrapped FROM data_key"
            " WHERE subject_id = practice_id"
        )
        said = diagnosed(more)
        assert (said.code, said.answer["keys_without_events"]) == (0, 1)
        gone = (
            "DELETE FROM data_key k"
            " WHERE EXISTS (SELECT FROM event_log e WHERE e.client_id = k.subject_id)"
        )
        said = diagnosed(gone)
        assert said.answer["clients_without_key"] == 1
        told = " ".join(record("doctor").out.split())
        assert "Clients whose events are in the log have no key (1)" in told
        assert "The log has nothing of clients that have keys (1)" in told


class TestANewEpoch:
    def test_is_asked_for_while_one_is_needed_and_drawn(self, record, practice_id, database):
        [(_, first, _)] = fetch(database.owner, EPOCHS)
        assert record("doctor").code == 0
        fetch(database.owner, "SELECT doubt_epoch($1)", first)
        asked = record("doctor")
        assert asked.code == 1
        assert "Say `cairn doctor --new-epoch`" in " ".join(asked.out.split())
        assert "new_epoch_needed_since" in record("doctor", "--json").answer
        drawn = record("doctor", "--new-epoch")
        assert drawn.code == 0
        (_, former, doubted_at), (_, epoch, undoubted) = fetch(database.owner, EPOCHS)
        assert (former, undoubted) == (first, None)
        assert doubted_at is not None
        assert f"The new epoch is {epoch}." in drawn.err
        assert record("doctor", "--json").answer["epoch"] == str(epoch)
        # Nobody knows what was appended meanwhile.
        assert fetch(database.owner, "SELECT position FROM epoch_head") == [(0,)]

    def test_ends_what_follows_in_a_terminal(self, record, practice_id, database):
        [(_, first, _)] = fetch(database.owner, EPOCHS)
        fetch(database.owner, "SELECT doubt_epoch($1)", first)
        said = record("tail", "--no-follow")
        assert said.code == 1
        assert "cairn doctor --new-epoch" in said.err


def test_rights_that_were_lost_are_named_with_the_remedy(record, practice_id, database):
    run(lambda: execute(database.admin, "REVOKE DELETE ON views.caseload FROM cairn_runtime"))
    said = record("doctor")
    assert said.code == 1
    assert "cairn migrate" in " ".join(said.out.split())
    # No process begins that would stumble over it later.
    for process in ("serve", "project", "work"):
        begins = begun(process)
        _, said_why = begins.communicate(timeout=20)
        assert begins.returncode == 1
        assert "lacks 1 of its rights" in said_why
        assert "cairn migrate" in said_why


@pytest.mark.parametrize("command", ["caseload", "doctor"])
def test_who_has_lost_a_right_reads_one_sentence_and_no_line_of_a_log(
    record: Any, database: Any, practice_id: Any, command: str
):
    run(lambda: execute(database.owner, "REVOKE ALL ON data_key FROM cairn_runtime"))
    said = record(command)
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert said.err.startswith("Error: The database's login may not do this")
    assert "`cairn migrate` gives them back" in said.err


def test_a_command_of_a_doubted_log_answers_as_ever(record: Any, database: Any, practice_id: Any):
    run(lambda: execute(database.owner, "UPDATE epoch SET doubted_at = now()"))
    assert record("caseload").err == ""

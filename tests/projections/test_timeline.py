"""timeline: everything of a client, with what became of each entry."""

from datetime import timedelta

from msgspec.structs import replace

from events.mood import MoodCorrected, MoodWithdrawn
from events.record import Unreadable
from projections.timeline import entries
from tests.projections.past import ANNA, Log, anna_enrolled, day, mood

FIRST = mood(1, 6, day(0))
CORRECTED = MoodCorrected(
    mood_id=FIRST.mood_id, from_rating=6, rating=7, from_occurred_at=day(0), occurred_at=day(0)
)
WITHDRAWN = MoodWithdrawn(mood_id=FIRST.mood_id, reason="not mine")


def test_an_event_says_what_when_and_who():
    (one,) = entries(Log().add(FIRST, at=day(0), actor="client:a1").kept, later={})
    assert (one.type, one.kind) == ("mood.logged.v1", "mood_logged")
    assert (one.subject_id, one.actor) == (FIRST.mood_id, "client:a1")
    assert one.link == f"/v1/moods/{FIRST.mood_id}"
    assert (one.occurred_at, one.recorded_at) == (day(0), day(0) + timedelta(seconds=1))
    assert one.details is not None
    assert one.details["rating"] == 6
    assert "client_id" not in one.details


def test_entries_are_marked_by_what_came_later_wherever_that_is():
    later = {("mood", FIRST.mood_id): ["mood.corrected.v1", "mood.withdrawn.v1"]}
    logged, corrected, withdrawn = entries(Log().add(FIRST, CORRECTED, WITHDRAWN).kept, later=later)
    assert (logged.corrected, logged.withdrawn) == (True, True)
    assert (corrected.corrected, corrected.withdrawn) == (False, True)
    assert (withdrawn.corrected, withdrawn.withdrawn) == (False, False)
    # A page that ends before the correction shows the same.
    assert entries(Log().add(FIRST).kept, later=later) == [logged]


def test_an_entry_is_not_marked_by_what_came_of_something_else_under_its_id():
    later = {("check_in", FIRST.mood_id): ["check_in.withdrawn.v1"]}
    (logged,) = entries(Log().add(FIRST).kept, later=later)
    assert (logged.corrected, logged.withdrawn) == (False, False)


def test_keeps_the_order_it_is_given():
    log = Log().add(anna_enrolled(), FIRST).kept
    assert [one.position for one in entries(reversed(log), later={})] == [2, 1]


def test_what_can_not_be_read_any_more_still_happened():
    (recorded,) = Log().add(FIRST).kept
    (one,) = entries([replace(recorded, event=Unreadable(type=recorded.type))], later={})
    assert (one.kind, one.details) == ("mood_logged", None)
    assert recorded.client_id == ANNA

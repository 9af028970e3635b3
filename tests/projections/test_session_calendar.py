"""session_calendar: a session as it was scheduled last, and what became of it."""

from datetime import timedelta
from uuid import UUID

from events.session import SessionCancelled, SessionHeld, SessionMoved, SessionScheduled
from projections.session_calendar import SessionRow, projection
from tests.projections.past import ANNA, Log, day, rows

TALK = UUID(int=0x5E5)
SCHEDULED = SessionScheduled(session_id=TALK, client_id=ANNA, starts_at=day(7), minutes=45)
MOVED = SessionMoved(session_id=TALK, from_at=day(7), starts_at=day(9), reason="Flu.")


def session(*facts) -> SessionRow:
    row = rows(projection, Log().add(SCHEDULED).add(*facts, at=day(1)).kept)[TALK]
    assert isinstance(row, SessionRow)
    return row


def test_stands_as_it_was_scheduled():
    assert session() == SessionRow(
        session_id=TALK,
        client_id=ANNA,
        starts_at=day(7),
        minutes=45,
        stage="scheduled",
        first_starts_at=day(7),
        version=1,
    )


def test_counts_how_often_it_was_moved_and_from_when():
    again = SessionMoved(session_id=TALK, from_at=day(9), starts_at=day(8), reason="")
    row = session(MOVED, again)
    assert (row.starts_at, row.first_starts_at, row.moves) == (day(8), day(7), 2)
    assert (row.stage, row.reason, row.version) == ("scheduled", "", 3)


def test_says_that_it_was_held():
    row = session(MOVED, SessionHeld(session_id=TALK, starts_at=day(9)))
    assert (row.stage, row.starts_at, row.reason) == ("held", day(9), "Flu.")


def test_says_that_it_was_cancelled_and_why():
    row = session(SessionCancelled(session_id=TALK, starts_at=day(7), reason="Closed."))
    assert (row.stage, row.starts_at, row.reason) == ("cancelled", day(7), "Closed.")


def test_sorts_by_when_it_begins():
    assert projection.clear(session(MOVED)) == (day(9), "scheduled")


def test_is_one_row_a_session():
    other = UUID(int=0x5E6)
    log = Log().add(
        SCHEDULED,
        SessionScheduled(session_id=other, client_id=ANNA, starts_at=day(7) + timedelta(hours=2)),
        MOVED,
    )
    found = rows(projection, log.kept)
    assert {key: row.moves for key, row in found.items()} == {TALK: 1, other: 0}

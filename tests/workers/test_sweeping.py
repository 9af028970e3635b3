"""What a sweep remembers from one turn to the next."""

from datetime import UTC, date, datetime
from uuid import UUID

from projections.queries import Owed
from workers.sweeping import Bookmarks


def owed(practice: int) -> Owed:
    """A goal that has the same id in every practice."""
    return Owed(
        practice_id=UUID(int=practice),
        client_id=UUID(int=2),
        goal_id=UUID(int=3),
        due_on=date(2026, 3, 1),
        since_at=datetime(2026, 3, 2, tzinfo=UTC),
    )


async def test_what_is_set_aside_is_set_aside_for_one_sweep_and_in_its_practice() -> None:
    bookmarks = Bookmarks()
    bookmarks.set_aside("deadlines", owed(1))
    assert bookmarks.is_aside("deadlines", owed(1))
    assert not bookmarks.is_aside("deadlines", owed(2))
    assert not bookmarks.is_aside("safety", owed(1))

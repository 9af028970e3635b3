"""The deadline of a new goal: a day that was named, or that of the client's next session."""

from datetime import date
from uuid import UUID

import msgspec

from events.moment import believable_day, day_of, start_of
from events.refusals import ValueRefused
from events.session import NoSessionScheduled
from projections.session_queries import next_session
from service.asked import Asked

VIEW = "session_calendar"


class DeadlineNotOne(ValueRefused):
    """Neither a due_on nor by_next_session was sent, or both were: send one of the two."""

    field = "due_on"


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """The deadline, and the session that it is the day of. `known` is not so without a session."""

    due_on: date
    session_id: UUID | None = None
    known: bool = True

    def require_known(self) -> None:
        """Raises NoSessionScheduled."""
        if not self.known:
            raise NoSessionScheduled


def require_one(due_on: date | None, *, by_next_session: bool) -> None:
    """Raises DeadlineNotOne."""
    if (due_on is not None) == by_next_session:
        raise DeadlineNotOne


async def deadline_of(
    asked: Asked,
    client_id: UUID,
    *,
    due_on: date | None,
    by_next_session: bool,
    starts_on: date | None,
    zone: str,
) -> Due:
    """The deadline that a new goal asks for; a session counts from the goal's first day on.

    Waits until the calendar has all that the log has now, so that a session which was scheduled a
    moment ago counts. Raises DeadlineNotOne, UnknownZone, TimeOutOfRange, ViewBehind.
    """
    require_one(due_on, by_next_session=by_next_session)
    if due_on is not None:
        return Due(due_on=due_on)
    from_at = asked.now
    if starts_on is not None:
        from_at = max(from_at, start_of(believable_day(starts_on, "starts_on"), zone))
    await asked.wait_for(VIEW, await asked.cairn.store.head(asked.practice_id))
    found = await next_session(asked.cairn.views, asked.practice_id, client_id, from_at=from_at)
    if found is None:
        return Due(due_on=day_of(asked.now, zone), known=False)
    return Due(due_on=day_of(found.starts_at, zone), session_id=found.session_id)

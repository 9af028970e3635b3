"""Who is enrolled in a practice: asked before an entry is taken, and remembered."""

from collections import OrderedDict
from uuid import UUID

from events.client import CLIENT
from events.record import Unreadable
from events.refusals import NotFound
from events.store import EventStore, RecordUnreadable

REMEMBERED_CLIENTS = 100_000


class ClientNotFound(NotFound):
    """There is no client of this id in this practice: enrol the client first."""


class Enrolled:
    """Knows a practice's clients, the discharged among them: late entries are theirs as well.

    Only who was found is remembered, so a client enrolled elsewhere is known at once.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._known: OrderedDict[tuple[UUID, UUID], None] = OrderedDict()

    async def require(self, practice_id: UUID, client_id: UUID) -> None:
        """Raises ClientNotFound, RecordUnreadable.

        Somebody whose enrolment does not open was enrolled all the same: entries are taken.
        """
        name = practice_id, client_id
        if name in self._known:
            self._known.move_to_end(name)
            return
        past = await self._store.read_stream(practice_id, CLIENT.category, client_id)
        if not past:
            raise ClientNotFound
        event = past[0].event
        if isinstance(event, Unreadable) and event.why is None:
            raise RecordUnreadable
        self._known[name] = None
        while len(self._known) > REMEMBERED_CLIENTS:
            self._known.popitem(last=False)

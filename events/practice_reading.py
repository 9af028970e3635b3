"""A practice as the log knows it now: its stream is short, and is read afresh each time."""

from uuid import UUID

from events.client import CLIENT
from events.practice import PRACTICE, Practice
from events.practice_choices import Duty
from events.store import EventStore, Read, read_state


async def read_practice(store: EventStore, practice_id: UUID) -> Practice:
    """What a practice is called and has chosen; as a new one where there is none of this id."""
    state: Practice = (await read_practice_stream(store, practice_id)).state
    return state


async def read_practice_stream(store: EventStore, practice_id: UUID) -> Read:
    """The same with its version, for what is recorded only as long as the practice stays so."""
    stream = PRACTICE.stream(practice_id, practice_id)
    return await read_state(store, PRACTICE, stream)


async def clients_among(store: EventStore, practice_id: UUID, duty: Duty) -> frozenset[str]:
    """The subjects on a duty list, in small letters, that are ids of the practice's clients."""
    found = set()
    for person in duty.people:
        try:
            client_id = UUID(person.subject)
        except ValueError:
            continue
        if await store.read_stream(practice_id, CLIENT.category, client_id):
            found.add(person.subject.lower())
    return frozenset(found)

"""A practice as the log knows it now: its stream is short, and is read afresh each time."""

from uuid import UUID

from events import practice
from events.practice import Practice
from events.store import EventStore, Stream, read_state


async def read_practice(store: EventStore, practice_id: UUID) -> Practice:
    """What a practice is called and has chosen; as a new one where there is none of this id."""
    stream = Stream(practice_id=practice_id, stream_id=practice_id, category=practice.CATEGORY)
    state: Practice = (await read_state(store, practice.decider, stream)).state
    return state

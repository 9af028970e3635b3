"""What waits while a safety flag is open, and what needs somebody on duty: read from the log.

While a flag of a client is open, nothing that speaks of goals goes to that client: suggestions are
neither offered, accepted nor released. A flag that is raised in the same instant is seen, too. A
view would be quicker to ask and might be late, so it is not asked.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from events import instruments, safety_flag
from events.aggregate import Stream
from events.practice import Practice
from events.record import Step
from events.refusals import StateRefused
from events.safety_flag import SafetyFlags
from events.safety_flag_decisions import WATCHED_FLAGS
from events.store import EventStore, Read, UnknownSubject, read_state
from events.transact import Beside, step_for

# Without the item about suicide, with the same cut-offs, for settings where nobody can act on the
# answer (CamCOPS documentation, phq8).
FORM_WITHOUT_THE_ITEM: Final = {"phq9": "phq8"}


class SafetyFlagOpen(StateRefused):
    """A safety flag of this client is open: suggestions wait until a clinician has closed it."""


class NobodyOnDuty(StateRefused):
    """Nobody is on duty to see an answer about suicide: use an instrument that does not ask, such as PHQ-8, or set who is on duty (PUT /v1/practice/duty)."""  # noqa: E501 - one sentence, read by people

    detail = (
        "Nobody is on duty to see an answer about suicide: {instead}, or set who is on duty "
        "(PUT /v1/practice/duty)."
    )

    def __init__(self, instrument_id: str) -> None:
        super().__init__(instead=instead_of(instrument_id))


def instead_of(instrument_id: str) -> str:
    """What to use where this instrument's question about suicide may not be asked."""
    asking = instruments.known().get(instrument_id)
    without = instruments.known().get(FORM_WITHOUT_THE_ITEM.get(instrument_id, ""))
    if asking is None or without is None:
        return "use an instrument that does not ask"
    return f"use {without.name} instead of {asking.name}"


async def flags_stream(store: EventStore, practice_id: UUID, client_id: UUID) -> Stream:
    """Where a client's safety flags lie, or begin."""
    stream_id, formerly = safety_flag.stream_ids(await store.ids(practice_id), client_id)
    return WATCHED_FLAGS.stream(
        practice_id, stream_id, client_id=client_id, formerly=formerly, gathers=True
    )


async def read_flags(store: EventStore, practice_id: UUID, client_id: UUID) -> Read:
    """All safety flags of a client, as the log has them. Raises RecordUnreadable.

    They are one stream. What somebody without a key puts into another is a flag that can not be
    read: it waits, and is closed, like any other.
    """
    stream = await flags_stream(store, practice_id, client_id)
    return await read_state(store, WATCHED_FLAGS, stream)


async def is_flag_open(store: EventStore, practice_id: UUID, client_id: UUID) -> bool:
    flags: SafetyFlags = (await read_flags(store, practice_id, client_id)).state
    return bool(flags.open_ids)


async def require_none_open(
    store: EventStore, practice_id: UUID, client_id: UUID, *, now: datetime
) -> Step:
    """Raises SafetyFlagOpen where a safety flag of this client is open.

    Else answers a step without events, to be appended with what is about to be recorded: a flag
    that is raised meanwhile refuses it (VersionConflict).
    """
    read = await read_flags(store, practice_id, client_id)
    if read.state.open_ids:
        raise SafetyFlagOpen
    return step_for(read, [], occurred_at=now)


def its_client_unflagged(store: EventStore, *, now: datetime) -> Beside:
    """No safety flag of the client whose stream was read is open until that is recorded."""

    async def watch(read: Read) -> list[Step]:
        client_id = read.stream.client_id
        if client_id is None:
            raise UnknownSubject
        return [await require_none_open(store, read.stream.practice_id, client_id, now=now)]

    return watch


def require_somebody_on_duty(choices: Practice, instrument_id: str) -> None:
    """Raises NobodyOnDuty."""
    if not choices.duty.people:
        raise NobodyOnDuty(instrument_id)

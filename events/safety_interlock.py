"""What waits while a safety flag is open, and what needs somebody on duty: read from the log.

While a flag of a client is open, nothing that speaks of goals goes to that client: suggestions are
neither offered, accepted nor released. A flag that is raised in the same instant is seen, too. A
view would be quicker to ask and might be late, so it is not asked.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from events import instruments, safety_flag, safety_flag_decisions
from events.assessment import ScoreAssessment
from events.decider import StateRefused
from events.practice import Practice
from events.record import Step
from events.safety_flag import SafetyFlags
from events.store import EventStore, Read, Stream, read_state, step_for

# Without the item about suicide, with the same cut-offs, for settings where nobody can act on the
# answer (CamCOPS documentation, phq8).
FORM_WITHOUT_THE_ITEM: Final = {"phq9": "phq8"}


class SafetyFlagOpen(StateRefused):
    """A safety flag of this client is open: suggestions wait until a clinician has closed it."""


class NobodyOnDuty(StateRefused):
    """Nobody is on duty to see an answer about suicide: use PHQ-8 instead of PHQ-9, or set who is on duty (PUT /v1/practice/duty)."""  # noqa: E501 - one sentence, read by people


async def read_flags(store: EventStore, practice_id: UUID, client_id: UUID) -> Read:
    """All safety flags of a client, as the log has them. Raises RecordUnreadable."""
    stream = Stream(
        practice_id=practice_id,
        stream_id=safety_flag.stream_id(client_id),
        category=safety_flag.CATEGORY,
        client_id=client_id,
    )
    return await read_state(store, safety_flag_decisions.watcher, stream)


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


def asks_about_safety(command: ScoreAssessment) -> bool:
    """Whether taking this form means to ask about death or self-harm.

    The PHQ-9 does in every form, because a total stands for nine answers. Of another instrument a
    total is history: somebody has seen the form it came from.
    """
    if command.instrument in FORM_WITHOUT_THE_ITEM:
        return True
    instrument = instruments.known().get(command.instrument)
    asks = instrument is not None and instrument.safety_item is not None
    return asks and command.answers is not None


def require_somebody_on_duty(choices: Practice) -> None:
    """Raises NobodyOnDuty."""
    if not choices.duty.people:
        raise NobodyOnDuty

"""Putting an answer that could not be filed onto a client's flags, whoever was sending the form."""

from datetime import datetime
from uuid import UUID

import msgspec

from events import safety_flag, safety_flag_decisions
from events.instruments import Endorsed
from events.practice_reading import read_practice
from events.record import Cause, digest
from events.safety_flag import SafetyFlags
from events.safety_flag_decisions import RaiseUnfiledFlag
from events.safety_interlock import read_flags
from events.store import EventStore, VersionConflict, handle

# Other flags of this client may be raised at the same time.
ATTEMPTS = 20


class UnfiledForm(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a form that was refused: `why` is the refusal's name.

    `form_id` is the id that was chosen for the form, if any was.
    """

    client_id: UUID
    instrument: str
    found: Endorsed
    why: str
    form_id: UUID | None = None


class UnfiledFlag(msgspec.Struct, frozen=True, kw_only=True):
    """The flag of a form that could not be filed, and whether anybody was asked to look."""

    flag_id: UUID
    asked: bool


async def raise_unfiled_flag(
    store: EventStore,
    practice_id: UUID,
    form: UnfiledForm,
    *,
    actor: str,
    command_id: UUID,
    now: datetime,
) -> UnfiledFlag:
    """Raise the flag of a form that could not be filed, or count that the form came again.

    Raises RecordUnreadable, and what EventStore.append raises.
    """
    ids = await store.ids(practice_id)
    for attempt in range(1, ATTEMPTS + 1):
        read = await read_flags(store, practice_id, form.client_id)
        flags: SafetyFlags = read.state
        flag_id = safety_flag.unfiled_flag_id(
            ids, flags, form.client_id, form.instrument, form.form_id
        )
        command = RaiseUnfiledFlag(
            flag_id=flag_id,
            client_id=form.client_id,
            instrument=form.instrument,
            item=form.found.item,
            answer=form.found.answer,
            why=form.why,
            duty=(await read_practice(store, practice_id)).duty,
            now=now,
            form_id=form.form_id,
        )
        try:
            outcome = await handle(
                store,
                safety_flag_decisions.watcher,
                read.stream,
                command,
                cause=Cause(
                    command_id=command_id,
                    actor=actor,
                    content=digest("raise_unfiled_flag", flag_id),
                    correlation=command_id,
                ),
                occurred_at=now,
                expected=read.version,
            )
        except VersionConflict:
            if attempt == ATTEMPTS:
                raise
            continue
        for event in outcome.events:
            flags = safety_flag.evolve(flags, event)
        return UnfiledFlag(flag_id=flag_id, asked=flags.flags[flag_id].asked is not None)
    raise AssertionError("unreachable: ATTEMPTS is at least 1")

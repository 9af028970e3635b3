"""Putting an answer that could not be filed onto a client's flags, whoever was sending the form."""

from datetime import datetime
from uuid import UUID

import msgspec

from events import safety_flag
from events.instruments import Endorsed
from events.practice_reading import read_practice
from events.record import Cause, digest
from events.safety_flag_decisions import WATCHED_FLAGS, RaiseUnfiledFlag
from events.safety_interlock import flags_stream, read_flags
from events.store import EventStore, Read
from events.transact import handle


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
    """The flag of a form that could not be filed.

    `asked` says whether somebody who is on duty now was asked to look at it, `is_new` whether this
    form has raised it: otherwise it was open already.
    """

    flag_id: UUID
    asked: bool
    is_new: bool


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
    duty = (await read_practice(store, practice_id)).duty
    about = form.client_id, form.instrument, form.form_id, form.found.item, form.found.answer

    async def raising(read: Read) -> RaiseUnfiledFlag:
        return RaiseUnfiledFlag(
            flag_id=safety_flag.unfiled_flag_id(
                ids, read.state, form.client_id, form.instrument, form.form_id
            ),
            client_id=form.client_id,
            instrument=form.instrument,
            item=form.found.item,
            answer=form.found.answer,
            why=form.why,
            duty=duty,
            now=now,
            form_id=form.form_id,
        )

    outcome = await handle(
        store,
        WATCHED_FLAGS,
        await flags_stream(store, practice_id, form.client_id),
        raising,
        cause=Cause(
            command_id=command_id,
            actor=actor,
            # Each coming counts, also where two begin the client's flags in the same instant.
            content=digest("raise_unfiled_flag", *about, command_id),
            correlation=command_id,
        ),
        occurred_at=now,
    )
    read = await read_flags(store, practice_id, form.client_id)
    flag_id = outcome.events[0].flag_id if outcome.events else (await raising(read)).flag_id
    return UnfiledFlag(
        flag_id=flag_id,
        asked=read.state.flags[flag_id].asked in {person.subject for person in duty.people},
        is_new=any(isinstance(one, safety_flag.SafetyFlagRaisedUnfiled) for one in outcome.events),
    )

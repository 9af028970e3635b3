"""Forms that were recorded before Cairn raised flags: which of them endorse a safety item.

They lie in the log without a flag. Nothing raises one by itself: somebody has them looked for, and
says whether the people on duty are asked about them now.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

import msgspec

from events import assessment, instruments, safety_flag
from events.assessment import AssessmentEvent
from events.practice_reading import read_practice
from events.record import Cause, Recorded, digest
from events.safety_flag import SafetyFlagRaised
from events.safety_flag_decisions import WATCHED_FLAGS, RaiseSafetyFlag
from events.safety_interlock import NobodyOnDuty, read_flags
from events.store import EventStore
from events.transact import handle

PAGE: Final = 1000
ACTOR: Final = "cli:safety"


class PastForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form that endorses its safety item and has no flag. `version` is the one that does so."""

    assessment_id: UUID
    client_id: UUID
    version: int
    instrument: str
    item: int
    answer: int
    occurred_at: datetime


class PastForms(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a practice's log, in its order.

    `endorsed` forms say more than 0 to an item about death or self-harm, withdrawn ones included:
    nothing but a person closes a flag, and nothing but a person passes one over. Of `hidden` forms
    the total alone is known, and not how the item was answered.
    """

    forms: int
    endorsed: int
    hidden: int
    without_flag: tuple[PastForm, ...]


async def past_forms(store: EventStore, practice_id: UUID) -> PastForms:
    """Read a practice's log from its beginning. What can no longer be read is passed over."""
    seen: set[UUID] = set()
    hidden: set[UUID] = set()
    flagged: set[UUID] = set()
    endorsed: dict[UUID, PastForm] = {}
    async for recorded in whole_log(store, practice_id):
        event = recorded.event
        if isinstance(event, SafetyFlagRaised):
            flagged.add(event.assessment_id)
        if not isinstance(event, AssessmentEvent):
            continue
        seen.add(event.assessment_id)
        hidden.discard(event.assessment_id)
        if hides_its_item(event):
            hidden.add(event.assessment_id)
        found = assessment.endorsed(event)
        if found is not None and recorded.client_id is not None:
            endorsed[event.assessment_id] = PastForm(
                assessment_id=event.assessment_id,
                client_id=recorded.client_id,
                version=recorded.version,
                instrument=event.instrument,
                item=found.item,
                answer=found.answer,
                occurred_at=recorded.occurred_at,
            )
    return PastForms(
        forms=len(seen),
        endorsed=len(endorsed),
        hidden=len(hidden),
        without_flag=tuple(one for one in endorsed.values() if one.assessment_id not in flagged),
    )


async def whole_log(store: EventStore, practice_id: UUID) -> AsyncIterator[Recorded]:
    after = 0
    while page := await store.read_practice(practice_id, after=after, limit=PAGE):
        for recorded in page:
            yield recorded
        after = page[-1].position


def hides_its_item(event: AssessmentEvent) -> bool:
    """Whether a total alone is known of a form that asks about death or self-harm."""
    if getattr(event, "total", None) is None or getattr(event, "answers", None) is not None:
        return False
    asks = instruments.named(event.instrument).safety_item is not None
    return asks and not isinstance(getattr(event, "suicide_item", None), int)


async def raise_afterwards(
    store: EventStore, practice_id: UUID, form: PastForm, *, now: datetime
) -> bool:
    """Raise the flag that a form of the past has not: whether there is a new one.

    It asks the people who are on duty now. Raises NobodyOnDuty: a flag that nobody is asked about
    is of no use to anybody.
    """
    duty = (await read_practice(store, practice_id)).duty
    if not duty.people:
        raise NobodyOnDuty(form.instrument)
    ids = await store.ids(practice_id)
    flag_id, former_id = safety_flag.flag_ids(ids, form.assessment_id, form.version)
    outcome = await handle(
        store,
        WATCHED_FLAGS,
        (await read_flags(store, practice_id, form.client_id)).stream,
        RaiseSafetyFlag(
            flag_id=flag_id,
            client_id=form.client_id,
            assessment_id=form.assessment_id,
            instrument=form.instrument,
            item=form.item,
            answer=form.answer,
            duty=duty,
            now=now,
            afterwards=True,
        ),
        cause=Cause(
            command_id=ids.of("safety_flag_afterwards", flag_id),
            formerly=uuid5(former_id, "afterwards"),
            actor=ACTOR,
            content=digest("raise_afterwards", former_id),
            correlation=flag_id,
        ),
        occurred_at=now,
    )
    return bool(outcome.events) and not outcome.repeated

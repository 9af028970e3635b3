"""Items about suicide in an import: those in refused lines, and those that totals had lacked."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from events import assessment, instruments
from events.answering import correct_assessment
from events.assessment import Assessment, CorrectAssessment, ScoreAssessment
from events.record import Cause
from events.store import EventStore, read_state
from events.unfiled import UnfiledForm, raise_unfiled_flag
from service import csv_commands
from service.csv_commands import ImportIds, Planned, Terms
from service.csv_rows import Line, Refused
from service.ids import drawn_id

ACTOR = "cli:import"


def endorsed_in(line: Line, refused: Refused) -> Refused:
    """A refused line with the item about suicide that it answers with more than 0, if any."""
    if line.instrument not in instruments.known():
        return refused
    item = line.suicide_item if isinstance(line.suicide_item, int) else None
    found = instruments.endorsed(line.instrument, line.answers or None)
    found = found or instruments.endorsed(line.instrument, None, item, total=line.value)
    return msgspec.structs.replace(
        refused, reference=line.reference, instrument=line.instrument, endorsed=found
    )


async def raise_refused(
    store: EventStore,
    terms: Terms,
    ids: ImportIds,
    refusals: Sequence[Refused],
    *,
    now: datetime,
) -> int:
    """Put what refused lines endorse onto the queue of flags; for how many lines that was done.

    For clients who are enrolled: of anybody else nothing is recorded.
    """
    raised = 0
    for refused in refusals:
        if refused.endorsed is None:
            continue
        stream = csv_commands.client_stream(terms, ids, refused.reference)
        if not await store.read_stream(stream.practice_id, stream.category, stream.stream_id):
            continue
        form = UnfiledForm(
            client_id=stream.stream_id,
            instrument=refused.instrument,
            found=refused.endorsed,
            why=refused.refusal,
            form_id=ids.refused(refused),
        )
        await raise_unfiled_flag(
            store, terms.practice_id, form, actor=ACTOR, command_id=drawn_id(), now=now
        )
        raised += 1
    return raised


async def lacks_suicide_item(store: EventStore, planned: Planned) -> bool | None:
    """Whether a total was taken without the item about suicide that this line says.

    False where the total has that item by now; None where anything else differs from what there is.
    """
    command = planned.command
    if not isinstance(command, ScoreAssessment) or not isinstance(command.suicide_item, int):
        return None
    kept: Assessment = (await read_state(store, assessment.decider, planned.stream)).state
    alone = command.answers is None and kept.answers is None
    same = (kept.total, kept.note, kept.stage) == (command.total, command.note, "kept")
    if not (alone and same):
        return None
    if kept.suicide_item == command.suicide_item:
        return False
    return True if kept.suicide_item == instruments.NOT_RECORDED else None


async def add_suicide_item(
    store: EventStore, ids: ImportIds, planned: Planned, *, now: datetime, run_id: UUID
) -> bool:
    """Add the item to the total, which raises its flag; whether it did."""
    command: ScoreAssessment = planned.command
    correcting = CorrectAssessment(
        assessment_id=command.assessment_id,
        now=now,
        total=command.total,
        suicide_item=command.suicide_item,
    )
    command_id, _ = ids.command(msgspec.structs.replace(planned, command=correcting))
    cause = Cause(command_id=command_id, actor=ACTOR, content=planned.content, correlation=run_id)
    answered = await correct_assessment(store, planned.stream, correcting, cause=cause)
    return answered.flag is not None

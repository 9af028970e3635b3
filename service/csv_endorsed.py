"""Items about suicide in an import: those in refused lines, and those that totals had lacked."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from events import assessment, instruments
from events.answering import correct_assessment
from events.assessment import Assessment, CorrectAssessment, ScoreAssessment
from events.decider import Rejected
from events.instruments import Endorsed
from events.record import Cause
from events.store import EventStore, VersionConflict, read_state
from events.unfiled import UnfiledForm, raise_unfiled_flag
from service import csv_commands
from service.csv_commands import ImportIds, Planned, Terms
from service.csv_entries import Told, most_endorsed
from service.csv_rows import Columns, Refused
from service.csv_summary import NotRaised
from service.ids import drawn_id

ACTOR = "cli:import"
NO_CLIENT = "no client could be read in this line"
NOT_ENROLLED = "the client of this line is not enrolled"
TRY_AGAIN = "other flags of this client were raised at the same time: import the file again"


def with_endorsed(
    refused: Refused, told: Iterable[Told], columns: Columns, ids: ImportIds
) -> Refused:
    """A line that can not be taken, with the item about suicide that can be read in it, if any."""
    found = most_endorsed(columns, told)
    if found is None:
        return refused
    cells, form = found
    said = [cells.get(column, "") for column in columns.of_form()]
    return msgspec.structs.replace(
        refused,
        reference=cells.get(columns.client, ""),
        instrument=form.instrument,
        endorsed=form.found,
        form_id=ids.refused(form.instrument, said),
    )


async def raise_refused(
    store: EventStore,
    terms: Terms,
    ids: ImportIds,
    refusals: Sequence[Refused],
    *,
    now: datetime,
) -> list[NotRaised]:
    """Put what refused lines endorse onto the queue of flags; answers those that are not on it.

    For clients who are enrolled: of anybody else nothing is recorded.
    """
    not_raised: list[NotRaised] = []
    for refused in refusals:
        if refused.endorsed is None:
            continue
        why = await raise_one(store, terms, ids, refused, found=refused.endorsed, now=now)
        if why is not None:
            not_raised.append(NotRaised(line=refused.line, why=why))
    return not_raised


async def raise_one(
    store: EventStore,
    terms: Terms,
    ids: ImportIds,
    refused: Refused,
    *,
    found: Endorsed,
    now: datetime,
) -> str | None:
    """Raise the flag of one refused line, or count on it; answers why there is none open now."""
    if not refused.reference:
        return NO_CLIENT
    stream = csv_commands.client_stream(terms, ids, refused.reference)
    if not await store.read_stream(stream.practice_id, stream.category, stream.stream_id):
        return NOT_ENROLLED
    form = UnfiledForm(
        client_id=stream.stream_id,
        instrument=refused.instrument,
        found=found,
        why=refused.refusal,
        form_id=refused.form_id,
    )
    try:
        await raise_unfiled_flag(
            store, terms.practice_id, form, actor=ACTOR, command_id=drawn_id(), now=now
        )
    except VersionConflict:
        return TRY_AGAIN
    except Rejected as rejected:
        return rejected.told()
    return None  # It was raised anew where the one before was closed.


class AddedItem(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a total got the item about suicide that it lacked, and whether that raised a flag."""

    added: bool
    flagged: bool


async def add_suicide_item(
    store: EventStore,
    ids: ImportIds,
    planned: Planned,
    *,
    now: datetime,
    run_id: UUID,
    dry_run: bool,
) -> AddedItem | None:
    """Give a total the item about suicide that it was taken without, which raises its flag.

    None where anything else differs from what there is. Raises VersionConflict where somebody
    corrects the total at the same time, and what the total's decider refuses.
    """
    command = planned.command
    if not isinstance(command, ScoreAssessment) or not isinstance(command.suicide_item, int):
        return None
    read = await read_state(store, assessment.decider, planned.stream)
    kept: Assessment = read.state
    alone = command.answers is None and kept.answers is None
    same = (kept.total, kept.note, kept.stage) == (command.total, command.note, "kept")
    if not (alone and same):
        return None
    if kept.suicide_item == command.suicide_item:
        return AddedItem(added=False, flagged=False)
    if kept.suicide_item != instruments.NOT_RECORDED:
        return None
    if dry_run:
        return AddedItem(added=True, flagged=planned.raises_flag)
    correcting = CorrectAssessment(
        assessment_id=command.assessment_id,
        now=now,
        total=command.total,
        suicide_item=command.suicide_item,
    )
    # The version is in the id: a clinician may have taken the item back since, and here it is anew.
    cause = Cause(
        command_id=ids.correction(planned.stream, read.version),
        actor=ACTOR,
        content=planned.content,
        correlation=run_id,
    )
    answered = await correct_assessment(
        store, planned.stream, correcting, cause=cause, expected=read.version
    )
    added = bool(answered.outcome.events) and not answered.outcome.repeated
    return AddedItem(added=added, flagged=added and answered.flag is not None)

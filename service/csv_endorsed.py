"""Items about suicide in an import: those in refused lines, and those that totals had lacked."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from events import instruments
from events.answering import correct_assessment
from events.assessment import ASSESSMENT, Assessment, CorrectAssessment, ScoreAssessment
from events.instruments import Endorsed
from events.record import Cause
from events.refusals import Rejected
from events.store import EventStore, VersionConflict, read_state
from events.unfiled import UnfiledForm, raise_unfiled_flag
from service import csv_commands
from service.csv_clients import Clients
from service.csv_commands import ImportIds, Planned, Terms
from service.csv_entries import Told, most_endorsed
from service.csv_rows import Columns, Refused, names_somebody
from service.csv_summary import NotRaised, Summary
from service.ids import drawn_id

ACTOR = "cli:import"
AGAIN = "import again with --enrol and --raise-refused"
NOT_ENROLLED = f"the client of this line is not enrolled: {AGAIN}"
NO_CLIENT = f"no client is named in this line: put the client's name there, and {AGAIN}"
NOT_TO_BE_GIVEN = (
    "nobody has the id that names the client in this line, and it can not be given to anybody new: "
    f"put the client's id or another name there, and {AGAIN}"
)
TRY_AGAIN = (
    "other flags of this client were raised at the same time: import again with --raise-refused"
)


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


class RaisingRefused:
    """Puts what refused lines endorse onto the queue of flags, where that was asked for.

    Where also enrolling was asked for, their clients are enrolled; of anybody else who is not there
    nothing is recorded.
    """

    def __init__(
        self, store: EventStore, terms: Terms, ids: ImportIds, clients: Clients, *, now: datetime
    ) -> None:
        self._store = store
        self._terms = terms
        self._ids = ids
        self._clients = clients
        self._now = now

    async def run(self, summary: Summary) -> None:
        """Note in the summary what was raised, and what was not, or can not be."""
        for refused in summary.refusals:
            if refused.endorsed is None:
                continue
            why = await self._hindrance(refused, summary)
            if why is not None and self._terms.dry_run:
                why = f"{why} and without --dry-run"
            if why is None and self._terms.raise_refused:
                why = await self._raise(refused, refused.endorsed, summary)
            if why is not None:
                summary.unfiled_not_raised.append(NotRaised(line=refused.line, why=why))
        if self._terms.raise_refused and not self._terms.dry_run:
            not_raised = len(summary.unfiled_not_raised)
            summary.unfiled_raised = summary.endorsed_refused - not_raised

    async def _hindrance(self, refused: Refused, summary: Summary) -> str | None:
        """Why no flag can be raised, whatever the import is told; None where one can be."""
        if not names_somebody(refused.reference):
            return NO_CLIENT
        if await self._clients.is_there(refused.reference):
            return None
        if not self._clients.may_be_given(refused.reference):
            return NOT_TO_BE_GIVEN
        summary.endorsed_not_enrolled += not self._terms.enrol
        return None

    async def _raise(self, refused: Refused, found: Endorsed, summary: Summary) -> str | None:
        """Raise the flag of one line, or count on it; answers why there is none open now."""
        was_enrolled = self._clients.enrolled
        await self._clients.welcome_refused(refused.reference)
        if self._clients.enrolled > was_enrolled and refused.is_broken:
            summary.enrolled_from_broken.append(refused.line)
        if (refusal := self._clients.refusal(refused.reference)) is not None:
            return refusal.told()
        if self._terms.dry_run:
            return None
        if not self._clients.is_enrolled(refused.reference):
            return NOT_ENROLLED
        stream = csv_commands.client_stream(self._terms, self._ids, refused.reference)
        form = UnfiledForm(
            client_id=stream.stream_id,
            instrument=refused.instrument,
            found=found,
            why=refused.refusal,
            form_id=refused.form_id,
        )
        try:
            await raise_unfiled_flag(
                self._store,
                self._terms.practice_id,
                form,
                actor=ACTOR,
                command_id=drawn_id(),
                now=self._now,
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
    corrects the total at the same time, and what the total's aggregate refuses.
    """
    command = planned.command
    if not isinstance(command, ScoreAssessment) or not isinstance(command.suicide_item, int):
        return None
    read = await read_state(store, ASSESSMENT, planned.stream)
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

"""Brings the lines of a CSV file into the log: each once, however often the file is imported.

What a line stands for is in csv_commands.py. A line that says something else than it did at an
earlier import is refused, so that no change gets lost.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from events import while_enrolled
from events.answering import begin_assessment
from events.assessment import ScoreAssessment
from events.client import CLIENT, ClientNotEnrolled, require_enrolled
from events.goal_commands import SetGoal
from events.goal_decisions import GOAL
from events.instruments import SuicideItemNotAsked
from events.practice_reading import read_practice
from events.record import Cause
from events.refusals import Rejected
from events.safety_interlock import NobodyOnDuty
from events.store import ContentMismatch, EventStore, VersionConflict, read_state
from events.transact import begin
from service import csv_commands
from service.csv_clients import Clients
from service.csv_commands import (
    FirstScoreGoal,
    ImportIds,
    Planned,
    Terms,
    former_client,
    former_entry,
    uuid_named,
)
from service.csv_endorsed import ACTOR, RaisingRefused, add_suicide_item, with_endorsed
from service.csv_entries import Entry, Unread, entries, told_by
from service.csv_file import CsvFile
from service.csv_rows import Line, LineRefused, Refused, Skipped
from service.csv_summary import Summary

CHUNK_LINES = 512
IN_FLIGHT = 64

CHANGED_SINCE = (
    "another value was recorded before for this client, instrument and time: correct that one"
)
NOBODY_ON_DUTY = (
    "nobody is on duty to see an answer about suicide: say who with `cairn practice duty`"
)
OR_LEAVE_IT_OUT = "or leave the item out (PHQ-9 without its last item is PHQ-8)"
NO_PLACE_FOR_ITEM = (
    "the item about suicide is answered, and has no place here: this instrument does not ask about "
    "it, or the answers say it themselves"
)
DISCHARGED = "this client was discharged, and no goal begins after that"
CLIENT_UNKNOWN = "this client is not enrolled: enrol the client first, or import with --enrol"

# What a line is told in place of what the API would say.
OWN_SENTENCES = {
    ContentMismatch: CHANGED_SINCE,
    NobodyOnDuty: f"{NOBODY_ON_DUTY}, {OR_LEAVE_IT_OUT}",
    ClientNotEnrolled: DISCHARGED,
}
# And where the item is answered above 0: whoever leaves the item out, as is said of the others,
# loses the answer.
SENTENCES_OF_ENDORSED = {
    NobodyOnDuty: NOBODY_ON_DUTY,
    SuicideItemNotAsked: NO_PLACE_FOR_ITEM,
}

Progress = Callable[[int], None]
Report = Callable[[Refused], None]


class Import:
    """One run over one file, writing to one store at one moment."""

    def __init__(self, store: EventStore, terms: Terms, *, now: datetime, run_id: UUID) -> None:
        self._store = store
        self._terms = terms
        self._now = now
        self._run_id = run_id
        self._first_score: dict[str, tuple[Line, float]] = {}
        self._would_write: dict[UUID, bytes] = {}
        self._is_anybody_on_duty = False
        self._not_taken: set[int] = set()
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self.summary = Summary(dry_run=terms.dry_run)

    async def run(self, file: CsvFile, *, progress: Progress, report: Report) -> Summary:
        """Import the file. Raises FileRefused, before anything is written, and StoreUnavailable.

        `progress` is told how many bytes were read; at the end `report` each refusal that is kept,
        those that endorse an item about suicide first.
        """
        self._ids = ImportIds(
            self._terms.practice_id, await self._store.ids(self._terms.practice_id)
        )
        self._clients = Clients(
            self._store, self._terms, self._ids, begin=self._begin, now=self._now
        )
        self._look_through(file)
        choices = await read_practice(self._store, self._terms.practice_id)
        self._is_anybody_on_duty = bool(choices.duty.people)
        lines = entries(file, self._terms.columns)
        while chunk := list(islice(lines, CHUNK_LINES)):
            await self._find_former([entry for _, entry in chunk])
            self.summary.note(await self._take([entry for _, entry in chunk]))
            progress(chunk[-1][0])
        # Last, when every score is there: a worker may look at a goal as soon as it is agreed.
        self.summary.note(await self._give_goals())
        self.summary.sort()
        for refusal in self.summary.refusals:
            report(refusal)
        raising = RaisingRefused(self._store, self._terms, self._ids, self._clients, now=self._now)
        await raising.run(self.summary)
        self.summary.clients_enrolled = self._clients.enrolled
        return self.summary

    def _look_through(self, file: CsvFile) -> None:
        """Read to the end, so that a broken file writes nothing, and find what came first."""
        for _, line in entries(file, self._terms.columns):
            if not isinstance(line, Line):
                continue
            planned = self._planned(line)
            if isinstance(planned, Refused):
                continue
            self._clients.note(line)
            name, when = line.reference, line.occurred_at
            if self._terms.goal is None or planned.total is None:
                continue
            if name not in self._first_score or when < self._first_score[name][0].occurred_at:
                self._first_score[name] = line, planned.total

    async def _find_former(self, lines: Sequence[Entry]) -> None:
        """Which of these lines, and of their clients, an earlier release has imported.

        Of each line that names a client, also where the line can not be taken.
        """
        practice_id = self._terms.practice_id
        references = {one for line in lines for one in self._references(line)}
        clients = {former_client(practice_id, one) for one in references if uuid_named(one) is None}
        entries_ = {former_entry(practice_id, line) for line in lines if isinstance(line, Line)}
        for category, formerly in (
            (CLIENT.category, clients),
            (csv_commands.entry_aggregate(self._terms).category, entries_),
        ):
            self._ids.keep(await self._store.among(practice_id, category, formerly))

    def _references(self, entry: Entry) -> Iterator[str]:
        """What the client of a line may be called."""
        if isinstance(entry, Unread):
            yield from (told.get(self._terms.columns.client, "") for told in entry.told)
        else:
            yield entry.reference

    async def _take(self, lines: Sequence[Entry]) -> list[Refused]:
        self.summary.lines += len(lines)
        self.summary.missing += sum(isinstance(line, Skipped) for line in lines)
        refusals = [self._unread(line) for line in lines if isinstance(line, Unread)]
        sound: list[tuple[Line, Planned]] = []
        for line in lines:
            if isinstance(line, Line):
                planned = self._planned(line)
                if isinstance(planned, Refused):
                    refusals.append(planned)
                else:
                    sound.append((line, planned))
        untaken = await self._together(self._turned_away(*one) for one in sound)
        self._not_taken.update(one.line for one in untaken)
        sound = [one for one in sound if one[0].line not in self._not_taken]
        refusals += untaken
        references = dict.fromkeys(line.reference for line, _ in sound)
        await self._together(self._clients.welcome(one) for one in references)
        unwritten = await self._together(self._write(*one) for one in sound)
        self._not_taken.update(one.line for one in unwritten)
        return refusals + unwritten

    async def _together(
        self, tasks: Iterable[Coroutine[Any, Any, Refused | None]]
    ) -> list[Refused]:
        async def bounded(task: Coroutine[Any, Any, Refused | None]) -> Refused | None:
            async with self._slots:
                return await task

        answers = await asyncio.gather(*(bounded(task) for task in tasks))
        return [answer for answer in answers if answer is not None]

    async def _turned_away(self, line: Line, planned: Planned) -> Refused | None:
        """Before anybody is enrolled: what may not be asked, unless it was taken before.

        begin_assessment has the last word; it sees the duty of that very moment.
        """
        if self._is_anybody_on_duty or not planned.asks_about_safety:
            return None
        stream = planned.stream
        if await self._store.read_stream(stream.practice_id, stream.category, stream.stream_id):
            return None
        return self._refusal(line, NobodyOnDuty(line.instrument))

    async def _give_goals(self) -> list[Refused]:
        if (wanted := self._terms.goal) is None:
            return []
        refusals: list[Refused] = []
        firsts = (
            one
            for name, one in self._first_score.items()
            if self._clients.is_enrolled(name) and one[0].line not in self._not_taken
        )
        while chunk := list(islice(firsts, CHUNK_LINES)):
            refusals += await self._together(self._give_goal(*first, wanted) for first in chunk)
        return refusals

    async def _give_goal(self, first: Line, total: float, wanted: FirstScoreGoal) -> Refused | None:
        try:
            client_id = self._ids.client(first.reference)
            formerly = csv_commands.former_goal(client_id, first.instrument, wanted)
            practice_id = self._terms.practice_id
            self._ids.keep(await self._store.among(practice_id, GOAL.category, [formerly]))
            set_goal, agree = csv_commands.goal(self._terms, self._ids, first, total, wanted)
            there = await self._begin(set_goal)
            await self._agree(agree)  # Again as well: an earlier run may have ended in between.
        except Rejected as refused:
            return self._refusal(first, refused, what="the goal was not set")
        self.summary.goals_set += not there
        return None

    async def _write(self, line: Line, planned: Planned) -> Refused | None:
        if not self._clients.is_enrolled(line.reference):
            if (refused_client := self._clients.refusal(line.reference)) is not None:
                return self._refusal(line, refused_client)
            column = self._terms.columns.client
            why = f"column {column!r}: {CLIENT_UNKNOWN}"
            return self._with_endorsed(line, Refused(line=line.line, why=why))
        try:
            there = await self._begin(planned)
        except ContentMismatch as differs:
            return await self._add_suicide_item(line, planned, differs)
        except Rejected as refused:
            return self._refusal(line, refused)
        if there:
            self.summary.already_there += 1
        else:
            self.summary.written += 1
            self.summary.incomplete += planned.is_incomplete
            self.summary.flags_raised += planned.raises_flag
            self.summary.suicide_item_not_recorded += planned.hides_safety_item
        return None

    async def _add_suicide_item(
        self, line: Line, planned: Planned, differs: ContentMismatch
    ) -> Refused | None:
        """Take a line that differs by the item about suicide alone, which its total has lacked."""
        try:
            item = await add_suicide_item(
                self._store,
                self._ids,
                planned,
                now=self._now,
                run_id=self._run_id,
                dry_run=self._terms.dry_run,
            )
        except VersionConflict:
            item = None
        except Rejected as refused:
            return self._refusal(line, refused)
        if item is None:
            return self._refusal(line, differs)
        self.summary.already_there += 1
        self.summary.suicide_items_added += item.added
        self.summary.flags_raised += item.flagged
        return None

    def _planned(self, line: Line) -> Planned | Refused:
        try:
            return csv_commands.entry(self._terms, self._ids, line, now=self._now)
        except LineRefused as refused:
            return self._with_endorsed(line, Refused(line=line.line, why=str(refused)))
        except Rejected as refused:
            return self._refusal(line, refused)

    def _refusal(self, line: Line, refused: Rejected, *, what: str = "") -> Refused:
        found = Refused(line=line.line, why="", refusal=refused.slug(), is_taken=bool(what))
        if not what:
            found = self._with_endorsed(line, found)
        sentence = OWN_SENTENCES.get(type(refused), refused.told())
        if found.endorsed is not None:
            sentence = SENTENCES_OF_ENDORSED.get(type(refused), sentence)
        column = self._terms.columns.saying(refused.field or "")
        named = f"column {column!r}: " if column else ""
        told = f"{what}: " if what else ""
        return msgspec.structs.replace(found, why=f"{told}{named}{sentence}")

    def _unread(self, entry: Unread) -> Refused:
        columns = self._terms.columns
        found = Refused(line=entry.line, why=entry.why, is_broken=entry.is_broken)
        found = with_endorsed(found, entry.told, columns, self._ids)
        if found.endorsed is not None and not entry.is_broken:
            self._clients.note_refused(found.reference, entry.told[0].get(columns.name or "", ""))
        return found

    def _with_endorsed(self, line: Line, refused: Refused) -> Refused:
        columns = self._terms.columns
        self._clients.note_refused(line.reference, line.name)
        return with_endorsed(refused, told_by(line, columns), columns, self._ids)

    async def _begin(self, planned: Planned) -> bool:
        """Start the stream; whether it was already there. Raises ContentMismatch, Rejected."""
        if self._terms.dry_run:
            return await self._would_begin(planned)
        cause, occurred_at = self._cause(planned), planned.occurred_at
        if isinstance(planned.command, ScoreAssessment):
            answered = await begin_assessment(
                self._store,
                planned.stream,
                planned.command,
                cause=cause,
                occurred_at=occurred_at,
                self_reported=False,
            )
            return answered.outcome.repeated
        if isinstance(planned.command, SetGoal):
            outcome = await while_enrolled.set_goal(
                self._store, planned.stream, planned.command, cause=cause, occurred_at=occurred_at
            )
            return outcome.repeated
        outcome = await begin(
            self._store,
            planned.aggregate,
            planned.stream,
            planned.command,
            cause=cause,
            occurred_at=occurred_at,
        )
        return outcome.repeated

    async def _would_begin(self, planned: Planned) -> bool:
        stream = planned.stream
        past = await self._store.read_stream(stream.practice_id, stream.category, stream.stream_id)
        there = self._would_write.get(stream.stream_id)
        content = past[0].content if past else there
        if content is None and isinstance(planned.command, SetGoal):
            await self._require_not_discharged(planned.command)
        if content is not None and content != planned.content:
            raise ContentMismatch
        self._would_write[stream.stream_id] = planned.content
        return content is not None

    async def _require_not_discharged(self, command: SetGoal) -> None:
        """Raises ClientNotEnrolled. Who would only be enrolled by this import is not discharged."""
        stream = CLIENT.stream(self._terms.practice_id, command.client_id)
        whom = await read_state(self._store, CLIENT, stream)
        if whom.past:
            require_enrolled(whom.state)

    async def _agree(self, planned: Planned) -> None:
        if self._terms.dry_run:
            return
        await while_enrolled.change_goal(
            self._store,
            planned.stream,
            planned.command,
            cause=self._cause(planned),
            occurred_at=planned.occurred_at,
        )

    def _cause(self, planned: Planned) -> Cause:
        command_id, formerly = self._ids.command(planned)
        return Cause(
            command_id=command_id,
            formerly=formerly,
            actor=ACTOR,
            content=planned.content,
            correlation=self._run_id,
        )

"""The clients that a file names: who is enrolled, and enrolling them where that was asked for."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from events.ids import is_choosable
from events.refusals import Rejected
from events.store import EventStore
from service import csv_commands
from service.csv_commands import ImportIds, Planned, Terms, uuid_named
from service.csv_rows import Line, names_somebody

Begin = Callable[[Planned], Awaitable[bool]]


class Clients:
    """Who is enrolled, of those that one run has met; `begin` records an enrolment."""

    def __init__(
        self, store: EventStore, terms: Terms, ids: ImportIds, *, begin: Begin, now: datetime
    ) -> None:
        self._store = store
        self._terms = terms
        self._ids = ids
        self._begin = begin
        self._now = now
        self._first: dict[str, Line] = {}
        self._names: dict[str, str] = {}
        self._is_enrolled: dict[str, bool] = {}
        self._refusals: dict[str, Rejected] = {}
        self.enrolled = 0

    def note(self, line: Line) -> None:
        """Keep the first line of each client: they are enrolled as of then, and called as there."""
        first = self._first.get(line.reference)
        if first is None or line.occurred_at < first.occurred_at:
            self._first[line.reference] = line

    def note_refused(self, reference: str, name: str) -> None:
        """Keep what a client is called in a line that is refused, for want of a sound one."""
        if names_somebody(name):
            self._names.setdefault(reference, name)

    def is_enrolled(self, reference: str) -> bool:
        """Whether a client who was looked for is enrolled by now."""
        return self._is_enrolled.get(reference, False)

    def refusal(self, reference: str) -> Rejected | None:
        """What has refused to enrol a client; None where nothing has."""
        return self._refusals.get(reference)

    async def is_there(self, reference: str) -> bool:
        """Whether a client is enrolled, be it by this run; nobody is enrolled by asking.

        Somebody whose record does not open is there all the same.
        """
        if self.is_enrolled(reference):
            return True
        stream = csv_commands.client_stream(self._terms, self._ids, reference)
        past = await self._store.read_stream(stream.practice_id, stream.category, stream.stream_id)
        return bool(past)

    def may_be_given(self, reference: str) -> bool:
        """Whether somebody who is not there may be enrolled by this name."""
        named = uuid_named(reference)
        return named is None or (is_choosable(named) and named != self._terms.practice_id)

    async def welcome(self, reference: str) -> None:
        """Find a client of whom the file has a sound line, or enrol them where that was asked."""
        if reference not in self._is_enrolled:
            first = self._first[reference]
            await self._welcome(reference, name=first.name, occurred_at=first.occurred_at)

    async def welcome_refused(self, reference: str) -> None:
        """The same for a client of whom the file may have refused lines alone."""
        if reference in self._first:
            await self.welcome(reference)
        elif reference not in self._is_enrolled:
            name = self._names.get(reference, reference)
            await self._welcome(reference, name=name, occurred_at=self._now)

    async def _welcome(self, reference: str, *, name: str, occurred_at: datetime) -> None:
        there = await self.is_there(reference)
        self._is_enrolled[reference] = there or self._terms.enrol
        if there or not self._terms.enrol:
            return
        when = min(occurred_at, self._now)
        try:
            await self._begin(
                csv_commands.enrolment(
                    self._terms, self._ids, reference, name=name, occurred_at=when
                )
            )
        except Rejected as refused:
            self._is_enrolled[reference] = False
            self._refusals[reference] = refused
        else:
            self.enrolled += 1

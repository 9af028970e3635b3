"""Where a person can be reached, told without asking the database: as it was last known.

What a client reads when we are not able to take a form must not hang on what is not working.
"""

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
import structlog

from events.client import CLIENT, Client
from events.crisis import CrisisHelp, Told, crisis_help, notice, spoken
from events.practice import Practice
from events.practice_choices import CrisisInformation
from events.practice_reading import read_practice
from events.store import EventStore, RecordUnreadable, read_state
from service.in_time import in_time
from service.safety_answer import SafetyAnswer

PRACTICES: Final = 10_000
CLIENTS: Final = 50_000
FILLED_AT_START: Final = 1_000
FRESH: Final = timedelta(minutes=5)
# How long what goes beside an answer is read for.
BESIDE_SECONDS: Final = 2.0
# What is told where the form, or its endorsed item, stands on the list of flags under a name
# (SafetyAnswer.person_asked), and where a clinician has said that they have seen it
# (SafetyAnswer.person_notified).
ASKED: Final[frozenset[Told]] = frozenset({"asked", "seen", "unfiled_asked"})
NOTIFIED: Final[frozenset[Told]] = frozenset({"seen"})
# Of a practice or a client of whom nothing is known.
NOWHERE: Final = ""
USUAL_LANGUAGE: Final = "en"
log = structlog.get_logger("cairn.last_known")


class KnownLines(msgspec.Struct, frozen=True, kw_only=True):
    """What a practice has chosen, as far as it concerns what a client is told."""

    country: str
    language: str
    crisis_lines: Mapping[str, CrisisInformation]


class KnownPerson(msgspec.Struct, frozen=True, kw_only=True):
    """The country and the language that a client has, and when that was read."""

    country: str | None
    language: str
    at: datetime


class LastKnown:
    """Remembers what was read last of practices and clients; asked, it reads nothing."""

    def __init__(self) -> None:
        self._lines: OrderedDict[UUID, KnownLines] = OrderedDict()
        self._people: OrderedDict[tuple[UUID, UUID], KnownPerson] = OrderedDict()

    def practice(self, practice_id: UUID, choices: Practice) -> None:
        """What a practice has chosen was read."""
        self._lines[practice_id] = KnownLines(
            country=choices.country, language=choices.language, crisis_lines=choices.crisis_lines
        )
        self._lines.move_to_end(practice_id)
        while len(self._lines) > PRACTICES:
            self._lines.popitem(last=False)

    def person(
        self,
        practice_id: UUID,
        client_id: UUID,
        *,
        country: str | None,
        language: str,
        now: datetime,
    ) -> None:
        """Where a client lives, and the language the client reads, were read."""
        known = KnownPerson(country=country, language=language, at=now)
        self._people[practice_id, client_id] = known
        self._people.move_to_end((practice_id, client_id))
        while len(self._people) > CLIENTS:
            self._people.popitem(last=False)

    def is_fresh(self, practice_id: UUID, client_id: UUID, now: datetime) -> bool:
        """Whether both were read within the last five minutes."""
        person = self._people.get((practice_id, client_id))
        return person is not None and practice_id in self._lines and now - person.at < FRESH

    def answer(self, practice_id: UUID | None, client_id: UUID | None, told: Told) -> SafetyAnswer:
        """What goes with an answer that tells this."""
        language = self._language(practice_id, client_id)
        found = self.help(practice_id, client_id)
        return SafetyAnswer(
            person_asked=told in ASKED,
            person_notified=told in NOTIFIED,
            notice=notice(language, told, has_helpline=found.has_helpline),
            language=spoken(language),
            country=found.country,
            lines=found.lines,
            reviewed_on=found.reviewed_on,
            reviewed_by=found.reviewed_by,
        )

    def help(
        self,
        practice_id: UUID | None,
        client_id: UUID | None,
        *,
        country: str | None = None,
        language: str | None = None,
    ) -> CrisisHelp:
        """Where a person is: the practice's lines, else a country's, else the emergency number.

        In the country and the language that are wanted, else in the client's, else the practice's.
        """
        lines = self._lines.get(practice_id) if practice_id else None
        person = self._person(practice_id, client_id)
        usual = (person and person.country) or (lines.country if lines else NOWHERE)
        return crisis_help(
            country or usual,
            language or self._language(practice_id, client_id),
            lines.crisis_lines if lines else {},
        )

    def _language(self, practice_id: UUID | None, client_id: UUID | None) -> str:
        if (person := self._person(practice_id, client_id)) is not None:
            return person.language
        lines = self._lines.get(practice_id) if practice_id else None
        return lines.language if lines else USUAL_LANGUAGE

    def _person(self, practice_id: UUID | None, client_id: UUID | None) -> KnownPerson | None:
        return self._people.get((practice_id, client_id)) if practice_id and client_id else None

    async def look(
        self, store: EventStore, practice_id: UUID, client_id: UUID | None, *, now: datetime
    ) -> None:
        """Read what a practice has chosen, and where a client lives. Raises what the log raises."""
        self.practice(practice_id, await read_practice(store, practice_id))
        if client_id is None:
            return
        stream = CLIENT.stream(practice_id, client_id)
        state: Client = CLIENT.initial
        with suppress(RecordUnreadable):
            state = (await read_state(store, CLIENT, stream)).state
        if state.stage == "unset":
            # There is no such client, or not any more.
            self._people.pop((practice_id, client_id), None)
        else:
            self.person(
                practice_id, client_id, country=state.country, language=state.language, now=now
            )

    async def look_beside(
        self, store: EventStore, practice_id: UUID, client_id: UUID | None, *, now: datetime
    ) -> None:
        """As `look`, for what is said beside an answer: it takes two seconds at most."""
        try:
            await in_time(self.look(store, practice_id, client_id, now=now), BESIDE_SECONDS)
        except Exception as error:
            # The answer is true already, and must not fail. What was known before is told then.
            log.warning("not_looked_up", exc_info=error, practice_id=str(practice_id))

    async def fill(self, store: EventStore, practices: list[UUID]) -> None:
        """Read the practices at a start, so that an outage soon after finds them known."""
        for practice_id in practices[:FILLED_AT_START]:
            if practice_id in self._lines:
                continue
            try:
                self.practice(practice_id, await read_practice(store, practice_id))
            except Exception as error:
                # A practice that can not be read is no reason to leave out those after it.
                log.warning("practice_not_read", exc_info=error, practice_id=str(practice_id))

"""Which goal an event is about: what is said of one goal is told in order."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from events.catalogue import CODEC
from events.check_in import CHECK_IN, CheckInCorrected, CheckInLogged, CheckInWithdrawn
from events.goal_decisions import GOAL
from events.ids import DerivedIds
from events.keyring import Keyring
from events.postgres import opened
from events.record import Recorded
from events.store import EventStore
from events.suggestion import SUGGESTION, SuggestionOffered

REMEMBERED: Final = 10_000


class GoalsOfEvents:
    """Opens what it has to: of check-ins and suggestions the goal lies in the seal.

    A goal's own events lie in its stream. Everything else is about no goal, and so is what can no
    longer be read.
    """

    def __init__(self, store: EventStore, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring
        self._of_suggestion: OrderedDict[tuple[UUID, UUID], UUID | None] = OrderedDict()

    async def ids(self, practice_id: UUID) -> DerivedIds:
        """What the practice's ids are computed with."""
        return await self._store.ids(practice_id)

    async def among(self, practice_id: UUID, rows: Sequence[asyncpg.Record]) -> list[UUID | None]:
        """The goals of rows of event_log, one after the other."""
        sealed = [
            row for row in rows if row["category"] in (CHECK_IN.category, SUGGESTION.category)
        ]
        keys = await self._keyring.load(
            practice_id, {row["client_id"] or practice_id for row in sealed}
        )
        found: list[UUID | None] = []
        for row in rows:
            if row["category"] == GOAL.category:
                found.append(row["stream_id"])
            elif row["category"] == CHECK_IN.category:
                key = keys.get(row["client_id"])
                found.append(goal_named_in(opened(practice_id, row, key, codec=CODEC)))
            elif row["category"] == SUGGESTION.category:
                found.append(await self._suggested_for(practice_id, row["stream_id"]))
            else:
                found.append(None)
        return found

    async def _suggested_for(self, practice_id: UUID, suggestion_id: UUID) -> UUID | None:
        suggested = practice_id, suggestion_id
        if suggested not in self._of_suggestion:
            self._of_suggestion[suggested] = await self._offered_for(practice_id, suggestion_id)
            while len(self._of_suggestion) > REMEMBERED:
                self._of_suggestion.popitem(last=False)
        return self._of_suggestion[suggested]

    async def _offered_for(self, practice_id: UUID, suggestion_id: UUID) -> UUID | None:
        past = await self._store.read_stream(practice_id, SUGGESTION.category, suggestion_id)
        return goal_named_in(past[0]) if past else None


def goal_named_in(recorded: Recorded) -> UUID | None:
    match recorded.event:
        case CheckInLogged() | CheckInCorrected() | CheckInWithdrawn() | SuggestionOffered():
            return recorded.event.goal_id
        case _:
            return None

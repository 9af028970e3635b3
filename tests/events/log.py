"""A practice's log in memory: told what has happened, asked what it then holds."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from events.goal import Goal
from events.goal_decisions import GOAL
from events.memory import MemoryStore
from events.record import Cause, Receipt, Recorded, Step, digest
from events.store import read_state
from tests.controls import ANNA, DRAFT, NOON, PRACTICE, WALK, client_enrolled, practice_opened


def cause(*asked: object) -> Cause:
    """Why: a command of its own."""
    return Cause(
        command_id=uuid4(), actor="clinician:ida", content=digest(*asked), correlation=uuid4()
    )


class Log(MemoryStore):
    """Position 1 opens the practice, position 2 enrols Anna."""

    def __init__(self) -> None:
        super().__init__(lambda: NOON)

    async def opened(self) -> "Log":
        await self.has("practice", PRACTICE, practice_opened(), client_id=None)
        await self.has("client", ANNA, client_enrolled())
        return self

    async def has(
        self,
        category: str,
        stream_id: UUID,
        *events: Any,
        client_id: UUID | None = ANNA,
        occurred_at: datetime = NOON,
    ) -> Receipt:
        """These have happened, one after the other."""
        step = Step(
            stream_id=stream_id,
            category=category,
            client_id=client_id,
            expected=len(await self.read_stream(PRACTICE, category, stream_id)),
            events=events,
            occurred_at=occurred_at,
        )
        return await self.append(PRACTICE, [step], cause=cause())

    async def has_goal(self, *events: Any) -> Receipt:
        return await self.has("goal", WALK, *events)

    async def has_suggestion(self, *events: Any) -> Receipt:
        return await self.has("suggestion", DRAFT, *events)

    async def after(self, position: int) -> list[Any]:
        """What has happened since."""
        return [one.event for one in await self.read_practice(PRACTICE, after=position)]


class Interrupted(Log):
    """Somebody else is quicker: something else is appended before the append that is awaited."""

    def __init__(self) -> None:
        super().__init__()
        self.before_append: Callable[[], Awaitable[object]] | None = None

    async def append(self, practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        interruption, self.before_append = self.before_append, None
        if interruption is not None:
            await interruption()
        return await super().append(practice_id, steps, cause=cause)


async def stream(log: MemoryStore, category: str, stream_id: UUID) -> list[Recorded]:
    return await log.read_stream(PRACTICE, category, stream_id)


async def goal_in(log: MemoryStore, goal_id: UUID) -> Goal:
    """A goal as it stands, by the product's own reading."""
    of = GOAL.stream(PRACTICE, goal_id)
    state: Goal = (await read_state(log, GOAL, of)).state
    return state

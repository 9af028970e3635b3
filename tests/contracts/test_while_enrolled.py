"""A discharge and new goals at the same time: each goal comes first, or not at all."""

import asyncio
from datetime import date
from uuid import UUID, uuid4

import pytest

from events import client, goal, goal_decisions
from events.aggregate import Stream
from events.client import ClientNotEnrolled, DischargeClient
from events.goal_commands import SetGoal
from events.measure import Count
from events.store import EventStore, read_state
from events.transact import handle
from events.while_enrolled import set_goal
from tests.conftest import Database
from tests.contracts.stores import NOON, cause, found, postgres_store

Practice = tuple[UUID, UUID]


def of(practice: Practice, category: str, stream_id: UUID) -> Stream:
    return Stream(
        practice_id=practice[0], stream_id=stream_id, category=category, client_id=practice[1]
    )


async def sets(store: EventStore, practice: Practice) -> int | None:
    """Where the log has the goal; None where it was refused."""
    goal_id = uuid4()
    command = SetGoal(
        goal_id=goal_id,
        client_id=practice[1],
        statement="Walk",
        measure=Count(amount=5.0),
        achievability=5,
        why="The river",
        due_on=date(2026, 4, 27),
        zone="UTC",
        now=NOON,
    )
    stream = of(practice, goal_decisions.GOAL.category, goal_id)
    try:
        outcome = await set_goal(store, stream, command, cause=cause(goal_id), occurred_at=NOON)
    except ClientNotEnrolled:
        return None
    read = await read_state(store, goal_decisions.GOAL, stream)
    assert read.state.stage is goal.Stage.PROPOSED
    return outcome.position


async def discharges(store: EventStore, practice: Practice) -> int:
    outcome = await handle(
        store,
        client.CLIENT,
        of(practice, client.CLIENT.category, practice[1]),
        DischargeClient(client_id=practice[1]),
        cause=cause(),
        occurred_at=NOON,
    )
    assert outcome.position is not None
    return outcome.position


async def race(stores: list[EventStore], practice: Practice) -> None:
    setting = [sets(stores[nth % len(stores)], practice) for nth in range(60)]
    *positions, discharged = await asyncio.gather(
        *setting[:30], *setting[30:], discharges(stores[0], practice)
    )
    assert discharged is not None
    assert all(one is None or one < discharged for one in positions)
    assert await sets(stores[-1], practice) is None
    assert await stores[0].head(practice[0]) == discharged


@pytest.mark.parametrize("_", range(5))
async def test_is_seen_in_the_same_instant(store: EventStore, practice: Practice, _: int) -> None:
    await race([store], practice)


async def test_is_seen_by_another_process(database: Database) -> None:
    async with postgres_store(database.runtime) as one, postgres_store(database.runtime) as two:
        for _ in range(5):
            await race([one, two], await found(one))

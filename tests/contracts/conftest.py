"""A store to test: each test of this folder runs once per store."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest

from events.memory import MemoryStore
from events.store import EventStore
from tests.contracts.stores import found, postgres_store


@pytest.fixture(params=["memory", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """Where the log lies; None for the one in memory."""
    if request.param == "memory":
        return None
    return str(request.getfixturevalue("database").runtime)


@pytest.fixture
async def store(database_url: str | None) -> AsyncIterator[EventStore]:
    if database_url is None:
        yield MemoryStore(lambda: datetime.now(UTC))
        return
    async with postgres_store(database_url) as opened:
        yield opened


@pytest.fixture
async def practice(store: EventStore) -> tuple[UUID, UUID]:
    """The ids of a practice and of its client."""
    return await found(store)

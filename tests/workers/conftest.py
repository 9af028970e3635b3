"""The place where workers are tried: a real log, real views, and a clock we set."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Database
from tests.workers.receivers import Receiver, receiving
from tests.workers.site import Site, postgres_site
from workers.posting import Poster


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """An empty record and everything a worker needs."""
    async with postgres_site(database.runtime) as site:
        yield site


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver of webhooks on this machine, without TLS."""
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def poster() -> AsyncIterator[Poster]:
    """A poster that may go to this machine."""
    async with Poster(any_network=True, limit_seconds=5.0) as poster:
        yield poster

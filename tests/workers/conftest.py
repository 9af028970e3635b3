"""The place where workers are tried: a real log, real views, and a clock we set."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Database
from tests.workers.site import Site, postgres_site


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """An empty record and everything a worker needs."""
    async with postgres_site(database.runtime) as site:
        yield site

"""A server that fails at the flags of one practice hides those of no other."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from projections.open_flags import OpenFlags
from tests.workers.diary import Diary
from tests.workers.site import Site

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Failing:
    """A pool whose server fails, with an SQLSTATE, at statements that name one practice alone."""

    def __init__(self, pool: asyncpg.Pool, practice_id: UUID, state: str) -> None:
        self._pool = pool
        self._practice_id = practice_id
        self._state = state

    async def fetch(self, sql: str, *arguments: Any) -> Any:
        if self._practice_id in arguments:
            raise asyncpg.PostgresError.new({"C": self._state, "M": "as the server says it"})
        return await self._pool.fetch(sql, *arguments)


async def flagged(site: Site) -> Diary:
    diary = await site.diary()
    await diary.is_flagged(now=NOW)
    return diary


@pytest.mark.parametrize("state", ["XX001", "55P03", "58030"])
async def test_what_fails_in_one_practice_leaves_the_others(site: Site, state: str) -> None:
    bad, good = await flagged(site), await flagged(site)
    failing: Any = Failing(site.pool, bad.practice_id, state)
    known, _ = await OpenFlags(failing, site.keyring).everywhere()
    assert list(known) == [good.practice_id]


async def test_a_server_that_is_gone_is_waited_for(site: Site) -> None:
    bad = await flagged(site)
    failing: Any = Failing(site.pool, bad.practice_id, "57P01")
    with pytest.raises(asyncpg.PostgresError):
        await OpenFlags(failing, site.keyring).everywhere()

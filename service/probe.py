"""`python -m service.probe`: whether this container's process could do its work right now.

For the processes that answer no requests (projector, worker): exit code 0 when the database takes
writes and, where one is named, Redis answers, within five seconds each; 1 when not. Whether the
process itself runs is what the container's own state says.
"""

import asyncio
import sys

import asyncpg
import redis.asyncio
from redis.exceptions import RedisError

from service.settings import SettingRefused, Settings

LIMIT_SECONDS = 5


async def probe(settings: Settings) -> str | None:
    """What does not answer, or takes no writes; None where all is well."""
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            connection = await asyncpg.connect(settings.database_url)
            try:
                # Also "on" on a standby.
                read_only = await connection.fetchval("SHOW transaction_read_only") == "on"
            finally:
                await connection.close()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return "Postgres does not answer"
    if read_only:
        return "Postgres takes no writes"
    if settings.redis_url is None:
        return None
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            async with redis.asyncio.Redis.from_url(settings.redis_url) as client:
                await client.execute_command("PING")
    except (OSError, TimeoutError, RedisError):
        return "Redis does not answer"
    return None


def main() -> None:
    """Probe, say what is wrong, and end with the exit code."""
    try:
        settings = Settings.from_env()
    except SettingRefused as refused:
        sys.exit(str(refused))
    if settings.database_url is None:
        sys.exit("DATABASE_URL names no database")
    sys.exit(asyncio.run(probe(settings)))


if __name__ == "__main__":
    main()

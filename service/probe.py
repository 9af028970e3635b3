"""`python -m service.probe`: whether this container's process could do its work right now.

For the processes that answer no requests (projector, worker): exit code 0 when the database takes
writes and, where one is named, Redis does, too, within five seconds each; 1 when not, with the
reason as a sentence. Where CAIRN_METRICS is set, the process itself has to answer there as well:
one that hangs runs, too.
"""

import asyncio
import sys

import asyncpg

from events.database_faults import is_outage
from service.database import Database
from service.in_time import in_time
from service.redis_words import SENTENCES
from service.settings import Address, SettingRefused, Settings
from workers.redis_faults import find_redis_fault

LIMIT_SECONDS = 5.0


async def probe(settings: Settings) -> str | None:
    """What does not answer, or takes no writes; None where all is well."""
    try:
        live = settings.metrics is None or await in_time(is_live(settings.metrics), LIMIT_SECONDS)
    except TimeoutError:
        live = False
    if not live:
        return "The process does not answer"
    try:
        read_only = await in_time(is_read_only(settings), LIMIT_SECONDS)
    except Exception as error:
        if isinstance(error, asyncpg.PostgresError) or is_outage(error):
            return "Postgres does not answer"
        raise
    if read_only:
        return "Postgres takes no writes"
    if settings.redis_url is None:
        return None
    fault = await find_redis_fault(settings.redis_url)
    return None if fault is None else SENTENCES[fault]


async def is_read_only(settings: Settings) -> bool:
    """Whether the database takes no writes. Raises what asyncpg raises."""
    connection = await Database(settings.database_url or "", {}).connect_bare()
    try:
        # Also "on" on a standby.
        return bool(await connection.fetchval("SHOW transaction_read_only") == "on")
    finally:
        # Not closed: that would wait for an answer.
        connection.terminate()


async def is_live(address: Address) -> bool:
    """Whether the process beside us answers where it tells its metrics."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)  # noqa: S104 - read
    try:
        reader, writer = await asyncio.open_connection(host, address.port)
        try:
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n")
            return b" 200 " in await reader.readline()
        finally:
            writer.transport.abort()
    except OSError:
        return False


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

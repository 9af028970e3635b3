"""Webhooks: every subscription is served by one process, whichever takes it first.

Who serves holds a lock of the database, which is free again as soon as that process is gone: kill
any worker, and another one goes on. What has been delivered, and what is to be, is in Postgres.
"""

import asyncio
from typing import Final, Protocol
from uuid import UUID

import asyncpg
import structlog

from events.group_commit import Connect
from projections.listening import FIRST_PAUSE_SECONDS, is_outage, listen, rest
from workers.delivering import DeliverySite, Server
from workers.goal_of_event import GoalsOfEvents
from workers.outbox import Subject
from workers.posting import Poster
from workers.sql import statement
from workers.sweeping import Counts, is_away

FIND_LIVE = statement("find_live")
TRY_LOCK = statement("try_lock")
UNLOCK = statement("unlock")
# By one process: another one takes the others.
MOST_SERVED: Final = 1_000
PAGE_SIZE: Final = 1_000
PAGES: Final = 20
# Whoever holds the locks asks as often, and has lost them when there is no answer.
ANSWER_SECONDS: Final = 10.0
NOBODY: Final = UUID(int=0)
LOOK_SECONDS: Final = 1.0
# One that somebody else serves may be free by then.
TAKEN_SECONDS: Final = 2.0
# A subscription that can not be served is tried again, but not at every look.
ASIDE_SECONDS: Final = 10.0

log = structlog.get_logger()


class DeliveriesSite(DeliverySite, Protocol):
    """And what it needs to hold locks."""

    @property
    def connect(self) -> Connect:
        """Makes a connection outside the pool."""
        ...


class Deliveries:
    """Serves subscriptions in this process, as many as nobody else does."""

    def __init__(
        self, cairn: DeliveriesSite, poster: Poster, *, most_served: int = MOST_SERVED
    ) -> None:
        self._cairn = cairn
        self._most_served = most_served
        self._poster = poster
        self._goals = GoalsOfEvents(cairn.store, cairn.keyring)
        self._servers: dict[Subject, Server] = {}
        self._tasks: dict[Subject, asyncio.Task[None]] = {}
        self._aside_until: dict[Subject, float] = {}
        self._look = asyncio.Event()

    def wake(self) -> Counts:
        """Look now, whatever was heard; how many subscriptions are served here."""
        self._heard(None)
        return {"subscriptions": len(self._servers)} if self._servers else {}

    async def run(self) -> None:
        """Serve for ever; while the database is away, wait for it.

        While the end of the log is gone, and nobody has drawn a new epoch, nobody is told anything.
        """
        await self._cairn.epochs.until_told()
        listening = asyncio.create_task(
            listen(self._cairn.connect, self._heard, event="deliveries_can_not_listen")
        )
        pause = FIRST_PAUSE_SECONDS
        try:
            while True:
                try:
                    connection = await self._cairn.connect()
                    pause = FIRST_PAUSE_SECONDS
                    try:
                        await self._serve_while_held(connection)
                    finally:
                        await self._stop_all()
                        connection.terminate()
                except Exception as error:
                    if not is_outage(error):
                        raise
                    pause = await rest(pause, "deliveries_wait_for_the_database", error)
        finally:
            listening.cancel()
            await asyncio.wait([listening])

    async def _serve_while_held(self, connection: asyncpg.Connection) -> None:
        """Take what is free, again and again, until the connection that holds it is lost."""
        connection.add_termination_listener(lambda _: self._look.set())
        while True:
            self._look.clear()
            await self._take_free(connection)
            for subject in [one for one, task in self._tasks.items() if task.done()]:
                await self._let_go(connection, subject)
            await asyncio.wait(
                {looking := asyncio.ensure_future(self._look.wait())}, timeout=LOOK_SECONDS
            )
            looking.cancel()

    async def _take_free(self, connection: asyncpg.Connection) -> None:
        after: Subject = (NOBODY, NOBODY)
        for _ in range(PAGES):
            rows = await connection.fetch(FIND_LIVE, *after, PAGE_SIZE, timeout=ANSWER_SECONDS)
            for row in rows:
                after = row["practice_id"], row["subscription_id"]
                await self._take(connection, after)
            if len(rows) < PAGE_SIZE:
                return

    async def _take(self, connection: asyncpg.Connection, subject: Subject) -> None:
        now = asyncio.get_running_loop().time()
        if subject in self._tasks or len(self._tasks) >= self._most_served:
            return
        if self._aside_until.get(subject, 0.0) > now:
            return
        if not await connection.fetchval(TRY_LOCK, *subject, timeout=ANSWER_SECONDS):
            self._aside_until[subject] = now + TAKEN_SECONDS
            return
        self._aside_until.pop(subject, None)
        server = Server(self._cairn, subject, self._poster, self._goals)
        self._servers[subject] = server
        self._tasks[subject] = asyncio.create_task(server.run())

    async def _let_go(self, connection: asyncpg.Connection, subject: Subject) -> None:
        """After it was deleted, or stumbled: then it is tried again in a while."""
        task = self._tasks.pop(subject)
        del self._servers[subject]
        error = task.exception()
        if isinstance(error, Exception) and is_away(error):
            log.warning("subscription_waits", subject_id=subject[1])
        elif error is not None:
            self._aside_until[subject] = asyncio.get_running_loop().time() + ASIDE_SECONDS
            log.error("subscription_stumbled", subject_id=subject[1], exc_info=error)
        await connection.fetchval(UNLOCK, *subject, timeout=ANSWER_SECONDS)

    async def _stop_all(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()
        self._servers.clear()

    def _heard(self, practice_id: UUID | None) -> None:
        for (of, _), server in self._servers.items():
            if practice_id is None or of == practice_id:
                server.bell.set()
        if practice_id is None:
            self._look.set()

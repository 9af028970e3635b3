"""Webhooks: every subscription is served by one process, whichever takes its lease first.

A lease is free again as soon as its holder is gone, or has been silent for the length of a lease
(see workers/leases.py): kill or stop any worker, and another one goes on. What has been delivered,
and what is to be, is in Postgres.
"""

import asyncio
from typing import Final
from uuid import UUID

import asyncpg
import structlog

from events.database_faults import is_outage
from events.ending import ended
from projections.listening import FIRST_PAUSE_SECONDS, listen, rest
from workers.delivering import DeliverySite, Server
from workers.goal_of_event import GoalsOfEvents
from workers.leases import LEASE_SECONDS, Holder, Lease, LeaseLost
from workers.outbox import Subject
from workers.posting import Poster
from workers.sweeping import Counts, is_away

# By one process: another one takes the others.
MOST_SERVED: Final = 1_000
# A subscription that can not be served is tried again, but not at every look.
ASIDE_SECONDS: Final = 10.0

log = structlog.get_logger()


class Deliveries:
    """Serves subscriptions in this process, as many as nobody else does.

    `lease_seconds` is for how long a process from which nothing is heard keeps what it serves.
    """

    def __init__(
        self,
        cairn: DeliverySite,
        poster: Poster,
        *,
        most_served: int = MOST_SERVED,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._cairn = cairn
        self._most_served = most_served
        self._lease_seconds = lease_seconds
        self._poster = poster
        self._goals = GoalsOfEvents(cairn.store, cairn.keyring)
        self._servers: dict[Subject, Server] = {}
        self._leases: dict[Subject, Lease] = {}
        self._tasks: dict[Subject, asyncio.Task[None]] = {}
        self._aside_until: dict[Subject, float] = {}
        self._look = asyncio.Event()
        self._pause = FIRST_PAUSE_SECONDS

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
        try:
            while True:
                try:
                    connection = await self._cairn.connect()
                    try:
                        await self._serve_while_held(connection)
                    finally:
                        await self._stop_all()
                        connection.terminate()
                except Exception as error:
                    if not is_outage(error):
                        raise
                    self._pause = await rest(self._pause, "deliveries_wait_for_the_database", error)
        finally:
            await ended(listening)

    async def _serve_while_held(self, connection: asyncpg.Connection) -> None:
        """Take what is free, again and again, until the connection that holds it is lost.

        Each look is what the database hears of this holder: it keeps the leases.
        """
        connection.add_termination_listener(lambda _: self._look.set())
        holder = await Holder.begin(connection, self._lease_seconds)
        while True:
            self._look.clear()
            await self._take_free(holder)
            # A database that takes no writes lets us in: not before this does it serve us again.
            self._pause = FIRST_PAUSE_SECONDS
            for subject in [one for one, task in self._tasks.items() if task.done()]:
                await self._let_go(holder, subject)
            await asyncio.wait(
                {looking := asyncio.ensure_future(self._look.wait())}, timeout=holder.look_seconds
            )
            looking.cancel()

    async def _take_free(self, holder: Holder) -> None:
        now = asyncio.get_running_loop().time()
        self._aside_until = {
            subject: until for subject, until in self._aside_until.items() if until > now
        }
        room = self._most_served - len(self._tasks)
        for lease in await holder.take(aside=self._aside_until, most=room):
            await self._end(lease.subject)
            server = Server(self._cairn, lease, self._poster, self._goals)
            self._servers[lease.subject] = server
            self._leases[lease.subject] = lease
            self._tasks[lease.subject] = asyncio.create_task(server.run())

    async def _let_go(self, holder: Holder, subject: Subject) -> None:
        """After it was deleted, or stumbled: then it is tried again in a while."""
        task, lease = self._tasks.pop(subject), self._leases.pop(subject)
        del self._servers[subject]
        error = task.exception()
        if isinstance(error, LeaseLost):
            log.warning("subscription_taken_over", subject_id=subject[1])
        elif isinstance(error, Exception) and is_away(error):
            log.warning("subscription_waits", subject_id=subject[1])
        elif error is not None:
            self._aside_until[subject] = asyncio.get_running_loop().time() + ASIDE_SECONDS
            log.error("subscription_stumbled", subject_id=subject[1], exc_info=error)
        await holder.release(lease)

    async def _stop_all(self) -> None:
        await self._end(*self._tasks)

    async def _end(self, *subjects: Subject) -> None:
        """Serve these no longer; of those that are not served there is nothing to end."""
        tasks = [self._tasks.pop(subject) for subject in subjects if subject in self._tasks]
        await ended(*tasks)
        for subject in subjects:
            self._leases.pop(subject, None)
            self._servers.pop(subject, None)

    def _heard(self, practice_id: UUID | None) -> None:
        for (of, _), server in self._servers.items():
            if practice_id is None or of == practice_id:
                server.bell.set()
        if practice_id is None:
            self._look.set()

"""Serving one subscription: having it planned, sending what is due, waiting for the next.

One process serves a subscription at a time, as the holder of its lease. What is under way lives in
that process alone: when it is killed nothing has been noted, and the next one sends it again, under
the same id. One that was stopped, and has lost the lease meanwhile, notes and sends nothing more.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol
from uuid import UUID, uuid5

import asyncpg
import msgspec
import structlog

from events.catalogue import CODEC
from events.group_commit import Connect
from events.keyring import Keyring
from events.postgres import PostgresStore, unsealed
from events.record import Cause, Unreadable, digest
from events.sealing import MasterKey
from events.subscription import DisableSubscription, DisablingCause
from events.subscription_decisions import SUBSCRIPTION
from events.transact import handle
from projections.epochs import Epochs
from projections.told_event import with_token, without_positions
from projections.told_position import SealedPositions
from workers.attempts import Came, Sending, note_attempts
from workers.envelope import (
    CONTENT_TYPE,
    enveloped,
    message_id,
    message_id_with_position,
)
from workers.goal_of_event import GoalsOfEvents
from workers.leases import Lease, LeaseLost, commit_under
from workers.outbox import Standing, numbered
from workers.planning import Planned, PlanningSite, plan, read_subscription
from workers.posting import Poster
from workers.signing import SigningKeys, signed_headers, signing_keys
from workers.sql import statement

READ_DUE = statement("read_due")
READ_NEXT_DUE = statement("read_next_due")
READ_PLANNED = statement("read_planned")

ACTOR: Final = "worker:deliveries"
DISABLINGS: Final = UUID("5f0b2a57-6c0e-5d63-9f2b-0c7de0a1b0a4")
AT_ONCE: Final = 32
# Until the first one has been taken: a receiver that does not answer is not kept busy.
AT_FIRST: Final = 5
# A notification may be lost: the log itself is asked as often.
LOOK_SECONDS: Final = 5.0
REST_SECONDS: Final = 0.5
CLOSING_SECONDS: Final = 3.0

log = structlog.get_logger()
change = msgspec.structs.replace


class DeliverySite(PlanningSite, Protocol):
    """What delivering works with. The service's wiring is one."""

    @property
    def keyring(self) -> Keyring: ...

    @property
    def connect(self) -> Connect:
        """Makes a connection outside the pool."""
        ...

    @property
    def master(self) -> MasterKey: ...

    @property
    def epochs(self) -> Epochs: ...

    @property
    def clock(self) -> Callable[[], datetime]: ...

    @property
    def public_url(self) -> str: ...


class Server:
    """Serves one subscription until it is deleted."""

    def __init__(
        self,
        cairn: DeliverySite,
        lease: Lease,
        poster: Poster,
        goals: GoalsOfEvents,
    ) -> None:
        self._cairn = cairn
        self._lease = lease
        self._subject = lease.subject
        self._poster = poster
        self._goals = goals
        self._under_way: dict[asyncio.Task[Came], Sending] = {}
        self._planned: Planned | None = None
        self._standing = Standing()
        self._keys: dict[int, SigningKeys] = {}
        self._sealed = SealedPositions(cairn.master, tag=cairn.epochs.current.tag)
        self._most = AT_FIRST
        self._is_full = False
        self.bell = asyncio.Event()

    async def run(self) -> None:
        """Raises LeaseLost where another process has taken the subscription.

        And what the database raises while it is away. Leaves nothing behind.
        """
        try:
            while True:
                self.bell.clear()
                planned = await self._plan()
                if not planned.subscription.is_live:
                    return
                await self._deliver_until_rung(planned)
        except LeaseLost:
            await self._cancel_what_is_under_way()
            raise
        finally:
            await self._close()

    async def _plan(self) -> Planned:
        """Number what has happened since, all of it unless that is a lot."""
        if self._planned is None or not await self._is_planned():
            self._planned = await plan(
                self._cairn, self._lease, goals=self._goals, now=self._cairn.clock()
            )
            self._standing = self._planned.standing
            if self._planned.more:
                self.bell.set()
        return self._planned

    async def _is_planned(self) -> bool:
        row = await self._cairn.pool.fetchrow(READ_PLANNED, *self._subject)
        return row is not None and row["planned"] == row["head"]

    async def _deliver_until_rung(self, planned: Planned) -> None:
        """Send what is due, and what becomes due, until there may be something new to plan."""
        loop = asyncio.get_running_loop()
        look_at = loop.time() + LOOK_SECONDS
        while True:
            await self._settle()
            if self._planned is None:  # It was disabled: what was known of it is no longer so.
                return
            idle_seconds = await self._begin(planned)
            if self._may_rest(planned):
                # One who does not answer is not planned for with every event of a busy practice.
                await self._wait(min(REST_SECONDS, idle_seconds), heeding_the_bell=False)
            if self.bell.is_set() or loop.time() >= look_at:
                return
            await self._wait(min(look_at - loop.time(), idle_seconds))

    def _may_rest(self, planned: Planned) -> bool:
        """Whether nobody waits for what happens now: nothing more can be sent, and no app asks."""
        return self._is_full and planned.subscription.app is None

    async def _wait(self, seconds: float, *, heeding_the_bell: bool = True) -> None:
        """Until somebody rings, an attempt ends, or the time is over."""
        ringing = asyncio.ensure_future(self.bell.wait()) if heeding_the_bell else None
        awaited = [*self._under_way, *([] if ringing is None else [ringing])]
        try:
            if awaited:
                await asyncio.wait(
                    awaited, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED
                )
            else:
                await asyncio.sleep(max(0.0, seconds))
        finally:
            if ringing is not None:
                ringing.cancel()

    async def _begin(self, planned: Planned) -> float:
        """Begin as many attempts as there is room for.

        Answers for how many seconds there is nothing to begin, unless something happens. Raises
        LeaseLost.
        """
        told = planned.subscription
        self._is_full = False
        if told.stage != "active" or told.url is None:
            return LOOK_SECONDS
        now = self._cairn.clock()
        circuit = self._standing.circuit
        room = circuit.room(now, under_way=len(self._under_way), most=self._most)
        if room == 0:
            self._is_full = True
            if circuit.open_until is not None and circuit.open_until > now:
                return (circuit.open_until - now).total_seconds()
            return LOOK_SECONDS
        keys, lease = self._keys_under_way(), self._lease.key[2:]
        rows = await self._cairn.pool.fetch(READ_DUE, *self._subject, now, keys, room, *lease)
        for row in rows:
            sending = await self._sending(planned, row)
            self._under_way[asyncio.create_task(self._attempt(planned, sending))] = sending
        if len(rows) == room:
            self._is_full = True
            return LOOK_SECONDS  # The end of an attempt makes room, and is waited for.
        following = await self._cairn.pool.fetchrow(
            READ_NEXT_DUE, *self._subject, self._keys_under_way(), *lease
        )
        if following is None:
            raise LeaseLost
        due_at = following["due_at"]
        return LOOK_SECONDS if due_at is None else float((due_at - now).total_seconds())

    def _keys_under_way(self) -> list[UUID]:
        return [one.order_key for one in self._under_way.values()]

    async def _sending(self, planned: Planned, row: asyncpg.Record) -> Sending:
        practice_id, _ = self._subject
        event = with_token(numbered(row), self._sealed, practice_id)
        # What is in an event about a subscription is for the practice: another receiver's url.
        if planned.subscription.payload == "full" and event.category != SUBSCRIPTION.category:
            event = change(event, body=await self._unsealed(row))
        was_numbered = row["number"] <= planned.standing.last_number_at_upgrade
        identify = message_id_with_position if was_numbered else message_id
        id_ = identify(practice_id, row["position"], row["body"])
        return Sending(
            message_id=id_,
            body=enveloped(
                event,
                id_=id_,
                practice_id=practice_id,
                public_url=self._cairn.public_url,
                key=row["order_key"],
                epoch=self._cairn.epochs.current.epoch,
            ),
            decided=planned.standing.version,
            number=row["number"],
            order_key=row["order_key"],
            attempt=row["attempts"] + 1,
            tries=row["tries"] + 1,
            full=event.body is not msgspec.UNSET and event.body is not None,
        )

    async def _unsealed(self, row: asyncpg.Record) -> Any:
        """What is in an event, without positions, or None where that can no longer be read."""
        practice_id, _ = self._subject
        [recorded] = await unsealed(self._cairn.keyring, practice_id, [of_log(row)], codec=CODEC)
        if isinstance(recorded.event, Unreadable):
            return None
        return without_positions(msgspec.to_builtins(recorded.event))

    async def _attempt(self, planned: Planned, sending: Sending) -> Came:
        told = planned.subscription
        at = self._cairn.clock()
        generations = [told.generation]
        if told.previous_until is not None and told.previous_until > at:
            generations.append(told.generation - 1)
        headers = signed_headers(
            [self._keys_of(generation) for generation in generations],
            message_id=sending.message_id,
            at=at,
            body=sending.body,
        )
        assert told.url is not None  # noqa: S101 - for the type checker
        answered = await self._poster.post(
            told.url,
            headers={"content-type": CONTENT_TYPE, **headers},
            body=sending.body,
            now=at,
            require=self._lease.require,
        )
        return Came(sending=sending, at=at, answered=answered)

    def _keys_of(self, generation: int) -> SigningKeys:
        """Derived once: that costs as much as signing does."""
        if generation not in self._keys:
            self._keys[generation] = signing_keys(self._cairn.master, *self._subject, generation)
        return self._keys[generation]

    async def _settle(self) -> None:
        """Note what came of the attempts that have ended, all of them in one transaction."""
        ended = [task for task in self._under_way if task.done()]
        if not ended:
            return
        came = sorted((task.result() for task in ended), key=lambda one: one.sending.number)
        now = self._cairn.clock()
        async with self._cairn.pool.acquire() as connection, connection.transaction():
            standing = await note_attempts(connection, self._lease, came, now=now)
        self._standing = standing
        if standing.circuit.failures < len(came):  # One of them was taken.
            self._most = AT_ONCE
        for task in ended:
            del self._under_way[task]
        await self._disable_where_hopeless(came, now=now)

    async def _disable_where_hopeless(self, came: Sequence[Came], *, now: datetime) -> None:
        gone = [one.sending.decided for one in came if one.answered.outcome == "gone"]
        hopeless = self._standing.circuit.has_lost_patience(now)
        if not gone and not hopeless:
            return
        practice_id, subscription_id = self._subject
        read = await read_subscription(self._cairn.store, self._subject)
        if not hopeless and max(gone) < read.version:
            return  # Somebody has decided about it since: the next attempt shows.
        cause: DisablingCause = "gone" if gone else "no_success"
        # The cause is how it was left by people: once for each time they have.
        about = f"{subscription_id} {read.version}"
        ids = await self._cairn.store.ids(practice_id)
        outcome = await handle(
            self._store_under_lease(),
            SUBSCRIPTION,
            SUBSCRIPTION.stream(practice_id, subscription_id),
            DisableSubscription(subscription_id=subscription_id, cause=cause),
            cause=Cause(
                command_id=ids.of("disabling", about),
                formerly=uuid5(DISABLINGS, about),
                actor=ACTOR,
                content=digest("disable_subscription", cause),
                correlation=subscription_id,
            ),
            occurred_at=now,
        )
        if outcome.events:
            log.warning("subscription_disabled", subject_id=subscription_id, ending=cause)
        self._planned = None
        self.bell.set()

    def _store_under_lease(self) -> PostgresStore:
        """The log, to which it appends only while nobody else has taken the lease."""
        cairn = self._cairn
        return PostgresStore(
            cairn.pool,
            cairn.connect,
            cairn.keyring,
            cairn.clock,
            codec=CODEC,
            commit=partial(commit_under, cairn.pool, self._lease),
        )

    async def _close(self) -> None:
        """Give what is under way a moment to end, and note it if the database is there.

        Not so in a process that was stopped for longer than a lease: somebody else sends it.
        """
        if self._under_way and self._lease.holder.is_recent:
            await asyncio.wait(self._under_way, timeout=CLOSING_SECONDS)
            with suppress(Exception):  # It is sent again: receivers are told to expect that.
                await asyncio.wait_for(self._settle(), CLOSING_SECONDS)
        await self._cancel_what_is_under_way()

    async def _cancel_what_is_under_way(self) -> None:
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._under_way.clear()


LOG_COLUMNS: Final = (
    "position", "stream_id", "version", "category", "client_id", "type", "body", "actor",
    "command_id", "correlation", "occurred_at", "recorded_at", "clock_doubted",
)  # fmt: skip


def of_log(row: asyncpg.Record) -> Any:
    """The columns of event_log among others, in the order in which they are opened."""
    return {name: row[name] for name in LOG_COLUMNS}

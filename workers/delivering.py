"""Serving one subscription: having it planned, sending what is due, waiting for the next.

One process serves a subscription at a time. What is under way lives in that process alone: when it
is killed nothing has been noted, and the next one sends it again, under the same id.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID, uuid5

import asyncpg
import msgspec
import structlog

from events import subscription, subscription_decisions
from events.keyring import Keyring
from events.postgres import unsealed
from events.record import Cause, Unreadable, digest
from events.sealing import MasterKey
from events.store import Stream, handle
from events.subscription import DisableSubscription, DisablingCause
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
from workers.outbox import Standing, Subject, numbered
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
        subject: Subject,
        poster: Poster,
        goals: GoalsOfEvents,
    ) -> None:
        self._cairn = cairn
        self._subject = subject
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
        """Raises what the database raises while it is away, and leaves nothing behind."""
        try:
            while True:
                self.bell.clear()
                planned = await self._plan()
                if not planned.subscription.is_live:
                    return
                await self._deliver_until_rung(planned)
        finally:
            await self._close()

    async def _plan(self) -> Planned:
        """Number what has happened since, all of it unless that is a lot."""
        if self._planned is None or not await self._is_planned():
            self._planned = await plan(
                self._cairn, self._subject, goals=self._goals, now=self._cairn.clock()
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

        Answers for how many seconds there is nothing to begin, unless something happens.
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
        keys = self._keys_under_way()
        rows = await self._cairn.pool.fetch(READ_DUE, *self._subject, now, keys, room)
        for row in rows:
            sending = await self._sending(planned, row)
            self._under_way[asyncio.create_task(self._attempt(planned, sending))] = sending
        if len(rows) == room:
            self._is_full = True
            return LOOK_SECONDS  # The end of an attempt makes room, and is waited for.
        due_at = await self._cairn.pool.fetchval(
            READ_NEXT_DUE, *self._subject, self._keys_under_way()
        )
        return LOOK_SECONDS if due_at is None else float((due_at - now).total_seconds())

    def _keys_under_way(self) -> list[UUID]:
        return [one.order_key for one in self._under_way.values()]

    async def _sending(self, planned: Planned, row: asyncpg.Record) -> Sending:
        practice_id, _ = self._subject
        event = with_token(numbered(row), self._sealed, practice_id)
        # What is in an event about a subscription is for the practice: another receiver's url.
        if planned.subscription.payload == "full" and event.category != subscription.CATEGORY:
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
        [recorded] = await unsealed(self._cairn.keyring, practice_id, [of_log(row)])
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
            told.url, headers={"content-type": CONTENT_TYPE, **headers}, body=sending.body, now=at
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
            standing = await note_attempts(connection, self._subject, came, now=now)
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
            self._cairn.store,
            subscription_decisions.decider,
            Stream(
                practice_id=practice_id,
                stream_id=subscription_id,
                category=subscription.CATEGORY,
            ),
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

    async def _close(self) -> None:
        """Give what is under way a moment to end, and note it if the database is there."""
        if not self._under_way:
            return
        await asyncio.wait(self._under_way, timeout=CLOSING_SECONDS)
        with suppress(Exception):  # It is sent again: that is what receivers are told to expect.
            await asyncio.wait_for(self._settle(), CLOSING_SECONDS)
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)


LOG_COLUMNS: Final = (
    "position", "stream_id", "version", "category", "client_id", "type", "body", "actor",
    "command_id", "correlation", "occurred_at", "recorded_at", "clock_doubted",
)  # fmt: skip


def of_log(row: asyncpg.Record) -> Any:
    """The columns of event_log among others, in the order in which they are opened."""
    return {name: row[name] for name in LOG_COLUMNS}

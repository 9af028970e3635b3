"""How fast a standing backlog is delivered, beside the same envelopes posted without an outbox."""

import asyncio
import gc
import time
from typing import Final
from uuid import UUID

from service.benchmarks.http_load import UnexpectedAnswer
from service.benchmarks.receiver import read_came
from service.benchmarks.subscribers import Subscribers, until
from service.settings import Settings
from service.wiring import utc_now
from workers.delivering import AT_ONCE
from workers.envelope import CONTENT_TYPE, enveloped, message_id
from workers.outbox import Subject, read_numbered, read_progress, read_standing
from workers.signing import signed_headers, signing_keys

DELIVER_SECONDS: Final = 300.0
LET_GO_SECONDS: Final = 30.0
# As many are told as the log has, and a few about the subscriptions themselves.
MOST_TOLD: Final = 1_000_000

Ready = tuple[str, bytes]
"""A message's id and its envelope."""


class Backlog:
    """The two sides: a practice's log told from the beginning, and ready envelopes posted."""

    def __init__(self, subscribers: Subscribers, practice_id: UUID, receiver: Settings) -> None:
        self.subscribers = subscribers
        self.practice_id = practice_id
        self.receiver = receiver
        self.ready: list[Ready] = []
        self.repeated = 0

    async def deliver(self, path: str) -> float:
        """Events per second: from the new subscription until all is planned and settled."""
        pool = self.subscribers.cairn.pool
        head = await self.subscribers.cairn.store.head(self.practice_id)
        told = 0

        async def are_planned() -> bool:
            return (await read_standing(pool, subject)).planned >= head

        async def have_come() -> bool:
            return (await read_came(self.receiver, path)).messages >= told

        async def are_settled() -> bool:
            _, tally = await read_progress(pool, subject)
            return tally.waiting == 0

        gc.collect()
        began = time.perf_counter()
        subject = await self.subscribers.add(self.practice_id, self._url(path), after=0)
        self.subscribers.deliveries.wake()
        await until(are_planned, seconds=DELIVER_SECONDS)
        told = (await read_standing(pool, subject)).last_number
        await until(have_come, seconds=DELIVER_SECONDS)
        # Counting what waits costs the database more the more there is: only once it has come.
        await until(are_settled, seconds=DELIVER_SECONDS)
        seconds = time.perf_counter() - began
        await self._require(path, told)
        if not self.ready:
            await self._make_ready(subject)
        await self.subscribers.end(subject, seconds=LET_GO_SECONDS)
        return told / seconds

    async def post(self, path: str) -> float:
        """Envelopes per second, each signed and posted, as many at once as for a subscription."""
        waiting = iter(self.ready)
        master, nobody = self.subscribers.cairn.master, self.practice_id
        keys = [signing_keys(master, self.practice_id, nobody, 1)]

        async def post_what_is_left() -> None:
            for id_, body in waiting:
                now = utc_now()
                headers = signed_headers(keys, message_id=id_, at=now, body=body)
                answered = await self.subscribers.poster.post(
                    self._url(path),
                    headers={"content-type": CONTENT_TYPE, **headers},
                    body=body,
                    now=now,
                )
                if answered.outcome != "delivered":
                    raise UnexpectedAnswer(answered.outcome)

        gc.collect()
        began = time.perf_counter()
        await asyncio.gather(*(post_what_is_left() for _ in range(AT_ONCE)))
        seconds = time.perf_counter() - began
        await self._require(path, len(self.ready))
        return len(self.ready) / seconds

    def _url(self, path: str) -> str:
        return f"http://{self.receiver.host}:{self.receiver.port}{path}"

    async def _require(self, path: str, messages: int) -> None:
        """Nothing may be missing; what came again is counted."""
        came = await read_came(self.receiver, path)
        if came.messages < messages:
            raise AssertionError(f"{came.messages} of {messages} have come to {path}")
        self.repeated += came.requests - came.messages

    async def _make_ready(self, subject: Subject) -> None:
        """The envelopes that a subscription was sent, but for the digest in their ids."""
        cairn = self.subscribers.cairn
        for told in await read_numbered(cairn.pool, subject, after=0, limit=MOST_TOLD):
            event = cairn.positions.sealed(self.practice_id, told)
            id_ = message_id(self.practice_id, event.number, b"")
            key = event.goal_id or event.client_id or event.stream_id
            body = enveloped(
                event,
                id_=id_,
                practice_id=self.practice_id,
                public_url=cairn.public_url,
                key=key,
                epoch=cairn.epochs.current.epoch,
            )
            self.ready.append((id_, body))

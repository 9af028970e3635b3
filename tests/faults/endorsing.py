"""Sends forms that endorse their safety item until it is killed, as a process of its own.

`python -m tests.faults.endorsing PRACTICE CLIENT`, with DATABASE_URL in the environment. A line is
printed for each form that was acknowledged.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime
from uuid import UUID, uuid4

from events.answering import begin_assessment
from events.assessment import ASSESSMENT, ScoreAssessment
from events.store import EventStore
from tests.contracts.stores import cause, postgres_store

SENDERS = 4


async def send_forever(store: EventStore, practice_id: UUID, client_id: UUID) -> None:
    while True:
        now, assessment_id = datetime.now(UTC), uuid4()
        await begin_assessment(
            store,
            ASSESSMENT.stream(practice_id, assessment_id, client_id=client_id),
            ScoreAssessment(
                assessment_id=assessment_id,
                client_id=client_id,
                instrument="bdi2",
                total=9,
                suicide_item=2,
                occurred_at=now,
                now=now,
            ),
            cause=cause("form"),
            occurred_at=now,
            self_reported=False,
        )
        print(assessment_id, flush=True)


async def main() -> None:
    practice_id, client_id = map(UUID, sys.argv[1:])
    async with postgres_store(os.environ["DATABASE_URL"]) as store:
        await asyncio.gather(*(send_forever(store, practice_id, client_id) for _ in range(SENDERS)))


if __name__ == "__main__":
    asyncio.run(main())

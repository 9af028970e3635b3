"""Who is enrolled in a practice."""

from uuid import UUID, uuid4

import pytest

from events.client import ClientDischarged
from events.enrolment import ClientNotFound, Enrolled
from events.record import Recorded, Unreadable
from events.store import RecordUnreadable
from tests.controls import ANNA, PRACTICE, WALK, change, goal_active
from tests.events.log import Log


class Counting(Log):
    """Counts how often it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    async def read_stream(
        self, practice_id: UUID, category: str, stream_id: UUID
    ) -> list[Recorded]:
        self.reads += 1
        return await super().read_stream(practice_id, category, stream_id)


class Erased(Log):
    """Every key is gone."""

    async def read_stream(
        self, practice_id: UUID, category: str, stream_id: UUID
    ) -> list[Recorded]:
        past = await super().read_stream(practice_id, category, stream_id)
        return [change(one, event=Unreadable(type=one.type)) for one in past]


class TestRequire:
    async def test_knows_who_is_enrolled(self, log: Log) -> None:
        await Enrolled(log).require(PRACTICE, ANNA)

    async def test_knows_who_was_discharged(self, log: Log) -> None:
        # Entries made before may arrive after.
        await log.has("client", ANNA, ClientDischarged(client_id=ANNA))
        await Enrolled(log).require(PRACTICE, ANNA)

    async def test_knows_nobody_else(self, log: Log) -> None:
        await log.has_goal(*goal_active())
        enrolled = Enrolled(log)
        for practice_id, client_id in [
            (PRACTICE, uuid4()),
            (PRACTICE, PRACTICE),
            (PRACTICE, WALK),
            (uuid4(), ANNA),
        ]:
            with pytest.raises(ClientNotFound):
                await enrolled.require(practice_id, client_id)

    async def test_knows_who_is_enrolled_after_having_been_asked(self) -> None:
        log = Log()
        enrolled = Enrolled(log)
        with pytest.raises(ClientNotFound):
            await enrolled.require(PRACTICE, ANNA)
        await log.opened()
        await enrolled.require(PRACTICE, ANNA)

    async def test_is_asked_once(self) -> None:
        log = Counting()
        await log.opened()
        enrolled = Enrolled(log)
        await enrolled.require(PRACTICE, ANNA)
        reads = log.reads
        for _ in range(3):
            await enrolled.require(PRACTICE, ANNA)
        assert log.reads == reads

    async def test_refuses_whose_record_can_not_be_read(self) -> None:
        log = Erased()
        await log.opened()
        with pytest.raises(RecordUnreadable):
            await Enrolled(log).require(PRACTICE, ANNA)

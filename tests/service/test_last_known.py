"""Where a person can be reached, as it was last known: one bad practice hides no other."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from structlog.testing import capture_logs

from events import practice
from events.memory import MemoryStore
from events.practice import OpenPractice
from events.record import Cause, Recorded, digest
from events.store import RecordUnreadable
from events.transact import handle
from service.last_known import LastKnown
from service.server import fill_last_known
from tests.controls import ZURICH

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Unreadable(MemoryStore):
    """A log in which the practices named can not be read."""

    def __init__(self, *unreadable: UUID) -> None:
        super().__init__(lambda: NOW)
        self.unreadable = unreadable

    async def read_stream(
        self, practice_id: UUID, category: str, stream_id: UUID
    ) -> list[Recorded]:
        if practice_id in self.unreadable:
            raise RecordUnreadable
        return await super().read_stream(practice_id, category, stream_id)


async def opened(store: MemoryStore, country: str) -> UUID:
    practice_id = uuid4()
    await handle(
        store,
        practice.PRACTICE,
        practice.PRACTICE.stream(practice_id, practice_id),
        OpenPractice(practice_id=practice_id, name="Elm Street", zone=ZURICH, country=country),
        cause=Cause(
            command_id=uuid4(), actor="cli:test", content=digest("test"), correlation=uuid4()
        ),
        occurred_at=NOW,
    )
    return practice_id


class TestFill:
    async def test_goes_on_after_a_practice_that_can_not_be_read(self) -> None:
        bad = uuid4()
        store, known = Unreadable(bad), LastKnown()
        good = await opened(store, "US")
        with capture_logs() as lines:
            await known.fill(store, [bad, good])
        assert [one.reach for one in known.answer(good, None, "entry").lines] == ["988", "911"]
        (line,) = lines
        assert (line["event"], line["practice_id"]) == ("practice_not_read", str(bad))

    async def test_that_finds_no_practices_says_so(self) -> None:
        class Deaf:
            async def practices(self) -> list[UUID]:
                raise OSError

        class Process:
            store, last_known = Deaf(), LastKnown()

        process: Any = Process()
        with capture_logs() as lines:
            await fill_last_known(process)
        assert [line["event"] for line in lines] == ["practices_not_listed"]


class TestLookBeside:
    async def test_raises_nothing_and_says_so(self) -> None:
        bad = uuid4()
        with capture_logs() as lines:
            await LastKnown().look_beside(Unreadable(bad), bad, None, now=NOW)
        assert [line["event"] for line in lines] == ["not_looked_up"]

    async def test_forgets_whom_nobody_knows_any_more(self) -> None:
        store, known, anna = MemoryStore(lambda: NOW), LastKnown(), uuid4()
        practice_id = await opened(store, "US")
        known.person(practice_id, anna, country="IE", language="es", now=NOW)
        assert known.answer(practice_id, anna, "entry").country == "IE"
        await known.look_beside(store, practice_id, anna, now=NOW)
        told = known.answer(practice_id, anna, "entry")
        assert (told.country, told.language) == ("US", "en")

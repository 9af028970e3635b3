"""A log in Postgres keeps the events of the codec that it was given, and knows no others."""

from uuid import UUID, uuid4

import msgspec

from events.catalogue import CODEC
from events.codec import Codec
from events.practice import PracticeOpened
from events.record import Step, Unreadable
from tests.conftest import Database
from tests.contracts.stores import NOON, cause, found, postgres_store


class MoodWhistled(msgspec.Struct, frozen=True, tag_field="type", tag="mood.whistled.v1"):
    """Not in the catalogue."""

    tune: str


def whistled(client_id: UUID) -> Step:
    return Step(
        stream_id=uuid4(),
        category="mood",
        client_id=client_id,
        expected=0,
        events=[MoodWhistled(tune="Greensleeves")],
        occurred_at=NOON,
    )


async def test_a_log_reads_the_types_of_its_own_codec(database: Database) -> None:
    own = Codec(MoodWhistled, PracticeOpened)
    async with postgres_store(database.runtime, codec=own) as store:
        practice_id, client_id = await found(store)
        await store.append(practice_id, [whistled(client_id)], cause=cause())
        opened, enrolled, kept = await store.read_practice(practice_id)
    assert isinstance(opened.event, PracticeOpened)
    assert kept.event == MoodWhistled(tune="Greensleeves")
    assert isinstance(enrolled.event, Unreadable)


async def test_a_log_reads_no_type_of_another_codec(database: Database) -> None:
    async with postgres_store(database.runtime, codec=Codec(MoodWhistled)) as store:
        practice_id, client_id = await found(store)
        await store.append(practice_id, [whistled(client_id)], cause=cause())
    async with postgres_store(database.runtime, codec=CODEC) as store:
        (kept,) = await store.read_practice(practice_id, after=2)
    assert kept.event == Unreadable(type="mood.whistled.v1", why="ValidationError")

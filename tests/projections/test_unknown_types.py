"""An event that a newer release wrote: it is set aside, and taken once its type is known."""

import msgspec

from projections.catalogue import PROJECTIONS
from projections.catch_up import CatchUp
from projections.feed import KNOWN_TYPES
from projections.rebuild import rebuild
from tests.conftest import Database
from tests.projections.breaking import MOOD_VIEWS, aside, put, with_view
from tests.projections.conftest import Record
from tests.projections.past import PRACTICE, day, mood
from tests.projections.test_rebuild import unheard
from tests.projections.test_runner import from_zero, ordinary
from tests.projections.test_set_aside import require_the_end


def trying(record: Record) -> CatchUp:
    return CatchUp(record.pool, record.keyring, PROJECTIONS)


class TestATypeThatIsNotKnown:
    async def test_is_set_aside_for_the_views_of_its_category(self, record, database):
        await record.keep(ordinary().kept)
        position = await put(record, database, "mood.logged.v2")
        await record.projector().catch_up(PRACTICE)
        found = {(view, position, "UnknownType") for view in MOOD_VIEWS}
        assert await aside(record) == found
        await require_the_end(record, position)
        # It stays there for as long as the type is not known.
        await trying(record).try_all_again(every=True)
        assert await aside(record) == found
        await rebuild(record.pool, record.keyring, None, unheard)
        assert await aside(record) == found

    async def test_is_taken_by_a_release_that_knows_it(self, record, database, monkeypatch):
        await record.keep(ordinary().kept)
        said = mood(70, 3, day(3))
        text = msgspec.json.encode(said).decode()
        position = await put(record, database, "mood.logged.v1", said=text, stream_id=said.mood_id)
        with monkeypatch.context() as before:
            known = KNOWN_TYPES - {"mood.logged.v1"}
            before.setattr("projections.feed.KNOWN_TYPES", known)
            before.setattr("projections.view_fold.KNOWN_TYPES", known)
            bad = with_view("mood_trend", types=frozenset({"mood.withdrawn.v1"}))
            await record.projector(projections=bad).catch_up(PRACTICE)
        assert ("mood_trend", position, "UnknownType") in await aside(record)
        await trying(record).try_all_again(every=True)
        assert await aside(record) == set()
        assert await record.everything() == await from_zero(record)

    async def test_of_the_practice_too(self, record, database):
        await record.keep(ordinary().kept)
        position = await put(record, database, "practice.duty_set.v9", client_id=None)
        await record.projector().catch_up(PRACTICE)
        choosing = {one.name for one in PROJECTIONS if one.settings}
        found = {(view, position, "UnknownType") for view in choosing}
        assert await aside(record) == found
        await trying(record).try_all_again(every=True)
        assert await aside(record) == found

    async def test_is_not_one_where_nobody_with_the_key_wrote_it(self, record, database):
        position = await put_without_the_key(record, database)
        await record.projector().catch_up(PRACTICE)
        assert await aside(record) == {(view, position, "SealBroken") for view in MOOD_VIEWS}


async def put_without_the_key(record: Record, database: Database) -> int:
    await record.keep(ordinary().kept)
    return await put(record, database, "mood.logged.v2", said=None)

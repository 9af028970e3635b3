"""An append may watch another stream: it is recorded only while that stream is as it was seen."""

import asyncio
from uuid import UUID, uuid4

import msgspec
import pytest

from events.record import Step
from events.store import EventStore, VersionConflict
from tests.conftest import Database
from tests.contracts.stores import cause, found, mood, pauses, postgres_store

Practice = tuple[UUID, UUID]


def watching(client_id: UUID, goal_id: UUID, *, seen: int) -> Step:
    """A stream that was seen at a version and is only watched."""
    return msgspec.structs.replace(pauses(client_id, goal_id, expected=seen), events=[])


class TestAWatchedStream:
    @pytest.mark.parametrize("count", [0, 1, 3])
    async def test_that_has_not_moved_lets_the_append_pass(
        self, store: EventStore, practice: Practice, count: int
    ) -> None:
        practice_id, client_id = practice
        goal_id, entry = uuid4(), mood(client_id)
        if count:
            there = pauses(client_id, goal_id, expected=0, count=count)
            await store.append(practice_id, [there], cause=cause())
        watched = watching(client_id, goal_id, seen=count)
        receipt = await store.append(practice_id, [watched, entry], cause=cause())
        assert (receipt.position, receipt.version) == (count + 3, 1)
        assert await store.head(practice_id) == count + 3
        assert len(await store.read_stream(practice_id, "goal", goal_id)) == count
        (kept,) = await store.read_stream(practice_id, entry.category, entry.stream_id)
        assert kept.position == count + 3

    @pytest.mark.parametrize(("count", "seen"), [(1, 0), (3, 2), (3, 0), (0, 1), (2, 3)])
    async def test_that_has_moved_refuses_all_of_it(
        self, store: EventStore, practice: Practice, count: int, seen: int
    ) -> None:
        practice_id, client_id = practice
        goal_id, other_id = uuid4(), uuid4()
        if count:
            there = pauses(client_id, goal_id, expected=0, count=count)
            await store.append(practice_id, [there], cause=cause())
        steps = [
            watching(client_id, goal_id, seen=seen),
            pauses(client_id, other_id, expected=0, count=2),
            mood(client_id),
        ]
        with pytest.raises(VersionConflict):
            await store.append(practice_id, steps, cause=cause())
        assert await store.head(practice_id) == count + 2
        assert await store.read_stream(practice_id, "mood", other_id) == []

    async def test_that_has_moved_since_changes_no_repeat(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        goal_id, why = uuid4(), cause()
        steps = [watching(client_id, goal_id, seen=0), mood(client_id)]
        first = await store.append(practice_id, steps, cause=why)
        begun = pauses(client_id, goal_id, expected=0)
        await store.append(practice_id, [begun], cause=cause())
        again = await store.append(practice_id, steps, cause=why)
        assert (again.position, again.repeated) == (first.position, True)
        assert await store.head(practice_id) == 4

    async def test_refuses_no_neighbour(self, store: EventStore, practice: Practice) -> None:
        places = [practice, await found(store)]
        goal_id = uuid4()
        for practice_id, client_id in places:
            begun = pauses(client_id, goal_id, expected=0)
            await store.append(practice_id, [begun], cause=cause())

        async def attempt(n: int) -> int:
            practice_id, client_id = places[n % 2]
            steps = [mood(client_id)]
            if n % 3:
                steps.insert(0, watching(client_id, goal_id if n % 3 == 1 else uuid4(), seen=0))
            return (await store.append(practice_id, steps, cause=cause())).position

        answers = await asyncio.gather(*map(attempt, range(60)), return_exceptions=True)
        refused = [isinstance(answer, VersionConflict) for answer in answers]
        assert refused == [n % 3 == 1 for n in range(60)]
        for nth, (practice_id, _) in enumerate(places):
            log = await store.read_practice(practice_id)
            assert [one.position for one in log] == list(range(1, 24))
            mine = [answer for answer in answers[nth::2] if isinstance(answer, int)]
            assert sorted(mine) == list(range(4, 24))

    async def test_moves_before_or_after_and_never_between(
        self, store: EventStore, practice: Practice
    ) -> None:
        await race([store], practice)


async def test_two_writers_see_what_the_other_has_appended(database: Database) -> None:
    async with postgres_store(database.runtime) as one, postgres_store(database.runtime) as two:
        await race([one, two], await found(one))


async def race(stores: list[EventStore], practice: Practice) -> None:
    """Many watch a stream that begins meanwhile: what was recorded lies before its first event."""
    practice_id, client_id = practice
    goal_id = uuid4()

    async def attempt(n: int) -> int | None:
        store = stores[n % len(stores)]
        if n == 100:
            begun = pauses(client_id, goal_id, expected=0)
            return (await store.append(practice_id, [begun], cause=cause())).position
        steps = [watching(client_id, goal_id, seen=0), mood(client_id)]
        try:
            return (await store.append(practice_id, steps, cause=cause())).position
        except VersionConflict:
            return None

    positions = await asyncio.gather(*map(attempt, range(200)))
    begun_at = positions[100]
    assert begun_at is not None
    assert all(one is None or one <= begun_at for one in positions)
    assert await stores[0].head(practice_id) == begun_at

"""The promises of events/store.py, kept by the log in memory and by the one in Postgres."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from events.record import Step
from events.store import ContentMismatch, EventStore, UnknownSubject, VersionConflict
from tests.contracts.stores import acknowledged, cause, enrol, found, mood, pauses

Practice = tuple[UUID, UUID]


class TestPositions:
    async def test_are_dense_from_one(self, store: EventStore, practice: Practice) -> None:
        practice_id, client_id = practice
        receipts = [
            await store.append(practice_id, [mood(client_id)], cause=cause()) for _ in range(3)
        ]
        assert [receipt.position for receipt in receipts] == [3, 4, 5]
        log = await store.read_practice(practice_id)
        assert [one.position for one in log] == [1, 2, 3, 4, 5]
        assert await store.head(practice_id) == 5

    async def test_belong_to_one_practice(self, store: EventStore, practice: Practice) -> None:
        other_id, other_client = await found(store)
        await store.append(practice[0], [mood(practice[1])], cause=cause())
        receipt = await store.append(other_id, [mood(other_client)], cause=cause())
        assert receipt.position == 3
        assert await store.head(uuid4()) == 0

    async def test_of_an_append_stand_together(self, store: EventStore, practice: Practice) -> None:
        practice_id, client_id = practice
        goal_id = uuid4()
        steps = [pauses(client_id, goal_id, expected=0, count=3), mood(client_id)]
        receipt = await store.append(practice_id, steps, cause=cause())
        assert (receipt.position, receipt.version) == (6, 1)
        types = [one.type for one in await store.read_practice(practice_id, after=2)]
        assert types == ["goal.paused.v1", "goal.resumed.v1", "goal.paused.v1", "mood.logged.v1"]

    async def test_grow_whatever_appends_at_once(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        receipts = await asyncio.gather(
            *(store.append(practice_id, [mood(client_id)], cause=cause()) for _ in range(300))
        )
        assert sorted(receipt.position for receipt in receipts) == list(range(3, 303))
        log = await store.read_practice(practice_id)
        assert [one.position for one in log] == list(range(1, 303))


class TestVersions:
    async def test_count_each_stream_from_one(self, store: EventStore, practice: Practice) -> None:
        practice_id, client_id = practice
        goal_id = uuid4()
        first = pauses(client_id, goal_id, expected=0, count=2)
        await store.append(practice_id, [first], cause=cause())
        receipt = await store.append(
            practice_id, [pauses(client_id, goal_id, expected=2)], cause=cause()
        )
        assert receipt.version == 3
        past = await store.read_stream(practice_id, "goal", goal_id)
        assert [one.version for one in past] == [1, 2, 3]

    @pytest.mark.parametrize("expected", [1, 3, 7])
    async def test_that_were_not_there_are_refused(
        self, store: EventStore, practice: Practice, expected: int
    ) -> None:
        practice_id, client_id = practice
        goal_id = uuid4()
        there = pauses(client_id, goal_id, expected=0, count=2)
        await store.append(practice_id, [there], cause=cause())
        with pytest.raises(VersionConflict):
            await store.append(
                practice_id, [pauses(client_id, goal_id, expected=expected)], cause=cause()
            )
        assert len(await store.read_stream(practice_id, "goal", goal_id)) == 2
        assert await store.head(practice_id) == 4

    async def test_above_zero_of_an_empty_stream_are_refused(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        with pytest.raises(VersionConflict):
            await store.append(practice_id, [pauses(client_id, uuid4(), expected=1)], cause=cause())
        assert await store.head(practice_id) == 2

    async def test_let_one_of_many_win(self, store: EventStore, practice: Practice) -> None:
        practice_id, client_id = practice
        goal_id = uuid4()
        there = pauses(client_id, goal_id, expected=0)
        await store.append(practice_id, [there], cause=cause())
        answers = await asyncio.gather(
            *(
                store.append(practice_id, [pauses(client_id, goal_id, expected=1)], cause=cause(n))
                for n in range(20)
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(answer, VersionConflict) for answer in answers) == 19
        assert len(await store.read_stream(practice_id, "goal", goal_id)) == 2


class TestSteps:
    async def test_are_recorded_all_or_none(self, store: EventStore, practice: Practice) -> None:
        practice_id, client_id = practice
        goal_id, entry = uuid4(), mood(client_id)
        for steps in (
            [pauses(client_id, goal_id, expected=5), entry],
            [entry, pauses(client_id, goal_id, expected=5)],
        ):
            with pytest.raises(VersionConflict):
                await store.append(practice_id, steps, cause=cause())
        assert await store.read_stream(practice_id, entry.category, entry.stream_id) == []
        assert await store.head(practice_id) == 2

    async def test_that_are_refused_leave_their_neighbours_alone(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice

        def step(n: int) -> Step:
            return pauses(client_id, uuid4(), expected=n % 3)

        answers = await asyncio.gather(
            *(store.append(practice_id, [step(n)], cause=cause()) for n in range(60)),
            return_exceptions=True,
        )
        refused = [isinstance(answer, VersionConflict) for answer in answers]
        assert refused == [n % 3 != 0 for n in range(60)]
        log = await store.read_practice(practice_id)
        assert [one.position for one in log] == list(range(1, 23))

    async def test_to_one_stream_keep_their_order(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        goal_id = uuid4()
        receipts = await asyncio.gather(
            *(
                store.append(practice_id, [pauses(client_id, goal_id, expected=n)], cause=cause(n))
                for n in range(12)
            )
        )
        assert [receipt.version for receipt in receipts] == list(range(1, 13))


class TestRepeats:
    async def test_answer_as_the_first_time(self, store: EventStore, practice: Practice) -> None:
        practice_id, client_id = practice
        entry, why = mood(client_id), cause("six")
        first = await store.append(practice_id, [entry], cause=why)
        await store.append(practice_id, [mood(client_id)], cause=cause())
        again = await store.append(practice_id, [entry], cause=why)
        assert (again.position, again.version) == (first.position, first.version)
        assert (first.repeated, again.repeated) == (False, True)
        assert await store.head(practice_id) == 4

    async def test_of_several_events_answer_for_the_last(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        goal_id, why = uuid4(), cause()
        step = pauses(client_id, goal_id, expected=0, count=4)
        first = await store.append(practice_id, [step], cause=why)
        again = await store.append(practice_id, [step], cause=why)
        assert (again.position, again.version) == (first.position, first.version) == (6, 4)

    async def test_of_several_steps_are_found_in_the_last(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        steps = [pauses(client_id, uuid4(), expected=0, count=2), mood(client_id)]
        why = cause()
        first = await store.append(practice_id, steps, cause=why)
        again = await store.append(practice_id, steps, cause=why)
        assert (again.position, again.repeated) == (first.position, True)

    async def test_of_a_new_entry_need_no_key(self, store: EventStore, practice: Practice) -> None:
        practice_id, client_id = practice
        entry = mood(client_id)
        first = await store.append(practice_id, [entry], cause=cause("six"))
        again = await store.append(practice_id, [entry], cause=cause("six"))
        assert (again.position, again.repeated) == (first.position, True)

    async def test_with_another_content_are_refused(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        command_id, entry = uuid4(), mood(client_id)
        await store.append(practice_id, [entry], cause=cause("six", command_id=command_id))
        changed = mood(client_id, mood_id=entry.stream_id, rating=2)
        for why in (cause("two", command_id=command_id), cause("two")):
            with pytest.raises(ContentMismatch):
                await store.append(practice_id, [changed], cause=why)
        assert await store.head(practice_id) == 3

    async def test_under_the_id_of_something_else_are_refused(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        goal_id = uuid4()
        there = pauses(client_id, goal_id, expected=0)
        await store.append(practice_id, [there], cause=cause("same"))
        with pytest.raises(ContentMismatch):
            await store.append(practice_id, [there], cause=cause("another"))

    async def test_under_an_id_of_another_category_are_none(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        goal_id = uuid4()
        await store.append(practice_id, [pauses(client_id, goal_id, expected=0)], cause=cause())
        entry = mood(client_id, mood_id=goal_id)
        receipt = await store.append(practice_id, [entry], cause=cause())
        assert (receipt.version, receipt.repeated) == (1, False)
        (kept,) = await store.read_stream(practice_id, "mood", goal_id)
        assert kept.category == "mood"
        assert await store.among(practice_id, "mood", [goal_id, client_id]) == {goal_id}
        assert await store.among(practice_id, "client", [goal_id, client_id]) == {client_id}

    async def test_of_somebody_else_are_refused(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        entry, why = mood(client_id), cause("same")
        await store.append(practice_id, [entry], cause=why)
        with pytest.raises(ContentMismatch):
            await store.append(
                practice_id, [entry], cause=msgspec.structs.replace(why, actor="client:another")
            )

    async def test_at_once_are_recorded_once(self, store: EventStore, practice: Practice) -> None:
        practice_id, client_id = practice
        entry, why = mood(client_id), cause()
        receipts = await asyncio.gather(
            *(store.append(practice_id, [entry], cause=why) for _ in range(12))
        )
        assert {receipt.position for receipt in receipts} == {3}
        assert await store.head(practice_id) == 3


class TestSubjects:
    async def test_that_were_never_enrolled_are_refused(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        with pytest.raises(UnknownSubject):
            await store.append(practice_id, [mood(uuid4())], cause=cause())
        with pytest.raises(UnknownSubject):
            await store.append(uuid4(), [mood(client_id)], cause=cause())
        assert await store.head(practice_id) == 2


class TestReading:
    async def test_gives_back_what_was_appended(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        entry, why = mood(client_id), cause("six")
        before = datetime.now(UTC) - timedelta(seconds=1)
        receipt = await store.append(practice_id, [entry], cause=why)
        (kept,) = await store.read_stream(practice_id, entry.category, entry.stream_id)
        assert kept.event == entry.events[0]
        assert (kept.practice_id, kept.client_id) == (practice_id, client_id)
        assert (kept.category, kept.type) == ("mood", "mood.logged.v1")
        assert (kept.position, kept.version) == (receipt.position, receipt.version)
        assert (kept.actor, kept.command_id) == (why.actor, why.command_id)
        assert (kept.correlation, kept.content) == (why.correlation, why.content)
        assert kept.occurred_at == entry.occurred_at
        assert before < kept.recorded_at < datetime.now(UTC) + timedelta(seconds=1)

    async def test_of_a_client_shows_nobody_else(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        other_id = uuid4()
        await enrol(store, practice_id, other_id)
        for who in (client_id, other_id, client_id):
            await store.append(practice_id, [mood(who)], cause=cause())
        seen = await store.read_client(practice_id, client_id)
        assert [one.position for one in seen] == [2, 4, 6]
        assert await store.read_client(uuid4(), client_id) == []

    async def test_of_a_clients_flags_shows_them_whatever_stream_they_lie_in(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        other_id = uuid4()
        await enrol(store, practice_id, other_id)
        first, second = uuid4(), uuid4()
        for stream_id, of, expected in (
            (first, client_id, 0), (uuid4(), other_id, 0), (second, client_id, 0),
            (first, client_id, 1),
        ):  # fmt: skip
            await store.append(practice_id, [mood(client_id)], cause=cause())
            step = acknowledged(of, stream_id, expected=expected)
            await store.append(practice_id, [step], cause=cause())
        seen = await store.read_flags(practice_id, client_id)
        assert [(one.stream_id, one.version) for one in seen] == [
            (first, 1),
            (second, 1),
            (first, 2),
        ]
        assert [one.position for one in seen] == sorted(one.position for one in seen)
        assert await store.read_flags(uuid4(), client_id) == []

    async def test_of_a_client_comes_in_pages(self, store: EventStore, practice: Practice) -> None:
        practice_id, client_id = practice
        for _ in range(4):
            await store.append(practice_id, [mood(client_id)], cause=cause())
        older = await store.read_client(practice_id, client_id, after=3, limit=2)
        assert [one.position for one in older] == [4, 5]

    async def test_as_of_an_instant_is_a_prefix(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        for _ in range(5):
            await store.append(practice_id, [mood(client_id)], cause=cause())
        log = await store.read_practice(practice_id)
        instants = [one.recorded_at for one in log]
        assert instants == sorted(instants)
        for kept in log[1:]:
            seen = await store.read_client(practice_id, client_id, recorded_until=kept.recorded_at)
            expected = [one.position for one in log[1:] if one.recorded_at <= kept.recorded_at]
            assert [one.position for one in seen] == expected

    async def test_of_a_practice_pages_without_a_gap(
        self, store: EventStore, practice: Practice
    ) -> None:
        practice_id, client_id = practice
        for _ in range(5):
            await store.append(practice_id, [mood(client_id)], cause=cause())
        pages, after = [], 0
        while page := await store.read_practice(practice_id, after=after, limit=3):
            pages.append([one.position for one in page])
            after = page[-1].position
        assert pages == [[1, 2, 3], [4, 5, 6], [7]]

"""What somebody appends in the run-time role, but without a key, silences no flag."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg
import msgspec
import pytest

from events.record import SAFETY_FLAG_CATEGORY
from events.safety_interlock import is_flag_open, read_flags
from projections.safety_queries import count_flags
from tests.service.conftest import DUTY, Asker, House
from tests.service.test_safety import ENDORSED, flags, send
from workers.safety import sweep_safety

APPEND = """
SELECT append_event($1, now(), $2, $3, $4, $5, $6, '\\x01aa', 'w', $7, $8, $9)
"""
FORM = {"instrument": "phq9", "answers": ENDORSED}
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Intruder:
    """Somebody who has the run-time login, and no key."""

    def __init__(self, house: House, client_id: str) -> None:
        self.house = house
        self.client_id = UUID(client_id)

    async def append(
        self,
        stream_id: UUID,
        *,
        version: int = 1,
        category: str = SAFETY_FLAG_CATEGORY,
        type_: str = "safety_flag.closed.v1",
        client_id: UUID | None = None,
        at: datetime | None = NOW,
    ) -> int | None:
        """Where it was recorded; None where it does not fit the stream."""
        position: int | None = await self.house.cairn.pool.fetchval(
            APPEND, self.house.practice_id, stream_id, category, version, client_id, type_,
            uuid4(), uuid4(), at,
        )  # fmt: skip
        return position

    async def append_unled(self, stream_id: UUID, version: int) -> list[int]:
        """The refused appends of one that says that it is not the first of its stream."""
        row = await self.house.cairn.pool.fetchrow(
            "SELECT refused FROM append_events($1, now(), '{0}', '{f}', ARRAY[$2::uuid],"
            " '{safety_flag}', ARRAY[$3::integer], ARRAY[$4::uuid], '{safety_flag.closed.v1}',"
            " ARRAY['\\x01aa'::bytea], '{w}', ARRAY[$5::uuid], ARRAY[$5::uuid], ARRAY[now()])",
            self.house.practice_id, stream_id, version, self.client_id, uuid4(),
        )  # fmt: skip
        assert row is not None
        refused: list[int] = row["refused"]
        return refused

    async def flags_stream(self) -> tuple[UUID, int]:
        read = await read_flags(self.house.cairn.store, self.house.practice_id, self.client_id)
        return read.stream.stream_id, read.version


@pytest.fixture
async def intruder(house: House, clinician: Asker) -> Intruder:
    return Intruder(house, await clinician.enrol(country="US"))


async def stands(intruder: Intruder, clinician: Asker, *, count: int = 1) -> None:
    """The flags of the client are listed, hold suggestions up, are asked about and can be seen."""
    house, client_id = intruder.house, str(intruder.client_id)
    listed = await flags(clinician)
    assert len(listed) == count
    own = await clinician.get(f"/v1/clients/{client_id}/safety-flags")
    assert [one["id"] for one in own["items"]] == [one["id"] for one in listed]
    assert await is_flag_open(house.cairn.store, house.practice_id, intruder.client_id)
    later_on = datetime.now(UTC) + timedelta(minutes=DUTY.acknowledge_minutes + 1)
    assert await sweep_safety(house.cairn, later_on) == {"escalated": count}
    for one in listed:
        about = f"/v1/clients/{client_id}/safety-flags/{one['id']}"
        seen = await clinician.ask("POST", f"{about}/acknowledge")
        assert seen.status_code == 200, seen.text


class TestAnOpenFlag:
    @pytest.fixture
    async def flag(self, house: House, intruder: Intruder) -> str:
        asker = house.asker("client", str(intruder.client_id))
        form: dict[str, Any] = await send(asker, str(intruder.client_id), ENDORSED)
        return str(form["id"])

    @pytest.mark.parametrize("type_", ["safety_flag.closed.v1", "safety_flag.noted.v1"])
    async def test_is_there_whatever_lies_under_its_former_id(
        self, intruder: Intruder, clinician: Asker, flag: str, type_: str
    ) -> None:
        client_id = intruder.client_id
        stream_id = uuid5(client_id, SAFETY_FLAG_CATEGORY)
        assert await intruder.append(stream_id, client_id=client_id, type_=type_) is not None
        await stands(intruder, clinician)

    async def test_is_there_whatever_lies_in_another_stream_of_the_client(
        self, intruder: Intruder, clinician: Asker, flag: str
    ) -> None:
        assert await intruder.append(uuid4(), client_id=intruder.client_id) is not None
        await stands(intruder, clinician)

    async def test_is_not_closed_by_what_does_not_open(
        self, intruder: Intruder, clinician: Asker, flag: str
    ) -> None:
        stream_id, version = await intruder.flags_stream()
        appended = await intruder.append(
            stream_id, version=version + 1, client_id=intruder.client_id
        )
        assert appended is not None
        await stands(intruder, clinician)

    async def test_takes_nothing_about_somebody_else(
        self, intruder: Intruder, clinician: Asker, flag: str
    ) -> None:
        stream_id, version = await intruder.flags_stream()
        assert await intruder.append(stream_id, version=version + 1, client_id=uuid4()) is None
        await stands(intruder, clinician)

    @pytest.mark.parametrize("version", [2_000_000_000, 3, 1, 0, -1])
    async def test_takes_no_version_but_the_next(
        self, intruder: Intruder, clinician: Asker, flag: str, version: int
    ) -> None:
        stream_id, _ = await intruder.flags_stream()
        assert await intruder.append_unled(stream_id, version) == [0]
        assert await intruder.append_unled(uuid4(), version - (version == 1)) == [0]
        await stands(intruder, clinician)


class TestAFlagThatSomebodyPutThere:
    """It can not be read, and is a flag like any other: asked about, and closed by a clinician."""

    @pytest.fixture(params=["of its own", "under the former id", "of the client's flags"])
    async def put(self, request: pytest.FixtureRequest, intruder: Intruder) -> None:
        own_id, version = await intruder.flags_stream()
        stream_id, version = {
            "of its own": (uuid4(), 0),
            "under the former id": (uuid5(intruder.client_id, SAFETY_FLAG_CATEGORY), 0),
            "of the client's flags": (own_id, version),
        }[request.param]
        for more in (1, 2):  # The later version is the higher one of its stream.
            assert await intruder.append(
                stream_id,
                version=version + more,
                client_id=intruder.client_id,
                type_="safety_flag.raised.v1",
            )

    async def closed(self, clinician: Asker, client_id: str, *, left: int) -> None:
        """Each is closed by whoever has seen the list as it is."""
        path = f"/v1/clients/{client_id}/safety-flags"
        for one in await flags(clinician):
            etag = (await clinician.ask("GET", path)).headers["etag"]
            told = {"reason": "Looked into it.", "outcome": "Nobody knows who wrote it."}
            answer = await clinician.ask("POST", f"{path}/{one['id']}/close", told, If_Match=etag)
            assert answer.status_code == 200, answer.text
            left -= 1
            assert len(await flags(clinician)) == left
        assert left == 0
        open_ones = await clinician.get(f"{path}?open=true")
        assert open_ones["items"] == []

    async def test_is_closed_where_the_client_has_no_other(
        self, house: House, clinician: Asker, intruder: Intruder, put: None
    ) -> None:
        await stands(intruder, clinician, count=2)
        await self.closed(clinician, str(intruder.client_id), left=2)
        assert not await is_flag_open(house.cairn.store, house.practice_id, intruder.client_id)
        closed = await clinician.get("/v1/safety-flags?open=false")
        assert [one["instrument"] for one in closed["items"]] == [None, None]

    async def test_is_closed_beside_one_of_a_form(
        self, house: House, clinician: Asker, intruder: Intruder, put: None
    ) -> None:
        client_id = str(intruder.client_id)
        await send(house.asker("client", client_id), client_id, ENDORSED)
        await stands(intruder, clinician, count=3)
        await self.closed(clinician, client_id, left=3)

    async def test_is_closed_where_it_was_put_beside_one_of_a_form(
        self, house: House, clinician: Asker, intruder: Intruder
    ) -> None:
        client_id = str(intruder.client_id)
        await send(house.asker("client", client_id), client_id, ENDORSED)
        await flags(clinician)
        appended = await intruder.append(
            uuid4(), client_id=intruder.client_id, type_="safety_flag.raised.v1"
        )
        assert appended is not None
        await stands(intruder, clinician, count=2)
        await self.closed(clinician, client_id, left=2)


class TestPracticesThatSomebodyPutThere:
    async def test_hide_no_flag_however_many_there_are(
        self,
        house: House,
        clinician: Asker,
        intruder: Intruder,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("events.postgres.PRACTICES_READ", 2)
        for nth in range(1, 6):
            forged = msgspec.structs.replace(house, practice_id=UUID(int=nth))
            await house.cairn.pool.fetch(
                "SELECT refused FROM append_events($1, now(), '{0}', '{t}', ARRAY[$1::uuid],"
                " '{practice}', '{1}', '{NULL}', '{practice.opened.v1}', ARRAY['\\x01aa'::bytea],"
                " '{w}', ARRAY[$2::uuid], ARRAY[$2::uuid], ARRAY[now()])",
                forged.practice_id, uuid4(),
            )  # fmt: skip
            appended = await Intruder(forged, str(UUID(int=nth + 99))).append(
                uuid4(), client_id=UUID(int=nth + 99), type_="safety_flag.raised.v1"
            )
            assert appended == 2
        assert len(await house.cairn.store.practices()) == 6
        client_id = str(intruder.client_id)
        await send(house.asker("client", client_id), client_id, ENDORSED)
        counted = await count_flags(house.cairn.views)
        assert (counted.open, counted.unacknowledged) == (1, 1)
        later_on = datetime.now(UTC) + timedelta(minutes=DUTY.acknowledge_minutes + 1)
        assert await sweep_safety(house.cairn, later_on) == {"escalated": 1}
        (flag,) = await flags(clinician)
        assert len(flag["asked"]) == 2


class TestTheNextForm:
    async def raises_its_flag(self, intruder: Intruder, clinician: Asker) -> None:
        client_id = str(intruder.client_id)
        asker = intruder.house.asker("client", client_id)
        form = await asker.ask("POST", f"/v1/clients/{client_id}/assessments", FORM)
        assert form.status_code == 201, form.text
        await stands(intruder, clinician)

    async def test_raises_its_flag_whatever_lies_under_the_former_id(
        self, intruder: Intruder, clinician: Asker
    ) -> None:
        former_id = uuid5(intruder.client_id, SAFETY_FLAG_CATEGORY)
        assert await intruder.append(former_id, client_id=intruder.client_id) is not None
        await self.raises_its_flag(intruder, clinician)

    async def test_raises_its_flag_where_that_is_about_somebody_else(
        self, intruder: Intruder, clinician: Asker
    ) -> None:
        former_id = uuid5(intruder.client_id, SAFETY_FLAG_CATEGORY)
        assert await intruder.append(former_id, client_id=uuid4()) is not None
        await self.raises_its_flag(intruder, clinician)

    async def test_raises_its_flag_where_a_gap_was_to_be_left(
        self, intruder: Intruder, clinician: Asker
    ) -> None:
        former_id = uuid5(intruder.client_id, SAFETY_FLAG_CATEGORY)
        assert await intruder.append_unled(former_id, 2_000_000_000) == [0]
        await self.raises_its_flag(intruder, clinician)

    @pytest.mark.parametrize("category", ["practice", "client"])
    async def test_raises_its_flag_whatever_is_said_of_practice_and_client(
        self, intruder: Intruder, clinician: Asker, category: str
    ) -> None:
        house, client_id = intruder.house, intruder.client_id
        subject = house.practice_id if category == "practice" else client_id
        past = await house.cairn.store.read_stream(house.practice_id, category, subject)
        whom = None if category == "practice" else client_id
        appended = await intruder.append(
            subject,
            version=len(past) + 1,
            category=category,
            type_=f"{category}.changed.v9",
            client_id=whom,
        )
        assert appended is not None
        await self.raises_its_flag(intruder, clinician)


class TestTheLog:
    @pytest.mark.parametrize(
        "changes",
        [
            {"at": datetime.max.replace(tzinfo=UTC)},
            {"category": "zz", "type_": "zz.a.v1"},
            {"category": "practice", "type_": "practice.opened.v1"},
            {"client_id": None},
        ],
        ids=["a day that few can name", "an unknown category", "about a client", "about nobody"],
    )
    async def test_takes_nothing_that_nobody_could_read(
        self, intruder: Intruder, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(asyncpg.CheckViolationError):
            await intruder.append(uuid4(), **{"client_id": intruder.client_id, **changes})

    async def test_takes_no_day_without_an_end(self, intruder: Intruder) -> None:
        with pytest.raises(asyncpg.CheckViolationError):
            await intruder.house.cairn.pool.fetchval(
                APPEND.replace("$9", "'20000-01-01'::timestamptz"),
                intruder.house.practice_id, uuid4(), SAFETY_FLAG_CATEGORY, 1, intruder.client_id,
                "safety_flag.noted.v1", uuid4(), uuid4(),
            )  # fmt: skip

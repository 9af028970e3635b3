"""What a subscription tells, as a stream: for the app it names, and only as long as it may."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from service.feed_types import ALL_TYPES
from service.following import feed_source
from service.streams import StreamEnded
from service.subscription_following import subscription_source
from tests.service.conftest import Asker, House
from tests.service.streaming import Reader, hang_up, serving
from tests.service.test_subscriptions import PATH, delivering, feel, subscribe


@pytest.fixture
async def served(house: House) -> AsyncIterator[str]:
    async with serving(house.cairn) as url, delivering(house):
        yield url


@pytest.fixture
def app(house: House) -> Asker:
    return house.asker("app", "diary")


class TestAStream:
    async def test_tells_what_happens_by_number(self, served, clinician: Asker, app: Asker):
        client_id = await clinician.enrol()
        made = await subscribe(clinician, app="diary", categories=["mood"])
        reader = await Reader(served, app.headers, f"{PATH}/{made['id']}/stream").connect()
        await feel(clinician, client_id, 3)
        await clinician.set_goal(client_id)
        await feel(clinician, client_id, 4)
        told = await reader.take(2)
        assert [(one.id, one.event) for one in told] == [
            ("1", "mood.logged.v1"), ("2", "mood.logged.v1"),
        ]  # fmt: skip
        assert told[1].json()["number"] == 2
        await reader.close()
        await feel(clinician, client_id, 5)
        await reader.connect()
        assert (await reader.next()).id == "3"
        await reader.close()

    @pytest.mark.parametrize("end", ["pause", "delete"])
    async def test_ends_when_it_may_not_be_read_any_more(
        self, served, clinician: Asker, app: Asker, end: str
    ):
        made = await subscribe(clinician, app="diary")
        path = f"{PATH}/{made['id']}"
        reader = await Reader(served, app.headers, f"{path}/stream").connect()
        if end == "pause":
            await clinician.do("POST", f"{path}/pause", {})
        else:
            await clinician.do("DELETE", path, {})
        last = await reader.next()
        assert (last.event, last.json()["reason"]) == ("end", "not_active")
        await reader.close()

    async def test_goes_on_when_every_connection_is_lost(
        self, served, database, clinician: Asker, app: Asker
    ):
        client_id = await clinician.enrol()
        made = await subscribe(clinician, app="diary")
        reader = await Reader(served, app.headers, f"{PATH}/{made['id']}/stream").connect()
        await feel(clinician, client_id, 3)
        assert (await reader.next()).id == "1"
        await hang_up(database)
        while (
            await clinician.ask("POST", f"/v1/clients/{client_id}/moods", {"rating": 4})
        ).is_error:
            pass
        assert (await reader.next()).id == "2"
        await reader.close()

    async def test_of_a_reader_with_an_empty_last_id_begins_where_after_says(
        self, served, clinician: Asker, app: Asker
    ):
        client_id = await clinician.enrol()
        made = await subscribe(clinician, app="diary")
        await feel(clinician, client_id, 3, 4)
        reader = Reader(served, app.headers, f"{PATH}/{made['id']}/stream")
        reader.last_id = ""
        await reader.connect("?after=0")
        assert [one.id for one in await reader.take(2)] == ["1", "2"]
        await reader.close()

    async def test_ends_where_it_is_ahead_of_a_log_that_was_restored(self, house, clinician: Asker):
        made = await subscribe(clinician, app="diary")
        subject = house.practice_id, UUID(made["id"])
        with (
            subscription_source(house.cairn, subject, nothing) as told,
            feed_source(house.cairn, house.practice_id, ALL_TYPES) as fed,
        ):
            for source in (told, fed):
                with pytest.raises(StreamEnded) as ended:
                    await source.batch(1_000, wait_seconds=15)
                assert ended.value.reason == "ahead"

    async def test_is_refused_to_others(self, served, clinician: Asker, app: Asker):
        made = await subscribe(clinician, app="another")
        reader = await Reader(served, app.headers, f"{PATH}/{made['id']}/stream").connect()
        assert reader.response.status_code == 404
        await reader.close()
        ahead = await Reader(served, clinician.headers, f"{PATH}/{made['id']}/stream").connect(
            Last_Event_ID="7"
        )
        assert ahead.response.status_code == 400
        await ahead.close()


async def nothing() -> None:
    """Whoever reads may read."""

"""A peer that hangs up in the middle: no fault of ours, and nothing that was said is lost."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from structlog.testing import capture_logs

from tests.conftest import Database
from tests.service.conftest import Asker, House
from tests.service.streaming import serving, until
from tests.service.test_unfiled_forms import unfiled
from tests.service.wires import Wire, head

WAITING = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"


@pytest.fixture
async def url(house: House) -> AsyncIterator[str]:
    async with serving(house.cairn) as address:
        yield address


def sent_by(asker: Asker, length: int) -> dict[str, str]:
    more = {"Content-Type": "application/json", "Content-Length": str(length)}
    return {**asker.headers, **more}


class TestAPeerThatHangsUp:
    @pytest.mark.parametrize("is_reset", [False, True])
    async def test_while_it_sends_is_noted_as_that_and_as_no_fault(
        self, house: House, clinician: Asker, url: str, is_reset: bool
    ):
        client_id = await clinician.enrol()
        events = await house.size()
        wire = await Wire.to(url)
        with capture_logs() as lines:
            sent = sent_by(clinician, 99)
            wire.say(head("POST", f"/v1/clients/{client_id}/moods", sent), b'{"rating": 4')
            await wire.hang_up() if not is_reset else wire.reset()
            await until(lambda: any(line["event"] == "request" for line in lines))
        assert [line["status"] for line in lines if line["event"] == "request"] == [499]
        assert [line["event"] for line in lines if line["log_level"] != "info"] == []
        assert await house.size() == events
        text = await house.asker("operator", "ops").ask("GET", "/metrics")
        assert 'status="500"' not in text.text

    async def test_while_it_sends_a_form_raises_what_could_be_read(
        self, house: House, clinician: Asker, url: str
    ):
        client_id = await clinician.enrol()
        anna = house.asker("client", client_id)
        wire = await Wire.to(url)
        with capture_logs() as lines:
            wire.say(
                head("POST", f"/v1/clients/{client_id}/assessments", sent_by(anna, 999)),
                b'{"instrument": "phq9", "answers": [0,0,0,0,0,0,0,0,2',
            )
            wire.reset()
            await until(lambda: any(line["event"] == "request" for line in lines))
        assert [line["status"] for line in lines if line["event"] == "request"] == [499]
        (flag,) = await unfiled(clinician)
        assert (flag["answer"], flag["why"]) == (2, "body-not-complete")

    async def test_before_it_is_answered_has_said_what_it_said(
        self, database: Database, clinician: Asker, url: str
    ):
        client_id = await clinician.enrol()
        wire = await Wire.to(url)
        body = b'{"rating": 4}'
        held = await asyncpg.connect(database.admin)
        with capture_logs() as lines:
            async with held.transaction():
                # Whoever appends waits for it.
                await held.execute("LOCK TABLE event_log IN EXCLUSIVE MODE")
                sent = sent_by(clinician, len(body))
                wire.say(head("POST", f"/v1/clients/{client_id}/moods", sent), body)
                while not await held.fetchval(WAITING):  # noqa: ASYNC110 - nothing tells of it
                    await asyncio.sleep(0.01)
                wire.reset()
                await asyncio.sleep(0.1)
            await until(lambda: any(line["event"] == "request" for line in lines))
        await held.close()
        assert [line["status"] for line in lines if line["event"] == "request"] == [201]
        assert [line["event"] for line in lines if line["log_level"] != "info"] == []
        timeline = await clinician.get(f"/v1/clients/{client_id}/timeline")
        assert "mood" in str(timeline)

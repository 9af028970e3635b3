"""A clock that is a month ahead for some seconds: nothing is lost, late or dated by it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from service.settings import Settings
from tests.conftest import Database
from tests.service.conftest import House, opened_house
from tests.service.test_safety import ENDORSED, flags, send
from tests.shifted_clock import make_shiftable, set_ahead

MONTH, MINUTE = timedelta(days=31), timedelta(minutes=1)


@pytest.fixture
async def shiftable(database: Database, settings: Settings) -> AsyncIterator[House]:
    """A practice between the right clock and one of the database that can be set."""
    await make_shiftable(database)
    async with opened_house(settings) as house:
        yield house


async def dated(house: House) -> list[tuple[timedelta, bool]]:
    """How far from now each event is dated, and whether it is marked."""
    kept = await house.cairn.pool.fetch(
        "SELECT recorded_at, clock_doubted FROM event_log WHERE practice_id = $1 ORDER BY position",
        house.practice_id,
    )
    return [(abs(row["recorded_at"] - datetime.now(UTC)), row["clock_doubted"]) for row in kept]


@pytest.mark.parametrize("ahead", [MONTH, -MONTH])
async def test_of_the_database_delays_no_form_and_hides_no_flag(
    shiftable: House, database: Database, ahead: timedelta
) -> None:
    clinician = shiftable.asker()
    client_id = await clinician.enrol()
    goal_id = await clinician.set_goal(client_id)
    await set_ahead(database, ahead)
    wrong = await send(clinician, client_id, ENDORSED)
    await set_ahead(database, timedelta())
    sent = await send(clinician, client_id, [*ENDORSED[:8], 3])
    found = {one["id"]: one["answer"] for one in await flags(clinician)}
    assert found == {wrong["flag_id"]: 1, sent["flag_id"]: 3}
    flag = f"/v1/clients/{client_id}/safety-flags/{sent['flag_id']}"
    await clinician.do("POST", f"{flag}/acknowledge", None)
    whole = await dated(shiftable)
    assert all(distance < MINUTE for distance, _ in whole)
    assert [marked for _, marked in whole].count(True) == 2  # The form and its flag.
    now = quote(datetime.now(UTC).isoformat())
    shown: dict[str, Any] = await clinician.get(f"/v1/goals/{goal_id}?as_of={now}")
    assert shown["id"] == goal_id
    assert (await clinician.get(f"/v1/goals/{goal_id}"))["due_on"] == shown["due_on"]

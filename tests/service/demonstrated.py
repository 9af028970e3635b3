"""The demonstration, loaded once for each day that tests ask for: they look at copies of it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import uuid4

import msgspec

from events.record import Recorded
from projections.goal_status import GoalStatus
from service.demonstration.load import PRACTICE_ID, Loaded, load
from service.settings import Settings
from service.wiring import Cairn
from tests.conftest import Servers, copy_database, name_database, run

NOW = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)  # A little after midnight, yesterday in Bogota.


class Demonstrated(msgspec.Struct, frozen=True):
    """A database to copy, in which the demonstration is, and what its load has said and written."""

    template: str
    loaded: Loaded
    log: list[Recorded]


DemonstrationOf = Callable[[datetime], Demonstrated]


def demonstrations(servers: Servers, template: str, key: bytes) -> DemonstrationOf:
    """Answers with the demonstration of a day; it goes by the day alone (see `open_practice`)."""
    made: dict[date, Demonstrated] = {}

    def of(now: datetime) -> Demonstrated:
        day = now.astimezone(UTC).date()
        if day not in made:
            made[day] = loaded_in(servers, template, Settings(key=key), now)
        return made[day]

    return of


def loaded_in(servers: Servers, template: str, settings: Settings, now: datetime) -> Demonstrated:
    """A copy of the template with the demonstration in it."""
    database = name_database(servers, f"cairn_demonstrated_{now:%Y%m%d}")
    copy_database(servers, database.name, template)

    async def fill() -> Demonstrated:
        own = msgspec.structs.replace(settings, database_url=database.runtime)
        async with Cairn.open(own, connections=6) as cairn:
            loaded = await load_at(cairn, now)
            return Demonstrated(database.name, loaded, await log_of(cairn))

    return run(fill)


async def load_at(cairn: Cairn, now: datetime) -> Loaded:
    return await load(cairn, now=now, run_id=uuid4(), progress=lambda done, of: None)


async def log_of(cairn: Cairn) -> list[Recorded]:
    log: list[Recorded] = []
    while page := await cairn.store.read_practice(PRACTICE_ID, after=len(log), limit=1000):
        log += page
    return log


async def goals_by_name(cairn: Cairn) -> dict[str, list[GoalStatus]]:
    clients = await cairn.views.caseload(PRACTICE_ID, now=NOW)
    return {
        client.display_name: sorted(
            await cairn.views.goals(PRACTICE_ID, client.client_id, now=NOW),
            key=lambda goal: goal.goal.starts_on,
        )
        for client in clients
    }

"""A practice in memory, and CSV files to import into it."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from events import practice
from events.memory import MemoryStore
from events.practice import OpenPractice
from events.record import Cause
from events.transact import begin
from service.csv_commands import FirstScoreGoal, Terms
from service.csv_file import CsvFile
from service.csv_import import Import
from service.csv_rows import Columns, Moments, Refused
from service.csv_summary import Summary

PRACTICE = UUID("0198a000-0000-7000-8000-000000000001")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
BY_TIME = Moments(by="at", column="when", zone=LONDON)
BY_DAY = Moments(by="day", column="day", zone=LONDON, start=date(2026, 3, 2), first=1)
MOODS = Columns(kind="moods", client="who", value="mood", moments=BY_TIME)
SCORES = Columns(
    kind="assessments", client="who", value="total", instrument="phq9", moments=BY_TIME
)
HALF = FirstScoreGoal(percent=-50, weeks=8)


def changed(columns: Columns, **changes: Any) -> Columns:
    fields = {name: getattr(columns, name) for name in columns.__struct_fields__}
    return Columns(**{**fields, **changes})


async def opened(store: MemoryStore) -> MemoryStore:
    """The store, with a practice in it."""
    await begin(
        store,
        practice.PRACTICE,
        practice.PRACTICE.stream(PRACTICE, PRACTICE),
        OpenPractice(practice_id=PRACTICE, name="Elm", zone="Europe/London", country="GB"),
        cause=Cause(command_id=uuid4(), actor="cli:test", content=b"", correlation=uuid4()),
        occurred_at=NOW,
    )
    return store


def written(text: str | bytes, folder: Path, **how: Any) -> CsvFile:
    """Write a file and open it."""
    path = folder / f"{uuid4()}.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return CsvFile(path, **how)


async def imported(
    store: MemoryStore, file: CsvFile, columns: Columns = MOODS, **terms: Any
) -> tuple[Summary, list[Refused]]:
    """Import a file of clients that may be unknown, and answer what came of it."""
    asked = Terms(
        practice_id=PRACTICE,
        columns=columns,
        zone="Europe/London",
        **{"enrol": True, **terms},
    )
    refused: list[Refused] = []
    one = Import(store, asked, now=NOW, run_id=uuid4())
    summary = await one.run(file, progress=lambda done: None, report=refused.append)
    return summary, refused


async def facts(store: MemoryStore, kind: type) -> list[Any]:
    log = await store.read_practice(PRACTICE, limit=100_000)
    return [one.event for one in log if isinstance(one.event, kind)]

"""A record that the release of commit 0acfda8 has made, as its database had it.

tests/records/0acfda8.json.gz holds every row of it (migration 0011), sealed under the key of these
tests, and what its parts are called: a practice with Anna, whose flag is open; Ben and Carla, whose
goals' dates have passed and who have drafts; two clients of an imported file; and a mood of Carla's
under the id that Ben's flags would have had.
"""

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import asyncpg

from migrations import runner
from migrations.runner import migrate
from tests.conftest import Database

RECORD = Path(__file__).parents[1] / "records" / "0acfda8.json.gz"
LAST_MIGRATION = 11


def older_record() -> dict[str, Any]:
    """What its parts are called (told), and its rows by table (rows)."""
    record: dict[str, Any] = json.loads(gzip.decompress(RECORD.read_bytes()))
    return record


async def lay_older_record(database: Database, folder: Path) -> dict[str, Any]:
    """Put it into an empty database, before the upgrade; answers what its parts are called."""
    for file in Path(runner.__file__).parent.glob("*.sql"):
        if int(file.name[:4]) <= LAST_MIGRATION:
            shutil.copy(file, folder)
    await migrate(database.owner, folder=folder)
    record = older_record()
    admin = await asyncpg.connect(database.admin)
    try:
        for table, rows in record["rows"].items():
            await admin.execute(
                f"INSERT INTO {table}"
                f" SELECT * FROM json_populate_recordset(NULL::{table}, $1::json)",
                json.dumps(rows),
            )
    finally:
        await admin.close()
    told: dict[str, Any] = record["told"]
    return told

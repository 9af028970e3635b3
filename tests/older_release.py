"""The migrations of an older release: what its database looks like before an upgrade."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from events import group_commit
from migrations import runner

# How an append that comes alone was asked for before migration 0018.
APPEND_ONE = """
SELECT a.recorded_position, a.database_now, pg_notify('cairn_log', $1::text)
FROM append_event($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) a
"""


@contextmanager
def appends_of_an_older_release() -> Iterator[None]:
    """Inside, this release appends to the tables of one with migrations 0012 to 0017."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(group_commit, "APPEND_ONE", APPEND_ONE)
        yield


def files_until(last: int, folder: Path) -> Path:
    """The migrations up to a number, in a folder of their own."""
    for file in Path(runner.__file__).parent.glob("*.sql"):
        if int(file.name[:4]) <= last:
            shutil.copy(file, folder)
    return folder

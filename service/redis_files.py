"""The files of the embedded Redis: put aside where its server can not read them.

Nothing of the record is in them. Redis says when something is to be looked for; what is owed,
Postgres knows. So files that can not be read never keep Cairn from starting.
"""

import shutil
from pathlib import Path
from typing import Final

# What the servers of all releases have kept: Valkey 9 (a folder), Redis 6.2 (a file), and a dump.
KEPT: Final = ("appendonlydir", "appendonly.aof", "dump.rdb")


def put_aside(data: Path) -> Path | None:
    """Move what an earlier server has kept out of the way.

    Returns the folder in which the files lie now, in place of those put aside before; None where
    there are none.
    """
    kept = [data / name for name in KEPT if (data / name).exists()]
    if not kept:
        return None
    aside = data.with_name(f"{data.name}.unreadable")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    for file in kept:
        file.rename(aside / file.name)
    return aside

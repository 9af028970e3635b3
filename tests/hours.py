"""The hours at which the suite is tried, and a clock on the wall that is set to them.

    python -m tests.hours [--at HOUR]... [ARGUMENT OF PYTEST]...

runs the whole suite at each of them, or at those in whose names HOUR stands. libfaketime shifts the
clock of pytest and of every process that pytest starts: the product, Postgres and Redis. What
measures how long something takes, and the times of files, stay true.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

from tests.house.tree import ROOT

# In UTC, the earliest first: a server's clock is only ever set forward. Zurich is an hour ahead of
# UTC, two in summer: from 28 March 2027 to 31 October 2027, each time at 01:00 in UTC.
HOURS: Mapping[str, datetime] = {
    name: datetime.fromisoformat(f"{at}+00:00")
    for name, at in {
        "while midnight passes in Zurich": "2027-01-20T22:56",
        "late on a day in winter": "2027-01-20T23:30",
        "late before the day of 23 hours": "2027-03-27T23:30",
        "early after the day of 23 hours": "2027-03-28T22:30",
        "late on the day of 23 hours": "2027-03-28T23:30",
        "late on a day in summer": "2027-07-14T23:30",
        "late before the day of 25 hours": "2027-10-30T23:30",
        "in the last hour of the day of 25 hours": "2027-10-31T22:30",
        "late on the day of 25 hours": "2027-10-31T23:30",
        "late on 31 December": "2027-12-31T23:30",
        "late on 29 February": "2028-02-29T23:30",
    }.items()
}
# A file with the difference to the true time, which every process with a shifted clock reads.
DIFFERENCE = "FAKETIME_TIMESTAMP_FILE"
HOW_OFTEN = "FAKETIME_CACHE_DURATION"
# What a process hands on, so that the clocks of those that it starts agree with its own.
HANDED_ON = ("LD_PRELOAD", DIFFERENCE, HOW_OFTEN, "DONT_FAKE_MONOTONIC", "NO_FAKE_STAT")
# So long after a clock has been set, every process goes by it.
SEEN_SECONDS = 1.1
SHARED = Path("/dev/shm")
LIBRARY = "vendor/libfaketime/src/libfaketime.so.1"
IN_SMALL = "tests/house/test_every_hour.py"


def set_clock(file: Path, at: datetime) -> None:
    """Set the clock of all processes that read this file; it goes on from there."""
    making = file.with_suffix(".new")
    making.touch()
    # The time of a file is true, whatever the clock says.
    difference = at.timestamp() - making.stat().st_mtime
    making.write_text(f"{difference:+.3f}\n")
    making.replace(file)


@contextmanager
def shifted_clock(at: datetime) -> Iterator[dict[str, str]]:
    """The environment for processes whose clock says `at` now."""
    with tempfile.TemporaryDirectory(prefix="cairn-clock-") as made:
        folder = Path(made)
        # Under root Postgres runs as nobody, who has to read both files.
        folder.chmod(0o755)
        library, difference = folder / "libfaketime.so", folder / "difference"
        shutil.copy(installed_library(), library)
        set_clock(difference, at)
        environment = {**os.environ, "LD_PRELOAD": str(library), DIFFERENCE: str(difference)}
        # A process reads the file again in each second in which it asks for the time.
        environment |= {HOW_OFTEN: "0", "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
        try:
            yield environment
        finally:
            remove_shared_memory()


def installed_library() -> Path:
    """The file for the loader. Raises ModuleNotFoundError where libfaketime is not installed."""
    found = find_spec("libfaketime")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("libfaketime is not installed: it is built for Linux on x86_64")
    return Path(found.submodule_search_locations[0], LIBRARY)


def remove_shared_memory() -> None:
    """Remove what libfaketime leaves of processes that were killed."""
    for left in SHARED.glob("*faketime_s*_*"):
        if not Path("/proc", left.name.rpartition("_")[2]).exists():
            with contextlib.suppress(OSError):  # Somebody else's.
                left.unlink()


def now_in(environment: Mapping[str, str]) -> datetime:
    """What a process that is started in this environment takes for the time."""
    asked = [sys.executable, "-c", "import time; print(time.time())"]
    told = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True).stdout
    return datetime.fromtimestamp(float(told), UTC)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite hour by hour; how many hours it failed at."""
    parser = argparse.ArgumentParser(prog="python -m tests.hours", allow_abbrev=False)
    parser.add_argument(
        "--at", action="append", default=[], metavar="HOUR", help="a part of a name"
    )
    chosen, for_pytest = parser.parse_known_args(arguments)
    hours = [name for name in HOURS if not chosen.at or any(part in name for part in chosen.at)]
    if not hours:
        parser.error("no such hour; there are: " + "; ".join(HOURS))
    failed = []
    for name in hours:
        print(f"\n{name}: {HOURS[name]:%Y-%m-%d %H:%M} UTC", flush=True)
        with shifted_clock(HOURS[name]) as environment:
            late = now_in(environment) - HOURS[name]
            assert timedelta(0) <= late < timedelta(minutes=1), "the clock has not been set"
            suite = [sys.executable, "-m", "pytest", "-q", f"--ignore={IN_SMALL}", *for_pytest]
            if subprocess.run(suite, cwd=ROOT, env=environment, check=False).returncode != 0:
                failed.append(name)
    print("\n".join(["", *(f"FAILED {name}" for name in failed)]))
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())

"""`cairn up` with two workers whose schedule of webhooks is so many times faster.

    python -m tests.faults.hurried up 600      everything, as the supervisor keeps it
    python -m tests.faults.hurried work 600    one of its workers

A delivery that failed twice waits for five minutes, and for 24 hours at the end: nobody waits for
that in a test. The steps stay what they are to each other, as do those of the circuit breaker.
"""

import asyncio
import sys

from rich.console import Console

from service.cli import run
from service.console.up import leave_empty
from service.console.welcome import welcome
from service.settings import Settings
from service.supervisor import CHILDREN, up
from workers import circuit, retrying

WORKERS = 2


def hurry(times: float) -> None:
    """Shorten every wait of a delivery; what is left of the process stays as it is."""
    faster = tuple(seconds / times for seconds in retrying.SCHEDULE_SECONDS)
    vars(retrying)["SCHEDULE_SECONDS"] = faster
    for name in ("FIRST_OPEN_SECONDS", "LONGEST_OPEN_SECONDS"):
        vars(circuit)[name] = max(1, round(vars(circuit)[name] / times))  # Whole seconds are kept.


def main(command: str, times: str) -> int:
    if command == "work":
        hurry(float(times))
        return run(["work"])
    worker = (sys.executable, "-m", "tests.faults.hurried", "work", times)
    children = {name: line for name, line in CHILDREN.items() if name != "worker"}
    children |= {f"worker-{nth}": worker for nth in range(WORKERS)}
    return asyncio.run(
        up(
            Settings.from_env(),
            demo=leave_empty,
            welcome=welcome,
            console=Console(),
            children=children,
        )
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""What the product costs on this machine, each figure beside a limit measured in the same run.

Every benchmark is a module with NAME, DESCRIPTION and `run(bench)`, which answers a dict with
`figures` (see figures.py), `sizes` and `notes`. They start servers of their own, with full
durability, and stop whatever they started. Absolute numbers say more about the machine than about
Cairn; the ratios are what is required.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, Protocol

from service.benchmarks.bench import Bench


class Benchmark(Protocol):
    """A module of this package that measures something."""

    NAME: str
    DESCRIPTION: str

    async def run(self, bench: Bench) -> dict[str, Any]: ...


# In the order in which they run: the one that fills a million events comes last.
MODULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "append": "append",
        "http_mood": "http_mood",
        "views": "views",
        "latency": "latency",
        "stream": "stream",
        "readers": "readers",
        "deliveries": "deliveries",
        "memory": "memory",
        "size": "size",
    }
)
NAMES: Final = tuple(MODULES)


def named(name: str) -> Benchmark:
    """The benchmark of this name; its module is loaded when it is asked for."""
    module: Any = import_module(f"service.benchmarks.{MODULES[name]}")
    return module  # type: ignore[no-any-return]

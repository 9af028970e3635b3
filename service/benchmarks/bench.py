"""What every benchmark is given: how much to do, where, and a voice on standard error."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Literal, TypeVar

import click
import msgspec

from service.benchmarks.servers import Servers, given_servers, own_servers
from service.console.output import progress
from service.settings import Settings

# tiny proves in a second that a benchmark works; what it measures means nothing.
Scale = Literal["full", "quick", "tiny"]
Sizes = TypeVar("Sizes", bound=msgspec.Struct)


class Bench:
    """One run of benchmarks. `settings` say whether there is a database to use."""

    def __init__(self, settings: Settings, *, scale: Scale = "full", quiet: bool = False) -> None:
        self.settings = settings
        self.scale: Scale = scale
        self.quiet = quiet

    def sizes(self, of_scale: Mapping[Scale, Sizes]) -> Sizes:
        """How much to do."""
        return of_scale[self.scale]

    @asynccontextmanager
    async def servers(self, *, redis: bool = False) -> AsyncIterator[Servers]:
        """A migrated database, and a Redis where one is asked for; ours end with the block."""
        started = (
            own_servers(redis=redis)
            if self.settings.database_url is None
            else given_servers(self.settings, redis=redis)
        )
        async with started as servers:
            yield servers

    def progress(
        self, what: str, total: float | None = None
    ) -> AbstractContextManager[Callable[[float, float | None], None]]:
        """A bar on standard error; answers what to call with how far it is."""
        return progress(what, total=total)

    def say(self, sentence: str) -> None:
        """A sentence on standard error."""
        if not self.quiet:
            click.echo(sentence, err=True)

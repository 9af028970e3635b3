"""Where commands about subscriptions are given: one practice of the record, in somebody's name."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import UUID

import click
import msgspec

from events.record import Cause, digest
from events.store import Outcome
from events.subscription import SubscriptionCommand
from events.subscription_decisions import SUBSCRIPTION
from events.transact import handle
from service.console.cells import line
from service.console.connection import chosen_practice, opened
from service.console.matching import id_of
from service.console.naming import Names
from service.console.output import say
from service.ids import drawn_id
from service.subscribing import stream_of
from service.subscription_answers import subscription_as_read
from service.wiring import Cairn
from workers.outbox import Subject

# A field of what is wanted, as it is said in a terminal, and what is expected of it.
SAID_AS: Final = {
    "name": "NAME", "types": "--type", "categories": "--category", "goals": "--goal",
    "clients": "--client", "numbers": "NUMBER",
}  # fmt: skip
EXPECTED: Final = {
    "name": "expected a name of 1 to 200 characters",
    "url": "expected a url of at most 2,000 characters",
    "reason": "expected at most 500 characters",
    "numbers": "expected at most 1,000 numbers",
}
SUBJECT: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A practice of the record."""

    cairn: Cairn
    practice_id: UUID

    def subject(self, subscription_id: UUID) -> Subject:
        return self.practice_id, subscription_id

    async def called(self, said: str) -> UUID:
        """The subscription that is looked at. Raises Choice and Unclear."""
        return await self.names.subscription(said)

    async def called_to_change(self, said: str) -> UUID:
        """The subscription that is changed: no other has these words in its name.

        Says beside the output which one it is, unless the full id was said.
        """
        found = await self.names.subscription(said, changing=True)
        if id_of(said) is None and (one := await subscription_as_read(self, found)) is not None:
            say(f"This is about «{line(one.name)}».")
        return found

    @property
    def names(self) -> Names:
        return Names(cairn=self.cairn, practice_id=self.practice_id)

    async def say(self, subscription_id: UUID, command: SubscriptionCommand, by: str) -> Outcome:
        """Issue a command to a subscription. Raises what refuses it."""
        return await handle(
            self.cairn.store,
            SUBSCRIPTION,
            stream_of(self, subscription_id),
            command,
            cause=Cause(
                command_id=drawn_id(),
                actor=f"cli:{by}",
                content=digest("cli_subscriptions", msgspec.to_builtins(command)),
                correlation=drawn_id(),
            ),
            occurred_at=self.cairn.clock(),
        )


@asynccontextmanager
async def placed(practice_id: UUID | None) -> AsyncIterator[Place]:
    """The practice that was named, or the only one. Raises Choice, and what `opened` raises."""
    async with opened() as cairn:
        yield Place(cairn=cairn, practice_id=await chosen_practice(cairn, practice_id))


# By its id, the first letters of that, or its name.
subscription_argument = click.argument("said", metavar="SUBSCRIPTION")


def subject_named(_ctx: click.Context, _option: click.Parameter, subject: str | None) -> str | None:
    """The subject of somebody's token, where there is one. Raises click.BadParameter."""
    if subject is not None and not SUBJECT.fullmatch(subject):
        raise click.BadParameter("expected 1 to 64 letters, digits, dots, dashes or underscores.")
    return subject


by_option = click.option(
    "--by",
    required=True,
    metavar="SUBJECT",
    callback=subject_named,
    help="Who says so, by the subject of their token.",
)


def within_limits(wanted: dict[str, Any], kind: Any) -> Any:
    """What was said as one of `kind`, if it keeps within its limits. Raises click.UsageError."""
    try:
        return msgspec.convert(wanted, kind)
    except msgspec.ValidationError as refused:
        fault, _, place = str(refused).partition(" - at `")
        field = re.split(r"[.\[]", place.strip("`$."))[0]
        expected = EXPECTED.get(field, f"{fault[:1].lower()}{fault[1:]}")
        raise click.UsageError(f"{SAID_AS.get(field, f'--{field}')}: {expected}.") from None

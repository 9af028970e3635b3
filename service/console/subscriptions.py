"""`cairn subscriptions`: who is told what happens, how far they have come, and what is wrong.

What people do to one is in subscription_changes.py, what was delivered in subscription_letters.py,
and trying it in subscription_trial.py.
"""

import asyncio
from typing import Any
from uuid import UUID

import click
import msgspec
from rich.text import Text

from events.subscription_decisions import SubscriptionNotFound
from service.console import subscription_changes, subscription_letters, subscription_trial
from service.console.cells import NAME, QUIET, Cell, line, stacked
from service.console.connection import practice_option
from service.console.naming import ShownIds, ids_shown
from service.console.output import as_json_option, moment, print_json, print_table, print_text, say
from service.console.subscription_letters import print_deliveries
from service.console.subscription_place import placed, subscription_argument
from service.console.subscription_words import (
    behind_of,
    disabled_sentence,
    events_of,
    failing,
    left_out,
    receiver,
    stage_of,
    to_do,
    told_what,
    whom,
)
from service.subscription_answers import (
    SubscriptionAnswer,
    SubscriptionList,
    all_subscriptions,
    subscription_as_read,
)
from workers.outbox import Delivery, read_deliveries

DELIVERIES_SHOWN = 10
SUBSCRIPTION = "subscription"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription, its last deliveries (the newest first), and what to do, if anything."""

    subscription: SubscriptionAnswer
    deliveries: list[Delivery]
    to_do: list[str]


class ShowOrDo(click.Group):
    """What is no command's name is taken for a subscription's: that subscription is shown."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] in self.commands:
            return super().resolve_command(ctx, args)
        if len(args) > 1 and not args[1].startswith("-"):
            names = ", ".join(self.commands)
            raise click.UsageError(
                f"Expected what one subscription is called, or one of the commands {names}.", ctx
            )
        return super().resolve_command(ctx, ["show", *args])


@click.group(
    cls=ShowOrDo,
    invoke_without_command=True,
    subcommand_metavar="[SUBSCRIPTION | COMMAND [ARGS]...]",
)
@practice_option
@as_json_option
@click.pass_context
def subscriptions(ctx: click.Context, practice_id: UUID | None, as_json: bool) -> None:
    """List who is told what happens, show all of one SUBSCRIPTION, or do something about one.

    SUBSCRIPTION is a name or a part of one, an id, or the first letters of an id; where something
    is to be changed, no other subscription may have these letters in its name.

    A webhook is sent what happens, signed and numbered; an app asks for it. Where a practice has
    said so, a webhook is sent what is in the events as well: that stays on record.

    \b
    Examples:
      cairn subscriptions
      cairn subscriptions diary
      cairn subscriptions test diary --by anna
    """
    if ctx.invoked_subcommand == "show":
        return
    if ctx.invoked_subcommand is not None:
        if practice_id is not None or as_json:
            raise click.UsageError("Say --practice and --json after what is to be done.")
        return
    found, ids = asyncio.run(read_all(practice_id))
    for broken in found.broken:
        say(f"The subscription {broken} can not be read: see `cairn doctor`.")
    if as_json:
        print_json(found.items)
    elif found.items:
        print_subscriptions(found.items, ids)
    elif not found.broken:
        click.echo("Nobody is told what happens: `cairn subscriptions create` begins.")


async def read_all(practice_id: UUID | None) -> tuple[SubscriptionList, ShownIds]:
    async with placed(practice_id) as place:
        found = await all_subscriptions(place)
        ids = await ids_shown(place.cairn, place.practice_id, [one.id for one in found.items])
        return found, ids


def print_subscriptions(found: list[SubscriptionAnswer], ids: ShownIds) -> None:
    print_table(
        (SUBSCRIPTION, "stage", "whom, what", "events", "receiver"),
        [
            (
                stacked(line(one.name, NAME), Text(ids[one.id], QUIET)),
                stage_of(one), f"{whom(one)}\n{told_what(one)}",
                events_of(one), receiver(one),
            )
            for one in found
        ],
        whole=(SUBSCRIPTION,),
        marked=[nth for nth, one in enumerate(found) if one.stage == "disabled"],
    )  # fmt: skip
    for one in found:
        if one.stage == "disabled":
            print_text(disabled_sentence(one))


@subscriptions.command()
@subscription_argument
@practice_option
@as_json_option
@click.pass_context
def show(ctx: click.Context, said: str, practice_id: UUID | None, as_json: bool) -> None:
    """Show all of one: filters, positions, how its receiver does, what it was sent, what to do.

    The word show may be left out.

    \b
    Example:
      cairn subscriptions show diary
    """
    before: dict[str, Any] = {} if ctx.parent is None else ctx.parent.params
    shown = asyncio.run(read_one(practice_id or before.get("practice_id"), said))
    if as_json or before.get("as_json"):
        print_json(shown)
        return
    one = shown.subscription
    print_table(("", ""), facts_of(one), whole=("",), marked=[1] if one.stage == "disabled" else [])
    if shown.deliveries:
        print_deliveries(shown.deliveries)
    for sentence in shown.to_do:
        print_text(sentence)


async def read_one(practice_id: UUID | None, said: str) -> Shown:
    """Raises Choice, Unclear and SubscriptionNotFound."""
    async with placed(practice_id) as place:
        subscription_id = await place.called(said)
        pool = place.cairn.pool
        one = await subscription_as_read(place, subscription_id)
        if one is None:
            raise SubscriptionNotFound
        deliveries = await read_deliveries(
            pool, place.subject(subscription_id), stage=None, before=None, limit=DELIVERIES_SHOWN
        )
        now = place.cairn.clock()
    sentences = list(to_do(one, deliveries, now=now))
    return Shown(subscription=one, deliveries=deliveries, to_do=sentences)


def facts_of(one: SubscriptionAnswer) -> list[tuple[str, Cell]]:
    facts: dict[str, Cell] = {
        SUBSCRIPTION: stacked(line(one.name, NAME), str(one.id)),
        "stage": stage_of(one),
        "url": one.url or "",
        "app": one.app or "",
        "payload": one.payload,
        "types": "\n".join(one.types),
        "categories": ", ".join(one.categories),
        "goals": "\n".join(map(str, one.goals)),
        "clients": "\n".join(map(str, one.clients)),
        "begins after position": str(one.after),
        "planned up to position": str(one.planned),
        "not looked at": behind_of(one),
        "last number": str(one.last_number),
        "settled up to number": str(one.cursor),
        "waiting": str(one.waiting),
        "dead": str(one.dead),
        "served by a worker": "yes" if one.served else "no",
        "last success": moment(one.last_success_at),
        "receiver": failing(one),
        "public key": one.public_key or "",
        "earlier key valid until": moment(one.previous_until),
    }
    if not (one.types or one.categories):
        facts["types"] = f"all but those of {left_out(one)}"
    return [(name, fact) for name, fact in facts.items() if fact]


for one_command in (
    *subscription_changes.CHANGES,
    subscription_trial.test,
    *subscription_letters.LETTERS,
):
    subscriptions.add_command(one_command)

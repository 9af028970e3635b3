"""`cairn subscriptions deliveries`, `attempts`, `dead-letters`: what was sent, what came of it."""

import asyncio
from typing import get_args
from uuid import UUID

import click

from events.refusals import NotFound
from events.subscription_decisions import SubscriptionNotFound
from service.console.caseload import limit_option
from service.console.connection import practice_option
from service.console.output import as_json_option, moment, print_json, print_table, say
from service.console.subscription_place import placed, subscription_argument
from service.console.subscription_words import went
from service.subscription_answers import subscription_as_read
from workers.outbox import Attempt, Delivery, DeliveryStage, read_attempts, read_deliveries

before_option = click.option(
    "--before", type=click.IntRange(1), metavar="NUMBER", help="Those before this number."
)


@click.command()
@subscription_argument
@click.option(
    "--stage",
    type=click.Choice(get_args(DeliveryStage)),
    help="Those in this stage; dead: given up, kept: for the app that asks.",
)
@limit_option
@before_option
@practice_option
@as_json_option
def deliveries(
    said: str,
    stage: DeliveryStage | None,
    limit: int,
    before: int | None,
    practice_id: UUID | None,
    as_json: bool,
) -> None:
    """Show what it has told and what waits, the newest first, each with its last attempt.

    \b
    Examples:
      cairn subscriptions deliveries diary
      cairn subscriptions deliveries diary --stage waiting --limit 10
    """
    found = asyncio.run(read(practice_id, said, stage, limit=limit, before=before))
    show_page(found, "Nothing was told." if stage is None else f"None is {stage}.", limit, as_json)


@click.command("dead-letters")
@subscription_argument
@limit_option
@before_option
@practice_option
@as_json_option
def dead_letters(
    said: str,
    limit: int,
    before: int | None,
    practice_id: UUID | None,
    as_json: bool,
) -> None:
    """Show what was given up after ten attempts; `replay-dead` tries it again.

    \b
    Example:
      cairn subscriptions dead-letters diary
    """
    found = asyncio.run(read(practice_id, said, "dead", limit=limit, before=before))
    show_page(found, "Nothing was given up.", limit, as_json)


def show_page(found: list[Delivery], nothing: str, limit: int, as_json: bool) -> None:
    if as_json:
        print_json(found)
    elif found:
        print_deliveries(found)
    else:
        click.echo(nothing)
    if len(found) == limit:
        say(f"These are {limit}; --before {found[-1].number} shows the next, if there are more.")


@click.command()
@subscription_argument
@click.argument("number", type=click.IntRange(1))
@practice_option
@as_json_option
def attempts(said: str, number: int, practice_id: UUID | None, as_json: bool) -> None:
    """Show every attempt to deliver the event of this NUMBER, and whether it disclosed it.

    \b
    Example:
      cairn subscriptions attempts diary 7
    """
    found = asyncio.run(read_tries(practice_id, said, number))
    if as_json:
        print_json(found)
    elif found:
        print_table(
            ("#", "when", "its receiver", "milliseconds", "disclosed"),
            [
                (
                    str(one.attempt),
                    moment(one.at),
                    went(one.outcome, one.status),
                    str(one.milliseconds),
                    "yes" if one.disclosed else "no",
                )
                for one in found
            ],
            whole=("when",),
        )
    else:
        click.echo("No attempt was made yet.")


async def read(
    practice_id: UUID | None,
    said: str,
    stage: DeliveryStage | None,
    *,
    limit: int,
    before: int | None,
) -> list[Delivery]:
    """Of one that was deleted, too: what it told is on record. Raises SubscriptionNotFound."""
    async with placed(practice_id) as place:
        subscription_id = await place.called(said)
        if await subscription_as_read(place, subscription_id) is None:
            raise SubscriptionNotFound
        subject = place.subject(subscription_id)
        return await read_deliveries(
            place.cairn.pool, subject, stage=stage, before=before, limit=limit
        )


async def read_tries(practice_id: UUID | None, said: str, number: int) -> list[Attempt]:
    """Raises SubscriptionNotFound, and NotFound for a number that was not told."""
    async with placed(practice_id) as place:
        subscription_id = await place.called(said)
        one = await subscription_as_read(place, subscription_id)
        if one is None:
            raise SubscriptionNotFound
        if number > one.last_number:
            raise NotFound
        return await read_attempts(place.cairn.pool, place.subject(subscription_id), number)


def print_deliveries(found: list[Delivery]) -> None:
    print_table(
        ("number", "event, position", "stage", "last attempt"),
        [(str(one.number), f"{one.type}\n{one.position}", stage(one), last(one)) for one in found],
        whole=("event, position",),
    )


def stage(one: Delivery) -> str:
    """One that waits says until when; without that, it waits for one before it."""
    if one.stage != "waiting" or one.due_at is None:
        return one.stage
    return f"{one.stage}\nuntil {moment(one.due_at)}"


def last(one: Delivery) -> str:
    if one.last_outcome is None:
        return ""
    return f"{one.attempts}. {moment(one.last_at)}\n{went(one.last_outcome, one.last_status)}"


LETTERS = (deliveries, attempts, dead_letters)

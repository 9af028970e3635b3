"""`cairn subscriptions create`, `pause`, `resume` and so on: what people do to a subscription."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import click
import msgspec

from events.store import Outcome
from events.subscription import (
    DeleteSubscription,
    PauseSubscription,
    ReplayDeadLetters,
    ResumeSubscription,
    RotateSecret,
    SubscriptionCommand,
    SubscriptionSecretRotated,
)
from events.subscription_decisions import SubscriptionNotFound
from service.console.cells import line
from service.console.connection import practice_option
from service.console.instants import instant_of
from service.console.output import as_json_option, is_meant, moment, print_json, print_table, say
from service.console.subscription_place import (
    Place,
    by_option,
    placed,
    subject_named,
    subscription_argument,
    within_limits,
)
from service.console.subscription_words import told_what, whom
from service.ids import drawn_id
from service.operations import Receipt
from service.routes.subscription_bodies import NewSubscription, Replay
from service.subscribing import creation, replay
from service.subscription_answers import (
    FIRST_GENERATION,
    SecretReceipt,
    SubscriptionAnswer,
    secret_receipt,
    subscription_as_read,
)

KEEP_IT = "Keep the secret, and give it to the receiver alone: it is shown here and nowhere else."

after_option = click.option(
    "--after", type=click.IntRange(0), metavar="POSITION", help="From after this position on."
)
since_option = click.option(
    "--since", metavar="INSTANT", help="From this instant on, such as 2026-03-01T06:00:00Z."
)
reason_option = click.option("--reason", default="", help="Why; nothing clinical.")


def beginning(after: int | None, since: str | None) -> dict[str, Any]:
    """From where on. Raises click.UsageError."""
    if after is not None and since is not None:
        raise click.UsageError("Say either --after or --since.")
    at = None if since is None else instant_of(since, option="--since")
    return {"after": after, "since": at}


@click.command()
@click.argument("name")
@click.option("--url", help="The webhook to send to.")
@click.option(
    "--app",
    metavar="SUBJECT",
    callback=subject_named,
    help="The subject of the app's token that may ask.",
)
@click.option(
    "--type", "types", multiple=True, metavar="T", help="A type: goal.reached.v1, or goal.*."
)
@click.option("--category", "categories", multiple=True, metavar="C", help="A category: goal.")
@click.option("--goal", "goals", multiple=True, metavar="GOAL", help="Of a goal.")
@click.option("--client", "clients", multiple=True, metavar="CLIENT", help="Of a client.")
@click.option("--full", is_flag=True, help="Send what is in the events, too: a disclosure.")
@after_option
@since_option
@by_option
@practice_option
@as_json_option
def create(
    *,
    practice_id: UUID | None,
    by: str,
    full: bool,
    after: int | None,
    since: str | None,
    as_json: bool,
    goals: tuple[str, ...],
    clients: tuple[str, ...],
    **named: Any,
) -> None:
    """Tell somebody what happens: a webhook, an app that asks, or both. Prints id and secret.

    --type, --category, --goal and --client may be said again and again. Of no type and no category
    all is told but safety flags, subscriptions and suggestions. It begins now unless --after or
    --since is said. A goal and a client are named by an id, its first letters, or a name.

    \b
    Examples:
      cairn subscriptions create "The diary app" --app diary --by anna
      cairn subscriptions create "Our server" --url https://elm.example/hook \\
        --by anna
    """
    sent = {**named, **beginning(after, since), "payload": "full" if full else "thin"}
    wanted = within_limits(sent, NewSubscription)
    made = asyncio.run(created(practice_id, by, wanted, goals=goals, clients=clients))
    if as_json:
        print_json(made)
        return
    print_keys(made)
    if wanted.app is not None:
        say(
            f"The app reads /v1/subscriptions/{made.id}/events; its token: "
            f"`cairn token --role app --subject {wanted.app}`."
        )


async def created(
    practice_id: UUID | None,
    by: str,
    wanted: NewSubscription,
    *,
    goals: Sequence[str],
    clients: Sequence[str],
) -> SecretReceipt:
    """Raises Choice, Unclear, and what the selection, the surroundings and the aggregate refuse."""
    async with placed(practice_id) as place:
        selected = {
            "goals": [str(await place.names.goal(one, changing=True)) for one in goals],
            "clients": [str(await place.names.client(one, changing=True)) for one in clients],
        }
        wanted = within_limits({**msgspec.to_builtins(wanted), **selected}, NewSubscription)
        found = await creation(place, drawn_id(), wanted)
        found.require()
        subscription_id = found.command.subscription_id
        outcome = await place.say(subscription_id, found.command, by)
        return secret_receipt(
            place,
            receipt_of(subscription_id, outcome),
            generation=None if wanted.url is None else FIRST_GENERATION,
        )


def receipt_of(subscription_id: UUID, outcome: Outcome) -> Receipt:
    # A subscription that a command has been given to is in the log.
    assert outcome.position is not None  # noqa: S101 - for the type checker
    return Receipt(id=subscription_id, version=outcome.version, position=outcome.position)


def print_keys(made: SecretReceipt) -> None:
    facts = {"id": str(made.id), "secret": made.secret, "public key": made.public_key}
    print_table(
        ("", ""), [(name, fact) for name, fact in facts.items() if fact is not None], whole=("",)
    )
    if made.secret is not None:
        say(KEEP_IT)


@click.command()
@subscription_argument
@reason_option
@by_option
@practice_option
@as_json_option
def pause(said: str, reason: str, by: str, practice_id: UUID | None, as_json: bool) -> None:
    """Send nothing until it is resumed. What happens meanwhile waits, and nothing is missed.

    \b
    Example:
      cairn subscriptions pause diary --reason "Their server moves." --by anna
    """
    command = because(reason, PauseSubscription)
    tell(practice_id, said, command, by, "It is paused.", as_json=as_json)


@click.command()
@subscription_argument
@by_option
@practice_option
@as_json_option
def resume(said: str, by: str, practice_id: UUID | None, as_json: bool) -> None:
    """Go on after a pause, or after it was disabled: what has waited is sent, then what comes.

    \b
    Example:
      cairn subscriptions resume diary --by anna
    """
    tell(practice_id, said, ResumeSubscription, by, "It is active.", as_json=as_json)


@click.command()
@subscription_argument
@reason_option
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@by_option
@practice_option
@as_json_option
def delete(
    said: str,
    reason: str,
    yes: bool,
    by: str,
    practice_id: UUID | None,
    as_json: bool,
) -> int:
    """Tell nobody anything more by it, for good. What was sent stays on record.

    \b
    Example:
      cairn subscriptions delete diary --reason "It is no longer used." --by anna
    """
    command = because(reason, DeleteSubscription)
    if not (yes or asyncio.run(is_deletion_meant(practice_id, said))):
        say("Nothing was deleted.")
        return 1
    tell(practice_id, said, command, by, "It is deleted.", as_json=as_json)
    return 0


async def is_deletion_meant(practice_id: UUID | None, said: str) -> bool:
    """Whether the person at the terminal says so. Raises click.UsageError where there is none."""
    async with placed(practice_id) as place:
        one = await living(place, await place.called_to_change(said))
    about = ", ".join([*whom(one).split("\n"), *told_what(one).split("\n")])
    question = f"Delete «{line(one.name)}» ({about}) for good?"
    return is_meant(question)


async def living(place: Place, subscription_id: UUID) -> SubscriptionAnswer:
    """One that was not deleted. Raises SubscriptionNotFound."""
    one = await subscription_as_read(place, subscription_id)
    if one is None or one.stage == "deleted":
        raise SubscriptionNotFound
    return one


@click.command("rotate-secret")
@subscription_argument
@click.option(
    "--previous-for-hours",
    type=click.IntRange(0, 168),
    default=24,
    show_default=True,
    metavar="N",
    help="How long the secret until now stays valid: 0 where it has leaked.",
)
@by_option
@practice_option
@as_json_option
def rotate_secret(
    said: str,
    previous_for_hours: int,
    by: str,
    practice_id: UUID | None,
    as_json: bool,
) -> None:
    """Make a new secret, and print it. For some hours all is signed with the one before as well.

    \b
    Examples:
      cairn subscriptions rotate-secret diary --by anna
      cairn subscriptions rotate-secret diary --previous-for-hours 0 --by anna
    """

    async def rotate() -> tuple[SecretReceipt, SubscriptionSecretRotated]:
        async with placed(practice_id) as place:
            subscription_id = await place.called_to_change(said)
            command = RotateSecret(
                subscription_id=subscription_id,
                now=place.cairn.clock(),
                previous_for_hours=previous_for_hours,
            )
            outcome = await place.say(subscription_id, command, by)
            [rotated] = outcome.events
            assert isinstance(rotated, SubscriptionSecretRotated)  # noqa: S101 - for the type checker
            receipt = receipt_of(subscription_id, outcome)
            return secret_receipt(place, receipt, generation=rotated.generation), rotated

    made, rotated = asyncio.run(rotate())
    if as_json:
        print_json(made)
        return
    print_keys(made)
    if previous_for_hours:
        say(f"The secret before it is valid until {moment(rotated.previous_until)}.")


@click.command("replay")
@subscription_argument
@after_option
@since_option
@by_option
@practice_option
@as_json_option
def replay_(
    said: str,
    after: int | None,
    since: str | None,
    by: str,
    practice_id: UUID | None,
    as_json: bool,
) -> None:
    """Send again what was sent: under the same ids and numbers, all of it unless a start is said.

    \b
    Examples:
      cairn subscriptions replay diary --since 2026-03-01T06:00:00Z --by anna
      cairn subscriptions replay diary --after 1200 --by anna
    """
    wanted = within_limits(beginning(after, since), Replay)

    async def replayed() -> tuple[Receipt, int]:
        async with placed(practice_id) as place:
            subscription_id = await place.called_to_change(said)
            command = await replay(place, subscription_id, wanted, now=place.cairn.clock())
            outcome = await place.say(subscription_id, command, by)
            return receipt_of(subscription_id, outcome), command.after

    receipt, position = asyncio.run(replayed())
    sentence = f"What it has told after position {position} is told again."
    answer(receipt, sentence, as_json=as_json)


@click.command("replay-dead")
@subscription_argument
@click.argument("numbers", nargs=-1, type=click.IntRange(1), metavar="[NUMBER]...")
@by_option
@practice_option
@as_json_option
def replay_dead(
    said: str,
    numbers: tuple[int, ...],
    by: str,
    practice_id: UUID | None,
    as_json: bool,
) -> None:
    """Try again what was given up: these numbers, or all of them where none is named.

    \b
    Examples:
      cairn subscriptions replay-dead diary --by anna
      cairn subscriptions replay-dead diary 7 12 --by anna
    """

    async def replayed() -> Receipt:
        async with placed(practice_id) as place:
            subscription_id = await place.called_to_change(said)
            wanted = {
                "subscription_id": subscription_id,
                "now": place.cairn.clock(),
                "numbers": numbers,
            }
            command = within_limits(wanted, ReplayDeadLetters)
            return receipt_of(subscription_id, await place.say(subscription_id, command, by))

    sentence = "Those of them that were given up are tried again." if numbers else "All are tried."
    answer(asyncio.run(replayed()), sentence, as_json=as_json)


def because(reason: str, kind: Any) -> Callable[..., SubscriptionCommand]:
    """A command about the subscription of an id, with a reason. Raises click.UsageError."""
    within_limits({"subscription_id": UUID(int=0), "reason": reason}, kind)
    return partial(kind, reason=reason)


def tell(
    practice_id: UUID | None,
    said: str,
    command: Callable[..., SubscriptionCommand],
    by: str,
    sentence: str,
    *,
    as_json: bool,
) -> None:
    """Issue a command to the subscription that is meant, and say how it is from now on."""

    async def issued() -> Receipt:
        async with placed(practice_id) as place:
            found = await place.called_to_change(said)
            return receipt_of(found, await place.say(found, command(subscription_id=found), by))

    answer(asyncio.run(issued()), sentence, as_json=as_json)


def answer(receipt: Receipt, sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(receipt)
    else:
        click.echo(sentence)


CHANGES = (create, pause, resume, delete, rotate_secret, replay_, replay_dead)

"""What a subscription is made of, and told again from: looked at before anything is decided.

The routes and the command line share it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol, TypeVar
from uuid import UUID

import msgspec

from events import subscription_decisions
from events.aggregate import Stream
from events.client import CLIENT
from events.goal_decisions import GOAL
from events.refusals import Refusals, Rejected, StateRefused, ValueRefused, refuse, require_first
from events.sealing import SealBroken
from events.selection import ChosenUnknown, EventTypeUnknown, Selection, names_type
from events.subscription import CreateSubscription, ReplaySubscription, Subscription
from events.subscription_decisions import SUBSCRIPTION
from projections.told_position import ToldPosition
from service.feed_types import ALL_TYPES
from service.routes.subscription_bodies import NewSubscription, Replay
from service.wiring import Cairn
from workers.outbox import position_before, subscriptions_of
from workers.planning import read_subscription

Named = TypeVar("Named", str, UUID)

MOST_SUBSCRIPTIONS: Final = 50
CATEGORIES: Final = frozenset(one.partition(".")[0] for one in ALL_TYPES)


class TooManySubscriptions(StateRefused):
    """The practice has 50 subscriptions: delete one that nobody needs any more."""


class PositionAhead(ValueRefused):
    """The log has not come that far: name a position it has answered with."""

    field = "after"


class PositionForeign(ValueRefused):
    """This is no position of this practice's log: send one as it was answered."""

    field = "after"


class BeginsTwice(ValueRefused):
    """A position and a time both say where to begin: send one of the two."""

    field = "since"


class SinceAhead(ValueRefused):
    """This time is still to come: name one that has been, or leave it out to begin now."""

    field = "since"


class OfPractice(Protocol):
    """Whose subscriptions are meant. A request is one, and so is a command in a terminal."""

    @property
    def cairn(self) -> Cairn: ...

    @property
    def practice_id(self) -> UUID: ...


class Creation(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription that somebody wants, and what there is now: how many, how much of a log."""

    command: CreateSubscription
    there: int
    head: int
    beside: Callable[[], object]

    def require(self) -> None:
        """Raises TooManySubscriptions, PositionAhead, and all that is refused beside that."""
        if self.there >= MOST_SUBSCRIPTIONS:
            raise TooManySubscriptions
        require_first(self.require_in_the_log, *self.rules)

    def require_in_the_log(self) -> None:
        """Raises PositionAhead."""
        if self.command.after > self.head:
            raise PositionAhead

    @property
    def rules(self) -> tuple[Callable[[], object], ...]:
        """What else the command may be refused for, whatever its selection and its position."""
        return self.beside, lambda: subscription_decisions.decide(Subscription(), self.command)


def stream_of(asked: OfPractice, subscription_id: UUID) -> Stream:
    return SUBSCRIPTION.stream(asked.practice_id, subscription_id)


async def creation(
    asked: OfPractice,
    subscription_id: UUID,
    wanted: NewSubscription,
    *,
    beside: Callable[[], object] = lambda: None,
) -> Creation:
    """Raises EventTypeUnknown, ChosenUnknown, PositionForeign, BeginsTwice, SinceAhead.

    Beside these it tells what else the subscription is refused for, by the rule `beside` as well.
    """
    refusals, selection, after = Refusals(), Selection(), None
    with refusals:
        selection = await believable_selection(asked, wanted)
    there = [
        one
        for one in await subscriptions_of(asked.cairn.pool, asked.practice_id)
        if await is_live(asked, one)
    ]
    with refusals:
        after = await position_named(asked, wanted.after, wanted.since)
    head = await asked.cairn.store.head(asked.practice_id)
    command = CreateSubscription(
        subscription_id=subscription_id,
        name=wanted.name,
        url=wanted.url,
        app=wanted.app,
        payload=wanted.payload,
        selection=selection,
        after=head if after is None else after,
        any_network=asked.cairn.any_network,
    )
    made = Creation(command=command, there=len(there), head=head, beside=beside)
    if refusals:
        refusals.ask(made.require_in_the_log, *made.rules)
    refusals.refuse()
    return made


async def is_live(asked: OfPractice, subscription_id: UUID) -> bool:
    """Whether it has not been deleted; the outbox learns of that a moment later."""
    subject = (asked.practice_id, subscription_id)
    found: Subscription = (await read_subscription(asked.cairn.store, subject)).state
    return found.is_live


async def believable_selection(asked: OfPractice, wanted: NewSubscription) -> Selection:
    """What is named is there. Raises EventTypeUnknown, ChosenUnknown, with all others of them."""
    refused: list[Rejected] = []
    if not all(any(names_type(name, one) for one in ALL_TYPES) for name in wanted.types):
        refused.append(EventTypeUnknown())
    if not set(wanted.categories) <= CATEGORIES:
        refused.append(EventTypeUnknown(field="categories"))
    for field, category, ids in (
        ("clients", CLIENT.category, wanted.clients),
        ("goals", GOAL.category, wanted.goals),
    ):
        for nth, chosen_id in enumerate(ids):
            if not await asked.cairn.store.read_stream(asked.practice_id, category, chosen_id):
                refused.append(ChosenUnknown(field=f"{field}/{nth}"))
    refuse(refused)
    return Selection(
        types=once(wanted.types),
        categories=once(wanted.categories),
        goals=once(wanted.goals),
        clients=once(wanted.clients),
    )


def once(named: tuple[Named, ...]) -> tuple[Named, ...]:
    """What is named, each once, in the order in which it is."""
    return tuple(dict.fromkeys(named))


async def position_named(
    asked: OfPractice, after: ToldPosition | None, since: datetime | None
) -> int | None:
    """The position, or the last one before a time; None where neither is named.

    Raises PositionForeign, BeginsTwice, SinceAhead.
    """
    if isinstance(after, str):
        try:
            after = await asked.cairn.positions.opened(asked.practice_id, after)
        except SealBroken:
            raise PositionForeign from None
    if since is None:
        return after
    if after is not None:
        raise BeginsTwice
    if since > asked.cairn.clock():
        raise SinceAhead
    return await position_before(asked.cairn.pool, asked.practice_id, since)


async def replay(
    asked: OfPractice, subscription_id: UUID, wanted: Replay, *, now: datetime
) -> ReplaySubscription:
    """Everything since the subscription began where neither is named.

    Raises PositionAhead, PositionForeign, BeginsTwice, SinceAhead.
    """
    after = await position_named(asked, wanted.after, wanted.since)
    if after is not None and after > await asked.cairn.store.head(asked.practice_id):
        raise PositionAhead
    subject = (asked.practice_id, subscription_id)
    begun: Subscription = (await read_subscription(asked.cairn.store, subject)).state
    if wanted.after is None or after is None:
        # What was recorded before it began is no part of it, whichever time is named.
        after = max(after or 0, begun.after)
    return ReplaySubscription(subscription_id=subscription_id, after=after, now=now)

"""Which events a subscription tells: by what happened, and by whom or what it happened to."""

from collections.abc import Collection
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from events.refusals import ValueRefused

CHOSEN_LIMIT: Final = 100
# Who is told of these is to be somebody's decision: a new subscription tells them where it names
# them. While a safety flag of a client is open, nothing is suggested to that client: whoever is
# told of suggestions, and of a date that has passed, sees from the silence that there is a flag.
ONLY_WHERE_NAMED: Final = ("safety_flag", "subscription", "suggestion")
# Subscriptions that were made before suggestions were among these go on telling what they told.
FORMERLY_ONLY_WHERE_NAMED: Final = ("safety_flag", "subscription")

Word = Annotated[str, Meta(min_length=1, max_length=100)]
Words = Annotated[tuple[Word, ...], Meta(max_length=CHOSEN_LIMIT)]
Ids = Annotated[tuple[UUID, ...], Meta(max_length=CHOSEN_LIMIT)]


class EventTypeUnknown(ValueRefused):
    """There is no such event: name a type, such as goal.reached.v1, all of a category by goal.*, or a category."""  # noqa: E501 - one sentence, read by people

    field = "types"


class ChosenUnknown(ValueRefused):
    """A goal or client that is named is not one of this practice: check its id."""

    field = "clients"


class Selection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is named is told, and what is left empty leaves nothing out.

    `types` (goal.reached.v1, or a pattern: goal.*) and `categories` (goal) add up, and so do
    `goals` and `clients`; an event has to be among both. A pattern is kept as it was said, so it
    also tells types that a later release adds. Of no type and no category all are told but those
    that have to be named: of safety flags, of subscriptions, and of suggestions.
    """

    types: Words = ()
    categories: Words = ()
    goals: Ids = ()
    clients: Ids = ()

    def takes_type(self, type_: str, *, only_where_named: Collection[str]) -> bool:
        """Whether events of a type are told, if they are of somebody who is chosen."""
        category = type_.partition(".")[0]
        if not self.types and not self.categories:
            return category not in only_where_named
        return category in self.categories or any(names_type(one, type_) for one in self.types)

    def takes_subject(self, *, client_id: UUID | None, goal_id: UUID | None) -> bool:
        """Whether events of a client, and about a goal if there is one, are told."""
        if not self.goals and not self.clients:
            return True
        return client_id in self.clients or goal_id in self.goals


def names_type(name: str, type_: str) -> bool:
    """Whether a name in a filter means a type of event: the type itself, or a pattern.

    A pattern ends in `.*`, and what comes before that is whole parts of a type's name. So it lies
    within one category: no pattern names safety flags together with something else.

    >>> [one for one in ("goal.reached.v1", "goal.*", "goal.reached.*", "*", ".*", "go.*", "goal")
    ...  if names_type(one, "goal.reached.v1")]
    ['goal.reached.v1', 'goal.*', 'goal.reached.*']
    """
    return name == type_ or (name.endswith(".*") and type_.startswith(name[:-1]))

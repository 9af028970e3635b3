"""Which records who asks may read: a client their own, an app what it is told or has recorded.

Clinicians and auditors read all of their practice. An app may read what it has recorded itself, and
an entry of which a subscription of its own tells an event: that category, that goal, that client.
"""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from events.catalogue import types as event_types
from events.goal_decisions import GOAL
from events.record import Recorded
from events.refusals import NotFound
from events.safety_flag_decisions import WATCHED_FLAGS
from events.store import Read
from events.subscription import Subscription
from projections.app_subscriptions import subscriptions_of_app, tells
from service.asked import Asked


class AppReading(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and the subscriptions of the app that asks; None where it is no app."""

    asked: Asked
    subscriptions: Sequence[Subscription] | None

    def admit(self, read: Read) -> None:
        """Raises NotFound where there is no such stream, or who asks may not read it."""
        self.asked.admit(read)
        if not self.admits(read.past):
            raise NotFound

    def admits(self, past: Sequence[Recorded]) -> bool:
        """Whether who asks may read a stream of their practice, or of their own record."""
        return self.subscriptions is None or self.began(past) or self.is_told(past)

    def began(self, past: Sequence[Recorded]) -> bool:
        """Whether who asks has recorded the first event of a stream."""
        return past[0].actor == self.asked.principal.actor

    def is_told(self, past: Sequence[Recorded]) -> bool:
        """Whether a subscription of the app tells an event of a stream."""
        goal_id = goal_of(past)
        told_by = self.subscriptions or ()
        return any(tells(one, event, goal_id=goal_id) for one in told_by for event in past)

    def is_told_of(self, category: str, *, client_id: UUID | None = None) -> bool:
        """Whether a subscription of the app names events of a category, of a client if of one."""
        return any(
            one.takes_type(type_) and one.selection.takes_subject(client_id=client_id, goal_id=None)
            for one in self.subscriptions or ()
            for type_ in event_types()
            if type_.startswith(f"{category}.")
        )

    def is_told_of_flags(self, client_id: UUID | None) -> bool:
        """Whether who asks is told of the safety flags of a client; a client never is."""
        if self.subscriptions is None:
            return self.asked.told_all
        return self.is_told_of(WATCHED_FLAGS.category, client_id=client_id)

    def sees_answers_about_safety(self, past: Sequence[Recorded]) -> bool:
        """Whether who asks may read what a form answers to an item about death or self-harm.

        An app that is not told of flags would see from the answer that the form has raised one. It
        knows the answers that it has sent itself.
        """
        if self.subscriptions is None or self.is_told_of_flags(past[0].client_id):
            return True
        return all(one.actor == self.asked.principal.actor for one in past)


async def reading_of(asked: Asked) -> AppReading:
    """What decides which records who asks may read."""
    if asked.principal.role != "app":
        return AppReading(asked=asked, subscriptions=None)
    cairn, principal = asked.cairn, asked.principal
    found = await subscriptions_of_app(
        cairn.pool, cairn.keyring, principal.practice_id, principal.subject
    )
    return AppReading(asked=asked, subscriptions=found)


def goal_of(past: Sequence[Recorded]) -> UUID | None:
    """The goal that the events of a stream are about, if they are about one."""
    if past[0].category == GOAL.category:
        return past[0].stream_id
    named = (getattr(one.event, "goal_id", None) for one in past)
    return next((one for one in named if one is not None), None)

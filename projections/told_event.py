"""What a follower is told of an event: that it happened, to what, and where to look."""

from typing import Any, Final
from uuid import UUID

import msgspec

from projections.feed_page import FeedEvent

# Somebody who follows looks there for what an event of a category is about.
LINKS: Final = {
    "practice": "/v1/practice",
    "template": "/v1/templates/{stream_id}",
    "client": "/v1/clients/{stream_id}",
    "goal": "/v1/goals/{stream_id}",
    "session": "/v1/sessions/{stream_id}",
    "mood": "/v1/clients/{client_id}/trends/mood",
    "check_in": "/v1/clients/{client_id}/goals",
    "assessment": "/v1/clients/{client_id}",
    "suggestion": "/v1/suggestions?client={client_id}",
    "safety_flag": "/v1/clients/{client_id}/safety-flags",
    "subscription": "/v1/subscriptions/{stream_id}",
}
# What a type of event looks like is described there; released addresses stay as they are.
SCHEMA: Final = "/schema/events/{type}"


class ToldEvent(FeedEvent, frozen=True, kw_only=True):
    """That something happened, and where to look. What is in it is not sent.

    `position` is its place in the practice's log: read it once, whatever happens. `stream_id` is
    what it happened to, `version` its place there, and `link` where that is shown.
    """

    link: str


class NumberedEvent(ToldEvent, frozen=True, kw_only=True):
    """An event as a subscription tells it.

    `number` counts what this subscription tells, from 1: a number that is left out was missed.
    `goal_id` is the goal that it is about, if there is one. `body` is what the log has of it, of a
    subscription whose payload is `full`; it is null where that can no longer be read.
    """

    number: int
    goal_id: UUID | None = None
    body: Any = msgspec.UNSET


def schema_path(type_: str) -> str:
    """Where the schema of a type is, below the public URL.

    >>> schema_path("goal.reached.v1")
    '/schema/events/goal.reached.v1'
    """
    return SCHEMA.format(type=type_)


def link_to(event: FeedEvent) -> str:
    return LINKS[event.category].format(stream_id=event.stream_id, client_id=event.client_id)


def told(event: FeedEvent) -> ToldEvent:
    return ToldEvent(**msgspec.structs.asdict(event), link=link_to(event))

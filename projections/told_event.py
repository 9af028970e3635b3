"""What a follower is told of an event: that it happened, to what, and where to look."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

from projections.feed_page import FeedEvent
from projections.told_position import SealedPositions, ToldPosition, event_named

# Where that to which an event happened is shown, by the event's category: to whoever is told of the
# event. What an event of a shared stream is about is known by the event's version there.
LINKS: Final = {
    "practice": "/v1/practice",
    "template": "/v1/templates?event_version={version}",
    "client": "/v1/clients/{stream_id}",
    "goal": "/v1/goals/{stream_id}",
    "session": "/v1/sessions/{stream_id}",
    "mood": "/v1/moods/{stream_id}",
    "check_in": "/v1/check-ins/{stream_id}",
    "assessment": "/v1/assessments/{stream_id}",
    "suggestion": "/v1/suggestions/{stream_id}",
    "safety_flag": "/v1/clients/{client_id}/safety-flags?event_version={version}",
    "subscription": "/v1/subscriptions/{stream_id}",
}
# What a type of event looks like is described there; released addresses stay as they are.
SCHEMA: Final = "/schema/events/{type}"
# What in an event names positions of the log: of the event itself, and of its evidence.
POSITION_FIELDS: Final = frozenset({"evidence_position"})
EVIDENCE: Final = "evidence"
EVIDENCE_POSITION_FIELDS: Final = frozenset({"position", "positions"})


class ToldEvent(FeedEvent, frozen=True, kw_only=True):
    """That something happened, and where to look. What is in it is not sent.

    `position` is its place in the practice's log: read it once, whatever happens. `stream_id` is
    what it happened to, `version` its place there, and `link` where that is shown.
    """

    link: str


class NumberedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as a subscription tells it: that something happened, and where to look.

    `position` is its place in the practice's log. Clinicians and auditors are told it as a number;
    apps and webhooks as a token, to be sent in `Cairn-Position` when the `link` is followed.
    `stream_id` is what it happened to, `version` its place there, and `link` where that is shown.
    `number` counts what this subscription tells, from 1: a number that is left out was missed.
    `goal_id` is the goal that it is about, if there is one. `body` is what the log has of it, of a
    subscription whose payload is `full`; it is null where that can no longer be read.
    """

    position: ToldPosition
    type: str
    category: str
    stream_id: UUID
    version: int
    client_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime
    link: str
    number: int
    goal_id: UUID | None = None
    body: Any = msgspec.UNSET


def with_token(event: NumberedEvent, sealed: SealedPositions, practice_id: UUID) -> NumberedEvent:
    """The event as an app or a webhook is told it: the same each time."""
    if isinstance(event.position, str):
        return event
    of = event_named(event.stream_id, event.version)
    token = sealed.token(practice_id, event.position, of=of)
    return msgspec.structs.replace(event, position=token)


def without_positions(said: Mapping[str, Any]) -> dict[str, Any]:
    """What an event says, without the positions of the log that it was computed from."""
    kept = {name: value for name, value in said.items() if name not in POSITION_FIELDS}
    if isinstance(evidence := kept.get(EVIDENCE), dict):
        kept[EVIDENCE] = {
            name: value for name, value in evidence.items() if name not in EVIDENCE_POSITION_FIELDS
        }
    return kept


def schema_path(type_: str) -> str:
    """Where the schema of a type is, below the public URL.

    >>> schema_path("goal.reached.v1")
    '/schema/events/goal.reached.v1'
    """
    return SCHEMA.format(type=type_)


class Linked(Protocol):
    """An event as far as its link goes: all of it lies in clear."""

    @property
    def category(self) -> str: ...

    @property
    def stream_id(self) -> UUID: ...

    @property
    def client_id(self) -> UUID | None: ...

    @property
    def version(self) -> int: ...


def link_to(event: Linked) -> str:
    """Where that to which an event happened is shown, as a path of this API."""
    return LINKS[event.category].format(
        stream_id=event.stream_id, client_id=event.client_id, version=event.version
    )


def told(event: FeedEvent) -> ToldEvent:
    return ToldEvent(**msgspec.structs.asdict(event), link=link_to(event))

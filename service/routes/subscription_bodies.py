"""What is sent to make and change a subscription."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from events.selection import Ids, Words
from events.subscription import AppSubject, Numbers, Payload, WebhookUrl
from events.text import Name, OptionalReason
from projections.told_position import PositionToken
from service.cursors import POSITION_LIMIT

Position = Annotated[int, msgspec.Meta(ge=0, le=POSITION_LIMIT)] | PositionToken
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class NewSubscription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to tell, and what.

    Of no type and no category all is told but safety flags, subscriptions and suggestions. While a
    safety flag of a client is open nothing is suggested: to name suggestions is to tell that.

    `types` (`goal.reached.v1`, or a pattern: `goal.*`) and `categories` add up, and so do `goals`
    and `clients`: what is about one of the goals or one of the clients is told, if it is of one of
    the types or categories.

    `url` is that of a webhook, `app` the subject of the app's token that may read on its own; one
    of them is needed. `payload` full sends what is in each event to the webhook, which is kept on
    record as a disclosure. It begins after the position `after`, at the time `since`, or now. A
    position may be the token that an app was told.
    """

    name: Name
    url: WebhookUrl | None = None
    app: AppSubject | None = None
    payload: Payload = "thin"
    types: Words = ()
    categories: Words = ()
    goals: Ids = ()
    clients: Ids = ()
    after: Position | None = None
    since: Instant | None = None
    id: UUID | None = None


class Stopping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, if somebody wants to know; nothing clinical."""

    reason: OptionalReason = ""


class Rotation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how many hours the secret until now stays valid: 0 where it has leaked."""

    previous_for_hours: Annotated[int, msgspec.Meta(ge=0, le=168)] = 24


class Replay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where to tell everything again: after a position, or what was recorded since a time.

    A position may be the token that an app was told.
    """

    after: Position | None = None
    since: Instant | None = None


class DeadLetters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which ones to try again, by number; all of them where none is named."""

    numbers: Numbers = ()

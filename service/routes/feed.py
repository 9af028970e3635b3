"""/v1/feed: a practice's log for those who follow it, in order and without a hole."""

from typing import Annotated

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.types import ASGIApp

from projections.told_event import ToldEvent, told
from service.asked import Asked
from service.auth import Principal
from service.cursors import POSITION_LIMIT
from service.feed_types import TypeUnknown, chosen
from service.following import FeedAnswer, feed_source, followed
from service.operations import TOLD_ALL, read, stream
from service.pages import PAGE_SIZE
from service.places import EpochNamed, begun, mark_of
from service.problems import ParameterRefused
from service.streams import Stream

TAG = "feed"
FEED_LIMIT = 1_000
LONGEST_WAIT_SECONDS = 30
FILTER_LENGTH = 2_000
After = Annotated[
    int,
    QueryParameter(
        ge=0, le=POSITION_LIMIT, description="The last position that was read: 0 at first."
    ),
]
FeedLimit = Annotated[
    int, QueryParameter(ge=1, le=FEED_LIMIT, description="How many at most, 1 to 1000.")
]
Types = Annotated[
    str | None,
    QueryParameter(
        max_length=FILTER_LENGTH,
        description="Types of event, separated by commas: `goal.reached.v1,mood.*`.",
    ),
]
Wait = Annotated[
    int,
    QueryParameter(
        ge=0,
        le=LONGEST_WAIT_SECONDS,
        description="Seconds to wait for something to happen where nothing has yet, 0 to 30.",
    ),
]


@get("/v1/feed", **read(roles=TOLD_ALL, tag=TAG, answers=FeedAnswer))
async def read_the_feed(
    asked: NamedDependency[Asked],
    after: After = 0,
    epoch: EpochNamed = None,
    limit: FeedLimit = PAGE_SIZE,
    types: Types = None,
    wait: Wait = 0,
) -> Response[FeedAnswer]:
    """What has happened in the practice since a position, oldest first.

    It comes from the log itself, and is for clinicians and auditors: who is told a part of a log
    without holes sees from the holes what else there is. With `wait` an answer without an event is
    put off until there is one, or the time is over: then `next` has moved on all the same.

    Send `next` as `after` and the answer's `epoch` along. Where the log was restored from a backup
    since, and has other events there, the answer is 409 (`epoch-changed`), and `facts.agreed` is
    the position up to which it is what it was.
    """
    await asked.cairn.positions.require_agreed(asked.practice_id, after, epoch)
    page = await followed(
        asked.cairn,
        asked.practice_id,
        after=after,
        limit=limit,
        types=types_named(types),
        wait_seconds=wait,
    )
    asked.require_still_valid()
    require_reached("after", after, page.head)
    return Response(
        FeedAnswer(
            items=[told(one) for one in page.items],
            next=page.next,
            head=page.head,
            epoch=asked.cairn.epochs.current.epoch,
        ),
        headers=asked.headers_at(page.next),
    )


@get("/v1/feed/stream", **stream(roles=TOLD_ALL, tag=TAG, answers=ToldEvent))
async def follow_the_feed(
    request: Request[Principal, Principal, State],
    asked: NamedDependency[Asked],
    after: After = 0,
    epoch: EpochNamed = None,
    types: Types = None,
) -> ASGIApp:
    """What happens in the practice as it happens, as server-sent events.

    An event's `id` is its position; who comes back with it as `Last-Event-ID` misses nothing and is
    told nothing twice. A comment comes at least every 15 seconds. The last event is `end`, with
    `reason` and `detail`: when the token expires (`token_expired`), when the server stops
    (`server_stopping`), for a reader that does not read (`too_slow`), when the log was restored
    from a backup (`restored`). One token's subject may have ten streams open.
    """
    types_wanted = types_named(types)
    first = begun(request, after, epoch)
    asked.cairn.epochs.require_telling()
    await asked.cairn.positions.require_agreed(asked.practice_id, first.at, first.epoch)
    require_reached(first.parameter, first.at, await asked.cairn.store.head(asked.practice_id))
    return Stream(
        asked.cairn.streams,
        feed_source(asked.cairn, asked.practice_id, types_wanted),
        principal=asked.principal,
        after=first.at,
        mark=mark_of(asked.cairn.epochs.current),
    )


def types_named(types: str | None) -> tuple[str, ...]:
    """The types in a filter. Raises ParameterRefused."""
    try:
        return chosen(None if types is None else types.split(","))
    except TypeUnknown:
        raise ParameterRefused(
            "types",
            "A type is unknown: name one, such as goal.reached.v1, or all of a category by goal.*.",
        ) from None


def require_reached(parameter: str, position: int, head: int) -> None:
    """Raises ParameterRefused for a position that the log has not got."""
    if position > head:
        raise ParameterRefused(
            parameter, "The log has not come that far: it may have been restored. Begin anew."
        )


handlers = (read_the_feed, follow_the_feed)

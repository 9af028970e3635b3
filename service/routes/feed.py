"""/v1/feed: a practice's log for those who follow it, in order and without a hole."""

from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from projections.told_event import told
from service.asked import POSITION_HEADER, Asked
from service.feed_types import TypeUnknown, chosen
from service.following import FeedAnswer, followed
from service.operations import TOLD_ALL, read
from service.pages import PAGE_SIZE, POSITION_LIMIT
from service.problems import ParameterRefused

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
    limit: FeedLimit = PAGE_SIZE,
    types: Types = None,
    wait: Wait = 0,
) -> Response[FeedAnswer]:
    """What has happened in the practice since a position, oldest first.

    It comes from the log itself, and is for clinicians and auditors: who is told a part of a log
    without holes sees from the holes what else there is. With `wait` an answer without an event is
    put off until there is one, or the time is over: then `next` has moved on all the same.
    """
    try:
        wanted = chosen(None if types is None else types.split(","))
    except TypeUnknown:
        raise ParameterRefused("types", "A type is unknown: see the README's table.") from None
    page = await followed(
        asked.cairn, asked.practice_id, after=after, limit=limit, types=wanted, wait_seconds=wait
    )
    if after > page.head:
        raise ParameterRefused(
            "after", "The log has not come that far: it may have been restored. Begin anew."
        )
    return Response(
        FeedAnswer(items=[told(one) for one in page.items], next=page.next, head=page.head),
        headers={POSITION_HEADER: str(page.next)},
    )


handlers = (read_the_feed,)

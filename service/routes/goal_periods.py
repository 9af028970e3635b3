"""/v1/goals/{id}/periods: the days or weeks of a goal one by one."""

from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from events.goal_decisions import GOAL
from projections.goal_periods import GoalPeriod, periods_of
from service.asked import Asked
from service.commands import read_unfolded
from service.cursors import Place, cursor_of, place_in
from service.operations import READERS, read
from service.pages import PAGE_SIZE, Cursor, Limit
from service.routes.goals import TAG, VIEW

LIST = "periods"


class PeriodPage(msgspec.Struct, frozen=True, kw_only=True):
    """The periods of a goal that have begun, the first one first.

    There are none of a score, a count or a milestone.
    """

    items: list[GoalPeriod]
    next: str | None


@get(
    "/v1/goals/{goal_id:uuid}/periods",
    **read(roles=READERS, tag=TAG, answers=PeriodPage, of_record=True),
)
async def list_periods(
    goal_id: FromPath[UUID],
    asked: NamedDependency[Asked],
    limit: Limit = PAGE_SIZE,
    cursor: Cursor = None,
) -> Response[PeriodPage]:
    """The days or weeks of a goal, in pages: what was done in each, and what counts for it.

    A period begins once its first day has begun in the goal's own time zone.
    """
    of = f"{LIST} {goal_id}"
    first = place_in(cursor, of=of).at or 1
    aimed = await read_unfolded(asked, GOAL, goal_id)
    position = max(await asked.position_of(VIEW), aimed.past[-1].position)
    row = await asked.caught_up(
        VIEW, aimed, lambda: asked.cairn.views.goal(asked.practice_id, goal_id)
    )
    items = periods_of(row, asked.now)[first - 1 :]
    more = cursor_of(Place(of=of, at=first + limit)) if len(items) > limit else None
    return Response(PeriodPage(items=items[:limit], next=more), headers=asked.headers_at(position))


handlers = (list_periods,)

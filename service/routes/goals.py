"""/v1/goals: goals set and looked at, and every revision they have been through."""

import re
from datetime import date, datetime
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, UnsetType

from events import client, goal_decisions, while_enrolled
from events.client import CLIENT, require_enrolled
from events.goal import Goal, Stage
from events.goal_commands import SetGoal
from events.goal_decisions import GOAL
from events.refusals import NotFound, require_all
from events.store import Outcome, first_answer
from events.transact import require_new_ids
from projections.as_of import goal_as_of
from projections.goal_status import Course
from projections.smart_review import Finding
from service.asked import SELF_REPORTERS, Asked
from service.commands import read_stream, read_unfolded, receipt
from service.cursors import Place, cursor_of, next_after, place_in
from service.goal_answers import GoalAnswer, GoalHistory, GoalPage, GoalReceipt, etag
from service.goal_drafts import Ready, ready
from service.next_session import Due
from service.operations import CLINICIAN_AND_CLIENT, READERS, command, read
from service.pages import PAGE_LIMIT, PAGE_SIZE, Cursor, Limit
from service.problems import ParameterRefused
from service.reviewing import review_of_new
from service.routes.goal_bodies import NewGoal, content_of
from service.routes.goal_examples import GOALS
from service.routes.goal_telling import for_the_client, goal_told

TAG = "goals"
VIEW = "goal_status"
LIST = "goals"
HISTORY = "history"
# A plus sign that was not escaped reads as a space: 21:30:00 01:00.
_UNESCAPED_OFFSET = re.compile(r"(?<=\d) (?=\d\d:\d\d$)")


@post(
    "/v1/clients/{client_id:uuid}/goals",
    **command(
        roles=CLINICIAN_AND_CLIENT, tag=TAG, creates=True, answers=GoalReceipt, examples=GOALS
    ),
)
async def set_goal(
    client_id: FromPath[UUID], data: JSONBody[NewGoal], asked: NamedDependency[Asked]
) -> Response[GoalReceipt]:
    """Set a goal, as a proposal that clinician and client then agree on.

    A clinician is answered with the findings of its SMART review; none of them blocks it. A repeat
    is answered without them: GET /v1/goals/{goal_id}/review has what is asked about it now.
    """
    asked.principal.require_client(client_id)
    enrolled = await read_stream(asked, CLIENT, client_id)
    goal_id = asked.new_id(data.id)
    stream = GOAL.stream(asked.practice_id, goal_id, client_id=client_id)
    cause = asked.cause("set_goal", client_id, content_of(data))
    if (earlier := await first_answer(asked.cairn.store, stream, cause)) is not None:
        # What a template, the norms or the calendar allowed then stays recorded.
        return goal_receipt(asked, earlier, goal_id)
    is_id_choosable = partial(require_new_ids, cause, goal_id)
    wanted = await ready(
        asked, data, client_id=client_id, enrolled=enrolled.state, beside=is_id_choosable
    )
    require_settable(enrolled.state, wanted.due)
    issued = proposal(
        wanted, goal_id=goal_id, client_id=client_id, enrolled=enrolled.state, asked=asked
    )
    require_all(lambda: goal_decisions.decide(Goal(), issued), is_id_choosable)
    review = await review_of_new(asked, wanted.goal, issued)
    outcome = await while_enrolled.set_goal(
        asked.cairn.store, stream, issued, cause=cause, occurred_at=asked.now
    )
    return goal_receipt(asked, outcome, goal_id, review=review)


def goal_receipt(
    asked: Asked,
    outcome: Outcome,
    goal_id: UUID,
    *,
    review: tuple[Finding, ...] | UnsetType = UNSET,
    version: int | None = None,
) -> Response[GoalReceipt]:
    """The receipt of a goal that was set, with what is asked about it unless it is a repeat."""
    location = f"/v1/goals/{goal_id}"
    answer = receipt(
        asked, outcome, goal_id, status=201, location=location, etag=True, version=version
    )
    given = answer.content
    found = UNSET if outcome.repeated else review
    return Response(
        GoalReceipt(id=given.id, version=given.version, position=given.position, review=found),
        status_code=answer.status_code,
        headers=answer.headers,
    )


def require_settable(enrolled: client.Client, due: Due) -> None:
    """Raises ClientNotEnrolled, NoSessionScheduled.

    Whoever was discharged is not told that no session is scheduled; while_enrolled decides.
    """
    require_enrolled(enrolled)
    due.require_known()


def proposal(
    wanted: Ready,
    *,
    goal_id: UUID,
    client_id: UUID,
    enrolled: client.Client,
    asked: Asked,
    replaces: UUID | None = None,
) -> SetGoal:
    """The command behind a new goal; the client's zone unless another is named."""
    goal, due = wanted.goal, wanted.due
    return SetGoal(
        goal_id=goal_id,
        client_id=client_id,
        now=asked.now,
        statement=goal.statement,
        measure=wanted.measure,
        achievability=goal.achievability,
        why=goal.why,
        due_on=due.due_on,
        due_session_id=due.session_id,
        zone=goal.zone or enrolled.zone,
        starts_on=goal.starts_on,
        review_every_days=goal.review_every_days,
        replaces=replaces,
        template=goal.template,
        baseline_given=goal.baseline_given or None,
    )


@get("/v1/clients/{client_id:uuid}/goals", **read(roles=READERS, tag=TAG, answers=GoalPage))
async def list_goals(
    client_id: FromPath[UUID],
    asked: NamedDependency[Asked],
    stage: Annotated[
        Literal["proposed", "active", "paused", "reached", "closed", "replaced"] | None,
        QueryParameter(description="Goals in this stage."),
    ] = None,
    on_course: Annotated[
        Course | None, QueryParameter(name="course", description="Goals that are on this course.")
    ] = None,
    due_before: Annotated[
        date | None, QueryParameter(description="Goals whose deadline comes before this day.")
    ] = None,
    limit: Limit = PAGE_SIZE,
    cursor: Cursor = None,
) -> Response[GoalPage]:
    """A client's goals, in pages."""
    await asked.require_client(client_id)
    if on_course not in (None, "past_its_date") and asked.principal.role in SELF_REPORTERS:
        raise ParameterRefused("course", "Expected past_its_date.")
    place = place_in(cursor, of=LIST)
    position = await asked.position_of(VIEW)
    rows = await asked.cairn.views.goals(
        asked.practice_id,
        client_id,
        now=asked.now,
        stage=Stage(stage) if stage else None,
        course=on_course,
        due_before=due_before,
        after=place.after,
        limit=limit,
    )
    page = GoalPage(
        items=[goal_told(row, asked, now=asked.now) for row in rows],
        next=next_after(rows, "goal_id", of=LIST, limit=limit),
    )
    return Response(page, headers=asked.headers_at(position))


@get(
    "/v1/goals/{goal_id:uuid}",
    **read(roles=READERS, tag=TAG, answers=GoalAnswer, conditional=True),
)
async def show_goal(
    goal_id: FromPath[UUID],
    asked: NamedDependency[Asked],
    as_of: Annotated[
        str | None,
        QueryParameter(
            description="An instant with its offset: the answer that was true then.",
            format="date-time",
            max_length=40,
        ),
    ] = None,
) -> Response[GoalAnswer]:
    """Where a goal stands, or stood at an instant."""
    if as_of is not None:
        return await show_goal_as_of(goal_id, instant_in(as_of, now=asked.now), asked)
    position = await asked.position_of(VIEW)
    row = await asked.cairn.views.goal(asked.practice_id, goal_id)
    if row is None:
        aimed = await read_stream(asked, GOAL, goal_id)
        row = await asked.caught_up(
            VIEW, aimed, lambda: asked.cairn.views.goal(asked.practice_id, goal_id)
        )
        position = max(position, aimed.past[-1].position)
    asked.principal.require_client(row.client_id)
    return Response(
        goal_told(row, asked, now=asked.now),
        headers=asked.headers_at(position, ETag=etag(row.version)),
    )


async def show_goal_as_of(goal_id: UUID, instant: datetime, asked: Asked) -> Response[GoalAnswer]:
    """The answer as it would have been, not found included: from what the log had by then."""
    aimed = await read_unfolded(asked, GOAL, goal_id)
    client_id = aimed.stream.client_id
    assert client_id is not None  # noqa: S101 - for the type checker
    row = await goal_as_of(asked.cairn.store, asked.practice_id, client_id, goal_id, instant)
    if row is None:
        raise NotFound
    return Response(
        goal_told(row, asked, now=instant),
        headers=asked.headers_at(row.position, ETag=etag(row.version)),
    )


def instant_in(text: str, *, now: datetime) -> datetime:
    """An aware instant that is not to come. Raises ParameterRefused."""
    try:
        instant = msgspec.convert(_UNESCAPED_OFFSET.sub("+", text), AwareInstant)
    except msgspec.ValidationError:
        instant = None
    if instant is None or not 1900 <= instant.year <= 2200:
        raise ParameterRefused(
            "as_of", "Expected an instant with its offset, such as 2026-03-01T21:30:00+01:00."
        )
    if instant > now:
        raise ParameterRefused("as_of", "Expected an instant that is not still to come.")
    return instant


AwareInstant = Annotated[datetime, msgspec.Meta(tz=True)]


@get(
    "/v1/goals/{goal_id:uuid}/history",
    **read(roles=READERS, tag=TAG, answers=GoalHistory, conditional=True),
)
async def show_goal_history(
    goal_id: FromPath[UUID],
    asked: NamedDependency[Asked],
    limit: Limit = PAGE_LIMIT,
    cursor: Cursor = None,
) -> Response[GoalHistory]:
    """Every revision of a goal: field by field, from what to what, who, when, why, and agreed.

    Oldest first, in pages. It comes from the log itself, so it is never late.
    """
    of = f"{HISTORY} {goal_id}"
    first = place_in(cursor, of=of).at or 1
    aimed = await read_unfolded(asked, GOAL, goal_id)
    revisions = await asked.cairn.views.history(asked.practice_id, goal_id)
    if asked.principal.role in SELF_REPORTERS:
        revisions = for_the_client(revisions, goal_id=goal_id, asked=asked)
    page = [one for one in revisions if one.version >= first]
    more = cursor_of(Place(of=of, at=page[limit].version)) if len(page) > limit else None
    return Response(
        GoalHistory(goal_id=goal_id, revisions=page[:limit], next=more),
        headers=asked.headers_at(aimed.past[-1].position, ETag=etag(aimed.version)),
    )


handlers = (set_goal, list_goals, show_goal, show_goal_history)

"""/v1/goals/{id}/...: agreeing, revising, pausing, resuming, reaching, closing and replacing."""

from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID

import msgspec
from litestar import Response, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType

from events import while_enrolled
from events.client import CLIENT
from events.goal import Party
from events.goal_commands import (
    AgreeGoal,
    CloseGoal,
    GoalCommand,
    PauseGoal,
    ReachGoal,
    ReopenGoal,
    ReplaceGoal,
    ResumeGoal,
    ReviseDeadline,
    ReviseStatement,
    ReviseTarget,
)
from events.goal_decisions import GOAL
from events.measure_in_practice import measure_as_set
from events.refusals import Rejected
from events.replacement import earlier_replacement, require_successor, successor_of
from events.replacement import replace_goal as replace
from events.store import Outcome, Read, VersionConflict
from events.transact import Prepare
from projections.goal_progress import progress_at
from projections.smart_review import Finding
from service.asked import Asked
from service.auth import RoleNotAllowed
from service.commands import mismatch, read_stream, receipt
from service.goal_answers import GoalReceipt
from service.goal_drafts import ready
from service.operations import CLINICIAN, CLINICIAN_AND_CLIENT, Receipt, command
from service.reviewing import review_of_new
from service.routes.goal_bodies import (
    Agreement,
    Closing,
    Pause,
    Reaching,
    Reopening,
    Replacement,
    Resumption,
    RevisedDeadline,
    RevisedStatement,
    RevisedTarget,
    content_of,
)
from service.routes.goal_examples import EXAMPLE
from service.routes.goals import (
    TAG,
    goal_receipt,
    proposal,
    require_settable,
)


async def changed_goal(
    asked: Asked,
    goal_id: UUID,
    issued: GoalCommand | Prepare[GoalCommand],
    name: str,
    *content: msgspec.Struct | date,
) -> Outcome:
    """What came of a command to a goal that exists and that the asker may see. Raises NotFound."""
    stream = GOAL.stream(asked.practice_id, goal_id)
    try:
        return await while_enrolled.change_goal(
            asked.cairn.store,
            stream,
            issued,
            cause=asked.cause(name, goal_id, *content),
            occurred_at=asked.now,
            expected=asked.expected,
            admit=asked.admit,
        )
    except VersionConflict:
        raise mismatch(asked) from None


async def change_goal(
    asked: Asked,
    goal_id: UUID,
    issued: GoalCommand | Prepare[GoalCommand],
    name: str,
    data: msgspec.Struct,
) -> Response[Receipt]:
    """Issue a command to a goal; what it answers carries the goal's new ETag."""
    outcome = await changed_goal(asked, goal_id, issued, name, data)
    return receipt(asked, outcome, goal_id, etag=True)


@post(
    "/v1/goals/{goal_id:uuid}/agree",
    **command(
        roles=CLINICIAN_AND_CLIENT,
        tag=TAG,
        conditional=True,
        example={"parties": ["client", "clinician"]},
    ),
)
async def agree_goal(
    goal_id: FromPath[UUID], data: JSONBody[Agreement], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Record that a goal was agreed; with both agreements it is under way.

    A client agrees for themselves. After a discharge no goal begins, and none goes on.
    """
    own: Party = "client" if asked.principal.role == "client" else "clinician"
    parties = frozenset(data.parties or (own,))
    if own == "client" and parties != {"client"}:
        raise RoleNotAllowed
    issued = AgreeGoal(goal_id=goal_id, now=asked.now, parties=parties)
    return await change_goal(asked, goal_id, issued, "agree_goal", data)


@put(
    "/v1/goals/{goal_id:uuid}/deadline",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={
            "due_on": timedelta(weeks=14),
            "reason": "Two weeks of flu.",
            "client_agreed": True,
        },
    ),
)
async def revise_deadline(
    goal_id: FromPath[UUID], data: JSONBody[RevisedDeadline], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Move a goal's deadline; every earlier one stays in its history."""
    issued = ReviseDeadline(
        goal_id=goal_id,
        now=asked.now,
        due_on=data.due_on,
        reason=data.reason,
        client_agreed=data.client_agreed,
    )
    return await change_goal(asked, goal_id, issued, "revise_deadline", data)


@put(
    "/v1/goals/{goal_id:uuid}/target",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={
            "measure": {"type": "frequency", "amount": 100, "unit": "minutes", "per": "week"},
            "reason": "A nearer step first.",
            "client_agreed": True,
        },
    ),
)
async def revise_target(
    goal_id: FromPath[UUID], data: JSONBody[RevisedTarget], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Change what a goal measures, or its target; the earlier ones stay in its history."""

    async def revising(_: Read) -> ReviseTarget:
        return ReviseTarget(
            goal_id=goal_id,
            now=asked.now,
            measure=await measure_as_set(asked.cairn.store, asked.practice_id, data.measure),
            reason=data.reason,
            client_agreed=data.client_agreed,
        )

    return await change_goal(asked, goal_id, revising, "revise_target", data)


@put(
    "/v1/goals/{goal_id:uuid}/statement",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={
            "statement": "Walk outside on most days",
            "reason": "Closer to the client's own words.",
            "client_agreed": True,
        },
    ),
)
async def revise_statement(
    goal_id: FromPath[UUID], data: JSONBody[RevisedStatement], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Say a goal in other words; the earlier ones stay in its history."""
    issued = ReviseStatement(
        goal_id=goal_id,
        now=asked.now,
        statement=data.statement,
        reason=data.reason,
        client_agreed=data.client_agreed,
    )
    return await change_goal(asked, goal_id, issued, "revise_statement", data)


@post(
    "/v1/goals/{goal_id:uuid}/pause",
    **command(roles=CLINICIAN, tag=TAG, conditional=True, example={"reason": "Holidays."}),
)
async def pause_goal(
    goal_id: FromPath[UUID], data: JSONBody[Pause], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Pause a goal: its deadline is not looked at until it is resumed."""
    issued = PauseGoal(goal_id=goal_id, now=asked.now, reason=data.reason)
    return await change_goal(asked, goal_id, issued, "pause_goal", data)


@post(
    "/v1/goals/{goal_id:uuid}/resume",
    **command(roles=CLINICIAN, tag=TAG, conditional=True, example={"reason": "Back home."}),
)
async def resume_goal(
    goal_id: FromPath[UUID], data: JSONBody[Resumption], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Resume a paused goal. After a discharge none goes on."""
    issued = ResumeGoal(goal_id=goal_id, now=asked.now, reason=data.reason)
    return await change_goal(asked, goal_id, issued, "resume_goal", data)


@post(
    "/v1/goals/{goal_id:uuid}/reach",
    **command(
        roles=CLINICIAN, tag=TAG, conditional=True, example={"note": "Five days in every week."}
    ),
)
async def reach_goal(
    goal_id: FromPath[UUID], data: JSONBody[Reaching], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Record that a goal was reached, with the progress that the record shows."""
    seen = await asked.cairn.views.goal(asked.practice_id, goal_id)
    issued = ReachGoal(
        goal_id=goal_id,
        now=asked.now,
        progress=progress_at(seen, asked.now) if seen else None,
        evidence_position=seen.position if seen else None,
        note=data.note,
    )
    return await change_goal(asked, goal_id, issued, "reach_goal", data)


@post(
    "/v1/goals/{goal_id:uuid}/close",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={"reason": "circumstances_changed", "note": "A new job with other hours."},
    ),
)
async def close_goal(
    goal_id: FromPath[UUID], data: JSONBody[Closing], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Close a goal without reaching it, for a neutral reason."""
    issued = CloseGoal(goal_id=goal_id, now=asked.now, reason=data.reason, note=data.note)
    return await change_goal(asked, goal_id, issued, "close_goal", data)


@post(
    "/v1/goals/{goal_id:uuid}/reopen",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={"reason": "The check-in belonged to another goal."},
    ),
)
async def reopen_goal(
    goal_id: FromPath[UUID], data: JSONBody[Reopening], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Let a goal go on that was reached or closed by mistake, or by what is no longer so.

    Its deadline is today or later, or becomes so with `due_on`. Entries of the time in between
    count, and of what was reached by until then the goal is not reached by itself again. After a
    discharge no goal begins, and none goes on.
    """
    issued = ReopenGoal(
        goal_id=goal_id,
        now=asked.now,
        reason=data.reason,
        due_on=data.due_on,
        client_agreed=data.client_agreed,
    )
    return await change_goal(asked, goal_id, issued, "reopen_goal", data)


@post(
    "/v1/goals/{goal_id:uuid}/replace",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        creates=True,
        answers=GoalReceipt,
        example={"goal": EXAMPLE, "reason": "A step that fits the new job."},
    ),
)
async def replace_goal(
    goal_id: FromPath[UUID], data: JSONBody[Replacement], asked: NamedDependency[Asked]
) -> Response[GoalReceipt]:
    """Replace a goal by a new one: the new is set and the old is closed, or neither.

    If-Match is about the goal that is replaced; what is answered is about the new one, with the
    findings of its SMART review.
    """
    old = await read_stream(asked, GOAL, goal_id)
    client_id: UUID = old.state.client_id
    enrolled = await read_stream(asked, CLIENT, client_id)
    content = msgspec.structs.replace(data, goal=content_of(data.goal))
    cause = asked.cause("replace_goal", goal_id, content)
    new_id = asked.new_id(data.goal.id)
    if (earlier := earlier_replacement(old, cause, new_id)) is not None:
        # Said before: what a template or the settings allow now makes no difference to it.
        return replaced(asked, earlier, new_id)
    closing = ReplaceGoal(goal_id=goal_id, now=asked.now, by_goal_id=new_id, reason=data.reason)
    wanted = await ready(
        asked,
        data.goal,
        client_id=client_id,
        enrolled=enrolled.state,
        beside=lambda: require_successor(closing, cause),
        at="/goal",
    )
    require_settable(enrolled.state, wanted.due)
    issued = proposal(
        wanted,
        goal_id=new_id,
        client_id=client_id,
        enrolled=enrolled.state,
        asked=asked,
        replaces=goal_id,
    )
    review: tuple[Finding, ...] | UnsetType = UNSET
    with suppress(Rejected):
        # The goal that is replaced is asked first whether it may be.
        review = await review_of_new(asked, wanted.goal, issued)
    try:
        outcome = await replace(
            asked.cairn.store,
            asked.practice_id,
            closing,
            issued,
            cause=cause,
            expected=asked.expected,
            admit=asked.admit,
        )
    except VersionConflict:
        raise mismatch(asked) from None
    return replaced(asked, outcome, new_id, review=review)


def replaced(
    asked: Asked,
    outcome: Outcome,
    new_id: UUID,
    *,
    review: tuple[Finding, ...] | UnsetType = UNSET,
) -> Response[GoalReceipt]:
    """The receipt of a replacement, which is about the new goal."""
    new_id = successor_of(outcome.events) or new_id
    return goal_receipt(asked, outcome, new_id, review=review, version=1)


handlers = (
    agree_goal,
    revise_deadline,
    revise_target,
    revise_statement,
    pause_goal,
    resume_goal,
    reach_goal,
    close_goal,
    reopen_goal,
    replace_goal,
)

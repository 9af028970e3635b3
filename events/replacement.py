"""Replacing a goal by another: the new one is set and the old one closed in one append."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from events import goal_decisions
from events.goal import GoalReplaced
from events.goal_commands import ReplaceGoal, SetGoal
from events.goal_decisions import GOAL, GoalNotOpen, require_another
from events.record import Cause, Step
from events.refusals import require_first
from events.store import Admit, ContentMismatch, EventStore, Outcome, Read, repeat_of
from events.transact import Begins, Decision, require_new_ids, require_unused, transact
from events.while_enrolled import watch_enrolled


async def replace_goal(
    store: EventStore,
    practice_id: UUID,
    command: ReplaceGoal,
    successor: SetGoal,
    *,
    cause: Cause,
    expected: int | None = None,
    admit: Admit | None = None,
) -> Outcome:
    """Set `successor` and close the goal it replaces: both, or neither.

    With `expected` the old goal must be at that version, else VersionConflict. Raises what `admit`
    and the goal refuse, ClientNotEnrolled (after a discharge no goal begins), ContentMismatch
    where the successor's id is taken, and what EventStore.append raises.
    """
    decided = partial(goal_decisions.decide, GOAL.initial, successor)

    async def decide(old: Read) -> Decision:
        require_first(lambda: require_another(command), decided)
        closing = goal_decisions.decide(old.state, command)
        if not closing:
            raise GoalNotOpen  # It was replaced before, by another goal.
        setting = decided()
        enrolled = await watch_enrolled(store, practice_id, old.stream.client_id, now=command.now)
        require_unused(old, cause)
        if await store.read_stream(practice_id, GOAL.category, command.by_goal_id):
            raise ContentMismatch
        first = Step(
            stream_id=command.by_goal_id,
            category=GOAL.category,
            client_id=old.stream.client_id,
            expected=0,
            events=setting,
            occurred_at=command.now,
        )
        return Decision(closing, [enrolled, first])

    return await transact(
        store,
        GOAL,
        GOAL.stream(practice_id, command.goal_id),
        decide,
        cause=cause,
        occurred_at=command.now,
        expected=expected,
        admit=admit,
        begins=Begins(
            others=(command.by_goal_id,),
            sound=(decided,),
            recall=partial(earlier_replacement, successor_id=command.by_goal_id),
        ),
    )


def require_successor(command: ReplaceGoal, cause: Cause) -> None:
    """Raises IdNotChoosable, ReplacedByItself for the id of the new goal."""
    require_new_ids(cause, command.by_goal_id)
    require_another(command)


def earlier_replacement(old: Read, cause: Cause, successor_id: UUID) -> Outcome | None:
    """What this very replacement came to before: known by its command, or by the new goal's id."""
    if (earlier := repeat_of(old, cause)) is not None:
        return earlier
    for one in old.past:
        if isinstance(one.event, GoalReplaced) and one.event.by_goal_id == successor_id:
            return repeat_of(old, msgspec.structs.replace(cause, command_id=one.command_id))
    return None


def successor_of(events: Sequence[Any]) -> UUID | None:
    """The goal that took another's place, by the facts of a replacement."""
    for event in events:
        if isinstance(event, GoalReplaced):
            return event.by_goal_id
    return None

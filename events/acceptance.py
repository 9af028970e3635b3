"""Accepting a suggestion: what it proposes is revised in the same append, or nothing is."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import partial, reduce
from typing import Annotated, assert_never
from uuid import UUID

import msgspec
from msgspec import Meta

from events import goal, goal_decisions, suggestion
from events.evidence_since import require_evidence
from events.goal import (
    GoalDeadlineFollowed,
    GoalDeadlineRevised,
    GoalEvent,
    GoalRestTaken,
    GoalRestWithdrawn,
    GoalTargetRevised,
)
from events.goal_commands import ReviseDeadline, ReviseTarget
from events.goal_decisions import GOAL
from events.measure import Measure
from events.measure_in_practice import measure_as_set
from events.measure_soundness import require_sound_anew
from events.record import Cause, Recorded
from events.refusals import Refusals, StateRefused, require_first
from events.safety_interlock import require_none_open
from events.store import Admit, EventStore, Outcome, Read, read_state
from events.suggestion import (
    SUGGESTION,
    AcceptSuggestion,
    NewDeadline,
    NewTarget,
    Option,
    Proposal,
    SuggestionOffered,
)
from events.text import OptionalReason
from events.transact import Decision, step_for, transact
from events.while_enrolled import watch_enrolled

REASON_LIMIT = 500


class SuggestionOutdated(StateRefused):
    """The goal has moved on since this was suggested, and it no longer fits: see the queue."""


class Acceptance(msgspec.Struct, frozen=True, kw_only=True):
    """What the clinician decided. An empty reason leaves the suggestion's own words as reason."""

    suggestion_id: UUID
    now: datetime
    option: Annotated[int, Meta(ge=0, le=4)] | None = None
    client_agreed: bool = False
    reason: OptionalReason = ""


async def accept_suggestion(
    store: EventStore,
    practice_id: UUID,
    command: Acceptance,
    *,
    cause: Cause,
    expected: int | None = None,
    admit: Admit | None = None,
) -> Outcome:
    """Record the acceptance and the revision it proposes: both, or neither.

    With `expected` the suggestion must be as it was read (If-Match), else VersionConflict. Raises
    SafetyFlagOpen, SuggestionOutdated, EvidenceChanged, ClientNotEnrolled where a goal would be
    revised after a discharge, what `measure_as_set` and the two aggregates refuse, and what
    EventStore.append raises.
    """

    async def decide(offered: Read) -> Decision:
        beside = []
        if (client_id := offered.stream.client_id) is not None:
            beside.append(await require_none_open(store, practice_id, client_id, now=command.now))
        accepted = suggestion.decide(
            offered.state,
            AcceptSuggestion(
                suggestion_id=command.suggestion_id, now=command.now, option=command.option
            ),
        )
        goal_id = suggestion.goal_of(offered.state)
        aimed = await read_state(
            store,
            GOAL,
            GOAL.stream(practice_id, goal_id),
        )
        await require_fitting(store, offered, aimed)
        taken = suggestion.chosen_option(offered.state, command.option)
        if taken is not None:
            revised = await revised_by(store, aimed, taken, command)
            beside.append(await watch_enrolled(store, practice_id, client_id, now=command.now))
            beside.append(step_for(aimed, revised, occurred_at=command.now))
        return Decision(accepted, beside)

    return await transact(
        store,
        SUGGESTION,
        SUGGESTION.stream(practice_id, command.suggestion_id),
        decide,
        cause=cause,
        occurred_at=command.now,
        expected=expected,
        admit=admit,
    )


async def revised_by(
    store: EventStore, aimed: Read, taken: Option, command: Acceptance
) -> list[GoalEvent]:
    """The revisions that an option stands for. Raises all that the option is refused for."""
    refusals, goal_id = Refusals(), aimed.stream.stream_id
    with refusals:
        fitting = await option_as_set(store, aimed.stream.practice_id, taken)
        return revisions(aimed.state, goal_id, fitting, command)
    due_on, _ = parts(taken.proposal)
    if due_on is not None:
        # What the measure is refused for says nothing about the deadline beside it.
        alone = msgspec.structs.replace(taken, proposal=NewDeadline(due_on=due_on))
        with suppress(StateRefused):
            refusals.ask(lambda: revisions(aimed.state, goal_id, alone, command))
    refusals.refuse()
    raise AssertionError("unreachable: an option that is taken is answered")


async def option_as_set(store: EventStore, practice_id: UUID, option: Option) -> Option:
    """An option with the score that its band stands for, as a target that is set by hand has it.

    The clinician may have edited it. Raises what `measure_as_set` does.
    """
    proposal = option.proposal
    if not isinstance(proposal, NewTarget):
        return option
    measure = await measure_as_set(store, practice_id, proposal.measure)
    proposal = msgspec.structs.replace(proposal, measure=measure)
    return msgspec.structs.replace(option, proposal=proposal)


async def require_fitting(store: EventStore, offered: Read, aimed: Read) -> None:
    """Raises SuggestionOutdated unless the goal is under way and as it was when looked at.

    Raises EvidenceChanged unless the entries that counted are as they were, too.
    """
    moved_on = (
        aimed.state.stage is not goal.Stage.ACTIVE
        or aimed.state.due_on != offered.state.due_on
        or revised_since(aimed.past, position=looked_at(offered.past))
    )
    if moved_on:
        raise SuggestionOutdated
    await require_evidence(store, offered, aimed.state)


def looked_at(past: Sequence[Recorded]) -> int:
    """How far the log had come when a suggestion was computed."""
    first = past[0].event
    return first.evidence.position if isinstance(first, SuggestionOffered) else past[0].position


def revised_since(past: Sequence[Recorded], *, position: int) -> bool:
    """Whether deadline, target or days of rest were changed after a position of the log."""
    revising = (
        GoalDeadlineRevised
        | GoalDeadlineFollowed
        | GoalTargetRevised
        | GoalRestTaken
        | GoalRestWithdrawn
    )
    return any(isinstance(one.event, revising) and one.position > position for one in past)


def revisions(
    state: goal.Goal, goal_id: UUID, taken: Option, command: Acceptance
) -> list[GoalEvent]:
    """The revisions an option stands for, the deadline first: a target is judged by its time."""
    reason = command.reason or taken.words[:REASON_LIMIT]
    due_on, measure = parts(taken.proposal)
    events: list[GoalEvent] = []
    if due_on is not None:
        revised = ReviseDeadline(
            goal_id=goal_id,
            now=command.now,
            due_on=due_on,
            reason=reason,
            client_agreed=command.client_agreed,
        )
        require_first(
            lambda: goal_decisions.decide(state, revised),
            *([] if measure is None else [partial(require_sound_anew, measure, state.starts_on)]),
        )
        events += goal_decisions.decide(state, revised)
        state = reduce(goal.evolve, events, state)
    if measure is not None:
        events += goal_decisions.decide(
            state,
            ReviseTarget(
                goal_id=goal_id,
                now=command.now,
                measure=measure,
                reason=reason,
                client_agreed=command.client_agreed,
            ),
        )
    return events


def parts(proposal: Proposal) -> tuple[date | None, Measure | None]:
    """The deadline and the measure a proposal would set; None where it leaves one alone."""
    match proposal:
        case NewDeadline():
            return proposal.due_on, None
        case NewTarget():
            return proposal.due_on, proposal.measure
        case _:
            assert_never(proposal)

"""Carries out what people in the demonstration do, through the doors the API uses."""

from datetime import datetime
from typing import Any, assert_never
from uuid import UUID

import msgspec

from events import while_enrolled
from events.acceptance import Acceptance, accept_suggestion
from events.answering import begin_assessment, correct_assessment
from events.assessment import CorrectAssessment, ScoreAssessment
from events.goal_commands import GoalCommand, ReachGoal, SetGoal
from events.record import Cause, digest
from events.releasing import release_suggestion
from events.replacement import replace_goal
from events.session import ScheduleSession
from events.store import EventStore
from events.suggestion import (
    SUGGESTION,
    DismissSuggestion,
    EditSuggestion,
    Kind,
    ReleaseSuggestion,
    SuggestionCommand,
)
from events.transact import handle
from projections.queries import Owed
from service.demonstration.deeds import Decided, Deed, FlagStepTaken, Issued, Sent, Swapped
from service.demonstration.plan import Dismiss, LetRead, Reshape, Take
from service.demonstration.safety import take_flag_step
from workers.worksite import look


class SuggestionMissing(Exception):
    """The demonstration expects a suggestion here, and the workers have made none."""


async def act(store: EventStore, practice_id: UUID, deed: Deed, *, run_id: UUID) -> None:
    """Carry out one deed. Doing it again records nothing again."""
    cause = Cause(
        command_id=deed.command_id,
        actor=deed.actor,
        # Its id is computed from its place in the plan, and the plan does not change in one run.
        content=digest("demonstration", deed.command_id),
        correlation=run_id,
    )
    match deed:
        case Issued():
            await issue(store, practice_id, deed, cause=cause)
        case Sent():
            await send(store, deed, cause=cause)
        case Swapped():
            await replace_goal(store, practice_id, deed.replace, deed.set_goal, cause=cause)
        case Decided():
            await decide(store, practice_id, deed, cause=cause)
        case FlagStepTaken():
            await take_flag_step(store, practice_id, deed, cause=cause)
        case _:
            assert_never(deed)


async def issue(store: EventStore, practice_id: UUID, deed: Issued, *, cause: Cause) -> None:
    """A command for one stream, through the function that keeps the rules about it."""
    about: Any = {"cause": cause, "occurred_at": deed.occurred_at}
    command = await with_progress(store, practice_id, deed)
    match command:
        case SetGoal():
            await while_enrolled.set_goal(store, deed.stream, command, **about)
        case ScheduleSession():
            await while_enrolled.schedule_session(store, deed.stream, command, **about)
        case _ if isinstance(command, GoalCommand):
            await while_enrolled.change_goal(store, deed.stream, command, **about)
        case _:
            await handle(store, deed.aggregate, deed.stream, command, **about)


async def send(store: EventStore, deed: Sent, *, cause: Cause) -> None:
    """A form, or one that is answered anew."""
    form = deed.form
    match form:
        case ScoreAssessment():
            await begin_assessment(
                store,
                deed.stream,
                form,
                cause=cause,
                occurred_at=form.occurred_at,
                self_reported=True,
            )
        case CorrectAssessment():
            await correct_assessment(store, deed.stream, form, cause=cause)
        case _:
            assert_never(form)


async def with_progress(store: EventStore, practice_id: UUID, deed: Issued) -> Any:
    """The command itself; whoever says that a goal is reached sees how far it is."""
    command = deed.command
    if not isinstance(command, ReachGoal):
        return command
    owed = look_at(practice_id, deed.client_id, command.goal_id, deed.at)
    seen = await look(store, owed)
    if seen is None:
        return command
    return msgspec.structs.replace(
        command, progress=seen.status.progress, evidence_position=seen.position
    )


async def decide(store: EventStore, practice_id: UUID, deed: Decided, *, cause: Cause) -> None:
    """What the clinician makes of the newest suggestion of a kind."""
    kind, now = deed.act.kind, deed.at
    suggestion_id = await newest(store, practice_id, deed, kind)
    match deed.act:
        case Take():
            acceptance = Acceptance(
                suggestion_id=suggestion_id,
                now=now,
                option=deed.act.option,
                client_agreed=True,
                reason=deed.act.reason,
            )
            await accept_suggestion(store, practice_id, acceptance, cause=cause)
            return
        case Reshape():
            command: SuggestionCommand = EditSuggestion(
                suggestion_id=suggestion_id, now=now, sentences=deed.act.sentences
            )
        case Dismiss():
            command = DismissSuggestion(
                suggestion_id=suggestion_id, now=now, reason=deed.act.reason
            )
        case LetRead():
            releasing = ReleaseSuggestion(suggestion_id=suggestion_id, now=now)
            await release_suggestion(store, practice_id, releasing, cause=cause)
            return
        case _:
            assert_never(deed.act)
    stream = SUGGESTION.stream(practice_id, suggestion_id, client_id=deed.client_id)
    await handle(store, SUGGESTION, stream, command, cause=cause, occurred_at=now)


async def newest(store: EventStore, practice_id: UUID, deed: Decided, kind: Kind) -> UUID:
    """The suggestion of a kind that the last passing of this goal's deadline brought."""
    seen = await look(store, look_at(practice_id, deed.client_id, deed.goal_id, deed.at))
    offers = seen.status.offers.items() if seen is not None else ()
    found = [(offer.looked_at, one) for one, offer in offers if offer.kind == kind]
    if not found:
        raise SuggestionMissing
    return max(found)[1]


def look_at(practice_id: UUID, client_id: UUID, goal_id: UUID, now: datetime) -> Owed:
    """A goal to look at, as the workers are told of one."""
    return Owed(
        practice_id=practice_id,
        client_id=client_id,
        goal_id=goal_id,
        due_on=now.date(),
        since_at=now,
    )

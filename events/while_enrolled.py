"""What begins, or goes on, only while its client is enrolled: goals and sessions.

After a discharge no goal begins, and none goes on; no session is scheduled. Every door comes
through here, because these rules are kept by nobody else: the API, an import and the demonstration.
A discharge that is recorded in the same instant is seen, too: the client's stream is watched until
what begins is recorded.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from events import client, goal_decisions, session
from events.client import require_enrolled
from events.goal_commands import AgreeGoal, GoalCommand, ReopenGoal, ResumeGoal, SetGoal
from events.record import Cause, Step
from events.session import ScheduleSession
from events.store import (
    Admit,
    Beside,
    EventStore,
    Outcome,
    Prepare,
    Read,
    Stream,
    UnknownSubject,
    begin,
    handle,
    read_state,
    step_for,
)

# By these a goal comes to be under way, or asks for something again.
GOES_ON = AgreeGoal | ResumeGoal | ReopenGoal


async def watch_enrolled(
    store: EventStore, practice_id: UUID, client_id: UUID | None, *, now: datetime
) -> Step:
    """Raises ClientNotEnrolled where the client was discharged, or never enrolled.

    Else answers a step without events, to be appended with what is about to be recorded: a
    discharge that is recorded meanwhile refuses it (VersionConflict). Raises UnknownSubject where
    it is nobody's.
    """
    if client_id is None:
        raise UnknownSubject
    stream = Stream(practice_id=practice_id, stream_id=client_id, category=client.CATEGORY)
    whom = await read_state(store, client.decider, stream)
    require_enrolled(whom.state)
    return step_for(whom, [], occurred_at=now)


def its_client_enrolled(store: EventStore, *, now: datetime) -> Beside:
    """The client whose stream was read is enrolled, until the decision is recorded."""

    async def watch(read: Read) -> list[Step]:
        whose = read.stream.practice_id, read.stream.client_id
        return [await watch_enrolled(store, *whose, now=now)]

    return watch


async def set_goal(
    store: EventStore, stream: Stream, command: SetGoal, *, cause: Cause, occurred_at: datetime
) -> Outcome:
    """Set a goal. A repeat is answered as the first time, whatever has become of its client.

    Raises ClientNotEnrolled, and what `begin` raises.
    """
    return await begin(
        store,
        goal_decisions.decider,
        stream,
        command,
        cause=cause,
        occurred_at=occurred_at,
        beside=its_client_enrolled(store, now=command.now),
    )


async def change_goal(
    store: EventStore,
    stream: Stream,
    command: GoalCommand | Prepare[GoalCommand],
    *,
    cause: Cause,
    occurred_at: datetime,
    expected: int | None = None,
    admit: Admit | None = None,
) -> Outcome:
    """Issue a command to a goal that exists, as `handle` does.

    Raises ClientNotEnrolled for what lets a goal go on (see GOES_ON). All else is recorded after a
    discharge as well: goals are closed then, and how far they came is rated.
    """
    goes_on = False

    async def issue(read: Read) -> GoalCommand:
        nonlocal goes_on
        issued = await command(read) if callable(command) else command
        # Which command a function answers is known once it has.
        goes_on = isinstance(issued, GOES_ON)
        return issued

    async def watch(read: Read) -> Sequence[Step]:
        return await its_client_enrolled(store, now=occurred_at)(read) if goes_on else []

    return await handle(
        store,
        goal_decisions.decider,
        stream,
        issue,
        cause=cause,
        occurred_at=occurred_at,
        expected=expected,
        admit=admit,
        beside=watch,
    )


async def schedule_session(
    store: EventStore,
    stream: Stream,
    command: ScheduleSession,
    *,
    cause: Cause,
    occurred_at: datetime,
) -> Outcome:
    """Schedule a session. A repeat is answered as the first time.

    Raises ClientNotEnrolled, and what `begin` raises.
    """
    return await begin(
        store,
        session.decider,
        stream,
        command,
        cause=cause,
        occurred_at=occurred_at,
        beside=its_client_enrolled(store, now=command.now),
    )

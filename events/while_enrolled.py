"""What begins, or goes on, only while its client is enrolled: goals and sessions.

After a discharge no goal begins, goes on, or is planned otherwise; no session is scheduled. What
ends a goal, says how far it came, or takes back a mistake is recorded all the same, and so is an
entry that comes late. Every door comes through here, because these rules are kept by nobody else:
the API, an import, the workers and the demonstration. A discharge that is recorded in the same
instant is seen, too: the client's stream is watched until what begins is recorded.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from events import client
from events.aggregate import Stream
from events.client import CLIENT, require_enrolled
from events.goal_commands import (
    CloseGoal,
    GoalCommand,
    NoticeDeadline,
    NoticeRisk,
    NoticeTargetMet,
    RateLevel,
    ReachGoal,
    SetGoal,
    SetScale,
    WithdrawRest,
)
from events.goal_decisions import GOAL
from events.record import Cause, Step
from events.refusals import StateRefused
from events.session import SESSION, ScheduleSession
from events.store import Admit, EventStore, Outcome, Read, UnknownSubject, read_state
from events.transact import Beside, Prepare, begin, handle, step_for

# By these a goal ends, or it is said how far it came, or a day of rest is taken back. All other
# commands make a plan, or keep one going.
STILL_TAKEN = (
    SetScale
    | RateLevel
    | ReachGoal
    | CloseGoal
    | WithdrawRest
    | NoticeDeadline
    | NoticeRisk
    | NoticeTargetMet
)


class EntryAfterDischarge(StateRefused):
    """This happened after the treatment had ended: an entry is taken about the time before."""


async def watch_enrolled(
    store: EventStore, practice_id: UUID, client_id: UUID | None, *, now: datetime
) -> Step:
    """Raises ClientNotEnrolled where the client was discharged, or never enrolled.

    Else answers a step without events, to be appended with what is about to be recorded: a
    discharge that is recorded meanwhile refuses it (VersionConflict). Raises UnknownSubject where
    it is nobody's.
    """
    whom = await read_whom(store, practice_id, client_id)
    require_enrolled(whom.state)
    return step_for(whom, [], occurred_at=now)


async def read_whom(store: EventStore, practice_id: UUID, client_id: UUID | None) -> Read:
    """The client's own stream. Raises UnknownSubject where it is nobody's."""
    if client_id is None:
        raise UnknownSubject
    stream = CLIENT.stream(practice_id, client_id)
    return await read_state(store, CLIENT, stream)


def its_client_enrolled(store: EventStore, *, now: datetime) -> Beside:
    """The client whose stream was read is enrolled, until the decision is recorded."""

    async def watch(read: Read) -> list[Step]:
        whose = read.stream.practice_id, read.stream.client_id
        return [await watch_enrolled(store, *whose, now=now)]

    return watch


def its_client_enrolled_at(store: EventStore, *, at: datetime, now: datetime) -> Beside:
    """The client whose stream was read was enrolled at a moment, until the decision is recorded.

    What happened before a discharge is taken late: a phone may have been offline meanwhile. Raises
    EntryAfterDischarge, ClientNotEnrolled.
    """

    async def watch(read: Read) -> list[Step]:
        whom = await read_whom(store, read.stream.practice_id, read.stream.client_id)
        ended = [one.occurred_at for one in whom.past if client.is_discharge(one)]
        if ended and at > ended[0]:
            raise EntryAfterDischarge
        if not ended:
            require_enrolled(whom.state)
        return [step_for(whom, [], occurred_at=now)]

    return watch


async def was_discharged(store: EventStore, practice_id: UUID, client_id: UUID) -> bool:
    """Whether a client was discharged, also where nobody can read who that is."""
    past = await store.read_stream(practice_id, CLIENT.category, client_id)
    return any(map(client.is_discharge, past))


async def set_goal(
    store: EventStore, stream: Stream, command: SetGoal, *, cause: Cause, occurred_at: datetime
) -> Outcome:
    """Set a goal. A repeat is answered as the first time, whatever has become of its client.

    Raises ClientNotEnrolled, and what `begin` raises.
    """
    return await begin(
        store,
        GOAL,
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

    Raises ClientNotEnrolled for all but STILL_TAKEN. These are recorded after a discharge as well:
    goals are closed then, and how far they came is rated.
    """
    goes_on = False

    async def issue(read: Read) -> GoalCommand:
        nonlocal goes_on
        issued = await command(read) if callable(command) else command
        # Which command a function answers is known once it has.
        goes_on = not isinstance(issued, STILL_TAKEN)
        return issued

    async def watch(read: Read) -> Sequence[Step]:
        return await its_client_enrolled(store, now=occurred_at)(read) if goes_on else []

    return await handle(
        store,
        GOAL,
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
        SESSION,
        stream,
        command,
        cause=cause,
        occurred_at=occurred_at,
        beside=its_client_enrolled(store, now=command.now),
    )

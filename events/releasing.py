"""Releasing a suggestion: the client reads its sentences while they are true and may be read."""

from uuid import UUID

from events import suggestion
from events.acceptance import require_fitting
from events.evidence_since import require_evidence
from events.goal_decisions import GOAL
from events.record import Cause
from events.safety_interlock import its_client_unflagged
from events.store import Admit, EventStore, Outcome, Read, read_state
from events.suggestion import SUGGESTION, ReleaseSuggestion
from events.transact import handle


async def release_suggestion(
    store: EventStore,
    practice_id: UUID,
    command: ReleaseSuggestion,
    *,
    cause: Cause,
    expected: int | None = None,
    admit: Admit | None = None,
) -> Outcome:
    """Let the client read a suggestion; a flag that is raised meanwhile holds it back.

    A repeat is answered as the first time. Raises what `require_releasable` does, and what `handle`
    raises.
    """

    async def releasing(offered: Read) -> ReleaseSuggestion:
        await require_releasable(store, offered, command)
        return command

    return await handle(
        store,
        SUGGESTION,
        SUGGESTION.stream(practice_id, command.suggestion_id),
        releasing,
        cause=cause,
        occurred_at=command.now,
        expected=expected,
        admit=admit,
        beside=its_client_unflagged(store, now=command.now),
    )


async def require_releasable(store: EventStore, offered: Read, command: ReleaseSuggestion) -> None:
    """Raises SafetyFlagOpen while a flag of the client is open, unless it was released before.

    Raises SuggestionOutdated where nobody has decided yet and the goal has moved on, and
    what require_evidence does where its numbers are out of date.
    """
    if offered.past and offered.state.status != "released":
        await its_client_unflagged(store, now=command.now)(offered)
    is_open = suggestion.is_open(offered.state)
    if is_open or offered.state.status == "accepted":
        aimed = await read_state(
            store,
            GOAL,
            GOAL.stream(offered.stream.practice_id, suggestion.goal_of(offered.state)),
        )
        if is_open:
            await require_fitting(store, offered, aimed)
        else:
            # Accepting revised the goal: what its sentences say came from the entries before.
            await require_evidence(store, offered, aimed.state)

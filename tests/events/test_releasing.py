"""Releasing a suggestion: only what is true still, and nothing while a safety flag is open."""

from datetime import timedelta

import pytest

from events.acceptance import SuggestionOutdated
from events.check_in import CheckInWithdrawn
from events.evidence_since import EvidenceChanged, EvidenceChangedSinceAccepted
from events.goal import GoalDeadlineRevised
from events.record import Cause
from events.refusals import NotFound
from events.releasing import release_suggestion
from events.safety_interlock import SafetyFlagOpen
from events.store import Outcome, Read, VersionConflict
from events.suggestion import (
    ReleaseSuggestion,
    SuggestionAccepted,
    SuggestionOffered,
    SuggestionReleased,
)
from tests.controls import (
    DRAFT,
    ENTRY,
    EVIDENCE,
    FRIDAY,
    NEXT_FRIDAY,
    NOON,
    PRACTICE,
    WALK,
    change,
    check_in_logged,
    goal_active,
    reframing_offered,
    suggestion_offered,
)
from tests.events.log import Log, cause
from tests.events.test_safety_interlock import flags, raised

MOVED = GoalDeadlineRevised(
    goal_id=WALK, from_on=FRIDAY, due_on=NEXT_FRIDAY, reason="Flu", client_agreed=True
)
WITHDRAWN = CheckInWithdrawn(check_in_id=ENTRY, goal_id=WALK, reason="Twice")


async def release(log: Log, *, why: Cause | None = None, **options: object) -> Outcome:
    command = ReleaseSuggestion(suggestion_id=DRAFT, now=NOON + timedelta(days=6))
    return await release_suggestion(
        log,
        PRACTICE,
        command,
        cause=why or cause("release"),
        **options,  # type: ignore[arg-type]
    )


async def offered(log: Log, offer: SuggestionOffered) -> None:
    """An offer that was computed from one check-in, at position 6."""
    await log.has_goal(*goal_active())
    entry = await log.has("check_in", ENTRY, check_in_logged())
    evidence = change(EVIDENCE, position=entry.position, positions=(entry.position,))
    await log.has_suggestion(change(offer, evidence=evidence))


class TestReleaseSuggestion:
    async def test_lets_the_client_read_its_sentences(self, log: Log) -> None:
        await offered(log, reframing_offered())
        outcome = await release(log)
        (released,) = outcome.events
        assert isinstance(released, SuggestionReleased)
        assert released.sentences == reframing_offered().sentences

    async def test_answers_the_same_when_said_again(self, log: Log) -> None:
        await offered(log, reframing_offered())
        why = cause("release")
        first = await release(log, why=why)
        await flags(log, raised())
        await log.has_goal(MOVED)
        again = await release(log, why=why)
        assert (again.repeated, again.position) == (True, first.position)
        # It was released: nothing is recorded, and nothing refused.
        assert (await release(log)).events == []

    async def test_is_refused_while_a_safety_flag_is_open(self, log: Log) -> None:
        await offered(log, reframing_offered())
        await flags(log, raised())
        with pytest.raises(SafetyFlagOpen):
            await release(log)

    async def test_is_refused_once_the_goal_has_moved_on(self, log: Log) -> None:
        await offered(log, reframing_offered())
        await log.has_goal(MOVED)
        with pytest.raises(SuggestionOutdated):
            await release(log)

    async def test_is_refused_once_an_entry_behind_it_was_withdrawn(self, log: Log) -> None:
        await offered(log, reframing_offered())
        await log.has("check_in", ENTRY, WITHDRAWN)
        with pytest.raises(EvidenceChanged):
            await release(log)

    async def test_of_what_was_accepted_is_refused_by_the_entries_alone(self, log: Log) -> None:
        await offered(log, suggestion_offered())
        await log.has_goal(MOVED)
        await log.has_suggestion(SuggestionAccepted(suggestion_id=DRAFT, goal_id=WALK, option=0))
        await log.has("check_in", ENTRY, WITHDRAWN)
        with pytest.raises(EvidenceChangedSinceAccepted):
            await release(log)

    async def test_goes_by_who_asks_and_what_they_saw(self, log: Log) -> None:
        await offered(log, reframing_offered())

        def nobody(_: Read) -> None:
            raise NotFound

        with pytest.raises(NotFound):
            await release(log, admit=nobody)
        with pytest.raises(VersionConflict):
            await release(log, expected=2)
        assert (await release(log, expected=1)).version == 2

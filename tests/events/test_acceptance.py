"""Accepting a suggestion: what it proposes is revised with it, or nothing is."""

from datetime import date
from typing import Any

import pytest

from events.acceptance import Acceptance, SuggestionOutdated, accept_suggestion
from events.deadline import DeadlineInThePast
from events.evidence_since import EvidenceChanged
from events.goal import (
    GoalDeadlineFollowed,
    GoalDeadlineMissed,
    GoalDeadlineRevised,
    GoalFoundAtRisk,
    GoalPaused,
    GoalReached,
    GoalRestTaken,
    GoalStatementRevised,
    GoalTargetRevised,
)
from events.measure_soundness import ReserveTooLarge
from events.record import Cause
from events.refusals import Rejected
from events.store import Outcome, Read, VersionConflict
from events.suggestion import (
    NewDeadline,
    NewTarget,
    NoSuchOption,
    Option,
    SuggestionAccepted,
    SuggestionDecided,
    SuggestionDismissed,
    SuggestionEdited,
    SuggestionOffered,
)
from tests.controls import (
    A_SMALLER_STEP,
    AFTER_FRIDAY,
    DAILY,
    DRAFT,
    ENTRY,
    EVIDENCE,
    FRIDAY,
    MORE_TIME,
    NEXT_FRIDAY,
    NOT_YET,
    PRACTICE,
    WALK,
    change,
    check_in_logged,
    goal_active,
    reframing_offered,
    suggestion_offered,
)
from tests.events.log import Interrupted, Log, cause, stream

MISSED = GoalDeadlineMissed(goal_id=WALK, due_on=FRIDAY, progress=NOT_YET, evidence_position=5)
LATER = GoalDeadlineRevised(
    goal_id=WALK,
    from_on=FRIDAY,
    due_on=NEXT_FRIDAY,
    reason="Take another week.",
    client_agreed=False,
)
BACK = change(LATER, from_on=NEXT_FRIDAY, due_on=FRIDAY)
EASIER = GoalTargetRevised(
    goal_id=WALK,
    from_measure=DAILY,
    measure=change(DAILY, reserve=2),
    reason="Keep two days in reserve.",
    client_agreed=False,
)
REWORDED = GoalStatementRevised(
    goal_id=WALK, from_statement="Walk", statement="Walk on", reason="Nearer", client_agreed=True
)
PAUSED = GoalPaused(goal_id=WALK)
ACCEPTED = SuggestionAccepted(suggestion_id=DRAFT, goal_id=WALK, option=0)
BOTH = Option(
    proposal=NewTarget(measure=change(DAILY, reserve=6), due_on=NEXT_FRIDAY),
    words="Take another week, with six days in reserve.",
)
TOO_LATE = Option(proposal=NewDeadline(due_on=date(2026, 3, 5)), words="Take until Thursday.")
TOO_EASY = Option(proposal=NewTarget(measure=change(DAILY, reserve=5)), words="Rest.")
FOLLOWED_THERE_AND_BACK = tuple(
    GoalDeadlineFollowed(goal_id=WALK, from_on=from_on, due_on=due_on, session_id=ENTRY)
    for from_on, due_on in ((FRIDAY, NEXT_FRIDAY), (NEXT_FRIDAY, FRIDAY))
)


async def offered(log: Log, offer: SuggestionOffered | None = None) -> int:
    """Friday has passed and this was offered: how far the log has come."""
    looked_at = (await log.has_goal(*goal_active(), MISSED)).position
    offer = offer or suggestion_offered()
    evidence = change(EVIDENCE, position=looked_at)
    return (await log.has_suggestion(change(offer, evidence=evidence))).position


async def accept(log: Log, *, why: Cause | None = None, **parts: Any) -> Outcome:
    command = Acceptance(suggestion_id=DRAFT, now=AFTER_FRIDAY, **parts)
    return await accept_suggestion(log, PRACTICE, command, cause=why or cause("accept", parts))


class TestAcceptSuggestion:
    async def test_gives_the_goal_more_time(self, log: Log) -> None:
        position = await offered(log)
        outcome = await accept(log, option=0)
        assert await log.after(position) == [LATER, ACCEPTED] == outcome.appended
        assert (outcome.position, outcome.version) == (position + 2, 2)

    async def test_gives_the_goal_a_nearer_target(self, log: Log) -> None:
        position = await offered(log)
        await accept(log, option=1)
        assert await log.after(position) == [EASIER, change(ACCEPTED, option=1)]

    async def test_gives_more_time_before_it_judges_the_target_by_it(self, log: Log) -> None:
        position = await offered(log, suggestion_offered(options=(BOTH,)))
        await accept(log, option=0, reason="A cold", client_agreed=True)
        said = {"reason": "A cold", "client_agreed": True}
        assert await log.after(position) == [
            change(LATER, **said),
            change(EASIER, measure=change(DAILY, reserve=6), **said),
            ACCEPTED,
        ]

    async def test_takes_the_option_as_it_was_last_edited(self, log: Log) -> None:
        position = await offered(log)
        edited = SuggestionEdited(
            suggestion_id=DRAFT,
            goal_id=WALK,
            from_sentences=(),
            sentences=("So far.",),
            from_options=(MORE_TIME, A_SMALLER_STEP),
            options=(A_SMALLER_STEP,),
        )
        await log.has_suggestion(edited)
        await accept(log, option=0)
        assert await log.after(position + 1) == [EASIER, ACCEPTED]

    async def test_keeps_no_more_of_its_words_than_a_reason_takes(self, log: Log) -> None:
        position = await offered(
            log, suggestion_offered(options=(change(MORE_TIME, words="x" * 600),))
        )
        await accept(log, option=0)
        assert (await log.after(position))[0] == change(LATER, reason="x" * 500)

    async def test_leaves_the_goal_alone_for_a_reframing(self, log: Log) -> None:
        position = await offered(log, reframing_offered())
        await accept(log)
        assert await log.after(position) == [change(ACCEPTED, option=None)]

    async def test_is_recorded_by_one_command(self, log: Log) -> None:
        await offered(log)
        why = cause("accept")
        await accept(log, why=why, option=0)
        revised, accepted = (
            (await stream(log, "goal", WALK))[-1],
            (await stream(log, "suggestion", DRAFT))[-1],
        )
        assert revised.command_id == accepted.command_id == why.command_id
        assert revised.occurred_at == accepted.occurred_at == AFTER_FRIDAY

    async def test_answers_the_same_when_said_again(self, log: Log) -> None:
        await offered(log)
        why = cause("accept")
        first, again = await accept(log, why=why, option=0), await accept(log, why=why, option=0)
        assert again.repeated
        assert (again.position, again.version) == (first.position, first.version)

    @pytest.mark.parametrize(
        "since",
        [
            (LATER,),
            (EASIER,),
            (LATER, BACK),
            (PAUSED,),
            (GoalReached(goal_id=WALK),),
            FOLLOWED_THERE_AND_BACK,
            (GoalRestTaken(goal_id=WALK, on=FRIDAY, reason="A visit"),),
        ],
        ids=[
            "later",
            "easier",
            "there and back",
            "paused",
            "reached",
            "followed there and back",
            "rest",
        ],
    )
    async def test_is_refused_once_the_goal_has_moved_on(self, log: Log, since: Any) -> None:
        await offered(log)
        position = (await log.has_goal(*since)).position
        with pytest.raises(SuggestionOutdated):
            await accept(log, option=0)
        assert await log.after(position) == []

    @pytest.mark.parametrize(
        "since",
        [
            (REWORDED,),
            (GoalFoundAtRisk(goal_id=WALK, due_on=FRIDAY, progress=NOT_YET, evidence_position=5),),
        ],
        ids=["reworded", "at risk"],
    )
    async def test_minds_nothing_that_leaves_target_and_time(self, log: Log, since: Any) -> None:
        await offered(log)
        position = (await log.has_goal(*since)).position
        await accept(log, option=0)
        assert await log.after(position) == [LATER, ACCEPTED]

    async def test_is_refused_once_entries_behind_it_have_changed(self, log: Log) -> None:
        await offered(log)
        position = (await log.has("check_in", ENTRY, check_in_logged())).position
        with pytest.raises(EvidenceChanged):
            await accept(log, option=0)
        assert await log.after(position) == []

    async def test_minds_no_revision_that_was_the_last_it_looked_at(self, log: Log) -> None:
        await log.has_goal(*goal_active(due_on=NEXT_FRIDAY))
        looked_at = (await log.has_goal(BACK)).position
        evidence = change(EVIDENCE, position=looked_at)
        position = (await log.has_suggestion(suggestion_offered(evidence=evidence))).position
        await accept(log, option=0)
        assert await log.after(position) == [LATER, ACCEPTED]

    async def test_is_refused_when_it_is_about_another_deadline(self, log: Log) -> None:
        looked_at = (await log.has_goal(*goal_active(), LATER)).position
        evidence = change(EVIDENCE, position=looked_at)
        await log.has_suggestion(suggestion_offered(evidence=evidence))
        with pytest.raises(SuggestionOutdated):
            await accept(log, option=1)

    async def test_minds_no_revision_that_it_knew_of(self, log: Log) -> None:
        await log.has_goal(*goal_active(due_on=NEXT_FRIDAY))
        looked_at = (await log.has_goal(BACK, MISSED)).position
        evidence = change(EVIDENCE, position=looked_at)
        position = (await log.has_suggestion(suggestion_offered(evidence=evidence))).position
        await accept(log, option=0)
        assert await log.after(position) == [LATER, ACCEPTED]

    @pytest.mark.parametrize(
        ("offer", "option", "refusal"),
        [
            (suggestion_offered(), None, NoSuchOption),
            (suggestion_offered(), 2, NoSuchOption),
            (reframing_offered(), 0, NoSuchOption),
            (suggestion_offered(options=(TOO_LATE,)), 0, DeadlineInThePast),
            (suggestion_offered(options=(TOO_EASY,)), 0, ReserveTooLarge),
        ],
    )
    async def test_records_nothing_of_what_is_refused(
        self, log: Log, offer: SuggestionOffered, option: int | None, refusal: type[Rejected]
    ) -> None:
        position = await offered(log, offer)
        with pytest.raises(refusal):
            await accept(log, option=option)
        assert await log.after(position) == []

    async def test_is_refused_once_decided(self, log: Log) -> None:
        await offered(log)
        await log.has_suggestion(SuggestionDismissed(suggestion_id=DRAFT, goal_id=WALK))
        with pytest.raises(SuggestionDecided):
            await accept(log, option=0)

    async def test_is_refused_where_there_is_none(self, log: Log) -> None:
        with pytest.raises(SuggestionDecided):
            await accept(log, option=0)

    async def test_is_refused_at_another_version(self, log: Log) -> None:
        position = await offered(log)
        command = Acceptance(suggestion_id=DRAFT, now=AFTER_FRIDAY, option=0)
        why = cause("accept")
        with pytest.raises(VersionConflict):
            await accept_suggestion(log, PRACTICE, command, cause=why, expected=2)
        assert await log.after(position) == []
        # The same request again answers as it did, though the version has moved on.
        for _ in range(2):
            outcome = await accept_suggestion(log, PRACTICE, command, cause=why, expected=1)
            assert outcome.version == 2

    async def test_asks_first_who_may(self, log: Log) -> None:
        position = await offered(log)

        def nobody(read: Read) -> None:
            assert read.stream.client_id is not None
            raise SuggestionDecided

        command = Acceptance(suggestion_id=DRAFT, now=AFTER_FRIDAY, option=0)
        with pytest.raises(SuggestionDecided):
            await accept_suggestion(log, PRACTICE, command, cause=cause(), admit=nobody)
        assert await log.after(position) == []

    async def test_decides_again_when_someone_else_gets_there_first(
        self, interrupted: Interrupted
    ) -> None:
        await offered(interrupted)
        interrupted.before_append = lambda: interrupted.has_goal(PAUSED)
        with pytest.raises(SuggestionOutdated):
            await accept(interrupted, option=0)
        assert (await stream(interrupted, "goal", WALK))[-1].event == PAUSED

    async def test_is_recorded_once_when_two_accept_at_once(self, interrupted: Interrupted) -> None:
        position = await offered(interrupted)
        interrupted.before_append = lambda: accept(interrupted, option=0)
        with pytest.raises((SuggestionOutdated, SuggestionDecided)):
            await accept(interrupted, option=0)
        assert await interrupted.after(position) == [LATER, ACCEPTED]

"""A command that was recorded under an id which an earlier release computed stops no worker.

The earlier release computed the ids of its workers' commands from what everybody may know, and took
any id from anybody. So a client could record something of theirs under the id of what a worker was
going to record.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from msgspec.structs import replace

from events import goal_decisions, safety_flag_decisions, subscription_decisions, suggestion
from events.aggregate import Aggregate, Stream
from events.goal_commands import ReviseStatement
from events.goal_decisions import GOAL
from events.measure import Count
from events.record import Cause, Receipt, Step
from events.safety_flag import SafetyFlagEscalated
from events.safety_flag_decisions import ActOnSafetyFlag
from events.store import EventStore, Outcome
from events.subscription import PauseSubscription, ResumeSubscription
from events.subscription_decisions import SUBSCRIPTION
from events.suggestion import EditSuggestion, SuggestionOffered
from events.transact import handle
from tests.workers.diary import PHQ9_FROM_24, Diary, because, noon
from tests.workers.receivers import Reply, receiving
from tests.workers.site import Site
from tests.workers.subscribed import decide, delivering, eventually, stage_of, subscribe
from tests.workers.test_safety import NOW as ANSWERED_AT
from tests.workers.test_safety import TWENTY, Ward
from workers.deadlines import NOTICES, sweep_deadlines
from workers.delivering import DISABLINGS
from workers.safety import ESCALATIONS
from workers.sessions import FOLLOWINGS, sweep_sessions
from workers.suggestions import sweep_suggestions

START, DUE = date(2026, 1, 4), date(2026, 3, 1)
AFTER = datetime(2026, 3, 2, 12, tzinfo=UTC)
A_FORTNIGHT = timedelta(days=14)
FIVE_TRIGGERS = Count(amount=5, unit="times")


class Watched:
    """A store that knows which former ids its workers would have used."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self.former: set[UUID | None] = set()

    async def append(self, practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        self.former.add(cause.formerly)
        return await self._store.append(practice_id, steps, cause=cause)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def plant(
    diary: Diary, decider: Aggregate[Any, Any, Any], stream: Stream, command: Any, planted: UUID
) -> None:
    """Somebody has said this to a stream, under an id of their choice."""
    cause = replace(because(command), command_id=planted)
    outcome = await handle(diary.store, decider, stream, command, cause=cause, occurred_at=AFTER)
    assert outcome.events


async def plant_on_goal(diary: Diary, goal_id: UUID, planted: UUID) -> None:
    stream = GOAL.stream(diary.practice_id, goal_id)
    command = ReviseStatement(
        goal_id=goal_id, now=AFTER, statement="A walk", reason="Shorter", client_agreed=True
    )
    await plant(diary, goal_decisions.GOAL, stream, command, planted)


async def revised_position(site: Site, diary: Diary, goal_id: UUID) -> int:
    await site.project(diary)
    row = await site.views.goal(diary.practice_id, goal_id)
    assert row is not None
    return row.revised_position


class TestACommandUnderTheIdOf:
    @pytest.mark.parametrize("name", ["deadline", "target_met", "risk"])
    async def test_what_is_noticed_of_a_goal(self, site: Site, name: str) -> None:
        diary = await site.diary()
        measure = FIVE_TRIGGERS if name == "target_met" else PHQ9_FROM_24
        goal_id = await diary.goal(measure, starts_on=START, due_on=DUE)
        now = AFTER if name == "deadline" else noon(DUE - A_FORTNIGHT)
        if name == "risk":
            await diary.scored(24, at=now - A_FORTNIGHT)
            await diary.scored(24, at=now - timedelta(days=1))
        if name == "target_met":
            await diary.did(goal_id, amount=5, at=now)
        position = await revised_position(site, diary, goal_id)
        planted = uuid5(NOTICES, f"{goal_id} {DUE} {position} {name}")
        await plant_on_goal(diary, goal_id, planted)
        await site.project(diary)
        watched = Watched(site.store)
        counts = await sweep_deadlines(site.with_store(watched), now)
        outcome = {"deadline": "missed", "target_met": "reached", "risk": "at_risk"}[name]
        assert counts == {outcome: 1}
        assert planted in watched.former

    async def test_a_deadline_that_follows_a_session(self, site: Site) -> None:
        diary = await site.diary()
        session_id = await diary.meets(noon(DUE), now=noon(START))
        goal_id = await diary.goal(
            FIVE_TRIGGERS, starts_on=START, due_on=DUE, due_session_id=session_id
        )
        moved_to = DUE + timedelta(days=3)
        await diary.meets_at(session_id, noon(moved_to), now=noon(START))
        position = await revised_position(site, diary, goal_id)
        planted = uuid5(FOLLOWINGS, f"{goal_id} {session_id} {moved_to} {position}")
        await plant_on_goal(diary, goal_id, planted)
        await site.project(diary)
        watched = Watched(site.store)
        counts = await sweep_sessions(site.with_store(watched), noon(START))
        assert counts == {"followed": 1}
        assert planted in watched.former

    async def test_an_escalation(self, site: Site) -> None:
        ward = Ward(site, await site.diary())
        await ward.on_duty("ida", "ben")
        first, second = await ward.answered(), await ward.answered()
        planted = uuid5(ESCALATIONS, f"{second} 1")
        command = ActOnSafetyFlag(flag_id=first, action="We have talked.")
        stream = (await ward.flags()).stream
        await plant(ward.diary, safety_flag_decisions.SAFETY_FLAGS, stream, command, planted)
        watched = Watched(site.store)
        ward.site = site.with_store(watched)
        assert await ward.sweep(ANSWERED_AT + TWENTY) == {"escalated": 1}
        escalated = [
            one.event for one in await ward.log() if isinstance(one.event, SafetyFlagEscalated)
        ]
        assert [one.flag_id for one in escalated] == [second]
        assert planted in watched.former

    async def test_a_withdrawal(self, site: Site) -> None:
        diary = await site.diary()
        await diary.goal(PHQ9_FROM_24, starts_on=START, due_on=DUE)
        entry_id = await diary.scored(17, at=noon(DUE - A_FORTNIGHT))
        await site.project(diary)
        assert await sweep_deadlines(site, AFTER) == {"missed": 1}
        await site.project(diary)
        assert await sweep_suggestions(site, AFTER) == {"offered": 1}
        offered = [
            one.event for one in await diary.log() if isinstance(one.event, SuggestionOffered)
        ]
        formerly = [uuid5(one.suggestion_id, "withdraw") for one in offered]
        for one, planted in zip(offered, formerly, strict=True):
            stream = suggestion.SUGGESTION.stream(diary.practice_id, one.suggestion_id)
            command = EditSuggestion(
                suggestion_id=one.suggestion_id, now=AFTER, sentences=("Other words.",)
            )
            await plant(diary, suggestion.SUGGESTION, stream, command, planted)
        await diary.rescored(entry_id, 20, now=AFTER)
        await site.project(diary)
        watched = Watched(site.store)
        await sweep_suggestions(site.with_store(watched), AFTER)
        assert await diary.types(of="suggestion.withdrawn") == ["suggestion.withdrawn.v1"] * 2
        assert watched.former.issuperset(formerly)

    async def test_a_disabling(self, site: Site, monkeypatch) -> None:
        former: set[UUID | None] = set()

        async def watched(*said: Any, cause: Cause, **more: Any) -> Outcome:
            former.add(cause.formerly)
            return await handle(*said, cause=cause, **more)

        monkeypatch.setattr("workers.delivering.handle", watched)
        diary = await site.diary()
        async with receiving(Reply(status=410)) as receiver:
            subject = await subscribe(site, diary, receiver.url())
            practice_id, subscription_id = subject
            stream = SUBSCRIPTION.stream(practice_id, subscription_id)
            planted = uuid5(DISABLINGS, f"{subscription_id} 3")
            await decide(site, subject, PauseSubscription(subscription_id=subscription_id))
            resuming = ResumeSubscription(subscription_id=subscription_id)
            await plant(diary, subscription_decisions.SUBSCRIPTION, stream, resuming, planted)
            async with delivering(site):
                await diary.felt(3, at=noon(START))

                async def is_disabled() -> bool:
                    return await stage_of(site, subject) == "disabled"

                await eventually(is_disabled, seconds=10)
            assert planted in former

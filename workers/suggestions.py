"""Offers a reframing and a replan where a deadline was missed, and withdraws what is outdated.

Each suggestion has an id computed from its cause, so that it is made once, whoever makes it.
"""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from events import suggestion
from events.record import Cause, Step, digest
from events.store import Stream, handle
from events.suggestion import Kind, OfferSuggestion, WithdrawSuggestion
from projections.goal_status import GoalStatus
from projections.queries import Owed
from workers.deadlines import deadline_run
from workers.drafts import draft
from workers.standing import Standing, standing_of
from workers.sweeping import Bookmarks, Counts, sweep, total
from workers.worksite import Worksite, look

ACTOR: Final = "worker:suggestions"


async def sweep_suggestions(
    cairn: Worksite, now: datetime, *, bookmarks: Bookmarks | None = None
) -> Counts:
    """Withdraw every open suggestion that no longer fits, and offer those that are owed.

    Answers for how many goals suggestions were offered, withdrawn, already_so, waiting,
    unreadable, refused, unavailable, failed or skipped.
    """
    bookmarks = bookmarks or Bookmarks()
    withdrawn = await sweep(
        "withdrawals",
        cairn.views.suggestions_outdated,
        lambda owed: withdraw_outdated(cairn, owed, now),
        bookmarks=bookmarks,
    )
    offered = await sweep(
        "suggestions",
        cairn.views.suggestions_owed,
        lambda owed: offer_owed(cairn, owed, now),
        bookmarks=bookmarks,
    )
    return total(withdrawn, offered)


async def offer_owed(cairn: Worksite, owed: Owed, now: datetime) -> str:
    """Both kinds go into one append: there is no moment with half of them."""
    seen = await look(cairn.store, owed)
    if seen is None:
        return "unreadable"
    kinds = seen.goal.kinds_owed
    if not kinds:
        return "already_so"
    standing = standing_of(
        seen.goal, language=seen.client.language, position=seen.position, now=now
    )
    receipt = await cairn.store.append(
        owed.practice_id,
        [offer(standing, kind, now) for kind in kinds],
        cause=Cause(
            command_id=uuid5(suggestion_id(seen.goal, kinds[-1]), "offer"),
            actor=ACTOR,
            # Not the drafts: two workers may see other evidence and mean the same suggestions.
            content=digest("offer_suggestions", seen.goal.goal_id, seen.goal.missed),
            correlation=deadline_run(seen.goal),
        ),
    )
    return "already_so" if receipt.repeated else "offered"


def offer(standing: Standing, kind: Kind, now: datetime) -> Step:
    """The first event of a suggestion's own stream."""
    goal = standing.goal
    made = draft(standing, kind)
    command = OfferSuggestion(
        suggestion_id=suggestion_id(goal, kind),
        now=now,
        client_id=goal.client_id,
        goal_id=goal.goal_id,
        kind=kind,
        due_on=goal.due_on,
        language=made.language,
        sentences=made.sentences,
        options=made.options,
        evidence=made.evidence,
    )
    return Step(
        stream_id=command.suggestion_id,
        category=suggestion.CATEGORY,
        client_id=goal.client_id,
        expected=0,
        events=suggestion.decide(suggestion.decider.initial, command),
        occurred_at=now,
    )


def suggestion_id(goal: GoalStatus, kind: Kind) -> UUID:
    """One of each kind for each time a deadline of this goal was missed."""
    return uuid5(goal.goal_id, f"{kind} {goal.due_on} {goal.missed}")


async def withdraw_outdated(cairn: Worksite, owed: Owed, now: datetime) -> str:
    seen = await look(cairn.store, owed)
    if seen is None:
        return "unreadable"
    outcome = "already_so"
    for outdated_id in seen.goal.outdated:
        withdrawn = await handle(
            cairn.store,
            suggestion.decider,
            Stream(
                practice_id=owed.practice_id,
                stream_id=outdated_id,
                category=suggestion.CATEGORY,
                client_id=owed.client_id,
            ),
            WithdrawSuggestion(suggestion_id=outdated_id, now=now),
            cause=Cause(
                command_id=uuid5(outdated_id, "withdraw"),
                actor=ACTOR,
                content=digest("withdraw_suggestion", outdated_id),
                correlation=deadline_run(seen.goal),
            ),
            occurred_at=now,
        )
        if withdrawn.events and not withdrawn.repeated:
            outcome = "withdrawn"
    return outcome

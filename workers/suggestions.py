"""Offers a reframing and a replan where a deadline was missed, and withdraws what is outdated.

Each suggestion has an id computed from its cause, so that it is made once, whoever makes it. Where
entries behind an open one were corrected, withdrawn or added since, it is withdrawn and drafted
anew from what is on record then: that is another cause. While a safety flag of the client is open,
none is made: what is owed is held until a person has closed the flag. After a discharge none is
made any more.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from events import suggestion
from events.client import ClientNotEnrolled
from events.ids import DerivedIds
from events.practice_reading import read_practice
from events.record import Cause, Step, digest
from events.safety_interlock import SafetyFlagOpen, is_flag_open, require_none_open
from events.suggestion import (
    SUGGESTION,
    Kind,
    OfferSuggestion,
    ReleaseSuggestion,
    Suggestion,
    SuggestionEvent,
    WithdrawSuggestion,
)
from events.transact import handle
from events.while_enrolled import was_discharged, watch_enrolled
from projections.goal_status import GoalStatus
from projections.queries import Owed
from workers.deadlines import deadline_run
from workers.drafts import draft
from workers.standing import Standing, standing_of
from workers.sweeping import Bookmarks, Counts, SweepOutcome, sweep, total
from workers.worksite import Worksite, look

ACTOR: Final = "worker:suggestions"


async def sweep_suggestions(
    cairn: Worksite, now: datetime, *, bookmarks: Bookmarks | None = None
) -> Counts:
    """Withdraw every open suggestion that no longer fits, and offer those that are owed.

    Answers for how many goals suggestions were offered, withdrawn, held, discharged, already_so,
    waiting, unreadable, refused, unavailable, failed or skipped.
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


async def offer_owed(cairn: Worksite, owed: Owed, now: datetime) -> SweepOutcome:
    """Both kinds go into one append: there is no moment with half of them."""
    # Asked first, because a flag may stay open for long, and a whole record is much to read.
    if await was_discharged(cairn.store, owed.practice_id, owed.client_id):
        return "discharged"
    if await is_flag_open(cairn.store, owed.practice_id, owed.client_id):
        return "held"
    seen = await look(cairn.store, owed)
    if seen is None:
        return "unreadable"
    kinds = seen.status.kinds_owed
    if not kinds:
        return "already_so"
    standing = standing_of(
        seen.status,
        language=seen.client.language,
        practice=await read_practice(cairn.store, owed.practice_id),
        position=seen.position,
        now=now,
    )
    ids = await cairn.store.ids(owed.practice_id)
    named = {kind: suggestion_ids(ids, seen.status, kind) for kind in kinds}
    former = await cairn.store.among(
        owed.practice_id, SUGGESTION.category, [formerly for _, formerly in named.values()]
    )
    chosen = {
        kind: formerly if formerly in former else own for kind, (own, formerly) in named.items()
    }
    # In a thread: comparing all pairs of scores takes a while, and so does loading what does it.
    steps = await asyncio.to_thread(offers, standing, chosen, now)
    # Asked again, and watched: all that took a while, and the flag has the last word.
    try:
        whose = owed.practice_id, owed.client_id
        watched = [
            await require_none_open(cairn.store, *whose, now=now),
            await watch_enrolled(cairn.store, *whose, now=now),
        ]
    except SafetyFlagOpen:
        return "held"
    except ClientNotEnrolled:
        return "discharged"
    receipt = await cairn.store.append(
        owed.practice_id,
        [*watched, *steps],
        cause=Cause(
            command_id=ids.of("offer", named[kinds[-1]][0]),
            formerly=uuid5(named[kinds[-1]][1], "offer"),
            actor=ACTOR,
            # Not the drafts: two workers may see other evidence and mean the same suggestions.
            content=digest("offer_suggestions", seen.status.goal_id, seen.status.missed),
            correlation=deadline_run(ids, seen.status),
        ),
    )
    return "already_so" if receipt.repeated else "offered"


def offers(standing: Standing, named: Mapping[Kind, UUID], now: datetime) -> list[Step]:
    return [offer(standing, kind, suggestion_id, now) for kind, suggestion_id in named.items()]


def offer(standing: Standing, kind: Kind, suggestion_id: UUID, now: datetime) -> Step:
    """The first events of a suggestion's own stream: the offer, and a release that needs nobody."""
    status = standing.status
    made = draft(standing, kind)
    command = OfferSuggestion(
        suggestion_id=suggestion_id,
        now=now,
        client_id=status.client_id,
        goal_id=status.goal_id,
        kind=kind,
        due_on=status.goal.due_on,
        language=made.language,
        sentences=made.sentences,
        options=made.options,
        evidence=made.evidence,
    )
    events: list[SuggestionEvent] = suggestion.decide(Suggestion(), command)
    if made.is_released:
        offered = SUGGESTION.fold(events)
        releasing = ReleaseSuggestion(suggestion_id=command.suggestion_id, now=now)
        events += suggestion.decide(offered, releasing)
    return Step(
        stream_id=command.suggestion_id,
        category=SUGGESTION.category,
        client_id=status.client_id,
        expected=0,
        events=events,
        occurred_at=now,
    )


def suggestion_ids(ids: DerivedIds, status: GoalStatus, kind: Kind) -> tuple[UUID, UUID]:
    """One of each kind for each time a deadline of this goal was missed, and its former id.

    Each that was withdrawn, with the deadline where it was, is the cause of one more.
    """
    withdrawn = status.withdrawn(kind)
    again = f" {withdrawn}" if withdrawn else ""
    about = f"{kind} {status.goal.due_on} {status.missed}{again}"
    return ids.of("suggestion", status.goal_id, about), uuid5(status.goal_id, about)


async def withdraw_outdated(cairn: Worksite, owed: Owed, now: datetime) -> SweepOutcome:
    seen = await look(cairn.store, owed)
    if seen is None:
        return "unreadable"
    ids = await cairn.store.ids(owed.practice_id)
    outcome: SweepOutcome = "already_so"
    for outdated_id in seen.status.outdated:
        withdrawn = await handle(
            cairn.store,
            SUGGESTION,
            SUGGESTION.stream(owed.practice_id, outdated_id, client_id=owed.client_id),
            WithdrawSuggestion(suggestion_id=outdated_id, now=now),
            cause=Cause(
                command_id=ids.of("withdrawal", outdated_id),
                formerly=uuid5(outdated_id, "withdraw"),
                actor=ACTOR,
                content=digest("withdraw_suggestion", outdated_id),
                correlation=deadline_run(ids, seen.status),
            ),
            occurred_at=now,
        )
        if withdrawn.events and not withdrawn.repeated:
            outcome = "withdrawn"
    return outcome

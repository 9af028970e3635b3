"""/v1/check-ins: what was done towards a goal, logged, corrected and withdrawn."""

from uuid import UUID

import msgspec
from litestar import Response, delete, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from events import check_in, goal, goal_decisions
from events.check_in import CorrectCheckIn, LogCheckIn, WithdrawCheckIn
from events.check_in_admission import require_admitted
from events.measure import Amount
from events.moment import dated
from events.store import Stream
from events.text import Note
from events.while_enrolled import its_client_enrolled_at
from service.asked import SELF_REPORTERS, Asked
from service.commands import change, read_stream, start
from service.forms import EntryReceipt, changed_receipt, entry_receipt
from service.operations import LOGGERS, command
from service.routes.moods import TAG, Instant, Withdrawal


class NewCheckIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount in the goal's own unit, times or minutes. Without `occurred_at` it is now.

    For a milestone any amount says that it was done.
    """

    amount: Amount
    occurred_at: Instant | None = None
    note: Note = ""
    id: UUID | None = None


class CheckInCorrection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    amount: Amount | None = None
    occurred_at: Instant | None = None
    note: Note | None = None


@post(
    "/v1/goals/{goal_id:uuid}/check-ins",
    **command(
        roles=LOGGERS,
        tag=TAG,
        creates=True,
        answers=EntryReceipt,
        example={"amount": 20, "occurred_at": "2026-03-01T18:00:00+01:00", "note": "To the mill."},
    ),
)
async def log_check_in(
    goal_id: FromPath[UUID], data: JSONBody[NewCheckIn], asked: NamedDependency[Asked]
) -> Response[EntryReceipt]:
    """Log what was done towards a goal: how often, how long, or that it was done.

    A late one is taken even where the goal has ended since, if it happened before that. What a
    client or an app sends after the discharge is taken if it happened before the discharge.
    """
    aimed = await read_stream(asked, goal_decisions.decider, goal.CATEGORY, goal_id)
    client_id: UUID = aimed.state.client_id
    check_in_id = asked.new_id(data.id)
    occurred_at = data.occurred_at or asked.now
    happened_at = dated(occurred_at, now=asked.now)
    reported = asked.principal.role in SELF_REPORTERS
    outcome = await start(
        asked,
        check_in.decider,
        Stream(
            practice_id=asked.practice_id,
            stream_id=check_in_id,
            category=check_in.CATEGORY,
            client_id=client_id,
        ),
        LogCheckIn(
            check_in_id=check_in_id,
            client_id=client_id,
            goal_id=goal_id,
            amount=data.amount,
            occurred_at=occurred_at,
            now=asked.now,
            note=data.note,
        ),
        cause=asked.cause("log_check_in", goal_id, data),
        require=lambda: require_admitted(aimed.state, aimed.past, occurred_at=happened_at),
        beside=its_client_enrolled_at(asked.cairn.store, at=happened_at, now=asked.now)
        if reported
        else None,
        occurred_at=happened_at,
    )
    return await entry_receipt(
        asked, outcome, check_in_id, client_id, location=f"/v1/check-ins/{check_in_id}"
    )


@put(
    "/v1/check-ins/{check_in_id:uuid}",
    **command(
        roles=LOGGERS, tag=TAG, conditional=True, answers=EntryReceipt, example={"amount": 25}
    ),
)
async def correct_check_in(
    check_in_id: FromPath[UUID], data: JSONBody[CheckInCorrection], asked: NamedDependency[Asked]
) -> Response[EntryReceipt]:
    """Correct a check-in; the first version stays in the log."""
    outcome = await change(
        asked,
        check_in.decider,
        check_in.CATEGORY,
        check_in_id,
        CorrectCheckIn(
            check_in_id=check_in_id,
            now=asked.now,
            amount=data.amount,
            occurred_at=data.occurred_at,
            note=data.note,
        ),
        cause=asked.cause("correct_check_in", check_in_id, data),
    )
    return await changed_receipt(asked, outcome, check_in.CATEGORY, check_in_id)


@delete(
    "/v1/check-ins/{check_in_id:uuid}",
    **command(
        roles=LOGGERS,
        tag=TAG,
        conditional=True,
        answers=EntryReceipt,
        example={"reason": "Counted twice."},
    ),
)
async def withdraw_check_in(
    check_in_id: FromPath[UUID], data: JSONBody[Withdrawal], asked: NamedDependency[Asked]
) -> Response[EntryReceipt]:
    """Withdraw a check-in that was made in error; it stays in the log."""
    outcome = await change(
        asked,
        check_in.decider,
        check_in.CATEGORY,
        check_in_id,
        WithdrawCheckIn(check_in_id=check_in_id, reason=data.reason),
        cause=asked.cause("withdraw_check_in", check_in_id, data),
    )
    return await changed_receipt(asked, outcome, check_in.CATEGORY, check_in_id)


handlers = (log_check_in, correct_check_in, withdraw_check_in)

"""/v1/check-ins: what was done towards a goal, logged, corrected and withdrawn."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from events.check_in import CHECK_IN, CorrectCheckIn, LogCheckIn, WithdrawCheckIn
from events.check_in_admission import require_admitted
from events.goal_decisions import GOAL
from events.measure import Amount
from events.moment import dated
from events.record import Recorded, Unreadable
from events.text import Note
from events.while_enrolled import its_client_enrolled_at
from projections.goal_check_ins import check_ins_of_goal
from service.app_reading import reading_of
from service.asked import SELF_REPORTERS, Asked
from service.commands import change, read_stream, read_unfolded, start
from service.cursors import CURSOR, Place, cursor_of, place_in
from service.entry_answers import CheckInAnswer, check_in_answer, read_entry, shown_entry
from service.forms import EntryReceipt, changed_receipt, entry_receipt
from service.operations import LOGGERS, READERS, command, read
from service.pages import PAGE_SIZE, Cursor, Limit
from service.routes.moods import TAG, Instant, Withdrawal

LIST = "check_ins"


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


class CheckInPage(msgspec.Struct, frozen=True, kw_only=True):
    """Check-ins towards a goal, the newest first by where they were logged in the log.

    `broken` has the ids of check-ins that nobody can read: an event of theirs does not open.
    """

    items: list[CheckInAnswer]
    broken: list[UUID]
    next: str | None


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
    aimed = await read_stream(asked, GOAL, goal_id)
    client_id: UUID = aimed.state.client_id
    check_in_id = asked.new_id(data.id)
    occurred_at = data.occurred_at or asked.now
    happened_at = dated(occurred_at, now=asked.now)
    reported = asked.principal.role in SELF_REPORTERS
    outcome = await start(
        asked,
        CHECK_IN,
        CHECK_IN.stream(asked.practice_id, check_in_id, client_id=client_id),
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


@get(
    "/v1/goals/{goal_id:uuid}/check-ins",
    **read(roles=READERS, tag=TAG, answers=CheckInPage, of_record=True),
)
async def list_check_ins(
    goal_id: FromPath[UUID],
    asked: NamedDependency[Asked],
    limit: Limit = PAGE_SIZE,
    cursor: Cursor = None,
) -> Response[CheckInPage]:
    """The check-ins towards a goal, in pages, withdrawn ones too, the newest first.

    They come from the log itself, so they are never late. An app is shown those that it has logged
    itself, and those that a subscription of its own tells it.
    """
    of = f"{LIST} {goal_id}"
    before = place_in(cursor, of=of).before
    if before is not None:
        before = await asked.sent_position(before, parameter=CURSOR)
    reading = await reading_of(asked)
    position = await asked.position_of_log()
    aimed = await read_unfolded(asked, GOAL, goal_id)
    client_id, first = aimed.stream.client_id, aimed.past[0]
    assert client_id is not None  # noqa: S101 - for the type checker: a goal has one
    found = await check_ins_of_goal(
        asked.cairn.pool,
        asked.cairn.keyring,
        asked.practice_id,
        client_id,
        goal_id,
        admits=reading.admits,
        since=first.position,
        before=before,
        limit=limit,
    )
    after = asked.told_position(found[-1][0].position) if len(found) == limit else None
    page = CheckInPage(
        items=[
            check_in_answer(shown_entry(reading, past, position=position))
            for past in found
            if opens(past)
        ],
        broken=[past[0].stream_id for past in found if not opens(past)],
        next=None if after is None else cursor_of(Place(of=of, before=after)),
    )
    return Response(page, headers=asked.headers_at(position))


def opens(past: Sequence[Recorded]) -> bool:
    return not any(isinstance(one.event, Unreadable) for one in past)


@get(
    "/v1/check-ins/{check_in_id:uuid}",
    **read(roles=READERS, tag=TAG, answers=CheckInAnswer, conditional=True, of_record=True),
)
async def show_check_in(
    check_in_id: FromPath[UUID], asked: NamedDependency[Asked]
) -> Response[CheckInAnswer]:
    """A check-in as it stands, with every revision, and the ETag that correcting it asks for.

    It comes from the log itself, so it is never late. An app reads what it has recorded itself, and
    what a subscription of its own tells it.
    """
    shown = await read_entry(asked, CHECK_IN, check_in_id)
    return Response(check_in_answer(shown), headers=shown.headers)


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
        CHECK_IN,
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
    return await changed_receipt(asked, outcome, check_in_id)


@delete(
    "/v1/check-ins/{check_in_id:uuid}",
    **command(
        roles=LOGGERS,
        tag=TAG,
        conditional=True,
        body_optional=True,
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
        CHECK_IN,
        check_in_id,
        WithdrawCheckIn(check_in_id=check_in_id, reason=data.reason),
        cause=asked.cause("withdraw_check_in", check_in_id, data),
    )
    return await changed_receipt(asked, outcome, check_in_id)


handlers = (
    log_check_in,
    list_check_ins,
    show_check_in,
    correct_check_in,
    withdraw_check_in,
)

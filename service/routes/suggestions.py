"""/v1/suggestions: the clinician's queue of drafts, and what becomes of each."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from events.acceptance import Acceptance
from events.acceptance import accept_suggestion as accept
from events.refusals import NotFound
from events.releasing import release_suggestion as release
from events.safety_interlock import is_flag_open
from events.store import VersionConflict, read_state
from events.suggestion import (
    SUGGESTION,
    DismissSuggestion,
    EditSuggestion,
    Options,
    ReleaseSuggestion,
    Sentences,
    SuggestionCommand,
)
from events.text import OptionalReason
from projections.suggestion_queue import SuggestionRow, suggestion_of
from service.app_reading import reading_of
from service.asked import Asked, StrictRequest
from service.commands import change, mismatch, receipt
from service.cursors import next_after, place_in
from service.goal_answers import etag
from service.operations import CLINICIAN, READERS, RECORD_READERS, Receipt, command, read
from service.pages import PAGE_SIZE, Cursor, Limit
from service.suggestion_answers import (
    ReleasedAnswer,
    StatusFilter,
    SuggestionAnswer,
    SuggestionTold,
    draft,
    released,
    statuses,
    told_to_app,
)

TAG = "suggestions"
VIEW = "suggestion_queue"
LIST = "suggestions"


class Acceptation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A replan names the option that was taken, from 0; a reframing has none.

    The revision carries `client_agreed`, and as its reason `reason`, else the option's own words.
    """

    option: Annotated[int, msgspec.Meta(ge=0, le=4)] | None = None
    client_agreed: bool = False
    reason: OptionalReason = ""


class Edit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    sentences: Sentences | None = None
    options: Options | None = None


class Dismissal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: OptionalReason = ""


class SuggestionPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[SuggestionAnswer | ReleasedAnswer]
    next: str | None


# One suggestion, as whoever asks may see it.
SuggestionShown = SuggestionAnswer | SuggestionTold | ReleasedAnswer


@get("/v1/suggestions", **read(roles=RECORD_READERS, tag=TAG, answers=SuggestionPage))
async def list_suggestions(
    asked: NamedDependency[Asked],
    status: Annotated[
        StatusFilter | None,
        QueryParameter(description="Suggestions in this status; open: those to decide."),
    ] = None,
    of_client: Annotated[
        UUID | None, QueryParameter(name="client", description="Suggestions for this client.")
    ] = None,
    limit: Limit = PAGE_SIZE,
    cursor: Cursor = None,
) -> Response[SuggestionPage]:
    """The queue, in pages, in the order in which suggestions were offered.

    A client sees what was released to them, and only the released words; nothing at all while a
    safety flag of theirs is open.
    """
    place = place_in(cursor, of=LIST)
    own = asked.principal.client_id
    if own is not None:
        await asked.require_client(of_client or own)
    position = await asked.position_of(VIEW)
    if own is not None and await is_flag_open(asked.cairn.store, asked.practice_id, own):
        # Whoever needs a person now reads nothing of goals here.
        nothing = SuggestionPage(items=[], next=None)
        return Response(nothing, headers=asked.headers_at(position))
    rows = await asked.cairn.views.suggestions(
        asked.practice_id,
        status=("released",) if own is not None else statuses(status),
        client_id=own or of_client,
        after=place.after,
        limit=limit,
    )
    following = next_after(rows, "suggestion_id", of=LIST, limit=limit)
    items: list[SuggestionAnswer | ReleasedAnswer] = []
    for row in rows:
        if own is None:
            items.append(draft(row))
        elif status in (None, "released"):
            items += released(row)
    return Response(SuggestionPage(items=items, next=following), headers=asked.headers_at(position))


@get(
    "/v1/suggestions/{suggestion_id:uuid}",
    **read(roles=READERS, tag=TAG, answers=SuggestionShown, conditional=True, of_record=True),
)
async def show_suggestion(
    suggestion_id: FromPath[UUID], asked: NamedDependency[Asked]
) -> Response[SuggestionShown]:
    """One suggestion, and the ETag that deciding it asks for. It comes from the log itself.

    A client sees what was released to them, and only the released words; nothing while a safety
    flag of theirs is open. An app sees the suggestions that one of its subscriptions tells.
    """
    reading = await reading_of(asked)
    position = await asked.position_of_log()
    kept = await read_state(
        asked.cairn.store,
        SUGGESTION,
        SUGGESTION.stream(asked.practice_id, suggestion_id),
        admit=reading.admit,
    )
    row = suggestion_of(kept.past)
    shown = None if row is None else await shown_to(asked, row)
    if shown is None:
        raise NotFound
    return Response(shown, headers=asked.headers_at(position, ETag=etag(kept.version)))


async def shown_to(asked: Asked, row: SuggestionRow) -> SuggestionShown | None:
    """A suggestion as who asks may see it; None where that is not at all."""
    match asked.principal.role:
        case "client":
            flagged = await is_flag_open(asked.cairn.store, asked.practice_id, row.client_id)
            return None if flagged else next(iter(released(row)), None)
        case "app":
            return told_to_app(row)
        case _:
            return draft(row)


async def change_suggestion(
    asked: Asked,
    suggestion_id: UUID,
    issued: SuggestionCommand,
    name: str,
    *content: object,
) -> Response[Receipt]:
    outcome = await change(
        asked,
        SUGGESTION,
        suggestion_id,
        issued,
        cause=asked.cause(name, suggestion_id, *content),
    )
    return receipt(asked, outcome, suggestion_id, etag=True)


@post(
    "/v1/suggestions/{suggestion_id:uuid}/accept",
    **command(
        roles=CLINICIAN, tag=TAG, conditional=True, example={"option": 0, "client_agreed": True}
    ),
)
async def accept_suggestion(
    suggestion_id: FromPath[UUID], data: JSONBody[Acceptation], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Accept a suggestion. A replan's option is revised in the same step, or nothing is."""
    try:
        outcome = await accept(
            asked.cairn.store,
            asked.practice_id,
            Acceptance(
                suggestion_id=suggestion_id,
                now=asked.now,
                option=data.option,
                client_agreed=data.client_agreed,
                reason=data.reason,
            ),
            cause=asked.cause("accept_suggestion", suggestion_id, data),
            expected=asked.expected,
            admit=asked.admit,
        )
    except VersionConflict:
        raise mismatch(asked) from None
    return receipt(asked, outcome, suggestion_id, etag=True)


@post(
    "/v1/suggestions/{suggestion_id:uuid}/edit",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={"sentences": ["The date we set has passed.", "Let us look at it together."]},
    ),
)
async def edit_suggestion(
    suggestion_id: FromPath[UUID], data: JSONBody[Edit], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Change the words or the options of a suggestion before deciding it."""
    issued = EditSuggestion(
        suggestion_id=suggestion_id,
        now=asked.now,
        sentences=data.sentences,
        options=data.options,
    )
    return await change_suggestion(asked, suggestion_id, issued, "edit_suggestion", data)


@post(
    "/v1/suggestions/{suggestion_id:uuid}/dismiss",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={"reason": "We talked about it already."},
    ),
)
async def dismiss_suggestion(
    suggestion_id: FromPath[UUID], data: JSONBody[Dismissal], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Dismiss a suggestion."""
    issued = DismissSuggestion(suggestion_id=suggestion_id, now=asked.now, reason=data.reason)
    return await change_suggestion(asked, suggestion_id, issued, "dismiss_suggestion", data)


@post(
    "/v1/suggestions/{suggestion_id:uuid}/release",
    **command(roles=CLINICIAN, tag=TAG, conditional=True),
)
async def release_suggestion(
    suggestion_id: FromPath[UUID],
    asked: NamedDependency[Asked],
    request: StrictRequest,
) -> Response[Receipt]:
    """Let the client read the sentences of a suggestion. A replan is accepted first."""
    await request.require_nothing_said()
    try:
        outcome = await release(
            asked.cairn.store,
            asked.practice_id,
            ReleaseSuggestion(suggestion_id=suggestion_id, now=asked.now),
            cause=asked.cause("release_suggestion", suggestion_id),
            expected=asked.expected,
            admit=asked.admit,
        )
    except VersionConflict:
        raise mismatch(asked) from None
    return receipt(asked, outcome, suggestion_id, etag=True)


handlers = (
    list_suggestions,
    show_suggestion,
    accept_suggestion,
    edit_suggestion,
    dismiss_suggestion,
    release_suggestion,
)

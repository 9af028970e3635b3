"""/v1/clients: enrolling people, the caseload, their details and their discharge."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import UNSET, UnsetType

from events.client import CLIENT, ChangeClientDetails, DischargeClient, EnrolClient
from events.practice import Practice, require_reviewed_lines
from events.practice_reading import read_practice
from events.store import Read
from events.text import Country, Language, Name, OptionalReason, ZoneName
from service.asked import Asked
from service.auth import RoleNotAllowed
from service.client_answers import ClientAnswer, client_answer
from service.commands import change, read_stream, receipt, start
from service.cursors import next_after, place_in
from service.goal_answers import etag
from service.operations import (
    CLINICIAN,
    PRACTICE_READERS,
    READERS,
    Receipt,
    command,
    read,
)
from service.pages import PAGE_SIZE, Cursor, Limit

TAG = "clients"
VIEW = "caseload"
LIST = "clients"


# Absent rather than null, so that what an earlier release was sent has the same content still.
MaybeCountry = Country | UnsetType


class NewClient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Someone to enrol. `zone` is an IANA time zone, `language` a tag such as en or de-CH.

    Left out, the language is the practice's. `country` is where they are, if it is not the
    practice's: crisis lines are those of a country.
    """

    display_name: Name
    zone: ZoneName
    language: Language | None = None
    id: UUID | None = None
    country: MaybeCountry = UNSET


def content_of(data: NewClient) -> NewClient:
    """What is asked for: to the first release, a language that was left out was en."""
    return msgspec.structs.replace(data, language=data.language or "en")


class ClientDetails(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    display_name: Name | None = None
    zone: ZoneName | None = None
    language: Language | None = None
    country: MaybeCountry = UNSET


class Discharge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: OptionalReason = ""


class ClientPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[ClientAnswer]
    next: str | None


@post(
    "/v1/clients",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        creates=True,
        example={"display_name": "Anna B.", "zone": "Europe/Zurich", "language": "de-CH"},
    ),
)
async def enrol_client(
    data: JSONBody[NewClient], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Enrol a client.

    The id may be chosen; sending the same again enrols nobody twice. A country of their own is one
    whose crisis lines somebody of the practice has looked over.
    """
    client_id = asked.new_id(data.id)
    choices = await read_practice(asked.cairn.store, asked.practice_id)
    stream = CLIENT.stream(asked.practice_id, client_id, client_id=client_id)
    country = data.country or None
    outcome = await start(
        asked,
        CLIENT,
        stream,
        EnrolClient(
            client_id=client_id,
            display_name=data.display_name,
            zone=data.zone,
            language=data.language or choices.language,
            country=None if data.country is UNSET else data.country,
        ),
        cause=asked.cause("enrol_client", content_of(data)),
        require=lambda: None if country is None else require_lines(choices, country),
    )
    return receipt(asked, outcome, client_id, status=201, location=f"/v1/clients/{client_id}")


def require_lines(choices: Practice, country: str) -> None:
    """Raises CrisisLinesNotReviewed; the practice's own country waits until somebody is on duty."""
    if country != choices.country:
        require_reviewed_lines(choices, country)


@get("/v1/clients", **read(roles=PRACTICE_READERS, tag=TAG, answers=ClientPage))
async def list_clients(
    asked: NamedDependency[Asked],
    attention: Annotated[
        bool | None,
        QueryParameter(description="true: those who wait for the clinician; false: the others."),
    ] = None,
    limit: Limit = PAGE_SIZE,
    cursor: Cursor = None,
) -> Response[ClientPage]:
    """The caseload, in pages.

    A row per client: open goals, the last entry, and what waits for the clinician.
    """
    if attention is not None and not asked.told_all:
        # Who is in the answer would tell what the answers leave out.
        raise RoleNotAllowed
    place = place_in(cursor, of=LIST)
    position = await asked.position_of(VIEW)
    rows = await asked.cairn.views.caseload(
        asked.practice_id, now=asked.now, attention=attention, after=place.after, limit=limit
    )
    page = ClientPage(
        items=[client_answer(row, told_all=asked.told_all) for row in rows],
        next=next_after(rows, "client_id", of=LIST, limit=limit),
    )
    return Response(page, headers=asked.headers_at(position))


@get(
    "/v1/clients/{client_id:uuid}",
    **read(roles=READERS, tag=TAG, answers=ClientAnswer, conditional=True),
)
async def show_client(
    client_id: FromPath[UUID], asked: NamedDependency[Asked]
) -> Response[ClientAnswer]:
    """One client at a glance, and the ETag that changing their details asks for."""
    await asked.require_client(client_id)
    position = await asked.position_of(VIEW)
    row = await asked.cairn.views.client(asked.practice_id, client_id, now=asked.now)
    if row is None:
        # Enrolled, but the view has not come to it: wait for what is already in the log.
        enrolled = await read_stream(asked, CLIENT, client_id)
        row = await asked.caught_up(
            VIEW,
            enrolled,
            lambda: asked.cairn.views.client(asked.practice_id, client_id, now=asked.now),
        )
        position = max(position, enrolled.past[-1].position)
    return Response(
        client_answer(row, told_all=asked.told_all),
        headers=asked.headers_at(position, ETag=etag(row.version)),
    )


@patch(
    "/v1/clients/{client_id:uuid}",
    **command(roles=CLINICIAN, tag=TAG, conditional=True, example={"zone": "Europe/London"}),
)
async def change_client_details(
    client_id: FromPath[UUID], data: JSONBody[ClientDetails], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Change a client's name, time zone, language or country; what is left out stays.

    A country of their own is one whose crisis lines somebody of the practice has looked over.
    """

    async def changing(_: Read) -> ChangeClientDetails:
        if data.country:
            require_lines(await read_practice(asked.cairn.store, asked.practice_id), data.country)
        return ChangeClientDetails(
            client_id=client_id,
            display_name=data.display_name,
            zone=data.zone,
            language=data.language,
            country=None if data.country is UNSET else data.country,
        )

    outcome = await change(
        asked,
        CLIENT,
        client_id,
        changing,
        cause=asked.cause("change_client_details", client_id, data),
    )
    return receipt(asked, outcome, client_id, etag=True)


@post(
    "/v1/clients/{client_id:uuid}/discharge",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={"reason": "Treatment ended as planned."},
    ),
)
async def discharge_client(
    client_id: FromPath[UUID], data: JSONBody[Discharge], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Discharge a client: no goal or session begins, and no goal goes on after that.

    What is recorded stays, and late entries are taken.
    """
    outcome = await change(
        asked,
        CLIENT,
        client_id,
        DischargeClient(client_id=client_id, reason=data.reason),
        cause=asked.cause("discharge_client", client_id, data),
    )
    return receipt(asked, outcome, client_id, etag=True)


handlers = (enrol_client, list_clients, show_client, change_client_details, discharge_client)

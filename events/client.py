"""A client: someone whose progress a practice records, with their own zone and language."""

from typing import Any, Literal, assert_never
from uuid import UUID

import msgspec

from events.aggregate import Aggregate
from events.moment import zone_named
from events.record import CLIENT_CATEGORY
from events.refusals import StateRefused
from events.text import Country, Language, Name, OptionalReason, ZoneName

# Facts. These names and fields are the storage format: add a field with a default, never rename
# or remove one.


class ClientFact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened to one client."""


class ClientEnrolled(ClientFact, frozen=True, kw_only=True, tag="client.enrolled.v1"):
    """`country` is where they are, if it is not their practice's (ISO 3166-1 alpha-2)."""

    client_id: UUID
    display_name: str
    zone: str
    language: str
    country: str | None = None


class ClientDetailsChanged(ClientFact, frozen=True, kw_only=True, tag="client.details_changed.v1"):
    """The details as they are from now on, changed or not."""

    client_id: UUID
    display_name: str
    zone: str
    language: str
    country: str | None = None


class ClientDischarged(ClientFact, frozen=True, kw_only=True, tag="client.discharged.v1"):
    client_id: UUID
    reason: str = ""


ClientEvent = ClientEnrolled | ClientDetailsChanged | ClientDischarged


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision needs to know of one client."""

    stage: Literal["unset", "enrolled", "discharged"] = "unset"
    display_name: str = ""
    zone: str = "UTC"
    language: str = "en"
    country: str | None = None


def evolve(client: Client, event: ClientEvent) -> Client:
    match event:
        case ClientEnrolled() | ClientDetailsChanged():
            return Client(
                stage="enrolled",
                display_name=event.display_name,
                zone=event.zone,
                language=event.language,
                country=event.country,
            )
        case ClientDischarged():
            return msgspec.structs.replace(client, stage="discharged")
        case _:
            assert_never(event)


class EnrolClient(msgspec.Struct, frozen=True, kw_only=True):
    client_id: UUID
    display_name: Name
    zone: ZoneName
    language: Language = "en"
    country: Country | None = None


class ChangeClientDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out (None) stays as it is."""

    client_id: UUID
    display_name: Name | None = None
    zone: ZoneName | None = None
    language: Language | None = None
    country: Country | None = None


class DischargeClient(msgspec.Struct, frozen=True, kw_only=True):
    client_id: UUID
    reason: OptionalReason = ""


ClientCommand = EnrolClient | ChangeClientDetails | DischargeClient


class ClientNotEnrolled(StateRefused):
    """This client is not enrolled, or was discharged: details and goals stay as they are."""


def require_enrolled(client: Client) -> None:
    """Raises ClientNotEnrolled."""
    if client.stage != "enrolled":
        raise ClientNotEnrolled


def decide(client: Client, command: ClientCommand) -> list[ClientEvent]:
    match command:
        case EnrolClient():
            return enrol_client(client, command)
        case ChangeClientDetails():
            return change_client_details(client, command)
        case DischargeClient():
            return discharge_client(client, command)
        case _:
            assert_never(command)


def enrol_client(client: Client, command: EnrolClient) -> list[ClientEvent]:
    if client.stage != "unset":
        return []
    zone_named(command.zone)
    return [
        ClientEnrolled(
            client_id=command.client_id,
            display_name=command.display_name,
            zone=command.zone,
            language=command.language,
            country=command.country,
        )
    ]


def change_client_details(client: Client, command: ChangeClientDetails) -> list[ClientEvent]:
    require_enrolled(client)
    changed = ClientDetailsChanged(
        client_id=command.client_id,
        display_name=command.display_name or client.display_name,
        zone=command.zone or client.zone,
        language=command.language or client.language,
        country=command.country or client.country,
    )
    zone_named(changed.zone)
    return [] if evolve(client, changed) == client else [changed]


def discharge_client(client: Client, command: DischargeClient) -> list[ClientEvent]:
    if client.stage == "discharged":
        return []
    require_enrolled(client)
    return [ClientDischarged(client_id=command.client_id, reason=command.reason)]


def pass_over(client: Client, recorded: Any) -> Client:
    """The client after an event that does not open: what its type says, and no more."""
    ended = client.stage == "discharged" or is_discharge(recorded)
    return msgspec.structs.replace(client, stage="discharged" if ended else "enrolled")


def is_discharge(recorded: Any) -> bool:
    """Whether an event of a client ends the treatment, also where it does not open."""
    type_: str = recorded.type
    return recorded.category == CLIENT.category and type_.startswith("client.discharged.")


CLIENT: Aggregate[Client, ClientCommand, ClientEvent] = Aggregate(
    category=CLIENT_CATEGORY, initial=Client(), evolve=evolve, decide=decide, pass_over=pass_over
)

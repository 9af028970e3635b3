"""A practice: where clinicians and clients work together, with its zone, country and language."""

from typing import assert_never
from uuid import UUID

import msgspec

from events.decider import Decider, StateRefused
from events.moment import zone_named
from events.text import Country, Language, Name, ZoneName

CATEGORY = "practice"

# Facts. These names and fields are the storage format: add a field with a default, never rename
# or remove one.


class PracticeFact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened to one practice."""


class PracticeOpened(PracticeFact, frozen=True, kw_only=True, tag="practice.opened.v1"):
    practice_id: UUID
    name: str
    zone: str
    country: str
    language: str


class PracticeSettingsChanged(
    PracticeFact, frozen=True, kw_only=True, tag="practice.settings_changed.v1"
):
    """The settings as they are from now on, changed or not."""

    practice_id: UUID
    name: str
    zone: str
    country: str
    language: str


PracticeEvent = PracticeOpened | PracticeSettingsChanged


class Practice(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision needs to know of one practice. `country` is ISO 3166-1 alpha-2."""

    opened: bool = False
    name: str = ""
    zone: str = "UTC"
    country: str = ""
    language: str = "en"


def evolve(practice: Practice, event: PracticeEvent) -> Practice:  # noqa: ARG001 - the shape
    match event:
        case PracticeOpened() | PracticeSettingsChanged():
            return Practice(
                opened=True,
                name=event.name,
                zone=event.zone,
                country=event.country,
                language=event.language,
            )
        case _:
            assert_never(event)


class OpenPractice(msgspec.Struct, frozen=True, kw_only=True):
    practice_id: UUID
    name: Name
    zone: ZoneName
    country: Country
    language: Language = "en"


class ChangePracticeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is left out (None) stays as it is."""

    practice_id: UUID
    name: Name | None = None
    zone: ZoneName | None = None
    country: Country | None = None
    language: Language | None = None


PracticeCommand = OpenPractice | ChangePracticeSettings


class PracticeNotOpened(StateRefused):
    """There is no practice of this id: add one with `cairn practice add`."""


def decide(practice: Practice, command: PracticeCommand) -> list[PracticeEvent]:
    match command:
        case OpenPractice():
            return open_practice(practice, command)
        case ChangePracticeSettings():
            return change_practice_settings(practice, command)
        case _:
            assert_never(command)


def open_practice(practice: Practice, command: OpenPractice) -> list[PracticeEvent]:
    if practice.opened:
        return []
    zone_named(command.zone)
    return [
        PracticeOpened(
            practice_id=command.practice_id,
            name=command.name,
            zone=command.zone,
            country=command.country,
            language=command.language,
        )
    ]


def change_practice_settings(
    practice: Practice, command: ChangePracticeSettings
) -> list[PracticeEvent]:
    if not practice.opened:
        raise PracticeNotOpened
    changed = PracticeSettingsChanged(
        practice_id=command.practice_id,
        name=command.name or practice.name,
        zone=command.zone or practice.zone,
        country=command.country or practice.country,
        language=command.language or practice.language,
    )
    zone_named(changed.zone)
    return [] if evolve(practice, changed) == practice else [changed]


decider: Decider[Practice, PracticeCommand, PracticeEvent] = Decider(
    initial=Practice(), evolve=evolve, decide=decide
)

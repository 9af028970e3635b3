"""A practice: where clinicians and clients work together, and how it has chosen to work.

What it has chosen: its zone, country and language; who is on duty for safety flags; the lines
people can turn to in a crisis; the numbers its scores are judged by; and what goes out by itself.
"""

from datetime import datetime
from typing import Annotated, assert_never
from uuid import UUID

import msgspec
from msgspec import Meta

from events import instruments
from events.aggregate import Aggregate
from events.crisis import country_lines, crisis_help
from events.duty import require_somebody_to_ask, require_staff
from events.moment import EARLIEST_YEAR, day_of, zone_named
from events.norm_soundness import require_sound_norms
from events.practice_choices import CrisisInformation, Duty, Norms, Tracking
from events.record import PRACTICE_CATEGORY
from events.refusals import StateRefused, ValueRefused, require_all
from events.text import Country, Language, Name, ZoneName
from events.two_clocks import PracticeClockCorrected

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


class PracticeDutySet(PracticeFact, frozen=True, kw_only=True, tag="practice.duty_set.v1"):
    """Who looks at safety flags from now on; with no people nobody does."""

    practice_id: UUID
    duty: Duty


class PracticeCrisisLinesSet(
    PracticeFact, frozen=True, kw_only=True, tag="practice.crisis_lines_set.v1"
):
    """The crisis lines of one country, in place of those that come with Cairn."""

    practice_id: UUID
    country: str
    information: CrisisInformation


class PracticeNormsSet(PracticeFact, frozen=True, kw_only=True, tag="practice.norms_set.v1"):
    """The numbers one instrument's scores are judged by from now on, earlier scores included."""

    practice_id: UUID
    instrument: str
    norms: Norms


class PracticeTrackingSet(PracticeFact, frozen=True, kw_only=True, tag="practice.tracking_set.v1"):
    practice_id: UUID
    tracking: Tracking


class PracticeReleaseSet(PracticeFact, frozen=True, kw_only=True, tag="practice.release_set.v1"):
    """Whether reframings of behaviour goals go to the client without a clinician's release."""

    practice_id: UUID
    automatic: bool


PracticeEvent = (
    PracticeOpened
    | PracticeSettingsChanged
    | PracticeDutySet
    | PracticeCrisisLinesSet
    | PracticeNormsSet
    | PracticeTrackingSet
    | PracticeReleaseSet
    | PracticeClockCorrected
)


class Practice(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision needs to know of one practice. `country` is ISO 3166-1 alpha-2.

    `crisis_lines` are by country, `norms` by the id of the instrument.
    """

    opened: bool = False
    name: str = ""
    zone: str = "UTC"
    country: str = ""
    language: str = "en"
    duty: Duty = Duty()
    crisis_lines: dict[str, CrisisInformation] = {}
    norms: dict[str, Norms] = {}
    tracking: Tracking = Tracking()
    automatic_release: bool = False

    @property
    def missing_allowed(self) -> dict[str, int]:
        """By instrument, of how many missing answers the practice's norms speak."""
        return {
            name: norms.missing_allowed
            for name, norms in self.norms.items()
            if norms.missing_allowed is not None
        }


change = msgspec.structs.replace


def evolve(practice: Practice, event: PracticeEvent) -> Practice:
    match event:
        case PracticeOpened() | PracticeSettingsChanged():
            return change(
                practice,
                opened=True,
                name=event.name,
                zone=event.zone,
                country=event.country,
                language=event.language,
            )
        case PracticeDutySet():
            return change(practice, duty=event.duty)
        case PracticeCrisisLinesSet():
            lines = {**practice.crisis_lines, event.country: event.information}
            return change(practice, crisis_lines=lines)
        case PracticeNormsSet():
            return change(practice, norms={**practice.norms, event.instrument: event.norms})
        case PracticeTrackingSet():
            return change(practice, tracking=event.tracking)
        case PracticeReleaseSet():
            return change(practice, automatic_release=event.automatic)
        case PracticeClockCorrected():
            return practice
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


class SetDuty(msgspec.Struct, frozen=True, kw_only=True):
    """`clients` are those of its subjects that are ids of the practice's clients.

    `open_flags` is how many safety flags of the practice are open.
    """

    practice_id: UUID
    duty: Duty
    clients: frozenset[str] = frozenset()
    open_flags: int = 0
    although_flags_are_open: bool = False


class SetCrisisLines(msgspec.Struct, frozen=True, kw_only=True):
    practice_id: UUID
    country: Country
    information: CrisisInformation
    now: datetime


class SetNorms(msgspec.Struct, frozen=True, kw_only=True):
    practice_id: UUID
    instrument: Annotated[str, Meta(min_length=1, max_length=40)]
    norms: Norms


class SetTracking(msgspec.Struct, frozen=True, kw_only=True):
    practice_id: UUID
    tracking: Tracking


class SetRelease(msgspec.Struct, frozen=True, kw_only=True):
    practice_id: UUID
    automatic: bool


PracticeCommand = (
    OpenPractice
    | ChangePracticeSettings
    | SetDuty
    | SetCrisisLines
    | SetNorms
    | SetTracking
    | SetRelease
)


class PracticeNotOpened(StateRefused):
    """There is no practice of this id: add one with `cairn practice add`."""


class CrisisLinesNotReviewed(StateRefused):
    """Nobody of the practice has looked over the crisis lines that clients would read: say first who has."""  # noqa: E501 - one sentence, read by people

    detail = (
        "Nobody of the practice has looked over the crisis lines of {country}, which clients would "
        "read: say first who has (PUT /v1/practice/crisis-lines/{country}, or `cairn practice "
        "crisis-lines {country}`)."
    )


class NoLinesToReview(ValueRefused):
    """No crisis line of this country comes with Cairn: say the lines that were looked over."""

    field = "lines"


class ReviewDayNotBelievable(ValueRefused):
    """The day of the review lies ahead, or before 1900: say when somebody looked."""

    field = "reviewed_on"


def decide(practice: Practice, command: PracticeCommand) -> list[PracticeEvent]:
    match command:
        case OpenPractice():
            return open_practice(practice, command)
        case ChangePracticeSettings():
            return change_practice_settings(practice, command)
        case SetDuty():
            return set_duty(practice, command)
        case SetCrisisLines():
            return set_crisis_lines(practice, command)
        case SetNorms():
            return set_norms(practice, command)
        case SetTracking():
            return unless_so(
                practice,
                PracticeTrackingSet(practice_id=command.practice_id, tracking=command.tracking),
            )
        case SetRelease():
            return unless_so(
                practice,
                PracticeReleaseSet(practice_id=command.practice_id, automatic=command.automatic),
            )
        case _:
            assert_never(command)


def unless_so(practice: Practice, event: PracticeEvent) -> list[PracticeEvent]:
    """The event, or nothing where it would change nothing."""
    if not practice.opened:
        raise PracticeNotOpened
    return [] if evolve(practice, event) == practice else [event]


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
    # Whoever answers while somebody is on duty reads lines that were looked over.
    if changed.country != practice.country and practice.duty.people:
        require_reviewed_lines(practice, changed.country)
    return unless_so(practice, changed)


def set_duty(practice: Practice, command: SetDuty) -> list[PracticeEvent]:
    require_staff(command.duty, clients=command.clients)
    said = unless_so(practice, PracticeDutySet(practice_id=command.practice_id, duty=command.duty))
    # A list that is there may change at any hour; one is begun once its clients can be told where
    # to turn, by somebody who has looked.
    if said and command.duty.people and not practice.duty.people:
        require_reviewed_lines(practice, practice.country)
    if not command.although_flags_are_open:
        require_somebody_to_ask(practice.duty, command.duty, open_flags=command.open_flags)
    return said


def require_reviewed_lines(practice: Practice, country: str) -> None:
    """Raises CrisisLinesNotReviewed where nobody has looked over what is read in that country."""
    found = crisis_help(country, practice.language, practice.crisis_lines)
    if found.reviewed_by is None:
        raise CrisisLinesNotReviewed(country=country)


def set_crisis_lines(practice: Practice, command: SetCrisisLines) -> list[PracticeEvent]:
    require_all(
        lambda: require_believable_review(practice, command),
        lambda: require_lines_to_review(command),
    )
    return unless_so(
        practice,
        PracticeCrisisLinesSet(
            practice_id=command.practice_id,
            country=command.country,
            information=command.information,
        ),
    )


def require_lines_to_review(command: SetCrisisLines) -> None:
    """Raises NoLinesToReview."""
    if not command.information.lines and command.country not in country_lines():
        raise NoLinesToReview


def require_believable_review(practice: Practice, command: SetCrisisLines) -> None:
    """Raises ReviewDayNotBelievable."""
    reviewed_on = command.information.reviewed_on
    if reviewed_on > day_of(command.now, practice.zone) or reviewed_on.year < EARLIEST_YEAR:
        raise ReviewDayNotBelievable


def set_norms(practice: Practice, command: SetNorms) -> list[PracticeEvent]:
    said = unless_so(
        practice,
        PracticeNormsSet(
            practice_id=command.practice_id, instrument=command.instrument, norms=command.norms
        ),
    )
    # What is so already was taken once, perhaps by an earlier release that asked less of it.
    if said:
        require_sound_norms(instruments.named(command.instrument), command.norms)
    return said


PRACTICE: Aggregate[Practice, PracticeCommand, PracticeEvent] = Aggregate(
    category=PRACTICE_CATEGORY,
    initial=Practice(),
    evolve=evolve,
    decide=decide,
    # Whom to ask about a flag is never lost with one choice: the choice before it holds on.
    pass_over=lambda practice, _: change(practice, opened=True),
)

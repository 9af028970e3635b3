"""/v1/practice: how the practice has chosen to work, and choosing otherwise."""

from datetime import date
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from litestar import Response, get, patch, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, PathParameter

from events import instruments
from events.aggregate import Stream
from events.practice import (
    PRACTICE,
    ChangePracticeSettings,
    Practice,
    PracticeCommand,
    SetCrisisLines,
    SetDuty,
    SetNorms,
    SetRelease,
    SetTracking,
)
from events.practice_choices import (
    AcknowledgeMinutes,
    CrisisInformation,
    CrisisLines,
    Duty,
    DutyPeople,
    Norms,
    Tracking,
)
from events.refusals import NotFound
from events.store import read_state
from events.text import Country, Language, Name, ZoneName
from events.transact import Prepare
from service.asked import Asked
from service.commands import change, receipt
from service.duty import with_what_is_on_record
from service.goal_answers import etag
from service.operations import CLINICIAN, READERS, Receipt, command, read
from service.problems import ParameterRefused

TAG = "practice"


class NewSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the practice is called, its time zone, its country (ISO 3166-1) and its language."""

    name: Name | None = None
    zone: ZoneName | None = None
    country: Country | None = None
    language: Language | None = None


class NewDuty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who looks at safety flags, the first to be asked first; with no people nobody does.

    `subject` is that of the person's token. Somebody has `acknowledge_minutes` to acknowledge a
    flag before the next one is asked. While safety flags are open, a list without people is taken
    only with `although_flags_are_open`: nobody is asked about those flags then.
    """

    LATER: ClassVar = ("although_flags_are_open",)

    people: DutyPeople
    queue: Name = "duty"
    acknowledge_minutes: AcknowledgeMinutes = 30
    although_flags_are_open: bool = False


class NewCrisisInformation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The lines of a country, who has looked over them, and on which day.

    Without lines the review is of those that come with Cairn. The emergency number is shown below
    the practice's own lines, unless `with_emergency` is false.
    """

    LATER: ClassVar = ("with_emergency",)

    lines: CrisisLines
    reviewed_on: date
    reviewed_by: Name
    with_emergency: bool = True


class NewRelease(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the neutral reframings of behaviour goals go to the client by themselves.

    Never those of symptom goals, and none while a safety flag of the client is open.
    """

    automatic: bool


class PracticeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A practice. Clients and apps are told the first five; the rest is for its clinicians.

    `safety_flags_are_seen` says whether somebody is on duty: where nobody is, no form is taken that
    asks about suicide, and PHQ-8 takes the place of PHQ-9. `norms` are by the id of the instrument,
    `crisis_lines` by country.
    """

    id: UUID
    name: str
    country: str
    language: str
    safety_flags_are_seen: bool
    zone: str | msgspec.UnsetType = msgspec.UNSET
    duty: Duty | msgspec.UnsetType = msgspec.UNSET
    crisis_lines: dict[str, CrisisInformation] | msgspec.UnsetType = msgspec.UNSET
    norms: dict[str, Norms] | msgspec.UnsetType = msgspec.UNSET
    tracking: Tracking | msgspec.UnsetType = msgspec.UNSET
    automatic_release: bool | msgspec.UnsetType = msgspec.UNSET


def stream_of(practice_id: UUID) -> Stream:
    return PRACTICE.stream(practice_id, practice_id)


def practice_answer(state: Practice, asked: Asked) -> PracticeAnswer:
    answer = PracticeAnswer(
        id=asked.practice_id,
        name=state.name,
        country=state.country,
        language=state.language,
        safety_flags_are_seen=bool(state.duty.people),
    )
    if not asked.told_all:
        return answer
    return msgspec.structs.replace(
        answer,
        zone=state.zone,
        duty=state.duty,
        crisis_lines=state.crisis_lines,
        norms=state.norms,
        tracking=state.tracking,
        automatic_release=state.automatic_release,
    )


@get(
    "/v1/practice",
    **read(roles=READERS, tag=TAG, answers=PracticeAnswer, conditional=True),
)
async def show_practice(asked: NamedDependency[Asked]) -> Response[PracticeAnswer]:
    """The practice and its settings, as they are this moment."""
    kept = await read_state(asked.cairn.store, PRACTICE, stream_of(asked.practice_id))
    if not kept.past:
        raise NotFound
    return Response(
        practice_answer(kept.state, asked),
        headers=asked.headers_at(kept.past[-1].position, ETag=etag(kept.version)),
    )


@patch(
    "/v1/practice",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={"zone": "Europe/Zurich", "language": "en"},
    ),
)
async def change_practice_settings(
    data: JSONBody[NewSettings], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Change what the practice is called, its zone, country or language; what is left out stays.

    Clients keep the zone, the country and the language that they have of their own.
    """
    wanted = ChangePracticeSettings(
        practice_id=asked.practice_id,
        name=data.name,
        zone=data.zone,
        country=data.country,
        language=data.language,
    )
    return await changed(asked, wanted, "change_practice_settings", data)


@put(
    "/v1/practice/duty",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={
            "people": [
                {"subject": "anna", "name": "Anna Keller"},
                {"subject": "dr-elm", "name": "Dr Elm"},
            ],
            "acknowledge_minutes": 30,
        },
    ),
)
async def set_duty(data: JSONBody[NewDuty], asked: NamedDependency[Asked]) -> Response[Receipt]:
    """Say who looks at safety flags, in the order in which they are asked.

    They are clinicians, by the subjects of their tokens; a client of the practice is refused. It
    replaces the list as a whole, also for flags that are already open: the next to be asked is on
    the new list. While safety flags are open, nobody is taken off as the last one unless the body
    says that this is meant (`although_flags_are_open`).
    """
    wanted = SetDuty(
        practice_id=asked.practice_id,
        duty=Duty(
            queue=data.queue, people=data.people, acknowledge_minutes=data.acknowledge_minutes
        ),
        although_flags_are_open=data.although_flags_are_open,
    )
    return await changed(asked, with_what_is_on_record(asked.cairn, wanted), "set_duty", data)


@put(
    "/v1/practice/crisis-lines/{country:str}",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={
            "lines": [{"name": "Die Dargebotene Hand", "reach": "143", "hours": "day and night"}],
            "reviewed_on": "2026-11-02",
            "reviewed_by": "Anna Keller",
        },
    ),
)
async def set_crisis_lines(
    country: Annotated[
        Country, PathParameter(description="Two capital letters (ISO 3166-1), such as CH.")
    ],
    data: JSONBody[NewCrisisInformation],
    asked: NamedDependency[Asked],
) -> Response[Receipt]:
    """Say where somebody in a crisis reaches a person, in one country.

    Somebody has called these numbers and says so, with a name and a day. They take the place of
    the lines that come with Cairn, whose emergency number stays unless `with_emergency` is false.
    With no lines it says that somebody has looked over those that come with Cairn.
    """
    wanted = SetCrisisLines(
        practice_id=asked.practice_id,
        country=country_named(country),
        information=CrisisInformation(
            lines=data.lines,
            reviewed_on=data.reviewed_on,
            reviewed_by=data.reviewed_by,
            with_emergency=data.with_emergency,
        ),
        now=asked.now,
    )
    return await changed(asked, wanted, "set_crisis_lines", country, data)


def country_named(text: str) -> str:
    """Raises ParameterRefused."""
    try:
        return msgspec.convert(text, Country)
    except msgspec.ValidationError:
        raise ParameterRefused(
            "country", "Expected two capital letters (ISO 3166-1), such as CH."
        ) from None


@put(
    "/v1/practice/norms/{instrument:str}",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={
            "standard_deviation": 9.93,
            "reliability": 0.93,
            "reliability_kind": "test_retest",
            "cut_off": 14,
            "source": "Our own clients of 2024 and 2025, n = 212; see the folder Quality.",
        },
    ),
)
async def set_norms(
    instrument: Annotated[
        str, PathParameter(description="The id of an instrument: phq9, gad7, bdi2.")
    ],
    data: JSONBody[Norms],
    asked: NamedDependency[Asked],
) -> Response[Receipt]:
    """Say by which numbers the scores of an instrument are judged.

    What is left out is as the instrument's own data have it. Refused are numbers that can not hold
    together with those: a remission on the clinical side of the cut-off, an error by which any
    change would be reliable, or none, bands that do not cover the range. Scores that were recorded
    earlier are judged anew; targets that were set, and prorated values, stay as they are.
    """
    if instrument not in instruments.known():
        raise NotFound
    wanted = SetNorms(practice_id=asked.practice_id, instrument=instrument, norms=data)
    return await changed(asked, wanted, "set_norms", instrument, data)


@put(
    "/v1/practice/tracking",
    **command(
        roles=CLINICIAN,
        tag=TAG,
        conditional=True,
        example={
            "sessions_without_change": 6,
            "weeks_without_change": 8,
            "assessments_not_recorded": 2,
        },
    ),
)
async def set_tracking(
    data: JSONBody[Tracking], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Say after how long without change the clinician is asked to look; left out: 6, 8 and 2."""
    wanted = SetTracking(practice_id=asked.practice_id, tracking=data)
    return await changed(asked, wanted, "set_tracking", data)


@put(
    "/v1/practice/release",
    **command(roles=CLINICIAN, tag=TAG, conditional=True, example={"automatic": True}),
)
async def set_release(
    data: JSONBody[NewRelease], asked: NamedDependency[Asked]
) -> Response[Receipt]:
    """Choose whether reframings of behaviour goals go to the client by themselves."""
    wanted = SetRelease(practice_id=asked.practice_id, automatic=data.automatic)
    return await changed(asked, wanted, "set_release", data)


async def changed(
    asked: Asked, wanted: PracticeCommand | Prepare[SetDuty], name: str, *content: Any
) -> Response[Receipt]:
    """Issue a command to the practice that asks."""
    outcome = await change(
        asked,
        PRACTICE,
        asked.practice_id,
        wanted,
        cause=asked.cause(name, *content),
    )
    return receipt(asked, outcome, asked.practice_id, etag=True)


handlers = (
    show_practice,
    change_practice_settings,
    set_duty,
    set_crisis_lines,
    set_norms,
    set_tracking,
    set_release,
)

"""What a practice can choose: who is on duty, crisis lines, the numbers it judges scores by."""

from datetime import date
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from events.text import SAYS_SOMETHING, Name, Reason

Subject = Annotated[str, Meta(min_length=1, max_length=100, pattern=SAYS_SOMETHING)]
# Stored settings are decoded within these limits, too: widen them if need be, never narrow them.
AcknowledgeMinutes = Annotated[int, Meta(ge=1, le=1440)]


class DutyPerson(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who looks at safety flags: the subject of their token, and what they are called."""

    subject: Subject
    name: Name


DutyPeople = Annotated[tuple[DutyPerson, ...], Meta(max_length=20)]


class Duty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who looks at safety flags, the first to be asked first.

    `queue` is what the list is called, `acknowledge_minutes` how long somebody has to acknowledge
    a flag before the next one is asked. With no people nobody is on duty.
    """

    queue: Name = "duty"
    people: DutyPeople = ()
    acknowledge_minutes: AcknowledgeMinutes = 30


class CrisisLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where somebody in a crisis reaches a person: its name, a number or address, and when."""

    name: Name
    reach: Annotated[str, Meta(min_length=1, max_length=200, pattern=SAYS_SOMETHING)]
    hours: Annotated[str, Meta(max_length=200)] = ""


CrisisLines = Annotated[tuple[CrisisLine, ...], Meta(max_length=10)]


class CrisisInformation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The lines of one country, who looked over them, and on which day.

    Without lines of its own the practice has looked over those that come with Cairn. The emergency
    number is shown below its own lines, unless `with_emergency` is false.
    """

    lines: CrisisLines
    reviewed_on: date
    reviewed_by: Name
    with_emergency: bool = True


# How a reliability was found: the same people twice, or the items of one form with each other
# (Cronbach's alpha). An alpha knows nothing of how scores waver from week to week.
ReliabilityKind = Literal["test_retest", "internal_consistency"]


# A name for programs; Python's $ also matches before a last line break.
BAND_ID = r"^[a-z][a-z0-9_]*$(?!\n)"
BandId = Annotated[str, Meta(max_length=40, pattern=BAND_ID)]
Points = Annotated[float, Meta(ge=-1000, le=1000)]


class Band(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A range of totals that has a name; both ends belong to it."""

    id: BandId
    name: Name
    minimum: Points
    maximum: Points


Bands = Annotated[tuple[Band, ...], Meta(min_length=1, max_length=12)]


class NoticedChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The smallest change that people notice themselves, from a moderate baseline.

    It is smaller than the reliable change, and says nothing about measurement error.
    """

    points: Annotated[float, Meta(gt=0, le=1000)]
    percent: Annotated[float, Meta(gt=0, le=100)] | None = None


class Norms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The numbers by which a practice judges an instrument's scores, in its points.

    What is left out (None) is as the instrument's own data say. `standard_deviation` is that of
    the population scores are compared with, `reliability` a coefficient from 0 to 1,
    `reliability_kind` how it was found (None: not said), `reliable_change` points where a fixed
    number is used instead of the two, `cut_off` the score from which (towards illness) somebody
    counts as a case, `response_percent` the fall from the baseline that is called a response, and
    `remission` the score from which (towards health) one speaks of remission. `bands` take the
    place of the instrument's all together, the lowest first. With at most `missing_allowed` answers
    missing a prorated value is told of the forms recorded from then on. `source` says where they
    come from.
    """

    # What the first release did not have, for events.record.digest.
    LATER: ClassVar = ("reliability_kind", "bands", "noticed_change", "missing_allowed")

    source: Reason
    standard_deviation: Annotated[float, Meta(gt=0, le=1000)] | None = None
    reliability: Annotated[float, Meta(ge=0, lt=1)] | None = None
    reliable_change: Annotated[float, Meta(gt=0, le=1000)] | None = None
    cut_off: Annotated[float, Meta(ge=-1000, le=1000)] | None = None
    response_percent: Annotated[float, Meta(gt=0, le=100)] | None = None
    remission: Annotated[float, Meta(ge=-1000, le=1000)] | None = None
    reliability_kind: ReliabilityKind | None = None
    bands: Bands | None = None
    noticed_change: NoticedChange | None = None
    missing_allowed: Annotated[int, Meta(ge=0, le=100)] | None = None


class Tracking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the clinician is asked to look: a client's scores have not moved for so long.

    Without a reliable improvement after `sessions_without_change` sessions held or
    `weeks_without_change` weeks, or with so many planned assessments in a row not recorded.
    """

    sessions_without_change: Annotated[int, Meta(ge=1, le=100)] = 6
    weeks_without_change: Annotated[int, Meta(ge=1, le=260)] = 8
    assessments_not_recorded: Annotated[int, Meta(ge=1, le=50)] = 2

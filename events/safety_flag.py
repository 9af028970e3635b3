"""A client's safety flags: answers about death or self-harm that wait for a person.

A form that endorses its safety item raises a flag, whatever its total, because the item speaks for
itself: of 84,418 outpatients, 4% of those who had answered item 9 of the PHQ-9 with "nearly every
day" attempted suicide within a year, 0.4% of those with "not at all" (Simon et al. 2013,
10.1176/appi.ps.201200587). What a flag does not say counts as much: 71.6% of suicides had answered
"not at all" (Louzon et al. 2016, 10.1176/appi.ps.201500149). So a flag is never graded, nothing is
called safe, and no later answer takes a flag back: a clinician closes it.

All flags of a client are one short stream, so that whether one is open is known from the log.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final, assert_never
from uuid import UUID, uuid5

import msgspec

from events.ids import DerivedIds, public_id
from events.record import SAFETY_FLAG_CATEGORY

# Facts. These names and fields are the storage format: add a field with a default, never rename
# or remove one.


class SafetyFlagFact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """Something that happened to one safety flag."""

    flag_id: UUID


class SafetyFlagRaised(SafetyFlagFact, frozen=True, kw_only=True, tag="safety_flag.raised.v1"):
    """A form endorsed its safety item: `item` counts from 1, `answer` is what was answered.

    `queue` is whose list it stands on, `to` who was asked (their subjects; none where nobody was
    on duty), and `acknowledge_by` when the next one is. It was raised `afterwards` where the form
    lay in the log without a flag, and somebody had such forms looked for.
    """

    client_id: UUID
    assessment_id: UUID
    instrument: str
    item: int
    answer: int
    queue: str
    to: tuple[str, ...]
    acknowledge_by: datetime | None = None
    afterwards: bool = False


class SafetyFlagRaisedUnfiled(
    SafetyFlagFact, frozen=True, kw_only=True, tag="safety_flag.raised_unfiled.v1"
):
    """A form that endorsed its safety item could not be filed; this is what could be read of it.

    `instrument` is `unknown` where the form names none, and `item` is 0 where nobody knows which.
    `form_id` is the id that was chosen for the form, if any was, `why` the refusal's name,
    `sent_at` when the form came. `queue`, `to` and `acknowledge_by` are as of a filed form.
    """

    client_id: UUID
    instrument: str
    item: int
    answer: int
    why: str
    sent_at: datetime
    queue: str
    to: tuple[str, ...]
    form_id: UUID | None = None
    acknowledge_by: datetime | None = None


class SafetyFlagSentAgain(
    SafetyFlagFact, frozen=True, kw_only=True, tag="safety_flag.sent_again.v1"
):
    """A form that could not be filed was sent again while its flag was open, and refused again.

    `item` and `answer` are what it endorsed this time. A release before these kept neither.
    """

    why: str
    sent_at: datetime
    item: int | None = None
    answer: int | None = None


class SafetyFlagAcknowledged(
    SafetyFlagFact, frozen=True, kw_only=True, tag="safety_flag.acknowledged.v1"
):
    """A clinician has seen it and takes care of it."""


class SafetyFlagEscalated(
    SafetyFlagFact, frozen=True, kw_only=True, tag="safety_flag.escalated.v1"
):
    """Nobody had acknowledged it: the next one is asked. `rung` is their place, from 0."""

    rung: int
    to: tuple[str, ...]
    acknowledge_by: datetime


class SafetyFlagActedOn(SafetyFlagFact, frozen=True, kw_only=True, tag="safety_flag.acted_on.v1"):
    """What a clinician has done about it, in their words."""

    action: str


class SafetyFlagClosed(SafetyFlagFact, frozen=True, kw_only=True, tag="safety_flag.closed.v1"):
    """A clinician has closed it, and says why, and what came of it."""

    reason: str
    outcome: str


# What raises a flag, by type: in clear, so that one that does not open is known as well.
RAISING: Final = frozenset({"safety_flag.raised.v1", "safety_flag.raised_unfiled.v1"})
SafetyFlagEvent = (
    SafetyFlagRaised
    | SafetyFlagRaisedUnfiled
    | SafetyFlagSentAgain
    | SafetyFlagAcknowledged
    | SafetyFlagEscalated
    | SafetyFlagActedOn
    | SafetyFlagClosed
)


class SafetyFlag(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision needs to know of one flag.

    `everybody_asked` are all who were asked so far. `asked` was asked last, until
    `acknowledge_by`; `pages` counts how often anybody was, `again` how often somebody was who had
    been asked before, since the last who was new. `action` is the last that was recorded; `closing`
    the reason and the outcome it was closed with. `assessment_id` is the form that has raised it.
    Of a form that could not be filed it is None; then `unfiled` is the form's instrument, `form_id`
    the id that was chosen for the form, `answer` the highest it endorsed, `sent` how often it came,
    the last time `sent_at`.
    `unnamed` is a flag whose raising does not open, so that nobody knows its own id.
    """

    assessment_id: UUID | None = None
    unfiled: str | None = None
    form_id: UUID | None = None
    answer: int = 0
    sent: int = 1
    sent_at: datetime | None = None
    acknowledged: bool = False
    everybody_asked: frozenset[str] = frozenset()
    asked: str | None = None
    acknowledge_by: datetime | None = None
    pages: int = 0
    again: int = 0
    action: str | None = None
    closing: tuple[str, str] | None = None
    unnamed: bool = False

    @property
    def is_open(self) -> bool:
        return self.closing is None


class SafetyFlags(msgspec.Struct, frozen=True, kw_only=True):
    """All flags of one client by their ids, in the order in which they were raised."""

    flags: dict[UUID, SafetyFlag] = {}

    @property
    def open_ids(self) -> tuple[UUID, ...]:
        return tuple(flag_id for flag_id, flag in self.flags.items() if flag.is_open)

    def of_form(self, assessment_id: UUID) -> tuple[SafetyFlag, ...]:
        """The flags that a form and its corrections have raised, the newest last."""
        return tuple(flag for flag in self.flags.values() if flag.assessment_id == assessment_id)


change = msgspec.structs.replace


def evolve(flags: SafetyFlags, event: SafetyFlagEvent) -> SafetyFlags:
    known = dict(flags.flags)
    flag = known.get(event.flag_id, SafetyFlag())
    unnamed = (one_id for one_id, one in known.items() if one.unnamed)
    unnamed_id = named_by(event, known=known, unnamed=unnamed)
    if unnamed_id is not None:
        flag = change(known.pop(unnamed_id), unnamed=False)
    known[event.flag_id] = evolve_flag(flag, event)
    return SafetyFlags(flags=known)


def pass_over(flags: SafetyFlags, recorded: Any) -> SafetyFlags:
    """The flags after an event that does not open, as the log has it.

    One that raises a flag stays a flag, which waits for a person under an id that is computed from
    its place. Anything else changes nothing: what nobody can read closes no flag.
    """
    if recorded.type not in RAISING:
        return flags
    flag_id = unnamed_flag_id(recorded.practice_id, recorded.position)
    return SafetyFlags(flags={**flags.flags, flag_id: SafetyFlag(unnamed=True)})


def unnamed_flag_id(practice_id: UUID, position: int) -> UUID:
    """What a flag is called whose raising, at a position of the log, does not open."""
    return public_id("unnamed flag", practice_id.bytes, position.to_bytes(16, "big"))


def named_by(
    event: SafetyFlagEvent, *, known: Collection[UUID], unnamed: Iterable[UUID]
) -> UUID | None:
    """The unnamed flag of a client that an event gives its own id to; None where there is none.

    An event about a flag that nobody has seen raised is about one whose raising does not open: the
    first of them. Which of them it is can not be known, but how many wait is right.
    """
    if isinstance(event, SafetyFlagRaised | SafetyFlagRaisedUnfiled) or event.flag_id in known:
        return None
    return next(iter(unnamed), None)


def evolve_flag(flag: SafetyFlag, event: SafetyFlagEvent) -> SafetyFlag:
    match event:
        case SafetyFlagRaised():
            raised = SafetyFlag(assessment_id=event.assessment_id)
            return asked_next(raised, event.to, event.acknowledge_by)
        case SafetyFlagRaisedUnfiled():
            raised = SafetyFlag(
                unfiled=event.instrument,
                form_id=event.form_id,
                answer=event.answer,
                sent_at=event.sent_at,
            )
            return asked_next(raised, event.to, event.acknowledge_by)
        case SafetyFlagSentAgain():
            return sent_again(flag, event)
        case SafetyFlagEscalated():
            return asked_next(flag, event.to, event.acknowledge_by)
        case SafetyFlagAcknowledged():
            return change(flag, acknowledged=True)
        case SafetyFlagActedOn():
            return change(flag, action=event.action)
        case SafetyFlagClosed():
            return change(flag, closing=(event.reason, event.outcome))
        case _:
            assert_never(event)


def sent_again(flag: SafetyFlag, event: SafetyFlagSentAgain) -> SafetyFlag:
    """A higher answer than before is a new one: nobody has seen it yet."""
    said = event.answer or 0
    return change(
        flag,
        sent=flag.sent + 1,
        sent_at=event.sent_at,
        answer=max(flag.answer, said),
        acknowledged=flag.acknowledged and said <= flag.answer,
    )


def asked_next(
    flag: SafetyFlag, to: tuple[str, ...], acknowledge_by: datetime | None
) -> SafetyFlag:
    if not to:
        return flag
    return change(
        flag,
        everybody_asked=flag.everybody_asked | set(to),
        asked=to[-1],
        acknowledge_by=acknowledge_by,
        pages=flag.pages + 1,
        again=flag.again + 1 if to[-1] in flag.everybody_asked else 0,
    )


def stream_ids(ids: DerivedIds, client_id: UUID) -> tuple[UUID, UUID]:
    """The one stream of all of a client's flags, and what its id was before UUIDv8."""
    return ids.of("safety_flags", client_id), uuid5(client_id, SAFETY_FLAG_CATEGORY)


def unfiled_flag_id(
    ids: DerivedIds, flags: SafetyFlags, client_id: UUID, instrument: str, form_id: UUID | None
) -> UUID:
    """The flag of a form that could not be filed: one for each client, instrument and form id.

    That holds while the flag is open. What comes after a clinician has closed it is another flag:
    nobody would look at the closed one again. Forms without a chosen id share one.
    """
    of_form = [
        (flag_id, flag)
        for flag_id, flag in flags.flags.items()
        if flag.unfiled == instrument and flag.form_id == form_id
    ]
    is_open = next((flag_id for flag_id, flag in of_form if flag.is_open), None)
    return is_open or ids.of("unfiled_form", client_id, instrument, form_id or "", len(of_form))


def flag_ids(ids: DerivedIds, assessment_id: UUID, version: int) -> tuple[UUID, UUID]:
    """The flag that the form at a version of an assessment's stream raises, and its former id."""
    former = uuid5(assessment_id, f"{SAFETY_FLAG_CATEGORY} {version}")
    return ids.of("safety_flag", assessment_id, version), former

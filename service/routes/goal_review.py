"""/v1/goals/review: what a SMART review asks about a goal, before it is set or afterwards."""

from contextlib import suppress
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from events import instruments
from events.client import CLIENT
from events.goal_commands import Rating0To10, ReviewRhythm
from events.goal_decisions import GOAL
from events.goal_soundness import require_sound_goal
from events.measure import Measure, RelativeFrequency, Score
from events.measure_soundness import (
    BandReachedAlready,
    require_band_value,
    require_baseline,
    require_fits_the_time,
    require_sound_numbers,
    resolved,
)
from events.moment import day_of, zone_named
from events.practice import Practice
from events.practice_reading import read_practice
from events.refusals import Refusals, require_all, require_first
from events.template_library import require_offered
from events.templates import (
    Draft,
    Number,
    Template,
    Until,
    drafted,
    label_in,
    missing_parameters,
    require_sendable,
)
from events.templates.soundness import examples
from events.text import Statement, ZoneName
from projections.smart_review import Finding, OpenMeasure, OpenParameter, OpenScore, Parts
from service.asked import Asked
from service.bodies import BodyInvalid
from service.commands import read_stream
from service.faults import Fault
from service.next_session import DeadlineNotOne, deadline_of
from service.operations import CLINICIAN, Operation, read
from service.reviewing import Subject, instrument_of, open_measure, parts_of_goal, reviewed
from service.routes.goal_bodies import REVIEW_EVERY_DAYS, Parameters, TemplateId
from service.routes.goal_examples import REVIEWS
from service.template_answers import read_library

TAG = "goals"
VIEW = "goal_status"


class OpenGoal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A goal, or as much of one as there is so far. With `client_id` their record is looked at."""

    client_id: UUID | None = None
    statement: Statement | None = None
    measure: OpenMeasure | None = None
    achievability: Rating0To10 | None = None
    why: Statement | None = None
    due_on: date | None = None
    by_next_session: bool = False
    starts_on: date | None = None
    zone: ZoneName | None = None
    review_every_days: ReviewRhythm | None = None
    template: TemplateId | None = None
    parameters: Parameters = {}


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked about a goal, in the order of the letters.

    `settable` says that no part is missing: whatever else is asked, the goal may be set.
    """

    settable: bool
    findings: tuple[Finding, ...]


class Whose(msgspec.Struct, frozen=True, kw_only=True):
    """Whose calendar and language a goal goes by: the client's, else the practice's."""

    practice: Practice
    zone: str
    language: str


@post(
    "/v1/goals/review",
    status_code=200,
    opt={
        "operation": Operation(
            roles=CLINICIAN, tag=TAG, answers=Review, positioned=True, examples=REVIEWS
        )
    },
)
async def review_goal(data: JSONBody[OpenGoal], asked: NamedDependency[Asked]) -> Response[Review]:
    """Review a goal that is not set yet, or parts of one; nothing is recorded.

    What could not be set whatever its other parts are is refused here as well.
    """
    whose = await whose_goal(asked, data)
    position = await asked.position_of(VIEW)
    parts = await parts_of(asked, data, whose)
    subject = Subject(
        practice_id=asked.practice_id,
        practice=whose.practice,
        now=asked.now,
        client_id=data.client_id,
    )
    findings = await reviewed(asked.cairn, subject, parts)
    return answered(findings, position, asked)


@get("/v1/goals/{goal_id:uuid}/review", **read(roles=CLINICIAN, tag=TAG, answers=Review))
async def show_goal_review(
    goal_id: FromPath[UUID], asked: NamedDependency[Asked]
) -> Response[Review]:
    """What is asked about a goal that is set, with what the record knows by now."""
    position = await asked.position_of(VIEW)
    row = await asked.cairn.views.goal(asked.practice_id, goal_id)
    if row is None:
        aimed = await read_stream(asked, GOAL, goal_id)
        row = await asked.caught_up(
            VIEW, aimed, lambda: asked.cairn.views.goal(asked.practice_id, goal_id)
        )
        position = max(position, aimed.past[-1].position)
    subject = Subject(
        practice_id=asked.practice_id,
        practice=await read_practice(asked.cairn.store, asked.practice_id),
        now=asked.now,
        client_id=row.client_id,
        goal_id=goal_id,
    )
    findings = await reviewed(asked.cairn, subject, parts_of_goal(row, now=subject.now))
    return answered(findings, position, asked)


def answered(findings: tuple[Finding, ...], position: int, asked: Asked) -> Response[Review]:
    review = Review(settable=not any(one.blocks for one in findings), findings=findings)
    return Response(review, headers=asked.headers_at(position))


async def whose_goal(asked: Asked, data: OpenGoal) -> Whose:
    """Raises NotFound for a client who is not of this practice."""
    practice = await read_practice(asked.cairn.store, asked.practice_id)
    zone, language = practice.zone, practice.language
    if data.client_id is not None:
        enrolled = await read_stream(asked, CLIENT, data.client_id)
        zone, language = enrolled.state.zone, enrolled.state.language
    return Whose(practice=practice, zone=data.zone or zone, language=language)


async def parts_of(asked: Asked, data: OpenGoal, whose: Whose) -> Parts:
    """The parts there are, with what a template adds.

    Raises what refuses them when they are set, all that can be told: a deadline in the past, a
    target that does not lead to health, a parameter out of its range.
    """
    refusals = Refusals()
    template: Template | None = None
    draft: Draft | None = None
    refusals.ask(lambda: zone_named(whose.zone))
    with refusals:
        template, draft = await from_template(asked, data, whose)
    by_next_session = data.by_next_session or (
        data.due_on is None and template is not None and template.by_next_session
    )
    starts_on, due_on = data.starts_on or (draft.starts_on if draft else None), data.due_on
    with refusals:
        if by_next_session:
            due_on = None
            due_on = await session_day(asked, data, whose)
        elif due_on is None and draft is not None:
            due_on = draft.due_on
    missing: tuple[Number, ...] = ()
    if template is not None:
        missing = missing_parameters(template, data.parameters, due_on=data.due_on)
    measure = data.measure
    if measure is None and draft is not None and not missing:
        measure = open_measure(draft.measure)
    judged = partial(sound, measure, whose.practice)
    refusals.ask(
        lambda: require_sound_goal(
            now=asked.now,
            zone=whose.zone,
            starts_on=starts_on,
            due_on=due_on,
            begins_today=starts_on is None and data.template is None,
            judge=judged,
        )
    )
    refusals.refuse()
    starts_on = starts_on or day_of(asked.now, whose.zone)
    return Parts(
        statement=data.statement or (draft.statement if draft else None),
        measure=judged(starts_on, due_on),
        achievability=data.achievability,
        why=data.why,
        starts_on=starts_on,
        due_on=due_on,
        by_next_session=by_next_session,
        client_named=data.client_id is not None,
        review_every_days=rhythm(data, template),
        template=data.template,
        template_why="" if template is None else template.wording_in(whose.language)[1].why,
        open_parameters=tuple(
            open_parameter(one, draft, language=whose.practice.language) for one in missing
        ),
        baseline_given=data.measure is None and draft is not None and draft.baseline_given,
    )


def open_parameter(parameter: Number, draft: Draft | None, *, language: str) -> OpenParameter:
    """A parameter with its range; that of a baseline is no wider than its instrument's."""
    minimum, maximum = parameter.minimum, parameter.maximum
    if parameter.fills == "baseline" and draft is not None and isinstance(draft.measure, Score):
        instrument = instruments.named(draft.measure.instrument)
        minimum, maximum = max(minimum, instrument.minimum), min(maximum, instrument.maximum)
    return OpenParameter(
        name=parameter.name,
        meaning=label_in(parameter.meaning, language),
        minimum=minimum,
        maximum=maximum,
    )


def rhythm(data: OpenGoal, template: Template | None) -> int:
    of_template = REVIEW_EVERY_DAYS if template is None else template.review_every_days
    return data.review_every_days or of_template


async def from_template(
    asked: Asked, data: OpenGoal, whose: Whose
) -> tuple[Template | None, Draft | None]:
    """The template that is named, and what it makes of its parameters.

    In the place of numbers that have to be given and were not stand the template's examples: the
    statement and the time are those that the goal is going to have, the measure is not.
    """
    if data.template is None:
        if data.parameters:
            raise BodyInvalid(Fault("/parameters", "Parameters belong to a template: name it."))
        return None, None
    library = await read_library(asked.cairn.store, asked.practice_id)
    template = require_offered(library, data.template)
    until = Until(
        starts_on=data.starts_on,
        due_on=data.due_on,
        by_next_session=data.by_next_session,
        own_words=data.statement is not None,
    )
    needed = {one.name for one in missing_parameters(template, {}, due_on=data.due_on)}
    instead = {name: value for name, value in examples(template).items() if name in needed}
    given: dict[str, Any] = {**instead, **data.parameters}
    require_first(
        lambda: zone_named(whose.zone),
        lambda: require_sendable(template, given, language=whose.language, until=until),
    )
    today = day_of(asked.now, whose.zone)
    draft = drafted(template, given, language=whose.language, today=today, until=until)
    return template, draft


async def session_day(asked: Asked, data: OpenGoal, whose: Whose) -> date | None:
    """The day of the client's next session; None where none is known, or nobody is named.

    Raises DeadlineNotOne.
    """
    if data.client_id is None:
        if data.due_on is not None:
            raise DeadlineNotOne
        return None
    due = await deadline_of(
        asked,
        data.client_id,
        due_on=data.due_on,
        by_next_session=True,
        starts_on=data.starts_on,
        zone=whose.zone,
    )
    return due.due_on if due.known else None


def sound(
    measure: OpenMeasure | None, practice: Practice, starts_on: date | None, due_on: date | None
) -> OpenMeasure | None:
    """The measure, a band with its value. Raises what refuses it when it is set.

    Whether a band has been reached already is asked, and not refused. Days that are not known, or
    are refused themselves, are None.
    """
    if measure is None:
        return None
    complete = complete_score(measure, practice) if isinstance(measure, OpenScore) else measure
    if complete is None:
        return measure
    require_all(
        lambda: require_numbers(complete, starts_on),
        lambda: require_time(complete, starts_on, due_on),
    )
    return open_measure(complete)


def complete_score(measure: OpenScore, practice: Practice) -> Measure | None:
    """The score with its band's value; None where a part of it is missing.

    Raises BaselineOutsideTheInstrument, and what `measure_as_set` refuses.
    """
    instrument, whole = instrument_of(practice, measure.instrument), measure.complete
    refusals, complete = Refusals(), None
    with refusals:
        if measure.baseline is not None:
            require_baseline(measure.baseline, instrument)
    with refusals:
        if whole is not None:
            require_band_value(whole, instrument)
            complete = resolved(whole, instrument)
    refusals.refuse()
    return complete


def require_numbers(measure: Measure, starts_on: date | None) -> None:
    with suppress(BandReachedAlready):
        require_sound_numbers(measure, starts_on)


def require_time(measure: Measure, starts_on: date | None, due_on: date | None) -> None:
    if starts_on is not None and due_on is not None and not is_baseline_open(measure):
        require_fits_the_time(measure, starts_on, due_on)


def is_baseline_open(measure: Measure) -> bool:
    """Whether nobody has said yet what a rate is to rise from: that is asked, and not refused."""
    return (
        isinstance(measure, RelativeFrequency)
        and measure.baseline is None
        and measure.baseline_from_on is None
    )


handlers = (review_goal, show_goal_review)

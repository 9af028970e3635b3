"""New goals made whole: what a body leaves out comes from its template, or is asked for."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import msgspec

from events.client import Client
from events.goal_soundness import require_sound_goal, require_sound_measure
from events.measure import Measure
from events.measure_in_practice import measure_as_set
from events.moment import day_of, earliest_day_of, zone_named
from events.refusals import Refusals, require_first
from events.template_library import require_offered
from events.templates import Until, drafted, require_sendable
from service.asked import Asked
from service.bodies import BodyInvalid
from service.faults import REQUIRED, Fault
from service.next_session import Due, deadline_of, require_one
from service.routes.goal_bodies import REVIEW_EVERY_DAYS, NewGoal, WholeGoal
from service.template_answers import read_library


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A new goal with all its parts: its deadline, and its measure as it is set."""

    goal: WholeGoal
    due: Due
    measure: Measure


async def ready(
    asked: Asked,
    data: NewGoal,
    *,
    client_id: UUID,
    enrolled: Client,
    beside: Callable[[], object],
    at: str = "",
) -> Ready:
    """The goal that a body asks for; `at` is where in the body the goal lies.

    Raises BodyInvalid for a part that is missing, and all that a template and its parameters, the
    deadline and the measure are refused for. Beside these it tells what the goal is refused for
    once they are right, and what the rule `beside` refuses.
    """
    refusals, zone = Refusals(), data.zone or enrolled.zone
    goal: WholeGoal | None = None
    due: Due | None = None
    measure: Measure | None = None
    with refusals:
        goal = await whole(asked, data, zone=zone, language=enrolled.language, at=at)
    said = goal or data
    with refusals:
        if goal is not None:
            due = await deadline_of(
                asked,
                client_id,
                due_on=goal.due_on,
                by_next_session=goal.by_next_session,
                starts_on=goal.starts_on,
                zone=zone,
            )
        elif data.by_next_session:
            require_one(data.due_on, by_next_session=True)
    with refusals:
        if said.measure is not None:
            measure = await measure_as_set(asked.cairn.store, asked.practice_id, said.measure)
    if goal is not None and due is not None and measure is not None:
        return Ready(goal=goal, due=due, measure=measure)

    def judge(first: date | None, last: date | None) -> None:
        if measure is not None:
            today = earliest_day_of(asked.now, zone)
            require_sound_measure(measure, first, last, today=today)

    refusals.ask(
        lambda: require_sound_goal(
            now=asked.now,
            zone=zone,
            starts_on=said.starts_on,
            due_on=None if said.by_next_session else said.due_on,
            # A template may begin a goal later, and is not known here where it is refused.
            begins_today=said.starts_on is None and data.template is None,
            judge=judge,
        ),
        beside,
    )
    refusals.refuse()
    raise AssertionError("unreachable: what is missing was refused")


async def whole(
    asked: Asked, data: NewGoal, *, zone: str, language: str, at: str = ""
) -> WholeGoal:
    """The goal with all its parts; what the body says goes before what its template says.

    `at` is where in the body the goal lies. Raises BodyInvalid for a part that is missing, and
    what a template and its parameters are refused for.
    """
    if data.template is None:
        return without_template(data, at=at)
    library = await read_library(asked.cairn.store, asked.practice_id)
    template = require_offered(library, data.template)
    until = until_of(data)
    require_first(
        lambda: zone_named(zone),
        lambda: require_sendable(template, data.parameters, language=language, until=until),
    )
    draft = drafted(
        template,
        data.parameters,
        language=language,
        today=day_of(asked.now, zone),
        until=until,
    )
    by_next_session = data.by_next_session or (data.due_on is None and draft.by_next_session)
    return WholeGoal(
        statement=data.statement or draft.statement,
        measure=data.measure or draft.measure,
        achievability=data.achievability,
        why=data.why,
        due_on=data.due_on or (None if by_next_session else draft.due_on),
        by_next_session=by_next_session,
        starts_on=draft.starts_on,
        zone=data.zone,
        review_every_days=data.review_every_days or draft.review_every_days,
        template=data.template,
        template_why=draft.why,
        baseline_given=data.measure is None and draft.baseline_given,
    )


def until_of(data: NewGoal) -> Until:
    """What a body says of the goal's time and words in the place of its template."""
    return Until(
        starts_on=data.starts_on,
        due_on=data.due_on,
        by_next_session=data.by_next_session,
        own_words=data.statement is not None,
    )


def without_template(data: NewGoal, *, at: str) -> WholeGoal:
    """Raises BodyInvalid for a statement or a measure that is missing, and for parameters."""
    missing = [name for name in ("statement", "measure") if getattr(data, name) is None]
    faults = [Fault(f"{at}/{name}", REQUIRED) for name in missing]
    if data.parameters:
        of_a_template = "Parameters belong to a template: name it, or leave them out."
        faults = [Fault(f"{at}/parameters", of_a_template), *faults]
    if data.statement is None or data.measure is None or faults:
        raise BodyInvalid(*faults)
    return WholeGoal(
        statement=data.statement,
        measure=data.measure,
        achievability=data.achievability,
        why=data.why,
        due_on=data.due_on,
        by_next_session=data.by_next_session,
        starts_on=data.starts_on,
        zone=data.zone,
        review_every_days=data.review_every_days or REVIEW_EVERY_DAYS,
    )

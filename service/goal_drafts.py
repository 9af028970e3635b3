"""New goals made whole: what a body leaves out comes from its template, or is asked for."""

from events.moment import day_of
from events.template_library import require_offered
from events.templates import Until, drafted
from service.asked import Asked
from service.bodies import BodyInvalid
from service.faults import REQUIRED, Fault
from service.routes.goal_bodies import REVIEW_EVERY_DAYS, NewGoal, WholeGoal
from service.template_answers import read_library


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
    draft = drafted(
        template,
        data.parameters,
        language=language,
        today=day_of(asked.now, data.zone or zone),
        until=until_of(data),
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

"""A SMART review of a goal: the facts gathered from the record, and what is asked about it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, assert_never
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from events import goal_decisions, instruments
from events.client import CLIENT
from events.goal import Goal
from events.goal_commands import SetGoal
from events.instruments import Instrument
from events.measure import Count, Frequency, Measure, Milestone, RelativeFrequency, Score
from events.moment import day_of
from events.practice import Practice
from events.practice_reading import read_practice
from events.store import read_state
from projections.goal_status import GoalStatus
from projections.queries import RangeTooLong
from projections.smart_review import Dated, Facts, Finding, Kept, OpenMeasure, OpenScore, Parts
from projections.smart_review import review as findings_of
from projections.smart_review.kept import kept_before
from service.problems import ViewBehind
from service.routes.goal_bodies import WholeGoal
from service.template_answers import read_library
from service.wiring import Cairn

if TYPE_CHECKING:  # The command line uses what is here, and does without the web framework.
    from service.asked import Asked

# The client's own pace is that of lately: a year ago says little about the weeks to come.
SCORES_OF: Final = timedelta(days=183)
DAY: Final = timedelta(days=1)
SCORES: Final = "assessment_trend"


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Whose goal is reviewed, for which practice and when; nobody's for a goal in general.

    `goal_id` is that of a goal which is set already: it is no example for itself.
    """

    practice_id: UUID
    practice: Practice
    now: datetime
    client_id: UUID | None = None
    goal_id: UUID | None = None


async def reviewed(cairn: Cairn, subject: Subject, parts: Parts) -> tuple[Finding, ...]:
    """The findings about a goal, in the language of its practice."""
    if parts.template is not None and not parts.template_why:
        question = await question_of(cairn, subject, parts.template)
        parts = msgspec.structs.replace(parts, template_why=question)
    facts = await facts_about(cairn, subject, parts)
    # In a thread: the first slope of a process loads a large library.
    return await asyncio.to_thread(findings_of, parts, facts, language=subject.practice.language)


async def question_of(cairn: Cairn, subject: Subject, template_id: str) -> str:
    """What a template asks about the why, in the language of the client; retired or not."""
    library = await read_library(cairn.store, subject.practice_id)
    template = library.named(template_id)
    if template is None:
        return ""
    language = subject.practice.language
    if subject.client_id is not None:
        enrolled = await read_state(
            cairn.store,
            CLIENT,
            CLIENT.stream(subject.practice_id, subject.client_id),
        )
        language = enrolled.state.language
    return template.wording_in(language)[1].why


async def facts_about(cairn: Cairn, subject: Subject, parts: Parts) -> Facts:
    measure = parts.measure
    tally = await cairn.similar_goals.tally(subject.practice_id, now=subject.now)
    similar = tally.similar_to(parts.template, measure)
    match measure:
        case OpenScore():
            return Facts(
                instrument=instrument_of(subject.practice, measure.instrument),
                scores=await scores_of(cairn, subject, measure.instrument),
                similar=similar,
            )
        case Frequency() | RelativeFrequency():
            kept = await kept_by(cairn, subject, measure, parts.template)
            return Facts(kept=kept, similar=similar)
        case Count() | Milestone() | None:
            return Facts(similar=similar)
        case _:
            assert_never(measure)


def instrument_of(practice: Practice, instrument_id: str) -> Instrument:
    """An instrument with the practice's norms. Raises UnknownInstrument."""
    instrument = instruments.named(instrument_id)
    return instruments.with_norms(instrument, practice.norms.get(instrument_id))


async def scores_of(cairn: Cairn, subject: Subject, instrument_id: str) -> tuple[Dated, ...]:
    """The client's totals of the last half year, incomplete forms left out."""
    if subject.client_id is None:
        return ()
    try:
        rows = await cairn.views.assessments(
            subject.practice_id,
            subject.client_id,
            instrument=instrument_id,
            from_at=subject.now - SCORES_OF,
            to_at=subject.now,
        )
    except RangeTooLong:
        return ()
    return tuple(
        Dated((row.occurred_at - subject.now) / DAY, row.total)
        for row in rows
        if row.total is not None
    )


async def kept_by(
    cairn: Cairn,
    subject: Subject,
    measure: Frequency | RelativeFrequency,
    template: str | None,
) -> Kept | None:
    """What the client did towards an earlier goal that is measured alike."""
    if subject.client_id is None:
        return None
    rows: Sequence[GoalStatus] = await cairn.views.goals(
        subject.practice_id, subject.client_id, now=subject.now
    )
    return kept_before(rows, measure, now=subject.now, template=template, without=subject.goal_id)


def open_measure(measure: Measure) -> OpenMeasure:
    """A measure as a review takes it."""
    if isinstance(measure, Score):
        return OpenScore(
            instrument=measure.instrument, baseline=measure.baseline, target=measure.target
        )
    return measure


def parts_of_goal(row: GoalStatus, *, now: datetime) -> Parts:
    """The parts of a goal that is set, with its baseline once that has been measured."""
    has_begun = row.goal.starts_on <= day_of(now, row.goal.zone)
    return Parts(
        statement=row.goal.statement,
        measure=open_measure(row.measure),
        achievability=row.goal.achievability,
        why=row.goal.why,
        starts_on=row.goal.starts_on,
        due_on=row.goal.due_on,
        by_next_session=row.goal.due_session_id is not None,
        review_every_days=row.goal.review_every_days,
        template=row.goal.template,
        baseline_given=row.goal.baseline_given,
        measured_rate=row.progress.baseline if has_begun else None,
    )


def parts_of_new(goal: WholeGoal, issued: SetGoal, *, now: datetime) -> Parts:
    """The parts of a goal that is about to be set; a band has its value in the command."""
    return Parts(
        statement=goal.statement,
        measure=open_measure(issued.measure),
        achievability=goal.achievability,
        why=goal.why,
        starts_on=issued.starts_on or day_of(now, issued.zone),
        due_on=issued.due_on,
        by_next_session=goal.by_next_session,
        review_every_days=goal.review_every_days,
        template=goal.template,
        template_why=goal.template_why,
        baseline_given=goal.baseline_given,
    )


async def review_of_new(
    asked: "Asked", goal: WholeGoal, issued: SetGoal
) -> tuple[Finding, ...] | UnsetType:
    """What is asked about a goal that is about to be set; clients are not asked.

    Raises what the goal is refused for: about numbers that can not be meant nothing is asked.
    """
    goal_decisions.decide(Goal(), issued)
    if asked.principal.role != "clinician":
        return UNSET
    subject = Subject(
        practice_id=asked.practice_id,
        practice=await read_practice(asked.cairn.store, asked.practice_id),
        now=asked.now,
        client_id=issued.client_id,
        goal_id=issued.goal_id,
    )
    head = await asked.cairn.store.head(asked.practice_id)
    with suppress(ViewBehind):  # What was recorded a moment ago belongs to it; nothing waits long.
        await asked.wait_for(SCORES, head)
    return await reviewed(asked.cairn, subject, parts_of_new(goal, issued, now=asked.now))

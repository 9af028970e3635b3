"""The commands that the lines of an imported file stand for, each with an id that is computed.

Every id comes (RFC 9562, version 5) from the practice, the client's reference in the file, the
instrument and the time: a second import finds what the first has written.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec

from events import assessment, client, goal_decisions, instruments, mood
from events.assessment import ScoreAssessment
from events.client import EnrolClient
from events.decider import Decider
from events.goal_decisions import AgreeGoal, SetGoal
from events.measure import Score, TargetPercent
from events.moment import day_of
from events.mood import LogMood
from events.record import digest
from events.store import Stream
from service.csv_rows import Columns, Line


class FirstScoreGoal(msgspec.Struct, frozen=True, kw_only=True):
    """The goal each client gets from the first score: so much change, in so many weeks.

    `percent` is the change, -50 meaning half the score; `achievability` runs from 0 to 10.
    """

    percent: float
    weeks: int
    achievability: int = 5
    why: str = "Taken over with the record."


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator asked for. `zone` is where new clients live and their days begin."""

    practice_id: UUID
    columns: Columns
    zone: str
    language: str = "en"
    enrol: bool = False
    goal: FirstScoreGoal | None = None
    dry_run: bool = False


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """One command for one stream; `content` tells it from any other with the same ids."""

    decider: Decider[Any, Any, Any]
    stream: Stream
    command: Any
    content: bytes
    occurred_at: datetime


def any_decider(decider: Decider[Any, Any, Any]) -> Decider[Any, Any, Any]:
    """The same decider, its kinds forgotten: which one it is depends on the file."""
    return decider


def client_id_of(practice_id: UUID, reference: str) -> UUID:
    """The id of the client a file calls by this name: the name itself where it is an id."""
    try:
        return UUID(reference)
    except ValueError:
        return uuid5(practice_id, f"client {reference}")


def entry_id_of(practice_id: UUID, line: Line) -> UUID:
    """One entry per client, instrument and moment."""
    moment = round(line.occurred_at.timestamp() * 1_000_000)
    return uuid5(practice_id, f"entry {line.instrument} {moment} {line.reference}")


def client_stream(terms: Terms, reference: str) -> Stream:
    client_id = client_id_of(terms.practice_id, reference)
    return Stream(
        practice_id=terms.practice_id,
        stream_id=client_id,
        category=client.CATEGORY,
        client_id=client_id,
    )


def enrolment(terms: Terms, line: Line, *, now: datetime) -> Planned:
    """Enrol the client of a line, as of this line's time."""
    stream = client_stream(terms, line.reference)
    command = EnrolClient(
        client_id=stream.stream_id,
        display_name=line.name,
        zone=terms.zone,
        language=terms.language,
    )
    return Planned(
        decider=client.decider,
        stream=stream,
        command=command,
        content=digest("enrol_client", stream.stream_id, line.name, terms.zone, terms.language),
        occurred_at=min(line.occurred_at, now),
    )


def entry(terms: Terms, line: Line, *, now: datetime) -> Planned:
    """The mood entry or assessment of a line. Raises what its decider refuses."""
    entry_id = entry_id_of(terms.practice_id, line)
    client_id = client_id_of(terms.practice_id, line.reference)
    command: LogMood | ScoreAssessment
    if terms.columns.kind == "moods":
        category, decider = mood.CATEGORY, any_decider(mood.decider)
        command = LogMood(
            mood_id=entry_id,
            client_id=client_id,
            rating=int(line.value),
            occurred_at=line.occurred_at,
            now=now,
            note=line.note,
        )
    else:
        category, decider = assessment.CATEGORY, any_decider(assessment.decider)
        command = ScoreAssessment(
            assessment_id=entry_id,
            client_id=client_id,
            instrument=line.instrument,
            total=line.value,
            occurred_at=line.occurred_at,
            now=now,
            note=line.note,
        )
    decider.decide(decider.initial, command)
    return Planned(
        decider=decider,
        stream=Stream(
            practice_id=terms.practice_id,
            stream_id=entry_id,
            category=category,
            client_id=client_id,
        ),
        command=command,
        content=digest("import", category, client_id, line.instrument, line.value, line.note),
        occurred_at=line.occurred_at,
    )


def goal(terms: Terms, first: Line, wanted: FirstScoreGoal) -> tuple[Planned, Planned]:
    """Set a goal on the day of the first score, and agree to it, both as of then.

    Raises what the goal's decider refuses, such as a first score too good to get better.
    """
    then = first.occurred_at
    starts_on = day_of(then, terms.zone)
    instrument = instruments.named(first.instrument)
    client_id = client_id_of(terms.practice_id, first.reference)
    goal_id = uuid5(client_id, f"goal {first.instrument} {wanted.percent:g} {wanted.weeks}")
    stream = Stream(
        practice_id=terms.practice_id,
        stream_id=goal_id,
        category=goal_decisions.CATEGORY,
        client_id=client_id,
    )
    target = first.value * (1 + wanted.percent / 100)
    set_goal = SetGoal(
        goal_id=goal_id,
        client_id=client_id,
        statement=f"Bring the {instrument.name} from {first.value:g} to {target:g} "
        f"in {wanted.weeks} weeks",
        measure=Score(
            instrument=first.instrument,
            baseline=first.value,
            target=TargetPercent(percent=wanted.percent),
        ),
        achievability=wanted.achievability,
        why=wanted.why,
        due_on=starts_on + timedelta(weeks=wanted.weeks),
        zone=terms.zone,
        now=then,
    )
    agree = AgreeGoal(goal_id=goal_id, now=then, parties=frozenset({"clinician", "client"}))
    decider = goal_decisions.decider
    decider.decide(decider.initial, set_goal)
    asked_for = digest("import_goal", client_id, first.instrument, first.value, starts_on)
    agreed = digest("agree_goal", goal_id)
    return (
        Planned(
            decider=decider, stream=stream, command=set_goal, content=asked_for, occurred_at=then
        ),
        Planned(decider=decider, stream=stream, command=agree, content=agreed, occurred_at=then),
    )

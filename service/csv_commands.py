"""The commands that the lines of an imported file stand for, each with an id that is computed.

Every id comes from the practice's own key, the client's reference in the file, the instrument and
the time: a second import finds what the first has written, and nobody who does not hold the key
can tell from an id whose it is. What a release before UUIDv8 has imported keeps its ids.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec

from events import assessment, instruments, mood
from events.aggregate import Aggregate, Stream
from events.answering import asks_about_safety
from events.assessment import ASSESSMENT, AssessmentEvent, AssessmentLeftIncomplete, ScoreAssessment
from events.client import CLIENT, EnrolClient
from events.goal_commands import AgreeGoal, SetGoal
from events.goal_decisions import GOAL
from events.ids import DerivedIds, require_choosable
from events.instruments import Instrument, SuicideItem
from events.measure import Score, TargetPercent
from events.moment import day_of
from events.mood import MOOD, LogMood
from events.record import digest
from service.csv_rows import Columns, Line, LineRefused


class FirstScoreGoal(msgspec.Struct, frozen=True, kw_only=True):
    """The goal each client gets from the first score: so much change, in so many weeks.

    `percent` is the change, -50 meaning half the score; `achievability` runs from 0 to 10.
    """

    percent: float
    weeks: int
    achievability: int = 5
    why: str = "Taken over with the record."


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator asked for. `zone` is where new clients live and their days begin.

    `raise_refused` puts what is endorsed in lines that are refused onto the queue of flags; with
    `enrol` the clients of these lines are enrolled for it.
    `missing_allowed` are the practice's own numbers of answers that may be missing, by instrument.
    """

    practice_id: UUID
    columns: Columns
    zone: str
    language: str = "en"
    enrol: bool = False
    goal: FirstScoreGoal | None = None
    dry_run: bool = False
    raise_refused: bool = False
    missing_allowed: dict[str, int] = {}


class ImportIds:
    """The ids of what a file names: those that an earlier release gave, where it has, else ours.

    `formerly` are the ids among those that `former_ids` proposed which are there.
    """

    def __init__(self, practice_id: UUID, ids: DerivedIds) -> None:
        self._practice_id = practice_id
        self._ids = ids
        self._formerly: set[UUID] = set()

    def keep(self, formerly: Iterable[UUID]) -> None:
        """These ids of an earlier release are in the log."""
        self._formerly.update(formerly)

    def client(self, reference: str) -> UUID:
        """The id of the client a file calls by this name: the name itself where it is an id."""
        named = uuid_named(reference)
        return named or self._either(
            self._ids.of("import_client", reference), former_client(self._practice_id, reference)
        )

    def entry(self, line: Line) -> UUID:
        """One entry per client, instrument and moment."""
        moment = moment_of(line)
        own = self._ids.of("import_entry", line.instrument, moment, line.reference)
        return self._either(own, former_entry(self._practice_id, line))

    def refused(self, instrument: str, cells: Sequence[str]) -> UUID:
        """What stands for a form that can not be taken, by what its line says of it.

        Not by its number: another file has other lines under the same numbers.
        """
        return self._ids.of("import_refused", instrument, *cells)

    def goal(self, client_id: UUID, instrument: str, wanted: FirstScoreGoal) -> UUID:
        """One goal per client, instrument, change and time."""
        about = instrument, f"{wanted.percent:g}", wanted.weeks
        own = self._ids.of("import_goal", client_id, *about)
        return self._either(own, former_goal(client_id, instrument, wanted))

    def correction(self, stream: Stream, version: int) -> UUID:
        """The id of the command that corrects an entry which was at this version."""
        return self._ids.of("import_command", stream.stream_id, "CorrectAssessment", version)

    def command(self, planned: "Planned") -> tuple[UUID, UUID]:
        """The id of the command that something planned is, and its former id."""
        about = planned.stream.stream_id, type(planned.command).__name__
        return self._ids.of("import_command", *about), uuid5(*about)

    def _either(self, own: UUID, formerly: UUID) -> UUID:
        return formerly if formerly in self._formerly else own


def uuid_named(reference: str) -> UUID | None:
    try:
        return UUID(reference)
    except ValueError:
        return None


def moment_of(line: Line) -> int:
    """In microseconds since 1970."""
    return round(line.occurred_at.timestamp() * 1_000_000)


def former_client(practice_id: UUID, reference: str) -> UUID:
    return uuid5(practice_id, f"client {reference}")


def former_entry(practice_id: UUID, line: Line) -> UUID:
    return uuid5(practice_id, f"entry {line.instrument} {moment_of(line)} {line.reference}")


def former_goal(client_id: UUID, instrument: str, wanted: FirstScoreGoal) -> UUID:
    return uuid5(client_id, f"goal {instrument} {wanted.percent:g} {wanted.weeks}")


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """One command for one stream; `content` tells it from any other with the same ids.

    `form` is what an assessment comes to.
    """

    aggregate: Aggregate[Any, Any, Any]
    stream: Stream
    command: Any
    content: bytes
    occurred_at: datetime
    form: AssessmentEvent | None = None

    @property
    def total(self) -> float | None:
        """The form's total; None where it has none."""
        return getattr(self.form, "total", None)

    @property
    def is_incomplete(self) -> bool:
        return isinstance(self.form, AssessmentLeftIncomplete)

    @property
    def hides_safety_item(self) -> bool:
        """Whether it is not recorded how the item about suicide was answered."""
        return getattr(self.form, "suicide_item", None) == instruments.NOT_RECORDED

    @property
    def asks_about_safety(self) -> bool:
        """Whether somebody must be on duty for it to be taken."""
        command = self.command
        is_form = isinstance(command, ScoreAssessment)
        return is_form and asks_about_safety(command, self_reported=False)

    @property
    def raises_flag(self) -> bool:
        """Whether an item about suicide is answered with more than 0."""
        return self.form is not None and assessment.endorsed(self.form) is not None


def client_stream(terms: Terms, ids: ImportIds, reference: str) -> Stream:
    client_id = ids.client(reference)
    return CLIENT.stream(terms.practice_id, client_id, client_id=client_id)


def enrolment(
    terms: Terms, ids: ImportIds, reference: str, *, name: str, occurred_at: datetime
) -> Planned:
    """Enrol the client whom the file calls by this reference.

    Raises IdNotChoosable where the file names a client who is not there by an id that is not one of
    those that may be chosen.
    """
    stream = client_stream(terms, ids, reference)
    if uuid_named(reference) is not None:
        require_choosable(stream.stream_id, field="client")
    command = EnrolClient(
        client_id=stream.stream_id,
        display_name=name,
        zone=terms.zone,
        language=terms.language,
    )
    return Planned(
        aggregate=CLIENT,
        stream=stream,
        command=command,
        content=digest("enrol_client", stream.stream_id, name, terms.zone, terms.language),
        occurred_at=occurred_at,
    )


def entry_aggregate(terms: Terms) -> Aggregate[Any, Any, Any]:
    return MOOD if terms.columns.kind == "moods" else ASSESSMENT


def entry(terms: Terms, ids: ImportIds, line: Line, *, now: datetime) -> Planned:
    """What a line records. Raises LineRefused, and what its aggregate refuses."""
    stream = entry_stream(terms, ids, line)
    if terms.columns.kind == "moods":
        return mood_entry(stream, line, now=now)
    return form(terms, stream, line, now=now)


def mood_entry(stream: Stream, line: Line, *, now: datetime) -> Planned:
    command = LogMood(
        mood_id=stream.stream_id,
        client_id=client_of(stream),
        rating=int(line.value or 0),
        occurred_at=line.occurred_at,
        now=now,
        note=line.note,
    )
    mood.decide(MOOD.initial, command)
    return Planned(
        aggregate=MOOD,
        stream=stream,
        command=command,
        content=digest("import", *told(stream, line)),
        occurred_at=line.occurred_at,
    )


def form(terms: Terms, stream: Stream, line: Line, *, now: datetime) -> Planned:
    """A questionnaire, with its answers or its total alone."""
    instrument = instruments.named(line.instrument)
    if instrument.scoring is not None:
        require_answers_in_range(terms.columns.answers, line.answers, instrument.scoring.highest)
    command = ScoreAssessment(
        assessment_id=stream.stream_id,
        client_id=client_of(stream),
        instrument=line.instrument,
        total=line.value,
        answers=line.answers or None,
        suicide_item=suicide_item_of(line, instrument),
        occurred_at=line.occurred_at,
        now=now,
        note=line.note,
        missing_allowed=terms.missing_allowed,
    )
    (decided,) = assessment.decide(ASSESSMENT.initial, command)
    return Planned(
        aggregate=ASSESSMENT,
        stream=stream,
        command=command,
        content=digest("import", *told(stream, line)),
        occurred_at=line.occurred_at,
        form=decided,
    )


def suicide_item_of(line: Line, instrument: Instrument) -> SuicideItem | None:
    """How the item about suicide was answered, where a total alone would hide it.

    A line that does not say it says so: not recorded. An empty cell beside answers, or of an
    instrument that does not ask, says nothing.
    """
    hidden = instrument.safety_item is not None and not line.answers
    if line.suicide_item is None or line.suicide_item == instruments.NOT_RECORDED:
        return instruments.NOT_RECORDED if hidden else None
    return line.suicide_item


def require_answers_in_range(
    columns: Sequence[str], answers: Sequence[int | None], highest: Sequence[int]
) -> None:
    """Raises LineRefused, which names the column; how many there are is no matter here."""
    for column, answer, most in zip(columns, answers, highest, strict=False):
        if answer is not None and answer > most:
            raise LineRefused(column, f"expected 0 to {most}, or what --missing names")


def entry_stream(terms: Terms, ids: ImportIds, line: Line) -> Stream:
    return entry_aggregate(terms).stream(
        terms.practice_id, ids.entry(line), client_id=ids.client(line.reference)
    )


def client_of(stream: Stream) -> UUID:
    """Whose an entry is: a stream of entries is always some client's."""
    assert stream.client_id is not None  # noqa: S101 - for the type checker
    return stream.client_id


def told(stream: Stream, line: Line) -> list[Any]:
    """What tells a line from another of the same id. Without answers it is as it always was."""
    said = [stream.category, stream.client_id, line.instrument, line.value, line.note]
    of_items = [line.answers, line.suicide_item]
    return said if of_items == [(), None] else [*said, *of_items]


def goal(
    terms: Terms, ids: ImportIds, first: Line, total: float, wanted: FirstScoreGoal
) -> tuple[Planned, Planned]:
    """Set a goal on the day of the first score, and agree to it, both as of then.

    Raises what the goal itself refuses, such as a first score too good to get better.
    """
    then = first.occurred_at
    starts_on = day_of(then, terms.zone)
    instrument = instruments.named(first.instrument)
    client_id = ids.client(first.reference)
    goal_id = ids.goal(client_id, first.instrument, wanted)
    stream = GOAL.stream(terms.practice_id, goal_id, client_id=client_id)
    target = total * (1 + wanted.percent / 100)
    set_goal = SetGoal(
        goal_id=goal_id,
        client_id=client_id,
        statement=f"Bring the {instrument.name} from {total:g} to {target:g} "
        f"in {wanted.weeks} weeks",
        measure=Score(
            instrument=first.instrument,
            baseline=total,
            target=TargetPercent(percent=wanted.percent),
        ),
        achievability=wanted.achievability,
        why=wanted.why,
        due_on=starts_on + timedelta(weeks=wanted.weeks),
        zone=terms.zone,
        now=then,
    )
    agree = AgreeGoal(goal_id=goal_id, now=then, parties=frozenset({"clinician", "client"}))
    GOAL.decide(GOAL.initial, set_goal)
    asked_for = digest("import_goal", client_id, first.instrument, total, starts_on)
    agreed = digest("agree_goal", goal_id)
    return (
        Planned(
            aggregate=GOAL, stream=stream, command=set_goal, content=asked_for, occurred_at=then
        ),
        Planned(aggregate=GOAL, stream=stream, command=agree, content=agreed, occurred_at=then),
    )

"""One client's life, written through the product's own commands into any store."""

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from events import (
    assessment,
    check_in,
    client,
    goal_decisions,
    instruments,
    mood,
    practice,
    safety_flag_decisions,
    session,
    suggestion,
)
from events.acceptance import Acceptance, accept_suggestion
from events.assessment import CorrectAssessment, ScoreAssessment, WithdrawAssessment
from events.check_in import CorrectCheckIn, LogCheckIn, WithdrawCheckIn
from events.client import ChangeClientDetails, EnrolClient
from events.goal import Party
from events.goal_commands import (
    AgreeGoal,
    CloseGoal,
    PauseGoal,
    ResumeGoal,
    ReviseDeadline,
    ReviseTarget,
    SetGoal,
    TakeRest,
)
from events.measure import Frequency, Measure, Score, TargetPercent, TargetValue
from events.mood import LogMood
from events.practice import OpenPractice
from events.practice_choices import Duty
from events.record import Cause, Recorded, digest
from events.safety_flag_decisions import CloseSafetyFlag, RaiseSafetyFlag
from events.safety_interlock import read_flags
from events.session import CancelSession, HoldSession, MoveSession, ScheduleSession
from events.store import EventStore, Outcome
from events.suggestion import ReleaseSuggestion
from events.transact import begin, handle

HALF = TargetPercent(percent=-50)
PHQ9_FROM_24 = Score(instrument="phq9", baseline=24, target=HALF)
THRICE_A_WEEK = Frequency(amount=3, unit="times", per="week")
ONCE_A_DAY = Frequency(amount=1, unit="times", per="day", reserve=2)


def target(value: float) -> TargetValue:
    return TargetValue(value=value)


def noon(on: date, zone: str = "UTC") -> datetime:
    return datetime.combine(on, time(12), ZoneInfo(zone))


class Diary:
    """A practice with one client. `now` is the moment at which each command is given."""

    def __init__(self, store: EventStore, *, practice_id: UUID | None = None) -> None:
        self.store = store
        self.practice_id = practice_id or uuid4()
        self.client_id = uuid4()
        self.zone = "UTC"

    async def open(self, *, zone: str = "UTC", language: str = "en") -> "Diary":
        self.zone = zone
        opening = OpenPractice(
            practice_id=self.practice_id, name="Elm Street", zone=zone, country="GB"
        )
        await self._handle(
            practice.PRACTICE,
            self.practice_id,
            opening,
            datetime.now(UTC),
            of_client=False,
        )
        return await self.enrol(zone=zone, language=language)

    async def enrol(self, *, zone: str = "UTC", language: str = "en") -> "Diary":
        enrolling = EnrolClient(
            client_id=self.client_id, display_name="Ida", zone=zone, language=language
        )
        self.zone = zone
        await self._begin(client.CLIENT, self.client_id, enrolling, datetime.now(UTC))
        return self

    async def speaks(self, language: str) -> None:
        changing = ChangeClientDetails(client_id=self.client_id, language=language)
        await self._handle(client.CLIENT, self.client_id, changing, datetime.now(UTC))

    async def leaves(self) -> None:
        """The client is discharged."""
        leaving = client.DischargeClient(client_id=self.client_id)
        await self._handle(client.CLIENT, self.client_id, leaving, datetime.now(UTC))

    async def goal(
        self,
        measure: Measure,
        *,
        starts_on: date,
        due_on: date,
        agreed: bool = True,
        review_every_days: int = 14,
        due_session_id: UUID | None = None,
    ) -> UUID:
        """A goal set, and agreed unless told otherwise, at noon of its first day."""
        goal_id, now = uuid4(), noon(starts_on, self.zone)
        setting = SetGoal(
            goal_id=goal_id,
            now=now,
            client_id=self.client_id,
            statement="A walk by the river",
            measure=measure,
            achievability=7,
            why="It used to be mine",
            due_on=due_on,
            zone=self.zone,
            starts_on=starts_on,
            review_every_days=review_every_days,
            due_session_id=due_session_id,
        )
        await self._begin(goal_decisions.GOAL, goal_id, setting, now)
        if agreed:
            await self.agree(goal_id, now=now)
        return goal_id

    async def agree(self, goal_id: UUID, *, now: datetime) -> None:
        parties: frozenset[Party] = frozenset({"clinician", "client"})
        await self.say(goal_id, AgreeGoal(goal_id=goal_id, now=now, parties=parties))

    async def move(self, goal_id: UUID, due_on: date, *, now: datetime) -> None:
        await self.say(
            goal_id,
            ReviseDeadline(
                goal_id=goal_id, now=now, due_on=due_on, reason="More time", client_agreed=True
            ),
        )

    async def aim(self, goal_id: UUID, measure: Measure, *, now: datetime) -> None:
        await self.say(
            goal_id,
            ReviseTarget(
                goal_id=goal_id, now=now, measure=measure, reason="A step", client_agreed=True
            ),
        )

    async def pause(self, goal_id: UUID, *, now: datetime) -> None:
        await self.say(goal_id, PauseGoal(goal_id=goal_id, now=now))

    async def resume(self, goal_id: UUID, *, now: datetime) -> None:
        await self.say(goal_id, ResumeGoal(goal_id=goal_id, now=now))

    async def close(self, goal_id: UUID, *, now: datetime) -> None:
        await self.say(goal_id, CloseGoal(goal_id=goal_id, now=now, reason="clients_choice"))

    async def say(self, goal_id: UUID, command: Any) -> Outcome:
        return await self._handle(goal_decisions.GOAL, goal_id, command, command.now)

    async def scored(self, total: float, *, at: datetime, instrument: str = "phq9") -> UUID:
        assessment_id = uuid4()
        scoring = ScoreAssessment(
            assessment_id=assessment_id,
            client_id=self.client_id,
            instrument=instrument,
            total=total,
            suicide_item=0 if instruments.named(instrument).safety_item else None,
            occurred_at=at,
            now=at,
        )
        await self._begin(assessment.ASSESSMENT, assessment_id, scoring, at)
        return assessment_id

    async def rescored(self, assessment_id: UUID, total: float, *, now: datetime) -> None:
        correcting = CorrectAssessment(
            assessment_id=assessment_id, total=total, suicide_item=0, now=now
        )
        await self._handle(assessment.ASSESSMENT, assessment_id, correcting, now)

    async def unscored(self, assessment_id: UUID, *, now: datetime) -> None:
        taking_back = WithdrawAssessment(assessment_id=assessment_id, reason="Not theirs")
        await self._handle(assessment.ASSESSMENT, assessment_id, taking_back, now)

    async def did(self, goal_id: UUID, *, at: datetime, amount: float = 1) -> UUID:
        check_in_id = uuid4()
        logging = LogCheckIn(
            check_in_id=check_in_id,
            client_id=self.client_id,
            goal_id=goal_id,
            amount=amount,
            occurred_at=at,
            now=at,
        )
        await self._begin(check_in.CHECK_IN, check_in_id, logging, at)
        return check_in_id

    async def redid(self, check_in_id: UUID, amount: float, *, now: datetime) -> None:
        correcting = CorrectCheckIn(check_in_id=check_in_id, now=now, amount=amount)
        await self._handle(check_in.CHECK_IN, check_in_id, correcting, now)

    async def undid(self, check_in_id: UUID, *, now: datetime) -> None:
        taking_back = WithdrawCheckIn(check_in_id=check_in_id, reason="Twice")
        await self._handle(check_in.CHECK_IN, check_in_id, taking_back, now)

    async def meets(self, starts_at: datetime, *, now: datetime) -> UUID:
        """A session, scheduled at `now`."""
        session_id = uuid4()
        scheduling = ScheduleSession(
            session_id=session_id, client_id=self.client_id, starts_at=starts_at, now=now
        )
        await self._begin(session.SESSION, session_id, scheduling, now)
        return session_id

    async def meets_at(self, session_id: UUID, starts_at: datetime, *, now: datetime) -> None:
        """The session is moved at `now`."""
        moving = MoveSession(session_id=session_id, starts_at=starts_at, now=now)
        await self._handle(session.SESSION, session_id, moving, now)

    async def met(self, session_id: UUID, *, now: datetime) -> None:
        holding = HoldSession(session_id=session_id, now=now)
        await self._handle(session.SESSION, session_id, holding, now)

    async def calls_off(self, session_id: UUID, *, now: datetime) -> None:
        cancelling = CancelSession(session_id=session_id)
        await self._handle(session.SESSION, session_id, cancelling, now)

    async def rests(self, goal_id: UUID, on: date, *, now: datetime) -> None:
        await self.say(goal_id, TakeRest(goal_id=goal_id, now=now, on=on, reason="A visit"))

    async def felt(self, rating: int, *, at: datetime) -> UUID:
        mood_id = uuid4()
        logging = LogMood(
            mood_id=mood_id, client_id=self.client_id, rating=rating, occurred_at=at, now=at
        )
        await self._begin(mood.MOOD, mood_id, logging, at)
        return mood_id

    async def chooses(self, choice: Any, *, now: datetime) -> None:
        """The practice sets how it works."""
        await self._handle(practice.PRACTICE, self.practice_id, choice, now, of_client=False)

    async def is_flagged(self, *, now: datetime) -> UUID:
        """A safety flag of this client is raised."""
        flag_id = uuid4()
        raising = RaiseSafetyFlag(
            flag_id=flag_id, client_id=self.client_id, assessment_id=uuid4(), instrument="phq9",
            item=9, answer=1, duty=Duty(), now=now,
        )  # fmt: skip
        await self._flags(safety_flag_decisions.WATCHED_FLAGS, raising, now)
        return flag_id

    async def is_cleared(self, flag_id: UUID, *, now: datetime) -> None:
        """A clinician has closed the flag."""
        closing = CloseSafetyFlag(flag_id=flag_id, reason="We met", outcome="A safety plan")
        await self._flags(safety_flag_decisions.SAFETY_FLAGS, closing, now)

    async def _flags(self, decider: Any, command: Any, now: datetime) -> None:
        read = await read_flags(self.store, self.practice_id, self.client_id)
        stream_id = read.stream.stream_id
        await self._handle(decider, stream_id, command, now)

    async def accept(
        self, suggestion_id: UUID, *, now: datetime, option: int | None = None
    ) -> Outcome:
        acceptance = Acceptance(
            suggestion_id=suggestion_id, now=now, option=option, client_agreed=True
        )
        return await accept_suggestion(
            self.store, self.practice_id, acceptance, cause=because(acceptance)
        )

    async def releases(self, suggestion_id: UUID, *, now: datetime) -> None:
        command = ReleaseSuggestion(suggestion_id=suggestion_id, now=now)
        await self._handle(suggestion.SUGGESTION, suggestion_id, command, now)

    async def log(self) -> list[Recorded]:
        return await self.store.read_client(self.practice_id, self.client_id)

    async def types(self, *, of: str) -> list[str]:
        """The types of the client's events whose name begins so, in the order of the log."""
        return [one.type for one in await self.log() if one.type.startswith(of)]

    async def _begin(self, aggregate: Any, stream_id: UUID, command: Any, now: datetime) -> Outcome:
        stream = aggregate.stream(self.practice_id, stream_id, client_id=self.client_id)
        return await begin(
            self.store, aggregate, stream, command, cause=because(command), occurred_at=now
        )

    async def _handle(
        self,
        aggregate: Any,
        stream_id: UUID,
        command: Any,
        now: datetime,
        *,
        of_client: bool = True,
    ) -> Outcome:
        client_id = self.client_id if of_client else None
        stream = aggregate.stream(self.practice_id, stream_id, client_id=client_id)
        return await handle(
            self.store, aggregate, stream, command, cause=because(command), occurred_at=now
        )


def because(command: Any) -> Cause:
    return Cause(
        command_id=uuid4(),
        actor="clinician:anna",
        content=digest(type(command).__name__),
        correlation=uuid4(),
    )

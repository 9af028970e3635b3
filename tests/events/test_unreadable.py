"""A body that does not open: what is decided on its stream, and no flag is lost with it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from events import assessment, client, mood, practice
from events.answering import begin_assessment
from events.assessment import ScoreAssessment
from events.client import CLIENT, ChangeClientDetails, ClientDischarged
from events.enrolment import Enrolled
from events.mood import MOOD, LogMood
from events.practice import PracticeDutySet
from events.practice_choices import Duty, DutyPerson
from events.practice_reading import read_practice
from events.record import Recorded, Unreadable
from events.safety_flag import (
    SafetyFlagAcknowledged,
    SafetyFlagClosed,
    SafetyFlagRaised,
    SafetyFlags,
    unnamed_flag_id,
)
from events.safety_flag_decisions import (
    SAFETY_FLAGS,
    WATCHED_FLAGS,
    AcknowledgeSafetyFlag,
    CloseSafetyFlag,
    EscalateSafetyFlag,
)
from events.safety_interlock import is_flag_open, read_flags
from events.store import RecordBroken, RecordUnreadable, read_state
from events.transact import begin, handle
from tests.controls import ANNA, ENTRY, NOON, PRACTICE, change, mood_logged
from tests.events.log import Log, cause
from tests.events.test_safety_flag import CLOSED, FLAG, OTHER, RAISED, SEEN, TO_BEN
from tests.ids import flags_id

DUTY = Duty(people=(DutyPerson(subject="ida", name="Ida"),))
FLAGS = WATCHED_FLAGS.stream(PRACTICE, flags_id(ANNA), client_id=ANNA)


class Broken(Log):
    """A log in which the bodies at some positions do not open."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: set[int] = set()

    async def read_stream(
        self, practice_id: UUID, category: str, stream_id: UUID
    ) -> list[Recorded]:
        return self._as_it_opens(await super().read_stream(practice_id, category, stream_id))

    async def read_flags(self, practice_id: UUID, client_id: UUID) -> list[Recorded]:
        return self._as_it_opens(await super().read_flags(practice_id, client_id))

    def _as_it_opens(self, past: list[Recorded]) -> list[Recorded]:
        return [
            change(one, event=Unreadable(type=one.type, why="SealBroken"), content=b"")
            if one.position in self.broken
            else one
            for one in past
        ]


@pytest.fixture
async def log() -> Broken:
    made = Broken()
    await made.opened()
    return made


async def flags(log: Broken, *events: Any) -> int:
    receipt = await log.has("safety_flag", FLAGS.stream_id, *events)
    return receipt.position


async def state(log: Broken) -> SafetyFlags:
    found: SafetyFlags = (await read_flags(log, PRACTICE, ANNA)).state
    return found


class TestAnEntry:
    async def test_is_changed_no_more(self, log: Broken) -> None:
        receipt = await log.has("mood", ENTRY, mood_logged())
        log.broken.add(receipt.position)
        stream = MOOD.stream(PRACTICE, ENTRY, client_id=ANNA)
        with pytest.raises(RecordBroken):
            await read_state(log, mood.MOOD, stream)

    async def test_that_is_sent_again_is_not_called_another(self, log: Broken) -> None:
        stream = MOOD.stream(PRACTICE, ENTRY, client_id=ANNA)
        said = LogMood(mood_id=ENTRY, client_id=ANNA, rating=4, occurred_at=NOON, now=NOON)

        async def say() -> None:
            await begin(log, mood.MOOD, stream, said, cause=cause("mood"), occurred_at=NOON)

        await say()
        log.broken.add(await log.head(PRACTICE))
        with pytest.raises(RecordBroken):
            await say()

    def test_is_refused_as_what_can_not_be_read_is(self) -> None:
        assert issubclass(RecordBroken, RecordUnreadable)
        assert RecordBroken.slug() == "record-broken"


class TestAClientWhoseEnrolmentDoesNotOpen:
    STREAM = CLIENT.stream(PRACTICE, ANNA)

    async def test_still_answers(self, log: Broken) -> None:
        log.broken.add(2)
        await Enrolled(log).require(PRACTICE, ANNA)

    async def test_is_enrolled_until_the_end_that_the_log_knows(self, log: Broken) -> None:
        log.broken.add(2)
        assert (await read_state(log, client.CLIENT, self.STREAM)).state.stage == "enrolled"
        discharged = await log.has("client", ANNA, ClientDischarged(client_id=ANNA))
        log.broken.add(discharged.position)
        assert (await read_state(log, client.CLIENT, self.STREAM)).state.stage == "discharged"

    async def test_is_known_again_once_somebody_says_who_that_is(self, log: Broken) -> None:
        log.broken.add(2)
        said = ChangeClientDetails(client_id=ANNA, display_name="Anna", zone="Europe/Zurich")
        await handle(
            log, client.CLIENT, self.STREAM, said, cause=cause("details"), occurred_at=NOON
        )
        state = (await read_state(log, client.CLIENT, self.STREAM)).state
        assert (state.display_name, state.zone) == ("Anna", "Europe/Zurich")


class TestAPractice:
    async def test_keeps_the_choice_before(self, log: Broken) -> None:
        first = PracticeDutySet(practice_id=PRACTICE, duty=DUTY)
        await log.has("practice", PRACTICE, first, client_id=None)
        nobody = PracticeDutySet(practice_id=PRACTICE, duty=Duty())
        receipt = await log.has("practice", PRACTICE, nobody, client_id=None)
        assert (await read_practice(log, PRACTICE)).duty == Duty()
        log.broken.add(receipt.position)
        assert (await read_practice(log, PRACTICE)).duty == DUTY

    async def test_is_one_even_where_its_first_event_does_not_open(self, log: Broken) -> None:
        log.broken.add(1)
        stream = practice.PRACTICE.stream(PRACTICE, PRACTICE)
        assert (await read_state(log, practice.PRACTICE, stream)).state.opened


class TestAFlagWhoseRaisingDoesNotOpen:
    async def test_is_open_under_an_id_of_its_place(self, log: Broken) -> None:
        position = await flags(log, RAISED)
        log.broken.add(position)
        assert (await state(log)).open_ids == (unnamed_flag_id(PRACTICE, position),)
        assert await is_flag_open(log, PRACTICE, ANNA)

    async def test_is_escalated_acknowledged_and_closed_under_it(self, log: Broken) -> None:
        position = await flags(log, RAISED)
        log.broken.add(position)
        flag_id = unnamed_flag_id(PRACTICE, position)

        async def say(who: Any, command: Any) -> list[str]:
            outcome = await handle(log, who, FLAGS, command, cause=cause(flag_id), occurred_at=NOON)
            return [type(one).__name__ for one in outcome.events]

        escalate = EscalateSafetyFlag(flag_id=flag_id, duty=DUTY, now=NOON)
        assert await say(WATCHED_FLAGS, escalate) == ["SafetyFlagEscalated"]
        seen = AcknowledgeSafetyFlag(flag_id=flag_id)
        assert await say(SAFETY_FLAGS, seen) == ["SafetyFlagAcknowledged"]
        closing = CloseSafetyFlag(flag_id=flag_id, reason="We met", outcome="A plan")
        assert await say(SAFETY_FLAGS, closing) == ["SafetyFlagClosed"]
        assert (await state(log)).open_ids == ()

    async def test_has_the_id_that_a_later_event_says(self, log: Broken) -> None:
        log.broken.add(await flags(log, RAISED))
        await flags(log, TO_BEN)
        known = (await state(log)).flags
        assert known.keys() == {FLAG}
        assert known[FLAG].asked == "ben"

    async def test_stays_closed(self, log: Broken) -> None:
        log.broken.add(await flags(log, RAISED))
        await flags(log, SEEN, CLOSED)
        assert (await state(log)).open_ids == ()

    async def test_two_of_them_are_never_one(self, log: Broken) -> None:
        log.broken.add(await flags(log, RAISED))
        log.broken.add(await flags(log, change(RAISED, flag_id=OTHER)))
        await flags(log, SafetyFlagAcknowledged(flag_id=OTHER))
        await flags(log, SafetyFlagClosed(flag_id=OTHER, reason="We met", outcome="A plan"))
        assert len((await state(log)).open_ids) == 1

    async def test_takes_no_id_from_a_flag_that_is_raised_after_it(self, log: Broken) -> None:
        position = await flags(log, RAISED)
        log.broken.add(position)
        await flags(log, change(RAISED, flag_id=OTHER))
        assert (await state(log)).open_ids == (unnamed_flag_id(PRACTICE, position), OTHER)

    async def test_does_not_keep_the_next_answer_from_raising_its_own(self, log: Broken) -> None:
        log.broken.add(await flags(log, change(RAISED, flag_id=OTHER)))
        answered = await begin_assessment(
            log,
            assessment.ASSESSMENT.stream(PRACTICE, ENTRY, client_id=ANNA),
            ScoreAssessment(
                assessment_id=ENTRY,
                client_id=ANNA,
                instrument="phq9",
                total=9.0,
                suicide_item=3,
                occurred_at=NOON,
                now=NOON + timedelta(minutes=1),
            ),
            cause=cause("form"),
            occurred_at=NOON,
            self_reported=False,
        )
        assert isinstance(answered.flag, SafetyFlagRaised)
        assert len((await state(log)).open_ids) == 2


async def test_an_event_that_does_not_open_closes_no_flag(log: Broken) -> None:
    await flags(log, RAISED)
    log.broken.add(await flags(log, CLOSED))
    assert (await state(log)).open_ids == (FLAG,)

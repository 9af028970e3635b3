"""Recording a form: what endorses its safety item raises a flag with it, and nothing else does."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from events import instruments
from events.answering import Answered, begin_assessment, correct_assessment
from events.assessment import (
    ASSESSMENT,
    AssessmentCompleted,
    AssessmentCorrected,
    AssessmentLeftIncomplete,
    AssessmentScored,
    CorrectAssessment,
    ScoreAssessment,
)
from events.instruments import AnswerOutsideTheItem, SuicideItemOutOfRange, SuicideItemRequired
from events.practice import PracticeDutySet
from events.practice_choices import Duty, DutyPerson
from events.record import Cause, Recorded, Step
from events.safety_flag import SafetyFlagClosed, SafetyFlagRaised
from events.store import ContentMismatch, VersionConflict
from tests.controls import ANNA, ENTRY, NOON, PRACTICE, assessment_scored, mood_logged
from tests.events.log import Interrupted, Log, cause
from tests.ids import flags_id, raised_id

IDA = Duty(people=(DutyPerson(subject="ida", name="Ida"),), acknowledge_minutes=20)
SOONER = NOON - timedelta(days=1)
CALM = (1, 1, 1, 1, 1, 1, 1, 1, 0)
ENDORSED = (0, 0, 0, 0, 0, 0, 0, 0, 1)
PARTIAL = (None, None, None, None, None, None, None, None, 2)


def flag_of(recorded: Recorded) -> SafetyFlagRaised:
    assert isinstance(recorded.event, SafetyFlagRaised)
    return recorded.event


@pytest.fixture
async def log(log: Log) -> Log:
    """With somebody on duty."""
    await on_duty(log)
    return log


@pytest.fixture
async def interrupted(interrupted: Interrupted) -> Interrupted:
    await on_duty(interrupted)
    return interrupted


async def on_duty(log: Log, duty: Duty = IDA) -> int:
    fact = PracticeDutySet(practice_id=PRACTICE, duty=duty)
    return (await log.has("practice", PRACTICE, fact, client_id=None)).position


def scoring(**parts: Any) -> ScoreAssessment:
    said = {"assessment_id": ENTRY, "instrument": "phq9", **parts}
    return ScoreAssessment(client_id=ANNA, occurred_at=NOON, now=NOON, **said)


async def begin(
    log: Log, why: Cause | None = None, *, self_reported: bool = False, **parts: Any
) -> Answered:
    command = scoring(**parts)
    return await begin_assessment(
        log,
        ASSESSMENT.stream(PRACTICE, command.assessment_id, client_id=ANNA),
        command,
        cause=why or cause("score", parts),
        occurred_at=NOON,
        self_reported=self_reported,
    )


async def correct(log: Log, why: Cause | None = None, **parts: Any) -> Answered:
    return await correct_assessment(
        log,
        ASSESSMENT.stream(PRACTICE, ENTRY),
        CorrectAssessment(assessment_id=ENTRY, now=NOON, **parts),
        cause=why or cause("correct", parts),
    )


def flag(
    version: int = 1, *, answer: int = 1, instrument: str = "phq9", item: int = 9
) -> SafetyFlagRaised:
    return SafetyFlagRaised(
        flag_id=raised_id(ENTRY, version),
        client_id=ANNA,
        assessment_id=ENTRY,
        instrument=instrument,
        item=item,
        answer=answer,
        queue="duty",
        to=("ida",),
        acknowledge_by=NOON + timedelta(minutes=20),
    )


class TestAForm:
    async def test_that_endorses_its_safety_item_raises_a_flag_with_it(self, log: Log) -> None:
        position = await on_duty(log)
        answered = await begin(log, answers=ENDORSED)
        raised, scored = await log.after(position)
        assert raised == flag() == answered.flag
        assert isinstance(scored, AssessmentScored)
        assert (scored.total, answered.outcome.position) == (1, position + 2)
        kept = (await log.read_practice(PRACTICE))[-2:]
        assert len({one.command_id for one in kept}) == 1
        assert [one.category for one in kept] == ["safety_flag", "assessment"]

    async def test_raises_it_on_a_partial_form_too(self, log: Log) -> None:
        position = await on_duty(log)
        answered = await begin(log, answers=PARTIAL)
        raised, left = await log.after(position)
        assert raised == flag(answer=2) == answered.flag
        assert isinstance(left, AssessmentLeftIncomplete)

    @pytest.mark.parametrize("answer", [1, 2, 3])
    @pytest.mark.parametrize(
        ("instrument", "item"),
        [
            ("bdi2", 9),
            ("phq9", 9),
            ("qids_sr16", 12),
            ("core10", 6),
            ("cesd_r", 14),
            ("ham_d17", 3),
        ],
    )
    async def test_raises_it_where_a_total_says_how_the_item_was_answered(
        self, log: Log, instrument: str, item: int, answer: int
    ) -> None:
        answered = await begin(log, instrument=instrument, total=4, suicide_item=answer)
        assert answered.flag == flag(answer=answer, instrument=instrument, item=item)

    @pytest.mark.parametrize("instrument", ["phq9", "qids_sr16", "core10", "cesd_r", "bdi2"])
    async def test_of_a_total_that_would_hide_the_item_is_refused(
        self, log: Log, instrument: str
    ) -> None:
        position = await on_duty(log)
        with pytest.raises(SuicideItemRequired):
            await begin(log, instrument=instrument, total=4)
        for beyond in (-1, instruments.named(instrument).safety_item.highest + 1):  # type: ignore[union-attr]
            with pytest.raises(SuicideItemOutOfRange):
                await begin(log, instrument=instrument, total=4, suicide_item=beyond)
        assert await log.after(position) == []

    @pytest.mark.parametrize(
        "parts",
        [
            {"answers": CALM},
            {"total": 24, "suicide_item": 0},
            {"total": 24, "suicide_item": "not_recorded"},
            {"instrument": "qids_sr16", "total": 24, "suicide_item": 0},
            {"instrument": "core10", "total": 36, "suicide_item": 0},
            {"answers": (3, 3, 3, 3, 3, 3, 3, 3, None)},
            {"instrument": "bdi2", "total": 40, "suicide_item": 0},
            {"instrument": "bdi2", "total": 40, "suicide_item": "not_recorded"},
            {"instrument": "phq8", "answers": (3,) * 8},
        ],
    )
    async def test_that_does_not_raises_none(self, log: Log, parts: dict[str, Any]) -> None:
        position = await on_duty(log)
        answered = await begin(log, **parts)
        assert answered.flag is None
        assert len(await log.after(position)) == 1

    async def test_raises_one_where_nobody_is_on_duty_that_nobody_is_asked_about(
        self, log: Log
    ) -> None:
        await on_duty(log, Duty())
        answered = await begin(log, total=4, suicide_item=1)
        assert answered.flag is not None
        assert (answered.flag.to, answered.flag.acknowledge_by) == ((), None)

    async def test_of_a_client_who_has_a_flag_already_raises_another(self, log: Log) -> None:
        await begin(log, answers=ENDORSED)
        other = await begin(log, answers=ENDORSED, assessment_id=uuid4())
        assert other.flag is not None
        assert len(await log.read_stream(PRACTICE, "safety_flag", flags_id(ANNA))) == 2

    async def test_that_is_refused_raises_none(self, log: Log) -> None:
        position = await on_duty(log)
        with pytest.raises(AnswerOutsideTheItem):
            await begin(log, answers=(*ENDORSED[:-1], 9))
        assert await log.after(position) == []


class TestAFormThatIsSentAgain:
    async def test_has_no_flag_that_the_log_has_not(self, log: Log) -> None:
        # As an earlier release recorded it.
        why = cause("score")
        fact = assessment_scored(total=1, answers=ENDORSED)
        step = Step(
            stream_id=ENTRY, category="assessment", client_id=ANNA, expected=0, events=[fact],
            occurred_at=NOON,
        )  # fmt: skip
        await log.append(PRACTICE, [step], cause=why)
        position = await log.head(PRACTICE)
        again = await begin(log, why, answers=ENDORSED)
        assert (again.outcome.repeated, again.flag) == (True, None)
        assert await log.after(position) == []

    async def test_answers_the_same_and_raises_nothing(self, log: Log) -> None:
        await on_duty(log)
        first = await begin(log, cause("score"), answers=ENDORSED)
        position = await on_duty(log, Duty())
        # Another command with the same content: the id is the form.
        again = await begin(log, cause("score"), answers=ENDORSED)
        assert again.flag == first.flag
        assert again.outcome.position == first.outcome.position
        assert again.outcome.repeated
        assert await log.after(position) == []

    async def test_with_another_content_is_refused_and_raises_nothing(self, log: Log) -> None:
        position = await on_duty(log)
        await begin(log, cause("a"), answers=CALM)
        with pytest.raises(ContentMismatch):
            await begin(log, cause("b"), answers=ENDORSED)
        assert len(await log.after(position)) == 1

    async def test_at_once_is_recorded_once(self, log: Log) -> None:
        position = await on_duty(log)
        why = cause("score")
        answers = await asyncio.gather(*(begin(log, why, answers=ENDORSED) for _ in range(20)))
        assert {one.flag for one in answers} == {flag()}
        assert len(await log.after(position)) == 2

    async def test_is_recognised_though_it_would_be_refused_today(self, log: Log) -> None:
        await begin(log, cause("score"), answers=ENDORSED)
        late = await begin(log, cause("score"), answers=(*ENDORSED[:-1], 9))
        assert late.outcome.repeated
        assert late.flag is not None


class TestACorrection:
    async def test_to_an_endorsed_item_raises_a_flag(self, log: Log) -> None:
        await begin(log, answers=CALM)
        position = await on_duty(log)
        answered = await correct(log, answers=(*CALM[:-1], 3))
        raised, corrected = await log.after(position)
        assert raised == flag(2, answer=3) == answered.flag
        assert isinstance(corrected, AssessmentCorrected)

    async def test_that_completes_a_form_raises_a_flag(self, log: Log) -> None:
        await begin(log, answers=(*CALM[:-1], None))
        position = await on_duty(log)
        await correct(log, answers=(*CALM[:-1], 1))
        raised, completed = await log.after(position)
        assert (raised, type(completed)) == (flag(2), AssessmentCompleted)

    async def test_that_leaves_a_form_incomplete_raises_a_flag(self, log: Log) -> None:
        await begin(log, answers=CALM)
        position = await on_duty(log)
        await correct(log, answers=PARTIAL)
        raised, left = await log.after(position)
        assert (raised, type(left)) == (flag(2, answer=2), AssessmentLeftIncomplete)

    async def test_to_zero_takes_no_flag_back(self, log: Log) -> None:
        await begin(log, answers=ENDORSED)
        position = await on_duty(log)
        answered = await correct(log, answers=CALM)
        assert answered.flag is None
        assert [type(one) for one in await log.after(position)] == [AssessmentCorrected]

    async def test_that_is_sent_again_answers_the_same(self, log: Log) -> None:
        await on_duty(log)
        await begin(log, answers=CALM)
        why = cause("correct")
        first = await correct(log, why, answers=ENDORSED)
        await correct(log, answers=CALM)
        position = (await log.read_practice(PRACTICE))[-1].position
        again = await correct(log, why, answers=ENDORSED)
        assert (again.flag, again.outcome.version) == (first.flag, first.outcome.version)
        assert await log.after(position) == []

    @pytest.mark.parametrize("close", [False, True])
    async def test_of_the_note_alone_adds_no_flag(self, log: Log, close: bool) -> None:
        first = await begin(log, answers=ENDORSED)
        if close and first.flag is not None:
            closed = SafetyFlagClosed(flag_id=first.flag.flag_id, reason="We met", outcome="A plan")
            await log.has("safety_flag", flags_id(ANNA), closed)
        position = await on_duty(log)
        answered = await correct(log, answers=ENDORSED, note="On the phone.")
        assert answered.flag is None
        assert [type(one) for one in await log.after(position)] == [AssessmentCorrected]

    async def test_of_another_item_adds_no_flag_while_one_is_open(self, log: Log) -> None:
        await begin(log, answers=ENDORSED)
        assert (await correct(log, answers=(3, *ENDORSED[1:]))).flag is None

    @pytest.mark.parametrize(
        "parts", [{"answers": (3, *ENDORSED[1:])}, {"answers": ENDORSED, "occurred_at": SOONER}]
    )
    async def test_of_another_item_or_time_raises_one_once_it_was_closed(
        self, log: Log, parts: dict[str, Any]
    ) -> None:
        first = await begin(log, answers=ENDORSED)
        assert first.flag is not None
        closed = SafetyFlagClosed(flag_id=first.flag.flag_id, reason="We met", outcome="A plan")
        await log.has("safety_flag", flags_id(ANNA), closed)
        assert (await correct(log, **parts)).flag == flag(2)

    async def test_of_a_form_that_had_raised_none_raises_one(self, log: Log) -> None:
        await log.has("assessment", ENTRY, assessment_scored(total=1, answers=ENDORSED))
        assert (await correct(log, answers=ENDORSED, note="So.")).flag == flag(2)

    @pytest.mark.parametrize("answer", [1, 3])
    async def test_to_another_answer_raises_another(self, log: Log, answer: int) -> None:
        await begin(log, answers=(*CALM[:-1], 2))
        answered = await correct(log, answers=(*CALM[:-1], answer))
        assert answered.flag == flag(2, answer=answer)

    async def test_back_to_what_it_was_raises_another(self, log: Log) -> None:
        await begin(log, answers=ENDORSED)
        await correct(log, answers=CALM)
        assert (await correct(log, answers=ENDORSED)).flag == flag(3)

    async def test_that_endorses_the_second_of_two_items_raises_another(self, log: Log) -> None:
        first, both = [0] * 20, [0] * 20
        first[13] = both[13] = both[14] = 2
        await begin(log, instrument="cesd_r", answers=tuple(first))
        answered = await correct(log, answers=tuple(both))
        assert answered.flag == flag(2, answer=2, instrument="cesd_r", item=14)

    async def test_that_changes_nothing_records_nothing(self, log: Log) -> None:
        await begin(log, answers=ENDORSED)
        position = await on_duty(log)
        assert (await correct(log, answers=ENDORSED)).outcome.events == []
        assert await log.after(position) == []

    async def test_is_refused_at_another_version(self, log: Log) -> None:
        await begin(log, answers=CALM)
        with pytest.raises(VersionConflict):
            await correct_assessment(
                log,
                ASSESSMENT.stream(PRACTICE, ENTRY),
                CorrectAssessment(assessment_id=ENTRY, now=NOON, answers=ENDORSED),
                cause=cause(),
                expected=2,
            )


class TestSomebodyWhoIsQuicker:
    async def test_with_another_flag_turns_no_form_away(self, interrupted: Interrupted) -> None:
        other: UUID = uuid4()
        interrupted.before_append = lambda: begin(
            interrupted, answers=ENDORSED, assessment_id=other
        )
        answered = await begin(interrupted, answers=ENDORSED)
        assert not answered.outcome.repeated
        flags = await interrupted.read_stream(PRACTICE, "safety_flag", flags_id(ANNA))
        assert [flag_of(one).assessment_id for one in flags] == [other, ENTRY]

    async def test_with_another_correction_is_answered_to(self, interrupted: Interrupted) -> None:
        await begin(interrupted, answers=CALM)
        interrupted.before_append = lambda: correct(interrupted, answers=PARTIAL)
        answered = await correct(interrupted, answers=ENDORSED)
        assert answered.flag is not None
        assert answered.flag.flag_id == raised_id(ENTRY, 3)

    async def test_many_at_once_are_all_taken(self, log: Log) -> None:
        forms = [uuid4() for _ in range(60)]
        await asyncio.gather(*(begin(log, answers=ENDORSED, assessment_id=one) for one in forms))
        flags = await log.read_stream(PRACTICE, "safety_flag", flags_id(ANNA))
        assert {flag_of(one).assessment_id for one in flags} == set(forms)

    async def test_with_something_else_under_this_id_is_told(self, log: Log) -> None:
        await begin(log, cause("score"), answers=ENDORSED)
        position = await on_duty(log)
        with pytest.raises(ContentMismatch):
            await begin(log, cause("another"), answers=ENDORSED)
        assert await log.after(position) == []

    async def test_under_this_id_in_another_category_is_in_nobodys_way(self, log: Log) -> None:
        await log.has("mood", ENTRY, mood_logged())
        await log.has("mood", flags_id(ANNA), mood_logged(mood_id=flags_id(ANNA)))
        answered = await begin(log, answers=ENDORSED)
        assert answered.flag is not None

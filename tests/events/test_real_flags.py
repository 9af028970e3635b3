"""A survey's 40,496 people answer through the product's own path: 1,382 flags, each with its form.

The file is not ours to ship (see ../shared/data): where it is not there, this test skips.
"""

import asyncio
import csv
import gzip
from collections.abc import Iterator
from itertools import islice
from uuid import UUID

import pytest

from events.answering import Answered, begin_assessment
from events.assessment import ASSESSMENT, AssessmentScored, ScoreAssessment
from events.instruments import ScoreMissing
from events.memory import MemoryStore
from events.practice import PracticeDutySet
from events.practice_choices import Duty, DutyPerson
from events.record import Recorded, Step
from events.safety_flag import SafetyFlagRaised
from tests.controls import NOON, client_enrolled, practice_opened
from tests.events.log import cause
from tests.events.test_real_forms import ITEMS, NHANES, answer

# As many to a practice: a log in memory is read from its beginning.
PEOPLE = 100
WHY = cause("answers")
DUTY = Duty(people=(DutyPerson(subject="ida", name="Ida"),))


def forms() -> Iterator[tuple[int | None, ...]]:
    with gzip.open(NHANES, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield tuple(answer(row[item]) for item in ITEMS)


class Survey:
    """Everybody is a client of their own, a hundred to a practice."""

    def __init__(self) -> None:
        self.store = MemoryStore(lambda: NOON)
        self.practices: list[UUID] = []
        self.answered: list[Answered] = []

    async def open_practice(self) -> UUID:
        practice_id = UUID(int=0xA000 + len(self.practices))
        facts = (
            practice_opened(practice_id=practice_id),
            PracticeDutySet(practice_id=practice_id, duty=DUTY),
        )
        await self.keep(practice_id, practice_id, "practice", None, *facts)
        self.practices.append(practice_id)
        return practice_id

    async def keep(
        self, practice_id: UUID, stream_id: UUID, category: str, client_id: UUID | None, *facts
    ) -> None:
        step = Step(
            stream_id=stream_id,
            category=category,
            client_id=client_id,
            expected=0,
            events=facts,
            occurred_at=NOON,
        )
        await self.store.append(practice_id, [step], cause=WHY)

    async def take(self, practice_id: UUID, nth: int, answers: tuple[int | None, ...]) -> None:
        client_id, form_id = UUID(int=0xC000_0000 + nth), UUID(int=0xF000_0000 + nth)
        enrolled = client_enrolled(client_id=client_id)
        await self.keep(practice_id, client_id, "client", client_id, enrolled)
        stream = ASSESSMENT.stream(practice_id, form_id, client_id=client_id)
        command = ScoreAssessment(
            assessment_id=form_id,
            client_id=client_id,
            instrument="phq9",
            answers=answers,
            occurred_at=NOON,
            now=NOON,
        )
        try:
            self.answered.append(
                await begin_assessment(
                    self.store,
                    stream,
                    command,
                    cause=WHY,
                    occurred_at=NOON,
                    self_reported=True,
                )
            )
        except ScoreMissing:
            return  # Nothing was answered.

    async def logs(self) -> list[list[Recorded]]:
        return [await self.store.read_practice(one, limit=10 * PEOPLE) for one in self.practices]


async def take_everybody() -> Survey:
    survey, everybody, nth = Survey(), forms(), 0
    while hundred := list(islice(everybody, PEOPLE)):
        practice_id = await survey.open_practice()
        for answers in hundred:
            nth += 1
            await survey.take(practice_id, nth, answers)
    assert nth == 40_496
    return survey


@pytest.mark.skipif(not NHANES.exists(), reason=f"{NHANES.name} is not beside the project")
def test_everybody_who_endorses_item_9_has_a_flag_whatever_their_total() -> None:
    survey = asyncio.run(take_everybody())
    flagged = [one for one in survey.answered if one.flag is not None]
    totals = [
        form.total
        for one in flagged
        for form in one.outcome.events
        if isinstance(form, AssessmentScored)
    ]
    assert len(flagged) == 1382
    assert (sum(one < 10 for one in totals), sum(one < 5 for one in totals)) == (472, 114)

    raised = 0
    for log in asyncio.run(survey.logs()):
        endorsed = {one.stream_id for one in log if says_yes(one)}
        flags = [one.event for one in log if isinstance(one.event, SafetyFlagRaised)]
        assert {one.assessment_id for one in flags} == endorsed
        assert all(one.to == ("ida",) for one in flags)
        raised += len(flags)
    assert raised == 1382


def says_yes(recorded: Recorded) -> bool:
    """Whether the ninth answer of a stored form is more than 0: read from the form alone."""
    answers = getattr(recorded.event, "answers", None)
    return bool(answers and answers[8])

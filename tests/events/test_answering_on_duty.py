"""Recording a form while nobody is on duty: what would be asked is refused, what was is kept."""

from typing import Any, ClassVar

import pytest

from events.answering import asks_about_safety
from events.assessment import ScoreAssessment
from events.practice_choices import Duty, DutyPerson
from events.safety_interlock import NobodyOnDuty
from tests.controls import ANNA, ENTRY, NOON, PRACTICE
from tests.events.log import Interrupted, Log, cause
from tests.events.test_answering import CALM, ENDORSED, begin, correct, on_duty


def form(instrument: str, **parts: Any) -> ScoreAssessment:
    said: dict[str, Any] = {"instrument": instrument, **parts}
    return ScoreAssessment(assessment_id=ENTRY, client_id=ANNA, occurred_at=NOON, now=NOON, **said)


@pytest.mark.parametrize(
    ("asked", "of_the_client", "of_a_clinician"),
    [
        (form("phq9", total=3, suicide_item=0), True, False),
        (form("phq9", answers=(0,) * 9), True, True),
        (form("phq9", answers=(None,) * 9), True, True),
        (form("phq8", answers=(0,) * 8), False, False),
        (form("gad7", answers=(0,) * 7), False, False),
        (form("bdi2", total=3, suicide_item=1), True, False),
        (form("qids_sr16", total=3), True, False),
        (form("qids_sr16", answers=(0,) * 16), True, True),
        (form("none such", answers=(0,)), False, False),
    ],
)
def test_who_takes_a_form_is_known_to_ask(
    asked: ScoreAssessment, of_the_client: bool, of_a_clinician: bool
) -> None:
    assert asks_about_safety(asked, self_reported=True) is of_the_client
    assert asks_about_safety(asked, self_reported=False) is of_a_clinician


class TestNobodyOnDuty:
    TOTAL: ClassVar[dict[str, Any]] = {"total": 9, "suicide_item": 2}

    @pytest.fixture
    async def log(self, log: Log) -> Log:
        await on_duty(log, Duty())
        return log

    @pytest.mark.parametrize(
        ("parts", "self_reported"),
        [
            ({"answers": ENDORSED}, True),
            ({"answers": ENDORSED}, False),
            ({"answers": CALM}, False),
            ({"answers": (None,) * 9}, False),
            (TOTAL, True),
            ({**TOTAL, "instrument": "bdi2"}, True),
            ({"instrument": "bdi2", "total": 9, "suicide_item": "not_recorded"}, True),
            ({"instrument": "core10", "answers": (1,) * 10}, True),
            ({"instrument": "qids_sr16", "total": 9}, True),
        ],
    )
    async def test_refuses_what_would_be_asked(
        self, log: Log, parts: dict[str, Any], self_reported: bool
    ) -> None:
        head = await log.head(PRACTICE)
        with pytest.raises(NobodyOnDuty):
            await begin(log, self_reported=self_reported, **parts)
        assert await log.head(PRACTICE) == head

    @pytest.mark.parametrize("instrument", ["phq9", "bdi2", "core10"])
    async def test_takes_what_is_recorded_afterwards_with_its_flag(
        self, log: Log, instrument: str
    ) -> None:
        answered = await begin(log, instrument=instrument, **self.TOTAL)
        assert answered.flag is not None
        assert answered.flag.to == ()

    @pytest.mark.parametrize(
        "parts", [{"instrument": "phq8", "answers": (3,) * 8}, {"instrument": "gad7", "total": 9}]
    )
    async def test_does_not_concern_a_form_that_does_not_ask(
        self, log: Log, parts: dict[str, Any]
    ) -> None:
        assert (await begin(log, self_reported=True, **parts)).flag is None

    async def test_knows_a_form_that_was_taken_before(self, log: Log) -> None:
        await on_duty(log)
        first = await begin(log, cause("score"), answers=ENDORSED, self_reported=True)
        position = await on_duty(log, Duty())
        again = await begin(log, cause("score"), answers=ENDORSED, self_reported=True)
        assert again.outcome.repeated
        assert (again.flag, again.outcome.position) == (first.flag, first.outcome.position)
        # Whether it may be taken comes first: nobody is told that the id was used.
        with pytest.raises(NobodyOnDuty):
            await begin(log, cause("other"), answers=ENDORSED, self_reported=True)
        assert await log.after(position) == []

    @pytest.mark.parametrize("answers", [ENDORSED, CALM])
    async def test_sees_a_list_that_is_emptied_in_the_same_instant(
        self, interrupted: Interrupted, answers: tuple[int, ...]
    ) -> None:
        await on_duty(interrupted)
        interrupted.before_append = lambda: on_duty(interrupted, Duty())
        with pytest.raises(NobodyOnDuty):
            await begin(interrupted, answers=answers, self_reported=True)
        assert await interrupted.read_stream(PRACTICE, "assessment", ENTRY) == []

    async def test_asks_whoever_has_come_on_duty_in_the_same_instant(
        self, interrupted: Interrupted
    ) -> None:
        await on_duty(interrupted)
        eve = Duty(people=(DutyPerson(subject="eve", name="Eve"),))
        interrupted.before_append = lambda: on_duty(interrupted, eve)
        answered = await begin(interrupted, answers=ENDORSED, self_reported=True)
        assert answered.flag is not None
        assert answered.flag.to == ("eve",)

    async def test_takes_a_correction(self, log: Log) -> None:
        await on_duty(log)
        await begin(log, answers=CALM)
        await on_duty(log, Duty())
        assert (await correct(log, answers=ENDORSED)).flag is not None

    @pytest.mark.parametrize(
        ("instrument", "instead"),
        [
            ("phq9", "use PHQ-8 instead of PHQ-9"),
            ("core10", "use an instrument that does not ask"),
            ("bdi2", "use an instrument that does not ask"),
            ("", "use an instrument that does not ask"),
        ],
    )
    def test_says_what_to_use_instead(self, instrument: str, instead: str) -> None:
        said = NobodyOnDuty(instrument).told()
        assert instead in said
        assert ("PHQ-8" in said) is (instrument == "phq9")

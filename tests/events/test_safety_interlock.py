"""What waits while a flag is open, and what needs somebody on duty: asked of the log itself."""

from typing import Any
from uuid import UUID

import pytest

from events import instruments
from events.acceptance import Acceptance, accept_suggestion
from events.practice import Practice, PracticeDutySet
from events.practice_choices import Duty, DutyPerson
from events.practice_reading import read_practice
from events.releasing import release_suggestion
from events.safety_flag import SafetyFlagAcknowledged, SafetyFlagClosed, SafetyFlagRaised
from events.safety_interlock import (
    FORM_WITHOUT_THE_ITEM,
    NobodyOnDuty,
    SafetyFlagOpen,
    is_flag_open,
    require_none_open,
    require_somebody_on_duty,
)
from events.suggestion import ReleaseSuggestion, SuggestionOffered
from tests.controls import (
    AFTER_FRIDAY,
    ANNA,
    DRAFT,
    ENTRY,
    EVIDENCE,
    NOON,
    PRACTICE,
    SWIM,
    change,
    goal_active,
    reframing_offered,
    suggestion_offered,
)
from tests.events.log import Interrupted, Log, cause
from tests.ids import flags_id, raised_id

FLAG = raised_id(ENTRY, 1)
OTHER = raised_id(ENTRY, 2)
IDA = Duty(people=(DutyPerson(subject="ida", name="Ida"),))


async def flags(log: Log, *events: Any) -> None:
    await log.has("safety_flag", flags_id(ANNA), *events)


def raised(flag_id: UUID = FLAG) -> SafetyFlagRaised:
    return SafetyFlagRaised(
        flag_id=flag_id,
        client_id=ANNA,
        assessment_id=ENTRY,
        instrument="phq9",
        item=9,
        answer=1,
        queue="duty",
        to=(),
    )


def closed(flag_id: UUID = FLAG) -> SafetyFlagClosed:
    return SafetyFlagClosed(flag_id=flag_id, reason="We met", outcome="A plan is agreed")


class TestAClientsFlags:
    async def test_are_none_at_first(self, log: Log) -> None:
        assert not await is_flag_open(log, PRACTICE, ANNA)
        await require_none_open(log, PRACTICE, ANNA, now=NOON)

    async def test_are_open_until_the_last_is_closed(self, log: Log) -> None:
        await flags(log, raised(), raised(OTHER), SafetyFlagAcknowledged(flag_id=FLAG), closed())
        with pytest.raises(SafetyFlagOpen):
            await require_none_open(log, PRACTICE, ANNA, now=NOON)
        await flags(log, closed(OTHER))
        await require_none_open(log, PRACTICE, ANNA, now=NOON)

    async def test_are_not_those_of_others(self, log: Log) -> None:
        await flags(log, raised())
        assert not await is_flag_open(log, PRACTICE, SWIM)

    async def test_hold_up_what_a_clinician_accepts(self, log: Log) -> None:
        looked_at = (await log.has_goal(*goal_active())).position
        offer = reframing_offered(evidence=change(EVIDENCE, position=looked_at))
        await log.has_suggestion(offer)
        acceptance, why = Acceptance(suggestion_id=DRAFT, now=AFTER_FRIDAY), cause("accept")
        await flags(log, raised())
        with pytest.raises(SafetyFlagOpen):
            await accept_suggestion(log, PRACTICE, acceptance, cause=why)
        await flags(log, closed())
        first = await accept_suggestion(log, PRACTICE, acceptance, cause=why)
        # What was accepted before is answered as it was, whatever was raised since.
        await flags(log, raised(OTHER))
        again = await accept_suggestion(log, PRACTICE, acceptance, cause=why)
        assert (again.version, again.repeated) == (first.version, True)


class TestDuty:
    async def test_is_read_as_it_is_now(self, log: Log) -> None:
        with pytest.raises(NobodyOnDuty):
            require_somebody_on_duty(await read_practice(log, PRACTICE), "phq9")
        for duty in (IDA, Duty(), IDA):
            fact = PracticeDutySet(practice_id=PRACTICE, duty=duty)
            await log.has("practice", PRACTICE, fact, client_id=None)
        choices = await read_practice(log, PRACTICE)
        require_somebody_on_duty(choices, "phq9")
        assert choices.duty == IDA

    async def test_is_nobodys_where_there_is_no_practice(self, log: Log) -> None:
        assert await read_practice(log, SWIM) == Practice()


def test_the_form_in_its_place_asks_everything_else() -> None:
    for asking, instead in FORM_WITHOUT_THE_ITEM.items():
        long, short = instruments.named(asking), instruments.named(instead)
        assert long.safety_item is not None
        assert short.safety_item is None
        assert [one.text for one in short.items] == [
            one.text for one in long.items if one.number not in long.safety_item.numbers
        ]


class TestAFlagRaisedInTheSameInstant:
    """After the flags were read, and before what was decided is appended."""

    @staticmethod
    async def offered(log: Interrupted, offer: SuggestionOffered) -> int:
        looked_at = (await log.has_goal(*goal_active())).position
        evidence = change(EVIDENCE, position=looked_at)
        receipt = await log.has_suggestion(change(offer, evidence=evidence))
        log.before_append = lambda: flags(log, raised())
        return receipt.position

    async def test_keeps_a_way_on_from_being_accepted(self, interrupted: Interrupted) -> None:
        position = await self.offered(interrupted, suggestion_offered())
        with pytest.raises(SafetyFlagOpen):
            await accept_suggestion(
                interrupted,
                PRACTICE,
                Acceptance(suggestion_id=DRAFT, now=NOON, option=0),
                cause=cause("accept"),
            )
        assert await interrupted.after(position) == [raised()]

    async def test_keeps_words_from_being_released(self, interrupted: Interrupted) -> None:
        position = await self.offered(interrupted, reframing_offered())
        with pytest.raises(SafetyFlagOpen):
            await release_suggestion(
                interrupted,
                PRACTICE,
                ReleaseSuggestion(suggestion_id=DRAFT, now=NOON),
                cause=cause("release"),
            )
        assert await interrupted.after(position) == [raised()]

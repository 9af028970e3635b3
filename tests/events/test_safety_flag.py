"""Safety flags: raised by an answer, passed on until somebody has seen it, closed by a person."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from events.catalogue import decode, encode
from events.practice_choices import Duty, DutyPerson
from events.safety_flag import (
    SafetyFlagAcknowledged,
    SafetyFlagActedOn,
    SafetyFlagClosed,
    SafetyFlagEscalated,
    SafetyFlagEvent,
    SafetyFlagRaised,
    SafetyFlagRaisedUnfiled,
    SafetyFlagSentAgain,
    unfiled_flag_id,
)
from events.safety_flag_decisions import (
    AGAIN_LIMIT,
    COUNTED_AT_ONCE,
    SAFETY_FLAGS,
    WATCHED_FLAGS,
    AcknowledgeSafetyFlag,
    ActOnSafetyFlag,
    CloseSafetyFlag,
    EscalateSafetyFlag,
    RaiseSafetyFlag,
    RaiseUnfiledFlag,
    SafetyFlagCommand,
    SafetyFlagNotOpen,
    SafetyFlagUnknown,
    WatchCommand,
)
from tests.controls import ANNA, ENTRY, NOON, change
from tests.given import given
from tests.ids import IN_MEMORY, flags_id, raised_id

FLAG = raised_id(ENTRY, 1)
OTHER = raised_id(ENTRY, 2)
HALF_AN_HOUR = timedelta(minutes=30)
LATER = NOON + HALF_AN_HOUR
IDA, BEN, EVE = (DutyPerson(subject=name.lower(), name=name) for name in ("Ida", "Ben", "Eve"))
DUTY = Duty(queue="Duty room", people=(IDA, BEN), acknowledge_minutes=30)
NOBODY = Duty()

RAISED = SafetyFlagRaised(
    flag_id=FLAG,
    client_id=ANNA,
    assessment_id=ENTRY,
    instrument="phq9",
    item=9,
    answer=1,
    queue="Duty room",
    to=("ida",),
    acknowledge_by=LATER,
)
UNASKED = change(RAISED, queue="duty", to=(), acknowledge_by=None)
TO_BEN = SafetyFlagEscalated(flag_id=FLAG, rung=1, to=("ben",), acknowledge_by=LATER + HALF_AN_HOUR)
SEEN = SafetyFlagAcknowledged(flag_id=FLAG)
CALLED = SafetyFlagActedOn(flag_id=FLAG, action="Called")
CLOSED = SafetyFlagClosed(flag_id=FLAG, reason="We met", outcome="A plan is agreed")
UNFILED = SafetyFlagRaisedUnfiled(
    flag_id=FLAG,
    client_id=ANNA,
    form_id=ENTRY,
    instrument="phq9",
    item=9,
    answer=3,
    why="content-mismatch",
    sent_at=NOON,
    queue="Duty room",
    to=("ida",),
    acknowledge_by=LATER,
)
AGAIN = SafetyFlagSentAgain(flag_id=FLAG, why="content-mismatch", sent_at=LATER, item=9, answer=3)


def raising(**changes: Any) -> RaiseSafetyFlag:
    command = RaiseSafetyFlag(
        flag_id=FLAG,
        client_id=ANNA,
        assessment_id=ENTRY,
        instrument="phq9",
        item=9,
        answer=1,
        duty=DUTY,
        now=NOON,
    )
    return change(command, **changes)


def unfiled(**changes: Any) -> RaiseUnfiledFlag:
    command = RaiseUnfiledFlag(
        flag_id=FLAG,
        client_id=ANNA,
        form_id=ENTRY,
        instrument="phq9",
        item=9,
        answer=3,
        why="content-mismatch",
        duty=DUTY,
        now=NOON,
    )
    return change(command, **changes)


def escalating(**changes: Any) -> EscalateSafetyFlag:
    return change(EscalateSafetyFlag(flag_id=FLAG, duty=DUTY, now=LATER), **changes)


ACKNOWLEDGE = AcknowledgeSafetyFlag(flag_id=FLAG)
ACT = ActOnSafetyFlag(flag_id=FLAG, action="Called")
CLOSE = CloseSafetyFlag(flag_id=FLAG, reason="We met", outcome="A plan is agreed")


class TestRaiseSafetyFlag:
    def test_asks_the_first_on_the_list(self) -> None:
        given(WATCHED_FLAGS).when(raising()).then(RAISED)

    def test_is_raised_where_nobody_is_on_duty_and_asks_nobody(self) -> None:
        given(WATCHED_FLAGS).when(raising(duty=NOBODY)).then(UNASKED)

    def test_is_raised_beside_one_that_is_open(self) -> None:
        given(WATCHED_FLAGS, RAISED).when(raising(flag_id=OTHER)).then(
            change(RAISED, flag_id=OTHER)
        )

    def test_is_raised_beside_one_that_was_closed(self) -> None:
        past = RAISED, SEEN, CLOSED
        given(WATCHED_FLAGS, *past).when(raising(flag_id=OTHER)).then(change(RAISED, flag_id=OTHER))

    def test_is_raised_once(self) -> None:
        given(WATCHED_FLAGS, RAISED).when(raising(now=LATER, duty=NOBODY)).then_nothing()


class TestRaiseUnfiledFlag:
    def test_asks_the_first_on_the_list(self) -> None:
        assert decide(unfiled()) == [UNFILED]

    def test_waits_where_nobody_is_on_duty(self) -> None:
        (waiting,) = decide(unfiled(duty=NOBODY))
        assert waiting == change(UNFILED, queue="duty", to=(), acknowledge_by=None)

    def test_counts_a_form_that_comes_again_and_asks_nobody_anew(self) -> None:
        assert decide(unfiled(now=LATER), UNFILED) == [AGAIN]
        assert decide(unfiled(now=LATER, duty=NOBODY), UNFILED) == [AGAIN]
        once, twice = (given(WATCHED_FLAGS, *past).state for past in ([UNFILED], [UNFILED, AGAIN]))
        assert [state.flags[FLAG].sent for state in (once, twice)] == [1, 2]
        assert once.flags[FLAG].asked == twice.flags[FLAG].asked == "ida"

    @pytest.mark.parametrize("form_id", [ENTRY, None])
    def test_is_another_one_once_it_is_closed(self, form_id: UUID | None) -> None:
        raised = change(UNFILED, form_id=form_id)

        def flag_id(*past: Any) -> UUID:
            state = given(WATCHED_FLAGS, *past).state
            return unfiled_flag_id(IN_MEMORY, state, ANNA, "phq9", form_id)

        first = flag_id()
        named = change(raised, flag_id=first)
        closed = change(CLOSED, flag_id=first)
        assert flag_id(named) == first
        second = flag_id(named, closed)
        assert second != first
        assert flag_id(named, closed, change(raised, flag_id=second)) == second

    def test_waits_anew_where_the_answer_is_higher_than_what_was_seen(self) -> None:
        raised = change(UNFILED, answer=1)
        for answer, seen in ((1, True), (0, True), (2, False)):
            again = change(AGAIN, answer=answer)
            flag = given(WATCHED_FLAGS, raised, SEEN, again).state.flags[FLAG]
            assert (flag.acknowledged, flag.answer) == (seen, max(1, answer))
        older = change(AGAIN, item=None, answer=None)  # As a release before it was kept.
        assert given(WATCHED_FLAGS, raised, SEEN, older).state.flags[FLAG].acknowledged

    def test_counts_a_higher_answer_at_once(self) -> None:
        past = change(UNFILED, answer=1), *[change(AGAIN, answer=1, sent_at=NOON)] * COUNTED_AT_ONCE
        assert decide(unfiled(answer=1), *past) == []
        assert decide(unfiled(answer=2), *past) == [change(AGAIN, answer=2, sent_at=NOON)]

    def test_counts_one_an_hour_of_an_app_that_does_not_stop(self) -> None:
        past = UNFILED, *[change(AGAIN, sent_at=NOON)] * (COUNTED_AT_ONCE - 1)
        in_an_hour = NOON + timedelta(hours=1)
        assert decide(unfiled(now=in_an_hour - timedelta(microseconds=1)), *past) == []
        assert decide(unfiled(now=in_an_hour), *past) == [change(AGAIN, sent_at=in_an_hour)]
        assert decide(unfiled(), *past[:-1]) == [change(AGAIN, sent_at=NOON)]

    def test_is_passed_on_as_a_filed_one_is(self) -> None:
        given(WATCHED_FLAGS, UNFILED, AGAIN).when(escalating()).then(TO_BEN)

    def test_is_seen_and_closed_as_a_filed_one_is(self) -> None:
        given(SAFETY_FLAGS, UNFILED).when(ACKNOWLEDGE).then(SEEN)
        given(SAFETY_FLAGS, UNFILED).when(CLOSE).then(SEEN, CLOSED)


def decide(command: WatchCommand, *past: Any) -> list[SafetyFlagEvent]:
    """What follows of a command that is counted each time it is said, and can be stored."""
    facts = list(WATCHED_FLAGS.decide(given(WATCHED_FLAGS, *past).state, command))
    assert [decode(encode(fact)) for fact in facts] == facts
    return facts


class TestEscalateSafetyFlag:
    def test_asks_the_next_when_time_is_up(self) -> None:
        given(WATCHED_FLAGS, RAISED).when(escalating()).then(TO_BEN)

    def test_waits_until_then(self) -> None:
        soon = LATER - timedelta(microseconds=1)
        given(WATCHED_FLAGS, RAISED).when(escalating(now=soon)).then_nothing()

    def test_asks_the_first_at_once_where_nobody_had_been_asked(self) -> None:
        first = SafetyFlagEscalated(
            flag_id=FLAG, rung=0, to=("ida",), acknowledge_by=NOON + HALF_AN_HOUR
        )
        given(WATCHED_FLAGS, UNASKED).when(escalating(now=NOON)).then(first)

    def test_asks_nobody_where_nobody_is_on_duty(self) -> None:
        given(WATCHED_FLAGS, UNASKED).when(escalating(duty=NOBODY)).then_nothing()
        given(WATCHED_FLAGS, RAISED).when(escalating(duty=NOBODY)).then_nothing()

    def test_waits_for_nobody_who_is_off_the_list(self) -> None:
        eve = change(DUTY, people=(EVE,), acknowledge_minutes=5)
        at_once = NOON + timedelta(minutes=1)
        to_eve = SafetyFlagEscalated(
            flag_id=FLAG, rung=0, to=("eve",), acknowledge_by=at_once + timedelta(minutes=5)
        )
        given(WATCHED_FLAGS, RAISED).when(escalating(now=at_once, duty=eve)).then(to_eve)
        # Who stays on it keeps the time they were given.
        kept = change(DUTY, people=(EVE, IDA))
        given(WATCHED_FLAGS, RAISED).when(escalating(now=at_once, duty=kept)).then_nothing()

    def test_asks_the_last_again(self) -> None:
        again = change(TO_BEN, acknowledge_by=LATER + 2 * HALF_AN_HOUR)
        now = LATER + HALF_AN_HOUR
        given(WATCHED_FLAGS, RAISED, TO_BEN).when(escalating(now=now)).then(again)

    def test_asks_the_last_again_so_often_then_everybody_in_turn_once_a_day(self) -> None:
        often = [TO_BEN] * (1 + AGAIN_LIMIT)
        now = LATER + HALF_AN_HOUR
        once_less = given(WATCHED_FLAGS, RAISED, *often[:-1])
        once_less.when(escalating(now=now)).then(
            change(TO_BEN, acknowledge_by=LATER + 2 * HALF_AN_HOUR)
        )
        past: list[SafetyFlagEvent] = [RAISED, *often]
        day = timedelta(days=1)
        for rung, subject in ((0, "ida"), (1, "ben"), (0, "ida"), (1, "ben")):
            asked = SafetyFlagEscalated(
                flag_id=FLAG, rung=rung, to=(subject,), acknowledge_by=now + day
            )
            given(WATCHED_FLAGS, *past).when(escalating(now=now)).then(asked)
            past, now = [*past, asked], now + day

    def test_is_never_given_up(self) -> None:
        flags, now, pages = given(WATCHED_FLAGS, RAISED).state, LATER, 0
        for _ in range(400):
            (asked,) = WATCHED_FLAGS.decide(flags, escalating(now=now))
            assert isinstance(asked, SafetyFlagEscalated)
            assert asked.acknowledge_by is not None
            assert WATCHED_FLAGS.decide(flags, escalating(now=now - timedelta(seconds=1))) == []
            flags, now, pages = WATCHED_FLAGS.evolve(flags, asked), asked.acknowledge_by, pages + 1
        assert flags.open_ids == (FLAG,)
        # Bounded: after the first hours one event a day.
        assert now - LATER > timedelta(days=380)

    def test_says_that_it_was_raised_afterwards(self) -> None:
        given(WATCHED_FLAGS).when(raising(afterwards=True)).then(change(RAISED, afterwards=True))

    def test_begins_with_a_list_on_which_nobody_was_asked(self) -> None:
        often = [TO_BEN] * (1 + AGAIN_LIMIT)
        duty = change(DUTY, people=(EVE, IDA))
        to_eve = SafetyFlagEscalated(
            flag_id=FLAG, rung=0, to=("eve",), acknowledge_by=LATER + 2 * HALF_AN_HOUR
        )
        given(WATCHED_FLAGS, RAISED, *often).when(
            escalating(now=LATER + HALF_AN_HOUR, duty=duty)
        ).then(to_eve)

    def test_asks_whoever_is_new_before_anybody_twice(self) -> None:
        duty = change(DUTY, people=(EVE, BEN, IDA))  # Ida, now the last, was asked already.
        to_eve = change(TO_BEN, rung=0, to=("eve",))
        given(WATCHED_FLAGS, RAISED).when(escalating(duty=duty)).then(to_eve)
        later = LATER + HALF_AN_HOUR
        given(WATCHED_FLAGS, RAISED, to_eve).when(escalating(duty=duty, now=later)).then(
            change(TO_BEN, rung=1, acknowledge_by=later + HALF_AN_HOUR)
        )

    @pytest.mark.parametrize("past", [(SEEN,), (SEEN, CALLED), (SEEN, CLOSED)])
    def test_leaves_it_to_whoever_has_seen_it(self, past: tuple[SafetyFlagEvent, ...]) -> None:
        given(WATCHED_FLAGS, RAISED, *past).when(escalating()).then_nothing()

    def test_is_ignored_where_there_is_none(self) -> None:
        given(WATCHED_FLAGS).when(escalating()).then_nothing()


class TestAcknowledgeSafetyFlag:
    def test_says_that_it_was_seen(self) -> None:
        given(SAFETY_FLAGS, RAISED, TO_BEN).when(ACKNOWLEDGE).then(SEEN)

    def test_is_ignored_the_second_time(self) -> None:
        given(SAFETY_FLAGS, RAISED, SEEN).when(ACKNOWLEDGE).then_nothing()

    def test_leaves_the_others_alone(self) -> None:
        past = RAISED, change(RAISED, flag_id=OTHER), SEEN
        given(SAFETY_FLAGS, *past).when(change(ACKNOWLEDGE, flag_id=OTHER)).then(
            change(SEEN, flag_id=OTHER)
        )


class TestActOnSafetyFlag:
    def test_says_what_was_done_and_so_that_it_was_seen(self) -> None:
        given(SAFETY_FLAGS, RAISED).when(ACT).then(SEEN, CALLED)
        given(SAFETY_FLAGS, RAISED, SEEN).when(ACT).then(CALLED)

    def test_may_be_more_than_one_thing(self) -> None:
        met = change(ACT, action="Met at three")
        given(SAFETY_FLAGS, RAISED, SEEN, CALLED).when(met).then(
            change(CALLED, action="Met at three")
        )

    def test_is_refused_once_it_is_closed(self) -> None:
        given(SAFETY_FLAGS, RAISED, SEEN, CLOSED).when(ACT).then_refused(SafetyFlagNotOpen)


class TestCloseSafetyFlag:
    def test_says_why_and_what_came_of_it(self) -> None:
        given(SAFETY_FLAGS, RAISED, SEEN, CALLED).when(CLOSE).then(CLOSED)

    def test_says_as_well_that_it_was_seen(self) -> None:
        given(SAFETY_FLAGS, RAISED).when(CLOSE).then(SEEN, CLOSED)

    def test_is_ignored_in_the_same_words_and_refused_in_others(self) -> None:
        past = RAISED, SEEN, CLOSED
        given(SAFETY_FLAGS, *past).when(CLOSE).then_nothing()
        given(SAFETY_FLAGS, *past).when(change(CLOSE, outcome="Another")).then_refused(
            SafetyFlagNotOpen
        )

    def test_leaves_the_others_open(self) -> None:
        past = given(SAFETY_FLAGS, RAISED, change(RAISED, flag_id=OTHER), SEEN, CLOSED)
        assert past.state.open_ids == (OTHER,)


@pytest.mark.parametrize("command", [ACKNOWLEDGE, ACT, CLOSE])
def test_what_is_said_of_an_unknown_flag_is_refused(command: SafetyFlagCommand) -> None:
    given(SAFETY_FLAGS, RAISED).when(change(command, flag_id=OTHER)).then_refused(SafetyFlagUnknown)


def test_what_happens_by_itself_can_neither_acknowledge_nor_close() -> None:
    by_itself = set(WatchCommand.__args__)
    assert by_itself == {RaiseSafetyFlag, RaiseUnfiledFlag, EscalateSafetyFlag}
    assert by_itself.isdisjoint(SafetyFlagCommand.__args__)


def test_a_flag_is_named_after_its_form_and_lies_with_its_client() -> None:
    assert raised_id(ENTRY, 1) == raised_id(UUID(str(ENTRY)), 1) != raised_id(ENTRY, 2)
    assert flags_id(ANNA) not in (ANNA, flags_id(ENTRY))

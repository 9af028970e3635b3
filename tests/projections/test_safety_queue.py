"""safety_queue: a flag as it stands, from the answer that raised it to the person who closed it."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from events.practice import Practice
from events.practice_choices import Duty, DutyPerson
from events.safety_flag import (
    SafetyFlagAcknowledged,
    SafetyFlagActedOn,
    SafetyFlagClosed,
    SafetyFlagEscalated,
    SafetyFlagEvent,
    SafetyFlagRaised,
)
from projections.safety_queue import (
    ACTIONS_KEPT,
    ASKED_KEPT,
    Asking,
    SafetyAction,
    SafetyFlagRow,
    projection,
    settle,
)
from tests.projections.past import ANNA, NINE, Log, day, rows

FLAG, OTHER = UUID(int=0xF1A6), UUID(int=0xF1A7)
HALF_PAST, TEN = NINE.replace(minute=30), NINE.replace(hour=10)


def raised(flag_id: UUID = FLAG, *, to: tuple[str, ...] = ("ida",)) -> SafetyFlagRaised:
    return SafetyFlagRaised(
        flag_id=flag_id,
        client_id=ANNA,
        assessment_id=UUID(int=0x5C1),
        instrument="phq9",
        item=9,
        answer=1,
        queue="duty",
        to=to,
        acknowledge_by=HALF_PAST if to else None,
    )


ESCALATED = SafetyFlagEscalated(flag_id=FLAG, rung=1, to=("ben",), acknowledge_by=TEN)
ACKNOWLEDGED = SafetyFlagAcknowledged(flag_id=FLAG)
ACTED = SafetyFlagActedOn(flag_id=FLAG, action="Called")
CLOSED = SafetyFlagClosed(flag_id=FLAG, reason="We met", outcome="A plan is agreed")


def row(*events: SafetyFlagEvent) -> SafetyFlagRow:
    log = Log().add(raised())
    for hours, event in enumerate(events):
        log.add(event, at=day(1, hour=10) + timedelta(hours=hours), actor="clinician:ida")
    found = rows(projection, log.kept)[FLAG]
    assert isinstance(found, SafetyFlagRow)
    return found


def waits(found: SafetyFlagRow) -> tuple[bool, bool, datetime | None]:
    is_open, acknowledged, next_at, _ = projection.clear(found)
    return is_open, acknowledged, next_at


def test_starts_open_until_the_time_of_whoever_was_asked_first_is_up():
    found = row()
    assert (found.client_id, found.instrument, found.item, found.answer) == (ANNA, "phq9", 9, 1)
    assert (found.raised_at, found.raised_position, found.queue) == (NINE, 1, "duty")
    assert found.asked == (Asking(at=NINE, to=("ida",), acknowledge_by=HALF_PAST),)
    assert waits(found) == (True, False, HALF_PAST)


def test_is_looked_at_at_once_where_nobody_was_on_duty():
    found = rows(projection, Log().add(raised(to=())).kept)[FLAG]
    assert (found.asked, waits(found)) == ((), (True, False, NINE))


def test_is_looked_at_at_once_where_whoever_was_asked_is_on_duty_no_more():
    def on_duty(*subjects: str) -> Practice:
        people = tuple(DutyPerson(subject=one, name=one) for one in subjects)
        return Practice(duty=Duty(people=people))

    found = row()
    assert settle(found, on_duty("ida", "ben")) == found
    assert settle(found, on_duty()) == found  # There is nobody to ask.
    moved = settle(found, on_duty("ben"))
    assert moved.next_at == NINE
    assert settle(moved, on_duty("ida")) == found
    for over in (row(ACKNOWLEDGED), row(CLOSED)):
        assert settle(over, on_duty("ben")) == over


def test_keeps_everybody_who_was_asked():
    found = row(ESCALATED)
    assert [one.to for one in found.asked] == [("ida",), ("ben",)]
    assert waits(found) == (True, False, TEN)


def test_keeps_the_newest_of_those_who_were_asked_and_counts_all():
    found = row(*[ESCALATED] * (ASKED_KEPT + 20))
    assert (len(found.asked), found.times_asked) == (ASKED_KEPT, ASKED_KEPT + 21)
    assert found.asked[-1].at == day(1, hour=10) + timedelta(hours=ASKED_KEPT + 19)
    assert {one.to for one in found.asked} == {("ben",)}


def test_keeps_the_newest_of_what_was_done_and_counts_all():
    found = row(*[ACTED] * (ACTIONS_KEPT + 3))
    assert (len(found.actions), found.times_acted) == (ACTIONS_KEPT, ACTIONS_KEPT + 3)


def test_says_that_it_was_raised_afterwards():
    log = Log().add(msgspec.structs.replace(raised(), afterwards=True))
    found = rows(projection, log.kept)[FLAG]
    assert found.afterwards
    assert not row().afterwards


def test_waits_for_no_worker_once_somebody_has_seen_it():
    found = row(ESCALATED, ACKNOWLEDGED)
    assert (found.acknowledged_by, found.acknowledged_at) == ("clinician:ida", day(1, hour=11))
    assert waits(found) == (True, True, None)


def test_stays_open_whatever_was_done():
    found = row(ACKNOWLEDGED, ACTED)
    assert found.actions == (SafetyAction(at=day(1, hour=11), by="clinician:ida", action="Called"),)
    assert waits(found) == (True, True, None)


def test_is_closed_by_a_person_with_a_reason():
    found = row(ACKNOWLEDGED, ACTED, CLOSED)
    assert (found.closed_by, found.reason, found.outcome) == (
        "clinician:ida", "We met", "A plan is agreed",
    )  # fmt: skip
    assert waits(found) == (False, True, None)
    assert found.version == 4


def test_each_flag_of_a_client_goes_its_own_way():
    log = Log().add(raised(), raised(OTHER)).add(ACKNOWLEDGED, CLOSED)
    found = rows(projection, log.kept)
    assert (found[FLAG].is_open, found[OTHER].is_open) == (False, True)
    assert {one.stream_id for one in log.kept} == {log.kept[0].stream_id}

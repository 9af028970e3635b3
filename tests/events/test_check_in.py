"""Check-ins on a goal: logged, corrected, withdrawn."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec import ValidationError

from events.check_in import (
    CHECK_IN,
    CheckInCorrected,
    CheckInNotKept,
    CheckInWithdrawn,
    CorrectCheckIn,
    LogCheckIn,
    WithdrawCheckIn,
)
from events.moment import NaiveTime, TimeInTheFuture, TimeOutOfRange
from tests.controls import ANNA, ENTRY, NOON, THIS_MORNING, WALK, change, check_in_logged
from tests.given import given, said

WITHDRAWN = CheckInWithdrawn(check_in_id=ENTRY, goal_id=WALK, reason="Not mine")


class TestLogCheckIn:
    LOG = LogCheckIn(
        check_in_id=ENTRY,
        client_id=ANNA,
        goal_id=WALK,
        amount=1.0,
        occurred_at=THIS_MORNING,
        now=NOON,
        note="with Ida",
    )

    def test_keeps_every_part(self) -> None:
        given(CHECK_IN).when(self.LOG).then(check_in_logged())

    @pytest.mark.parametrize("amount", [0.01, 0.5, 30.0, 1440.0])
    def test_takes_an_amount_up_to_the_minutes_of_a_day(self, amount: float) -> None:
        given(CHECK_IN).when(change(self.LOG, amount=amount)).then(check_in_logged(amount=amount))

    # The smallest float would make an infinite share of what was asked for.
    @pytest.mark.parametrize(
        "amount", [0, -1, 5e-324, 0.009, 1440.01, 1e308, float("inf"), float("nan"), "1", None]
    )
    def test_takes_nothing_else(self, amount: Any) -> None:
        with pytest.raises(ValidationError):
            said(change(self.LOG, amount=amount))

    @pytest.mark.parametrize(
        ("occurred_at", "refusal"),
        [
            (NOON + timedelta(minutes=11), TimeInTheFuture),
            (datetime(2026, 3, 2, 7, 30), NaiveTime),  # noqa: DTZ001 - as it must not come
            (datetime(1899, 12, 31, 23, tzinfo=timezone(-timedelta(hours=9))), TimeOutOfRange),
        ],
    )
    def test_is_refused_at_an_unbelievable_time(self, occurred_at: datetime, refusal: Any) -> None:
        given(CHECK_IN).when(change(self.LOG, occurred_at=occurred_at)).then_refused(refusal)

    @pytest.mark.parametrize("past", [(check_in_logged(),), (check_in_logged(), WITHDRAWN)])
    def test_is_ignored_when_the_entry_is_there(self, past: Any) -> None:
        given(CHECK_IN, *past).when(change(self.LOG, amount=2.0)).then_nothing()


class TestCorrectCheckIn:
    CORRECT = CorrectCheckIn(check_in_id=ENTRY, now=NOON, amount=2.0)
    FACT = CheckInCorrected(
        check_in_id=ENTRY,
        goal_id=WALK,
        from_amount=1.0,
        amount=2.0,
        from_occurred_at=THIS_MORNING,
        occurred_at=THIS_MORNING,
        note="with Ida",
    )

    def test_changes_the_amount_and_leaves_the_rest(self) -> None:
        given(CHECK_IN, check_in_logged()).when(self.CORRECT).then(self.FACT)

    @pytest.mark.parametrize(
        "changes", [{"note": ""}, {"occurred_at": THIS_MORNING - timedelta(days=1)}], ids=str
    )
    def test_changes_one_thing_alone(self, changes: dict[str, Any]) -> None:
        ask = CorrectCheckIn(check_in_id=ENTRY, now=NOON, **changes)
        given(CHECK_IN, check_in_logged()).when(ask).then(change(self.FACT, amount=1.0, **changes))

    def test_corrects_a_correction(self) -> None:
        given(CHECK_IN, check_in_logged(), self.FACT).when(change(self.CORRECT, amount=3.0)).then(
            change(self.FACT, from_amount=2.0, amount=3.0)
        )

    @pytest.mark.parametrize(
        "changes", [{}, {"amount": 1.0}, {"note": "with Ida", "occurred_at": THIS_MORNING}], ids=str
    )
    def test_is_ignored_when_it_is_already_so(self, changes: dict[str, Any]) -> None:
        ask = CorrectCheckIn(check_in_id=ENTRY, now=NOON, **changes)
        given(CHECK_IN, check_in_logged()).when(ask).then_nothing()

    def test_is_refused_in_the_future(self) -> None:
        ask = change(self.CORRECT, occurred_at=NOON + timedelta(hours=1))
        given(CHECK_IN, check_in_logged()).when(ask).then_refused(TimeInTheFuture)

    @pytest.mark.parametrize(
        "past", [(), (check_in_logged(), WITHDRAWN)], ids=["unset", "withdrawn"]
    )
    def test_is_refused_when_there_is_nothing_to_correct(self, past: Any) -> None:
        given(CHECK_IN, *past).when(self.CORRECT).then_refused(CheckInNotKept)

    @pytest.mark.parametrize("amount", [0, 1441])
    def test_keeps_to_the_limits(self, amount: float) -> None:
        with pytest.raises(ValidationError):
            said(change(self.CORRECT, amount=amount))


class TestWithdrawCheckIn:
    WITHDRAW = WithdrawCheckIn(check_in_id=ENTRY, reason="Not mine")

    def test_withdraws_the_entry(self) -> None:
        given(CHECK_IN, check_in_logged()).when(self.WITHDRAW).then(WITHDRAWN)

    def test_is_ignored_when_withdrawn(self) -> None:
        given(CHECK_IN, check_in_logged(), WITHDRAWN).when(self.WITHDRAW).then_nothing()

    def test_is_refused_when_there_is_nothing_to_withdraw(self) -> None:
        given(CHECK_IN).when(self.WITHDRAW).then_refused(CheckInNotKept)

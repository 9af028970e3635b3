"""What a deadline may be."""

from datetime import date, timedelta
from typing import Any

import pytest

from events.deadline import (
    LONGEST_GOAL_DAYS,
    DeadlineBeforeTheStart,
    DeadlineInThePast,
    DeadlineTooFarAway,
    require_deadline,
)
from events.moment import TimeOutOfRange
from tests.controls import FRIDAY, MONDAY

DAY = timedelta(days=1)


class TestRequireDeadline:
    @pytest.mark.parametrize(
        ("due_on", "today", "starts_on"),
        [
            (MONDAY, MONDAY, MONDAY),
            (FRIDAY, MONDAY, FRIDAY),
            (FRIDAY, FRIDAY, MONDAY),
            (MONDAY + LONGEST_GOAL_DAYS * DAY, MONDAY, MONDAY),
            (date(2200, 12, 31), date(2200, 12, 31), date(2200, 1, 1)),
            (date(1900, 1, 1), date(1900, 1, 1), date(1900, 1, 1)),
        ],
    )
    def test_takes_today_or_later(self, due_on: date, today: date, starts_on: date) -> None:
        require_deadline(due_on, today=today, starts_on=starts_on)

    @pytest.mark.parametrize(
        ("due_on", "today", "starts_on", "refusal"),
        [
            (MONDAY - DAY, MONDAY, MONDAY - DAY, DeadlineInThePast),
            (MONDAY - DAY, MONDAY, FRIDAY, DeadlineInThePast),
            (FRIDAY - DAY, MONDAY, FRIDAY, DeadlineBeforeTheStart),
            (MONDAY + (LONGEST_GOAL_DAYS + 1) * DAY, MONDAY, MONDAY, DeadlineTooFarAway),
            (date.max, MONDAY, MONDAY, TimeOutOfRange),
            (date(2201, 1, 1), MONDAY, MONDAY, TimeOutOfRange),
            (date(1899, 12, 31), MONDAY, MONDAY, TimeOutOfRange),
        ],
    )
    def test_refuses_the_rest(
        self, due_on: date, today: date, starts_on: date, refusal: Any
    ) -> None:
        with pytest.raises(refusal):
            require_deadline(due_on, today=today, starts_on=starts_on)

    def test_is_judged_by_itself_where_the_first_day_is_not_known(self) -> None:
        require_deadline(date(2200, 1, 1), today=MONDAY, starts_on=None)
        with pytest.raises(DeadlineInThePast):
            require_deadline(MONDAY - DAY, today=MONDAY, starts_on=None)

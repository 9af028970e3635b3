"""Mood entries: logged, corrected, withdrawn."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec import ValidationError

from events.moment import NaiveTime, TimeInTheFuture, TimeOutOfRange
from events.mood import (
    MOOD,
    CorrectMood,
    LogMood,
    Mood,
    MoodCorrected,
    MoodLogged,
    MoodNotKept,
    MoodWithdrawn,
    WithdrawMood,
)
from tests.controls import ANNA, ENTRY, NOON, THIS_MORNING, change, mood_logged
from tests.given import given, said

WITHDRAWN = MoodWithdrawn(mood_id=ENTRY, reason="Not mine")


class TestLogMood:
    LOG = LogMood(
        mood_id=ENTRY,
        client_id=ANNA,
        rating=4,
        occurred_at=THIS_MORNING,
        now=NOON,
        note="slept badly",
        tags=("sleep",),
    )

    def test_keeps_every_part(self) -> None:
        given(MOOD).when(self.LOG).then(mood_logged())

    def test_keeps_the_offset_of_the_person(self) -> None:
        there = THIS_MORNING.astimezone(timezone(timedelta(hours=-9, minutes=-30)))
        (logged,) = MOOD.decide(Mood(), change(self.LOG, occurred_at=there))
        assert isinstance(logged, MoodLogged)
        assert logged.occurred_at.isoformat() == "2026-03-01T21:00:00-09:30"

    @pytest.mark.parametrize("rating", [1, 10])
    def test_takes_a_rating_from_1_to_10(self, rating: int) -> None:
        given(MOOD).when(change(self.LOG, rating=rating)).then(mood_logged(rating=rating))

    @pytest.mark.parametrize("rating", [-1, 0, 11, 2**70, 4.5, "4", True, None])
    def test_takes_nothing_else(self, rating: Any) -> None:
        with pytest.raises(ValidationError):
            said(change(self.LOG, rating=rating))

    @pytest.mark.parametrize(
        "beyond",
        [{"note": "x" * 4001}, {"tags": ("x",) * 21}, {"tags": ("",)}, {"tags": ("x" * 41,)}],
        ids=["note", "tags", "empty tag", "long tag"],
    )
    def test_has_limits(self, beyond: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            said(change(self.LOG, **beyond))

    def test_fills_the_limits(self) -> None:
        most = {"note": "x" * 4000, "tags": ("x" * 40,) * 20}
        given(MOOD).when(change(self.LOG, **most)).then(mood_logged(**most))

    def test_may_come_days_late(self) -> None:
        last_week = THIS_MORNING - timedelta(days=9)
        given(MOOD).when(change(self.LOG, occurred_at=last_week)).then(
            mood_logged(occurred_at=last_week)
        )

    def test_takes_a_clock_that_is_ten_minutes_fast_for_ours(self) -> None:
        fast = NOON + timedelta(minutes=10)
        given(MOOD).when(change(self.LOG, occurred_at=fast)).then(
            mood_logged(occurred_at=NOON, said_at=fast)
        )

    def test_is_refused_in_the_future(self) -> None:
        ahead = NOON + timedelta(minutes=10, microseconds=1)
        given(MOOD).when(change(self.LOG, occurred_at=ahead)).then_refused(TimeInTheFuture)

    def test_is_refused_without_an_offset(self) -> None:
        naive = THIS_MORNING.replace(tzinfo=None)
        given(MOOD).when(change(self.LOG, occurred_at=naive)).then_refused(NaiveTime)

    def test_is_refused_at_an_unbelievable_time(self) -> None:
        queen = datetime(1899, 12, 31, 23, 59, 59, tzinfo=UTC)
        given(MOOD).when(change(self.LOG, occurred_at=queen)).then_refused(TimeOutOfRange)

    @pytest.mark.parametrize("past", [(mood_logged(),), (mood_logged(), WITHDRAWN)])
    def test_is_ignored_when_the_entry_is_there(self, past: Any) -> None:
        given(MOOD, *past).when(change(self.LOG, rating=9)).then_nothing()


class TestCorrectMood:
    CORRECT = CorrectMood(mood_id=ENTRY, now=NOON, rating=6)
    FACT = MoodCorrected(
        mood_id=ENTRY,
        from_rating=4,
        rating=6,
        from_occurred_at=THIS_MORNING,
        occurred_at=THIS_MORNING,
        note="slept badly",
        tags=("sleep",),
    )

    def test_changes_the_rating_and_leaves_the_rest(self) -> None:
        given(MOOD, mood_logged()).when(self.CORRECT).then(self.FACT)

    @pytest.mark.parametrize(
        "changes",
        [{"note": ""}, {"note": "slept well"}, {"tags": ()}, {"tags": ("sleep", "walk")}],
        ids=str,
    )
    def test_changes_note_and_tags_to_nothing_as_well(self, changes: dict[str, Any]) -> None:
        ask = CorrectMood(mood_id=ENTRY, now=NOON, **changes)
        fact = change(self.FACT, rating=4, **changes)
        given(MOOD, mood_logged()).when(ask).then(fact)

    def test_moves_the_entry_in_time(self) -> None:
        earlier = THIS_MORNING - timedelta(days=1)
        ask = CorrectMood(mood_id=ENTRY, now=NOON, occurred_at=earlier)
        given(MOOD, mood_logged()).when(ask).then(change(self.FACT, rating=4, occurred_at=earlier))

    def test_corrects_a_correction(self) -> None:
        given(MOOD, mood_logged(), self.FACT).when(change(self.CORRECT, rating=7)).then(
            change(self.FACT, from_rating=6, rating=7)
        )

    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"rating": 4},
            {"rating": 4, "note": "slept badly", "tags": ("sleep",)},
            {"occurred_at": THIS_MORNING.astimezone(UTC)},
        ],
        ids=["nothing", "rating", "all", "moment"],
    )
    def test_is_ignored_when_it_is_already_so(self, changes: dict[str, Any]) -> None:
        ask = CorrectMood(mood_id=ENTRY, now=NOON, **changes)
        given(MOOD, mood_logged()).when(ask).then_nothing()

    def test_is_refused_in_the_future(self) -> None:
        ask = change(self.CORRECT, occurred_at=NOON + timedelta(hours=1))
        given(MOOD, mood_logged()).when(ask).then_refused(TimeInTheFuture)

    def test_is_refused_without_an_offset(self) -> None:
        ask = change(self.CORRECT, occurred_at=THIS_MORNING.replace(tzinfo=None))
        given(MOOD, mood_logged()).when(ask).then_refused(NaiveTime)

    @pytest.mark.parametrize("past", [(), (mood_logged(), WITHDRAWN)], ids=["unset", "withdrawn"])
    def test_is_refused_when_there_is_nothing_to_correct(self, past: Any) -> None:
        given(MOOD, *past).when(self.CORRECT).then_refused(MoodNotKept)
        given(MOOD, *past).when(CorrectMood(mood_id=ENTRY, now=NOON)).then_refused(MoodNotKept)

    @pytest.mark.parametrize("rating", [0, 11])
    def test_keeps_to_the_scale(self, rating: int) -> None:
        with pytest.raises(ValidationError):
            said(change(self.CORRECT, rating=rating))


class TestWithdrawMood:
    WITHDRAW = WithdrawMood(mood_id=ENTRY, reason="Not mine")

    def test_withdraws_the_entry(self) -> None:
        given(MOOD, mood_logged()).when(self.WITHDRAW).then(WITHDRAWN)

    def test_withdraws_a_corrected_entry(self) -> None:
        given(MOOD, mood_logged(), TestCorrectMood.FACT).when(self.WITHDRAW).then(WITHDRAWN)

    def test_is_ignored_when_withdrawn(self) -> None:
        given(MOOD, mood_logged(), WITHDRAWN).when(self.WITHDRAW).then_nothing()

    def test_is_refused_when_there_is_nothing_to_withdraw(self) -> None:
        given(MOOD).when(self.WITHDRAW).then_refused(MoodNotKept)

    def test_needs_no_reason(self) -> None:
        withdrawn = change(WITHDRAWN, reason="")
        given(MOOD, mood_logged()).when(change(self.WITHDRAW, reason="")).then(withdrawn)

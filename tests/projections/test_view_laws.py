"""Laws of all views: how a log is cut into batches, and in which order entries arrive, is nothing
to them."""

from collections.abc import Iterable
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from events import goal, goal_days, goal_decisions
from events.record import Recorded
from projections import caseload, goal_status_fold, tracking_fold
from projections.catalogue import PROJECTIONS
from projections.goal_status import GoalStatus, excused_days
from projections.rows import Projection, WholeClient
from tests.examples import examples
from tests.projections.lives import ENTRIES, lives
from tests.projections.past import Log, rows, rows_in_batches

every_view = pytest.mark.parametrize("projection", PROJECTIONS, ids=lambda one: one.name)


@every_view
@given(life=lives, sizes=st.lists(st.integers(1, 9), max_size=20))
@examples(60)
def test_batches_make_no_difference(projection: Projection, life: Log, sizes: list[int]):
    assert rows_in_batches(projection, life.kept, sizes) == rows(projection, life.kept)


@every_view
@given(life=lives)
@examples(40)
def test_only_the_rows_that_an_event_touches_matter_to_it(projection: Projection, life: Log):
    # What is not named is not loaded, so a fold that looked at it would go wrong on the server.
    pages: dict[UUID, dict[UUID, Any]] = {}
    for one in life.kept:
        if one.type not in projection.types or one.client_id is None:
            continue
        page = pages.setdefault(one.client_id, {})
        touched = projection.touches(one)
        seen = page if isinstance(touched, WholeClient) else there(projection, page, touched)
        changes = projection.evolve(page, one)
        assert changes == projection.evolve(seen, one)
        if one.type in projection.founding:
            assert one.stream_id not in page
        for key, row in changes.items():
            if row is None:
                page.pop(key, None)
            else:
                page[key] = row


def there(
    projection: Projection, page: dict[UUID, Any], touched: tuple[UUID, ...]
) -> dict[UUID, Any]:
    """The rows that are loaded for an event: those it touches, and those that they follow."""
    named = {key for key in touched if key in page}
    followed = {other for key in named for other in projection.follows(page[key])}
    return {key: row for key, row in page.items() if key in named | followed}


def in_another_order(recorded: Iterable[Recorded], seed: int) -> list[Recorded]:
    """The same log with the entries at other places, each entry's own events still in order.

    An entry stays behind the goals, which lead here, so that everything it concerns is known.
    """
    leading = [one for one in recorded if one.category not in ENTRIES]
    streams: dict[UUID, list[Recorded]] = {}
    for one in recorded:
        if one.category in ENTRIES:
            streams.setdefault(one.stream_id, []).append(one)
    turns = [stream_id for stream_id, events in streams.items() for _ in events]
    Random(seed).shuffle(turns)
    later = [streams[stream_id].pop(0) for stream_id in turns]
    return [
        replace(one, position=position) for position, one in enumerate((*leading, *later), start=1)
    ]


@given(life=lives, seeds=st.tuples(st.integers(0, 99), st.integers(0, 99)))
@examples(100)
def test_the_order_of_arrival_makes_no_difference_to_goals(life: Log, seeds: tuple[int, int]):
    def seen(seed: int) -> dict[UUID, Any]:
        found = rows(goal_status_fold.projection, in_another_order(distinct(life.kept), seed))
        return {
            key: (row.progress, row.latest and row.latest.value, row.risk_at, row.goal.stage)
            for key, row in found.items()
            if isinstance(row, GoalStatus)
        }

    assert seen(seeds[0]) == seen(seeds[1])


@given(life=lives, seeds=st.tuples(st.integers(0, 99), st.integers(0, 99)))
@examples(60)
def test_the_order_of_arrival_makes_no_difference_to_the_last_entry(
    life: Log, seeds: tuple[int, int]
):
    def seen(seed: int) -> dict[UUID, Any]:
        found = rows(caseload.projection, in_another_order(life.kept, seed))
        return {key: row.last_entry for key, row in found.items()}

    assert seen(seeds[0]) == seen(seeds[1])


def distinct(recorded: Iterable[Recorded]) -> list[Recorded]:
    """No two entries at the same moment: then the log's order would rightly decide."""
    moments: set[Any] = set()
    kept = []
    for one in recorded:
        occurred_at = getattr(one.event, "occurred_at", None)
        if one.category in ENTRIES and occurred_at is not None:
            while occurred_at in moments:
                occurred_at = occurred_at.replace(microsecond=occurred_at.microsecond + 1)
            moments.add(occurred_at)
            event: Any = one.event
            one = replace(one, event=replace(event, occurred_at=occurred_at))  # noqa: PLW2901 - the same event, a moment later
        kept.append(one)
    return kept


@given(life=lives)
@examples(100)
def test_every_view_of_a_goal_agrees_with_the_goal(life: Log):
    statuses = rows(goal_status_fold.projection, life.kept)
    cases = rows(caseload.projection, life.kept)
    plans = rows(tracking_fold.projection, life.kept)
    streams: dict[UUID, list[Recorded]] = {}
    for one in life.kept:
        if one.category == goal_decisions.GOAL.category:
            streams.setdefault(one.stream_id, []).append(one)
    for goal_id, past in streams.items():
        told: list[tuple[Any, datetime]] = [(one.event, one.occurred_at) for one in past]
        state = goal_decisions.GOAL.fold_stored(told)
        assert state.client_id is not None
        row, plan = statuses[goal_id], plans[state.client_id].plans[goal_id]
        assert [row.goal, cases[state.client_id].goals[goal_id], plan.goal] == [state] * 3
        assert row.version == len(past)
        if state.stage in goal.OPEN_STAGES:
            assert excused_days(row) == goal_days.excused_days(state, state.due_on)
        assert row.progress.fraction == min(1.0, max(0.0, row.progress.fraction))

"""Two real studies' trends: the classes and directions the product names, counted independently.

The files are not ours to ship (see ../shared/data): where they are not there, these tests skip.
What is expected is computed here from the files alone, with none of the product's code.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import combinations
from math import sqrt
from statistics import NormalDist, median

import pytest

from events import instruments
from projections.mood_trend import by_day
from projections.score_trend import score_trend
from projections.theil_sen import Slope
from service.settings import Settings
from service.wiring import Cairn
from tests.service.conftest import open_practice
from tests.service.test_real_input import (
    BDI2,
    BTHEB,
    CHICAGO,
    DAILY,
    DIGIBP,
    LONDON,
    START,
    Study,
    bdi2_by_month,
    here,
    ratings_by_day,
)

pytestmark = here


@pytest.fixture
async def trends(settings: Settings) -> AsyncIterator[Study]:
    async with Cairn.open(settings, connections=6) as cairn:
        yield Study(cairn=cairn, practice_id=await open_practice(cairn))


# The manual's outpatients (SD 12.75, r .93), and 20 or more as clinical.
RELIABLE = 1.96 * 12.75 * sqrt(1 - 0.93) * sqrt(2)
CLINICAL = 20


def class_of(first: float, last: float) -> str:
    if last > first + RELIABLE:
        return "deteriorated"
    if last >= first - RELIABLE:
        return "unchanged"
    return "recovered" if first >= CLINICAL > last else "improved"


async def test_a_hundred_clients_are_classed_as_the_file_says(trends: Study):
    expected = {
        name: class_of(by_month[0], by_month[max(by_month)])
        for name, by_month in bdi2_by_month().items()
        if len(by_month) > 1
    }
    # 97 of the 100 have a second score; every class there is has somebody in it.
    assert (len(expected), len(set(expected.values()))) == (97, 4)

    await trends.take(BTHEB, BDI2, LONDON, halving=False)
    found: dict[str, str] = {}
    for client_id, name in trends.names(bdi2_by_month()).items():
        rows = await trends.cairn.views.assessments(trends.practice_id, client_id)
        last = score_trend(rows, instruments.named("bdi2")).points[-1]
        if last.change_from_previous is not None:
            assert last.standing is not None
            assert last.standing.reliable is not None
            found[name] = last.standing.reliable.jacobson_truax
    assert found == expected
    assert Counter(found.values()) == {
        "unchanged": 56, "recovered": 24, "improved": 15, "deteriorated": 2,
    }  # fmt: skip


def interval(days: Sequence[int], values: Sequence[float]) -> tuple[float, float, float]:
    """Slope a week and its 95 % interval, from all pairs of days (Sen 1968, equation 2.6)."""
    pairs = combinations(zip(days, values, strict=True), 2)
    slopes = sorted(
        (later - earlier) / (after - before) for (before, earlier), (after, later) in pairs
    )
    n, ties = len(days), Counter(values).values()
    variance = (n * (n - 1) * (2 * n + 5) - sum(k * (k - 1) * (2 * k + 5) for k in ties)) / 18
    across = NormalDist().inv_cdf(0.975) * sqrt(max(variance, 0))
    low = max(0, round((len(slopes) - across) / 2) - 1)
    high = min(len(slopes) - 1, round((len(slopes) + across) / 2))
    return 7 * median(slopes), 7 * slopes[low], 7 * slopes[high]


def direction_of(days: Sequence[int], values: Sequence[float]) -> str:
    if len(days) < 5 or days[-1] - days[0] < 14:
        return "not_enough_yet"
    _, low, high = interval(days, values)
    if low > 0 or high < 0:
        return "rising" if low > 0 else "falling"
    return "no_clear_direction"


async def test_forty_three_clients_moods_go_where_all_their_pairs_of_days_say(trends: Study):
    ratings = ratings_by_day()
    await trends.take(DIGIBP, DAILY, CHICAGO, halving=False)
    named = []
    for weeks in (1, 6):
        to_on = START + timedelta(days=7 * weeks - 1)
        expected, found = {}, {}
        for client_id, name in trends.names(ratings).items():
            known = {on: rating for on, rating in sorted(ratings[name].items()) if on <= to_on}
            days = [(on - START).days for on in known]
            expected[name] = direction_of(days, list(known.values()))
            entries = await trends.cairn.views.moods(trends.practice_id, client_id)
            trend = by_day(entries, zone=CHICAGO, from_on=START, to_on=to_on).trend
            found[name] = trend.direction
            if isinstance(trend.slope, Slope):
                slope = trend.slope.per_week, trend.slope.low_per_week, trend.slope.high_per_week
                assert slope == pytest.approx(interval(days, list(known.values())))
        assert found == expected
        named.append(Counter(found.values()))
    # After one week nothing is said; after six, that hardly anybody's mood went one way.
    assert named == [
        {"not_enough_yet": 43},
        {"no_clear_direction": 41, "rising": 1, "falling": 1},
    ]

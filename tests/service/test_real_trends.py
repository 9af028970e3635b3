"""Two real studies' trends: the classes and directions the product names, counted independently.

The files are not ours to ship (see ../shared/data): where they are not there, these tests skip.
What is expected is computed here from the files alone, with none of the product's code.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import combinations, pairwise
from math import sqrt
from statistics import median

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
    for client_id, name in (await trends.names(bdi2_by_month())).items():
        rows = await trends.cairn.views.assessments(trends.practice_id, client_id)
        last = score_trend(rows, instruments.named("bdi2"), zone=LONDON).points[-1]
        if last.change_from_previous is not None:
            assert last.standing is not None
            assert last.standing.reliable is not None
            found[name] = last.standing.reliable.jacobson_truax
    assert found == expected
    assert Counter(found.values()) == {
        "unchanged": 56, "recovered": 24, "improved": 15, "deteriorated": 2,
    }  # fmt: skip


def interval(days: Sequence[int], values: Sequence[float]) -> tuple[float, float, float, bool]:
    """Slope a week and its 95 % interval, from all pairs of days (Sen 1968, equation 2.6).

    Its variance is multiplied by (1 + r) / (1 - r), where r is the autocorrelation of what the
    slope leaves. Last, whether Kendall's test, corrected in the same way, rejects a slope of 0.
    """
    pairs = combinations(zip(days, values, strict=True), 2)
    slopes = sorted(
        (later - earlier) / (after - before) for (before, earlier), (after, later) in pairs
    )
    middle = median(slopes)
    left = [value - middle * day for day, value in zip(days, values, strict=True)]
    left = [one - sum(left) / len(left) for one in left]
    r = sum(one * other for one, other in pairwise(left)) / (sum(one * one for one in left) or 1)
    n, ties = len(days), Counter(values).values()
    variance = (n * (n - 1) * (2 * n + 5) - sum(k * (k - 1) * (2 * k + 5) for k in ties)) / 18
    across = 1.96 * sqrt(max(variance, 0) * (1 + max(r, 0)) / (1 - max(r, 0)))
    low = max(0, round((len(slopes) - across) / 2) - 1)
    high = min(len(slopes) - 1, round((len(slopes) + across) / 2))
    score = sum((slope > 0) - (slope < 0) for slope in slopes)
    return 7 * middle, 7 * slopes[low], 7 * slopes[high], abs(score) > across


def direction_of(days: Sequence[int], values: Sequence[float]) -> str:
    if len(days) < 5 or days[-1] - days[0] < 14:
        return "not_enough_yet"
    middle, low, high, rejected = interval(days, values)
    if low > 0 or (low == 0 < middle and rejected):
        return "rising"
    if high < 0 or (high == 0 > middle and rejected):
        return "falling"
    return "no_clear_direction"


async def test_forty_three_clients_moods_go_where_all_their_pairs_of_days_say(trends: Study):
    ratings = ratings_by_day()
    await trends.take(DIGIBP, DAILY, CHICAGO, halving=False)
    named = []
    for weeks in (1, 6):
        to_on = START + timedelta(days=7 * weeks - 1)
        expected, found = {}, {}
        for client_id, name in (await trends.names(ratings)).items():
            known = {on: rating for on, rating in sorted(ratings[name].items()) if on <= to_on}
            days = [(on - START).days for on in known]
            expected[name] = direction_of(days, list(known.values()))
            entries = await trends.cairn.views.moods(trends.practice_id, client_id)
            trend = by_day(entries, zone=CHICAGO, from_on=START, to_on=to_on).trend
            found[name] = trend.direction
            if isinstance(trend.slope, Slope):
                slope = trend.slope.per_week, trend.slope.low_per_week, trend.slope.high_per_week
                assert slope == pytest.approx(interval(days, list(known.values()))[:3])
        assert found == expected
        named.append(Counter(found.values()))
    # After one week nothing is said; after six, that hardly anybody's mood went one way.
    assert named == [
        {"not_enough_yet": 43},
        {"no_clear_direction": 37, "rising": 3, "falling": 3},
    ]

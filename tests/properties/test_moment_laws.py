"""What holds for every instant and for every day, wherever somebody lives."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

from hypothesis import given
from hypothesis import strategies as st

from events.moment import UnknownZone, believable, day_of, end_of, said_ahead, start_of, zone_named
from events.refusals import ValueRefused
from tests.controls import NOON
from tests.strategies import offsets

ZONES = sorted(available_timezones() - {"Factory"})
zones = st.sampled_from(ZONES)
any_day = st.dates(date(1900, 1, 1), date(2200, 12, 31))
this_century = st.dates(date(2020, 1, 1), date(2100, 12, 31))


def test_every_zone_of_the_world_is_known() -> None:
    assert [zone for zone in ZONES if zone_named(zone).key != zone] == []


@given(st.text(max_size=70))
def test_a_zone_is_known_or_refused_and_nothing_else(name: str) -> None:
    try:
        assert zone_named(name).key in ZONES
    except UnknownZone:
        assert name not in ZONES


@given(this_century, zones)
def test_a_day_begins_and_ends_on_the_calendar_there(day: date, zone: str) -> None:
    first, over = start_of(day, zone), end_of(day, zone)
    assert day_of(first, zone) == day
    assert day_of(first - timedelta(microseconds=1), zone) == day - timedelta(days=1)
    assert day_of(over - timedelta(microseconds=1), zone) == day
    assert day_of(over, zone) == day + timedelta(days=1)


@given(any_day, zones)
def test_a_day_lasts_about_a_day_but_for_those_that_were_left_out(day: date, zone: str) -> None:
    length = end_of(day, zone) - start_of(day, zone)
    assert timedelta(0) <= length <= timedelta(days=2)


@given(st.datetimes(datetime(1900, 1, 2), timezones=offsets), zones)  # noqa: DTZ001 - drawn beside
def test_every_believable_time_has_a_day_everywhere(moment: datetime, zone: str) -> None:
    try:
        taken = believable(moment, now=NOON)
    except ValueRefused:
        return
    assert taken is moment or (taken == NOON and said_ahead(moment, now=NOON) is moment)
    assert abs(day_of(taken, zone) - moment.date()) <= timedelta(days=2)


@given(st.datetimes(timezones=st.none() | offsets))
def test_a_time_is_taken_or_refused_and_nothing_else(moment: datetime) -> None:
    try:
        taken = believable(moment, now=NOON)
    except ValueRefused:
        return
    assert moment.tzinfo is not None
    assert moment <= NOON + timedelta(minutes=10)
    assert taken == min(moment, NOON)
    assert taken.utcoffset() == moment.utcoffset()


@given(this_century, zones, zones)
def test_a_day_that_is_over_there_is_over_for_good(day: date, zone: str, other: str) -> None:
    over = end_of(day, zone).astimezone(zone_named(other))
    assert day_of(over, zone) > day
    assert day_of(over + timedelta(days=1), zone) > day
    assert start_of(day, zone).tzinfo is UTC

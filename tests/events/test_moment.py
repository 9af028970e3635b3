"""Days and instants: whose day it is, how long it lasts, and which times are believable."""

import subprocess
import sys
import zoneinfo
from datetime import UTC, date, datetime, timedelta, timezone
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from events.moment import (
    NaiveTime,
    TimeInTheFuture,
    TimeOutOfRange,
    UnknownZone,
    believable,
    believable_day,
    day_of,
    end_of,
    said_ahead,
    start_of,
    zone_named,
)
from tests.controls import KIRITIMATI, LOS_ANGELES, NOON, ZURICH
from tests.house.tree import ROOT

MICROSECOND = timedelta(microseconds=1)


class TestZoneNamed:
    @pytest.mark.parametrize("name", [ZURICH, "UTC", "Etc/GMT+12", "America/Argentina/Ushuaia"])
    def test_knows_the_zones_of_the_world(self, name: str) -> None:
        assert zone_named(name).key == name

    def test_reads_no_zone_file_of_the_machine(self, tmp_path: Path) -> None:
        assert zoneinfo.TZPATH == ()  # In the processes of the tests as well.
        # A machine on which Zurich keeps the time of Kiritimati.
        (tmp_path / "Europe").mkdir()
        of_another = (files("tzdata") / "zoneinfo" / KIRITIMATI).read_bytes()
        (tmp_path / ZURICH).write_bytes(of_another)
        # A library may have asked before our module was imported.
        program = (
            "from datetime import date, datetime; from zoneinfo import ZoneInfo\n"
            f"before = datetime(2026, 1, 5, tzinfo=ZoneInfo('{ZURICH}'))\n"
            "from events.moment import start_of\n"
            f"print(before.utcoffset(), start_of(date(2026, 1, 5), '{ZURICH}'))"
        )
        told = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONPATH": str(ROOT), "PYTHONTZPATH": str(tmp_path)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert told.stdout == "14:00:00 2026-01-04 23:00:00+00:00\n"

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "Europe/Atlantis",
            "europe/zurich",
            "localtime",
            "Factory",
            "../UTC",
            "/etc",
            "+01:00",
        ],
    )
    def test_refuses_anything_else(self, name: str) -> None:
        with pytest.raises(UnknownZone):
            zone_named(name)


class TestDayOf:
    @pytest.mark.parametrize(
        ("zone", "day"),
        [
            (KIRITIMATI, date(2026, 3, 3)),
            ("UTC", date(2026, 3, 2)),
            (LOS_ANGELES, date(2026, 3, 2)),
        ],
    )
    def test_is_what_the_wall_there_shows(self, zone: str, day: date) -> None:
        assert day_of(datetime(2026, 3, 2, 10, tzinfo=UTC), zone) == day

    def test_does_not_depend_on_the_offset_in_which_an_instant_is_said(self) -> None:
        said_there = datetime(2026, 3, 2, 23, 30, tzinfo=timezone(-timedelta(hours=12)))
        assert day_of(said_there, ZURICH) == date(2026, 3, 3)


class TestADay:
    @pytest.mark.parametrize(
        ("zone", "day", "hours"),
        [
            (ZURICH, date(2026, 3, 2), 24),
            (ZURICH, date(2026, 3, 29), 23),
            (ZURICH, date(2026, 10, 25), 25),
            (LOS_ANGELES, date(2026, 3, 8), 23),
            (LOS_ANGELES, date(2026, 11, 1), 25),
            ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
            ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
            # Clocks change at midnight: the day begins at one, or twice at midnight.
            ("America/Sao_Paulo", date(2018, 11, 4), 23),
            ("America/Havana", date(2025, 11, 2), 25),
            # Samoa crossed the date line: it never had this Friday.
            ("Pacific/Apia", date(2011, 12, 30), 0),
        ],
    )
    def test_lasts_as_long_as_it_does_there(self, zone: str, day: date, hours: float) -> None:
        assert end_of(day, zone) - start_of(day, zone) == timedelta(hours=hours)

    @pytest.mark.parametrize(
        ("zone", "starts_at"),
        [
            (KIRITIMATI, datetime(2026, 3, 1, 10, tzinfo=UTC)),
            (ZURICH, datetime(2026, 3, 1, 23, tzinfo=UTC)),
            (LOS_ANGELES, datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ],
    )
    def test_starts_at_midnight_there(self, zone: str, starts_at: datetime) -> None:
        assert start_of(date(2026, 3, 2), zone) == starts_at
        assert start_of(date(2026, 3, 2), zone).tzinfo is UTC

    @pytest.mark.parametrize("zone", [KIRITIMATI, ZURICH, LOS_ANGELES, "America/Havana"])
    def test_ends_where_the_next_one_starts(self, zone: str) -> None:
        # Three years of days, with every change of the clocks in them.
        days = [date(2025, 1, 1) + timedelta(days=n) for n in range(3 * 365)]
        for day in days:
            first, over = start_of(day, zone), end_of(day, zone)
            assert day_of(first, zone) == day == day_of(over - MICROSECOND, zone)
            assert day_of(over, zone) == day + timedelta(days=1)

    @pytest.mark.parametrize("day", [date(1900, 1, 1), date(2200, 12, 31)])
    @pytest.mark.parametrize("zone", [KIRITIMATI, "Etc/GMT+12"])
    def test_can_be_told_at_both_ends_of_time(self, day: date, zone: str) -> None:
        assert start_of(day, zone) < end_of(day, zone)


class TestBelievableDay:
    @pytest.mark.parametrize("day", [date(1900, 1, 1), date(2026, 3, 2), date(2200, 12, 31)])
    def test_is_the_day_itself(self, day: date) -> None:
        assert believable_day(day) == day

    @pytest.mark.parametrize("day", [date.min, date(1899, 12, 31), date(2201, 1, 1), date.max])
    def test_is_refused_outside_the_years_1900_to_2200(self, day: date) -> None:
        with pytest.raises(TimeOutOfRange):
            believable_day(day)


def hours(offset: float) -> timezone:
    return timezone(timedelta(hours=offset))


class TestBelievable:
    @pytest.mark.parametrize("offset", [-23.98, -12, -9.5, 0, 5.75, 14, 23.98])
    def test_keeps_the_offset(self, offset: float) -> None:
        minutes = timezone(timedelta(minutes=round(offset * 60)))
        moment = datetime(2026, 2, 1, 7, 30, tzinfo=minutes)
        assert believable(moment, now=NOON).isoformat() == moment.isoformat()

    @pytest.mark.parametrize(
        "moment",
        [
            NOON,
            NOON.astimezone(hours(14)),
            datetime(1900, 1, 1, tzinfo=hours(14)),
        ],
    )
    def test_takes_what_has_happened(self, moment: datetime) -> None:
        assert believable(moment, now=NOON) is moment
        assert said_ahead(moment, now=NOON) is UNSET

    @pytest.mark.parametrize("offset", [-12, 0, 5.75, 14])
    @pytest.mark.parametrize("ahead", [MICROSECOND, timedelta(minutes=10)])
    def test_takes_a_clock_that_is_a_little_ahead_for_ours(
        self, offset: float, ahead: timedelta
    ) -> None:
        moment = (NOON + ahead).astimezone(hours(offset))
        taken = believable(moment, now=NOON)
        assert (taken, taken.utcoffset()) == (NOON, moment.utcoffset())
        assert said_ahead(moment, now=NOON) is moment

    @pytest.mark.parametrize(
        ("moment", "refusal"),
        [
            (datetime(2026, 3, 1), NaiveTime),  # noqa: DTZ001 - as it must not come
            (datetime.max, NaiveTime),  # noqa: DTZ901 - as it must not come
            (NOON + timedelta(minutes=10) + MICROSECOND, TimeInTheFuture),
            # Later by the clock, though the wall there shows an earlier hour.
            ((NOON + timedelta(hours=1)).astimezone(hours(-12)), TimeInTheFuture),
            (datetime(2200, 12, 31, 23, 59, 59, tzinfo=hours(-12)), TimeInTheFuture),
            (datetime(1899, 12, 31, 23, 59, 59, 999999, tzinfo=hours(-12)), TimeOutOfRange),
            (datetime(2201, 1, 1, tzinfo=hours(14)), TimeOutOfRange),
            # In UTC there is no such moment: asking for it would overflow.
            (datetime.min.replace(tzinfo=hours(14)), TimeOutOfRange),
            (datetime.max.replace(tzinfo=hours(-12)), TimeOutOfRange),
        ],
    )
    def test_refuses_the_rest(self, moment: datetime, refusal: Any) -> None:
        with pytest.raises(refusal):
            believable(moment, now=NOON)

"""Days and instants: the client's own calendar, and what counts as a believable time."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib import import_module
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

from msgspec import UNSET, UnsetType

from events.refusals import ValueRefused

EARLIEST_YEAR = 1900
LATEST_YEAR = 2200
# How far the clocks of the westernmost zone are behind UTC.
WESTERNMOST = timedelta(hours=12)
# How far ahead the clock of whoever sends an entry may be: then the entry is taken as of now.
CLOCK_AHEAD = timedelta(minutes=10)

# The same goal must fall due at the same instant on every machine. Python reads the zone files of
# the system first, which may be years old. From here on only the package tzdata counts, whose
# version is locked.
reset_tzpath(to=())
ZoneInfo.clear_cache()


class UnknownZone(ValueRefused):
    """The time zone is not in the IANA list: use a name such as Europe/Zurich."""

    field = "zone"


class NaiveTime(ValueRefused):
    """This time has no offset from UTC: send it with one, such as 2026-03-01T21:30:00+01:00."""

    field = "occurred_at"


class TimeInTheFuture(ValueRefused):
    """This time lies ahead: send when it happened, or leave it out for now."""

    field = "occurred_at"


class TimeOutOfRange(ValueRefused):
    """This time or day lies outside the years 1900 to 2200: check the year."""

    field = "occurred_at"


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of this name. Raises UnknownZone."""
    if name not in _zones():
        raise UnknownZone
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"Factory"})


def read_zones() -> None:
    """Read which zones there are, and find the folders of their files, which are packages."""
    for folder in {name.rpartition("/")[0] for name in _zones()}:
        import_module(f"tzdata.zoneinfo/{folder}".rstrip("/").replace("/", "."))


def day_of(instant: datetime, zone: str) -> date:
    """The calendar day of an aware instant, as the client's own wall shows it."""
    return instant.astimezone(zone_named(zone)).date()


def earliest_day_of(instant: datetime, zone: str) -> date:
    """As day_of; in a zone that is unknown, the earliest day that it is anywhere then."""
    try:
        return day_of(instant, zone)
    except UnknownZone:
        return (instant - WESTERNMOST).date()


def start_of(day: date, zone: str) -> datetime:
    """The first instant of a day in a zone, in UTC; right on days of 23 and 25 hours, too."""
    return datetime.combine(day, time(), zone_named(zone)).astimezone(UTC)


def end_of(day: date, zone: str) -> datetime:
    """The instant at which a day is over in a zone, in UTC."""
    return start_of(day + timedelta(days=1), zone)


def believable_day(day: date, field: str = "occurred_at") -> date:
    """The day itself. Raises TimeOutOfRange, of this field, outside the years 1900 to 2200."""
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise TimeOutOfRange(field=field)
    return day


def believable(occurred_at: datetime, *, now: datetime) -> datetime:
    """The moment itself, its offset kept; now, where the sender's clock is a little ahead.

    Raises NaiveTime without an offset, TimeOutOfRange outside the years 1900 to 2200, and
    TimeInTheFuture where the sender's clock is more than ten minutes ahead.
    """
    if occurred_at.tzinfo is None:
        raise NaiveTime
    believable_day(occurred_at.date())
    if occurred_at > now + CLOCK_AHEAD:
        raise TimeInTheFuture
    return dated(occurred_at, now=now)


def dated(occurred_at: datetime, *, now: datetime) -> datetime:
    """When something happened: now at the latest, in the sender's offset."""
    if occurred_at.tzinfo is None or occurred_at <= now:
        return occurred_at
    return now.astimezone(occurred_at.tzinfo)


def said_ahead(occurred_at: datetime | None, *, now: datetime) -> datetime | UnsetType:
    """What the sender's clock said, where the clock was ahead; kept beside what is taken for it.

    Where the clock was not ahead nothing is kept, not even that: an event is no longer for it.
    """
    return occurred_at if occurred_at is not None and occurred_at > now else UNSET

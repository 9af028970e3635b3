"""Which day it is: asked here alone, in the zone of whoever a test is about, when it is needed.

Anna and her practice live in Zurich, where a day begins an hour or two before it begins in UTC. So
UTC's today is Zurich's yesterday late in the evening. And a day that is reckoned while a module is
read is yesterday once midnight has passed: at the top of a module stands `in_days(3)`, and the day
is reckoned when the request is sent.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from events.moment import zone_named
from tests.controls import ZURICH

# In the last seconds of a day no test begins: a test of a few seconds would end on the next day.
END_OF_A_DAY = timedelta(seconds=20)
IN_DAYS = re.compile(r"<today([+-]\d+)>")


def today(zone: str = ZURICH) -> date:
    """The day on a wall in this zone."""
    return datetime.now(zone_named(zone)).date()


def day(days: int, *, zone: str = ZURICH) -> str:
    """A day so many days from today, as JSON has it."""
    return str(today(zone) + timedelta(days=days))


def in_days(days: int) -> str:
    """The same in Zurich, to be reckoned when it is sent (see `reckoned`)."""
    return f"<today{days:+}>"


def reckoned(written: Any) -> Any:
    """A body or an address with days where `in_days` has left their places."""
    match written:
        case str():
            return IN_DAYS.sub(lambda found: day(int(found[1])), written)
        case dict():
            return {name: reckoned(value) for name, value in written.items()}
        case list() | tuple():
            return [reckoned(value) for value in written]
    return written


def wait_for(now: datetime) -> timedelta:
    """How long a test waits before it begins: until midnight, in the last seconds of a day.

    Midnight comes in Zurich and in UTC.
    """
    left = min(
        datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(), zone) - now
        for zone in (UTC, zone_named(ZURICH))
    )
    return left if left < END_OF_A_DAY else timedelta(0)

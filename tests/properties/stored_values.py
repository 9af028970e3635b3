"""Any value that a stored type allows, read off the type itself."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from typing import Any

from hypothesis import strategies as st
from msgspec import inspect

WIDEST = 2**63 - 1
Values = st.SearchStrategy[Any]

offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# Two days from the years' ends, so that every offset has the moment in UTC as well. Counted from
# one moment, because to draw years, months and what else makes one takes eight times as long.
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 12, 31, 23, 59, 59, tzinfo=UTC)
SECONDS = (LAST - FIRST) // timedelta(seconds=1)
since_then = st.integers(0, SECONDS).map(lambda count: timedelta(seconds=count)) | st.integers(
    0, SECONDS * 1_000_000
).map(lambda count: timedelta(microseconds=count))
times = st.builds(lambda since, offset: (FIRST + since).replace(tzinfo=offset), since_then, offsets)


def integers(of: inspect.IntType) -> Values:
    low = -WIDEST if of.ge is None else of.ge
    return st.integers(low, WIDEST if of.le is None else of.le)


def floats(of: inspect.FloatType) -> Values:
    return st.floats(
        of.ge if of.gt is None else of.gt,
        of.le if of.lt is None else of.lt,
        exclude_min=of.gt is not None,
        exclude_max=of.lt is not None,
        allow_nan=False,
        allow_infinity=False,
    )


# What a text needs that may not be blank: to draw by a pattern takes longer than by a filter.
SOMETHING_SEEN = r"\S"


def texts(of: inspect.StrType) -> Values:
    if of.pattern == SOMETHING_SEEN:
        longest = min(30, of.max_length or 30)
        return st.text(min_size=1, max_size=longest).filter(re.compile(of.pattern).search)
    if of.pattern is not None:
        return within(st.from_regex(of.pattern), of.max_length or 1_000_000)
    longest = 30 if of.max_length is None else min(30, of.max_length)
    return st.text(min_size=of.min_length or 0, max_size=longest)


def within(drawn: Values, longest: int) -> Values:
    def fits(text: str) -> bool:
        return len(text) <= longest

    return drawn.filter(fits)


def lists(of: inspect.VarTupleType) -> Values:
    longest = 4 if of.max_length is None else min(4, of.max_length)
    return st.lists(values_of(of.item_type), min_size=of.min_length or 0, max_size=longest).map(
        tuple
    )


def structs(of: inspect.StructType) -> Values:
    return st.fixed_dictionaries({field.name: values_of(field.type) for field in of.fields}).map(
        lambda fields: of.cls(**fields)
    )


@cache
def values_of_type(kind: Any) -> Values:
    """Values of a type, such as an event's."""
    return values_of(inspect.type_info(kind))


def values_of(of: inspect.Type) -> Values:  # noqa: C901 - one case a type
    match of:
        case inspect.NoneType():
            return st.none()
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return integers(of)
        case inspect.FloatType():
            return floats(of)
        case inspect.StrType():
            return texts(of)
        case inspect.UUIDType():
            return st.uuids()
        case inspect.DateType():
            return st.dates(date(1900, 1, 1), date(2200, 12, 31))
        case inspect.DateTimeType():
            return times
        case inspect.LiteralType():
            return st.sampled_from(of.values)
        case inspect.VarTupleType():
            return lists(of)
        case inspect.DictType():
            return st.dictionaries(
                values_of(of.key_type),
                values_of(of.value_type),
                min_size=of.min_length or 0,
                max_size=4,
            )
        case inspect.UnionType():
            return st.one_of(*map(values_of, of.types))
        case inspect.StructType():
            return structs(of)
    raise AssertionError(f"say how to draw a {type(of).__name__}")

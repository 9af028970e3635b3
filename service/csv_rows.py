"""A row of a CSV file as an entry: which column says what, and what its cells must look like."""

import math
import re
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from events.instruments import NOT_RECORDED, Endorsed

LONGEST_COUNT = 100_000
HIGHEST_ANSWER = 100
LONGEST_NAME = 200
LONGEST_NOTE = 4000
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?", re.ASCII)
_COMMA_NUMBER = re.compile(r"[+-]?\d{1,15},\d{1,15}", re.ASCII)

Kind = Literal["moods", "assessments"]


class LineRefused(Exception):
    """One line can not be taken. Names the column and what is expected, never what stands there."""

    def __init__(self, column: str, expected: str) -> None:
        super().__init__(f"column {column!r}: {expected}" if column else expected)


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """Another scale, put onto 1 to 10 along a straight line: `worst` becomes 1, `best` 10.

    `worst` may be the larger number. The result is rounded to the nearest whole rating, halves up.
    """

    worst: float
    best: float

    def rating(self, value: float) -> int:
        """The rating from 1 to 10. Raises ValueError beyond either end of the scale."""
        low, high = sorted((self.worst, self.best))
        if not low <= value <= high:
            raise ValueError
        return math.floor(1 + 9 * (value - self.worst) / (self.best - self.worst) + 0.5)


class Moments(msgspec.Struct, frozen=True, kw_only=True):
    """Which column says when, and how.

    `by` is "at" (an ISO time or date), "day" or "month" (a count, where `first` stands for
    `start`), or "start": no column, every line is of that day. A month is a calendar month, or
    `month_days` days. A date alone, and a count, mean `clock` in `zone`; so does the offset that a
    time leaves out.
    """

    by: Literal["at", "day", "month", "start"]
    column: str
    zone: ZoneInfo
    clock: time = time(12)
    start: date = date.min
    first: int = 0
    month_days: int | None = None

    def read(self, cell: str) -> datetime:
        """The aware moment a cell names. Raises LineRefused."""
        if self.by == "at":
            return self._read_iso(cell)
        if self.by == "start":
            return datetime.combine(self.start, self.clock, self.zone)
        count = number(cell, self.column, comma=False)
        if count != int(count) or abs(count) > LONGEST_COUNT:
            raise LineRefused(self.column, f"expected a whole number of {self.by}s")
        try:
            day = self._counted(int(count) - self.first)
        except (OverflowError, ValueError):
            raise LineRefused(self.column, "expected a count that leads to a real date") from None
        return datetime.combine(day, self.clock, self.zone)

    def _read_iso(self, cell: str) -> datetime:
        try:
            moment = datetime.fromisoformat(cell)
        except ValueError:
            expected = "expected a date or time such as 2026-03-01 or 2026-03-01T21:30:00+01:00"
            raise LineRefused(self.column, expected) from None
        if re.search(r"[T ]\d", cell) is None:
            return datetime.combine(moment.date(), self.clock, self.zone)
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)

    def _counted(self, count: int) -> date:
        if self.by == "day":
            return self.start + timedelta(days=count)
        if self.month_days is not None:
            return self.start + timedelta(days=count * self.month_days)
        months = self.start.year * 12 + self.start.month - 1 + count
        year, month = divmod(months, 12)
        # The 31st of a short month is its last day.
        after = date(year + (month == 11), (month + 1) % 12 + 1, 1)
        last = (after - timedelta(days=1)).day
        return date(year, month + 1, min(self.start.day, last))


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Which column says what. `instrument` is one for all lines, or stands in a column.

    `value` is the rating or the total; where `answers` name a column for each item of the
    instrument, in its order, the total may be left out. `missing` is what stands for no value,
    `not_answered` for no answer. `suicide_item` says how the item about suicide was answered, where
    a line has a total alone.
    """

    kind: Kind
    client: str
    value: str | None
    moments: Moments
    answers: tuple[str, ...] = ()
    suicide_item: str | None = None
    instrument: str | None = None
    instrument_column: str | None = None
    note: str | None = None
    name: str | None = None
    scale: Scale | None = None
    missing: frozenset[str] = frozenset({""})
    not_answered: frozenset[str] = frozenset({""})

    def named(self) -> list[str]:
        """Every column that is asked for."""
        one_each = (
            *(self.value, self.suicide_item, self.moments.column),
            *(self.instrument_column, self.note, self.name),
        )
        return [self.client, *(column for column in one_each if column), *self.answers]

    def of_form(self) -> list[str]:
        """The columns from which a form and its client are read, in an order of their own."""
        about = self.client, self.moments.column, self.instrument_column
        said = self.value, self.suicide_item, *self.answers
        return [column for column in (*about, *said) if column]

    def saying(self, field: str) -> str | None:
        """Which column, or columns, a part of a command was read from; None where none was."""
        return {
            "occurred_at": self.moments.column,
            "instrument": self.instrument_column,
            "total": self.value,
            "baseline": self.value,
            "target": self.value,
            "answers": " … ".join((*self.answers[:1], *self.answers[1:][-1:])),
            "suicide_item": self.suicide_item,
        }.get(field.removeprefix("measure/").partition("/")[0])


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the file. `value` is a rating from 1 to 10, or a total in points.

    `answers` are those of the items in their order, None for one that was not answered; there are
    none at all where the file has only totals. With answers the value may be None. `suicide_item`
    is None where no column says it. `cells` are those of `Columns.of_form`, as they stand there.
    """

    line: int
    reference: str
    name: str
    instrument: str
    value: float | None
    occurred_at: datetime
    note: str
    answers: tuple[int | None, ...] = ()
    suicide_item: int | Literal["not_recorded"] | None = None
    cells: tuple[str, ...] = ()


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A line that says nothing: its value is missing. Missing is never zero."""

    line: int
    reference: str


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A line that can not be taken, and why; `refusal` is the refusal's name.

    `endorsed` is the item about death or self-harm that the line answers with more than 0, as far
    as that can be read; then `reference` and `instrument` say whose form it is, and which.
    `form_id` is computed from what the line says of the form, wherever the line stands. The cells
    of a line that `is_broken` are not those of the header: its client may be another than the one
    that was made out. `is_taken` says that the line itself was taken, and only the goal that was to
    come from it was refused.
    """

    line: int
    why: str
    refusal: str = "line-refused"
    reference: str = ""
    instrument: str = ""
    endorsed: Endorsed | None = None
    form_id: UUID | None = None
    is_broken: bool = False
    is_taken: bool = False


def number(cell: str, column: str, *, comma: bool) -> float:
    """A plain number; with `comma` also one with a decimal comma. Raises LineRefused."""
    if comma and _COMMA_NUMBER.fullmatch(cell):
        cell = cell.replace(",", ".")
    if not _NUMBER.fullmatch(cell):
        raise LineRefused(column, "expected a number")
    return float(cell)


def bounded(cell: str, column: str | None, *, longest: int) -> str:
    """The cell itself. Raises LineRefused where it is too long, or no text."""
    if len(cell) > longest:
        raise LineRefused(column or "", f"expected at most {longest} characters")
    if "\x00" in cell:
        raise LineRefused(column or "", "expected text, there is a NUL in it")
    return cell


def names_somebody(reference: str) -> bool:
    """Whether a client may be called so in a file."""
    return 0 < len(reference) <= LONGEST_NAME and "\x00" not in reference


def required(cell: str, column: str, *, longest: int) -> str:
    """The cell itself. Raises LineRefused where it is empty or too long."""
    if not cell:
        raise LineRefused(column, "expected a value, the cell is empty")
    return bounded(cell, column, longest=longest)


def read_line(line: int, told: dict[str, str], columns: Columns, *, comma: bool) -> Line | Skipped:
    """What a line says; `told` is what stands in each column. Raises LineRefused."""

    def cell(column: str | None) -> str:
        return told[column] if column else ""

    reference = required(cell(columns.client), columns.client, longest=LONGEST_NAME)
    answers = tuple(answer(cell(one), one, columns.not_answered) for one in columns.answers)
    value = None
    if columns.value is not None and cell(columns.value) not in columns.missing:
        value = number(cell(columns.value), columns.value, comma=comma)
    if all(one is None for one in answers):
        answers = ()
        if value is None:
            require_nothing_endorsed(suicide_item(cell(columns.suicide_item), columns), columns)
            return Skipped(line=line, reference=reference)
    instrument = cell(columns.instrument_column) or columns.instrument
    if columns.kind == "moods" and value is not None:
        value, instrument = rating(value, columns), "mood"
    instrument = required(instrument or "", columns.instrument_column or "", longest=40)
    return Line(
        line=line,
        reference=reference,
        name=bounded(cell(columns.name), columns.name, longest=LONGEST_NAME) or reference,
        instrument=instrument,
        value=value,
        answers=answers,
        suicide_item=suicide_item(cell(columns.suicide_item), columns),
        occurred_at=columns.moments.read(cell(columns.moments.column)),
        note=bounded(cell(columns.note), columns.note, longest=LONGEST_NOTE),
        cells=tuple(told[column] for column in columns.of_form()),
    )


def answer(cell: str, column: str, missing: frozenset[str]) -> int | None:
    """The points of one answer; None where the item was not answered. Raises LineRefused."""
    if cell in missing:
        return None
    points = number(cell, column, comma=False)
    if points != int(points) or not 0 <= points <= HIGHEST_ANSWER:
        raise LineRefused(column, "expected the points of an answer, a whole number")
    return int(points)


def require_nothing_endorsed(item: int | Literal["not_recorded"] | None, columns: Columns) -> None:
    """A line that is skipped raises no flag. Raises LineRefused where it endorses the item."""
    if isinstance(item, int) and item > 0:
        raise LineRefused(
            columns.suicide_item or "",
            "the item about suicide is answered, and without a total no flag would be raised: "
            "give the total, or record the form by hand",
        )


def suicide_item(cell: str, columns: Columns) -> int | Literal["not_recorded"] | None:
    """How the item about suicide was answered; None where no column says it. Raises LineRefused."""
    if columns.suicide_item is None:
        return None
    if cell == NOT_RECORDED:
        return NOT_RECORDED
    points = answer(cell, columns.suicide_item, columns.not_answered)
    return NOT_RECORDED if points is None else points


def rating(value: float, columns: Columns) -> int:
    """A rating from 1 to 10, mapped where there is a scale. Raises LineRefused."""
    scale = columns.scale
    if scale is None:
        if value != int(value) or not 1 <= value <= 10:
            expected = "expected a whole number from 1 to 10 (see --scale)"
            raise LineRefused(columns.value or "", expected)
        return int(value)
    try:
        return scale.rating(value)
    except ValueError:
        ends = f"{scale.worst:g} to {scale.best:g}"
        raise LineRefused(columns.value or "", f"expected a number on the scale {ends}") from None

"""The rows of a CSV file as entries: which column says what, and what its cells must look like."""

import codecs
import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

DELIMITERS = ",;\t|"
MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
LONGEST_COUNT = 100_000
LONGEST_HEADER = 1_000_000
LONGEST_NAME = 200
LONGEST_NOTE = 4000
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?", re.ASCII)
_COMMA_NUMBER = re.compile(r"[+-]?\d{1,15},\d{1,15}", re.ASCII)

Kind = Literal["moods", "assessments"]


class FileRefused(Exception):
    """The file as a whole can not be read as asked; nothing was written."""


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
    `start`). A month is a calendar month, or `month_days` days. A date alone, and a count, mean
    `clock` in `zone`; so does the offset that a time leaves out.
    """

    by: Literal["at", "day", "month"]
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
    """Which column says what. `instrument` is one for all lines, or stands in a column."""

    kind: Kind
    client: str
    value: str
    moments: Moments
    instrument: str | None = None
    instrument_column: str | None = None
    note: str | None = None
    name: str | None = None
    scale: Scale | None = None
    missing: frozenset[str] = frozenset({""})

    def named(self) -> list[str]:
        """Every column that is asked for."""
        optional = (self.instrument_column, self.note, self.name)
        always = self.client, self.value, self.moments.column
        return [*always, *(column for column in optional if column is not None)]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the file. `value` is a rating from 1 to 10, or a total in points."""

    line: int
    reference: str
    name: str
    instrument: str
    value: float
    occurred_at: datetime
    note: str


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A line that says nothing: its value is missing. Missing is never zero."""

    line: int
    reference: str


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A line that can not be taken, and why."""

    line: int
    why: str


def number(cell: str, column: str, *, comma: bool) -> float:
    """A plain number; with `comma` also one with a decimal comma. Raises LineRefused."""
    if comma and _COMMA_NUMBER.fullmatch(cell):
        cell = cell.replace(",", ".")
    if not _NUMBER.fullmatch(cell):
        raise LineRefused(column, "expected a number")
    return float(cell)


def bounded(cell: str, column: str | None, *, longest: int) -> str:
    """The cell itself. Raises LineRefused where it is too long."""
    if len(cell) > longest:
        raise LineRefused(column or "", f"expected at most {longest} characters")
    return cell


def required(cell: str, column: str, *, longest: int) -> str:
    """The cell itself. Raises LineRefused where it is empty or too long."""
    if not cell:
        raise LineRefused(column, "expected a value, the cell is empty")
    return bounded(cell, column, longest=longest)


class CsvFile:
    """A CSV file that is read line by line, as often as need be. Raises FileRefused."""

    def __init__(
        self, path: Path, *, delimiter: str | None = None, encoding: str | None = None
    ) -> None:
        self.path = path
        with self._no_surprises(), path.open("rb") as file:
            start = file.read(4)
            self.size_bytes = path.stat().st_size
        self._encoding = encoding or MARKS.get(start[:2], "utf-8-sig")
        with self._no_surprises(), path.open(encoding=self._encoding, newline="") as text:
            head = text.readline(LONGEST_HEADER)
        if not head.strip():
            raise FileRefused(f"{path} is empty: its first line must name the columns.")
        self._delimiter = delimiter or max(DELIMITERS, key=head.count)
        _, header, _ = next(self._cells())
        if isinstance(header, csv.Error):
            raise FileRefused(f"{path} has no readable header: look at its quotes.")
        self.header = [name.strip() for name in header]

    def entries(self, columns: Columns) -> Iterator[tuple[int, Line | Skipped | Refused]]:
        """Each line with the bytes read so far. Raises FileRefused."""
        places = self._places(columns)
        for line, cells, read_bytes in islice(self._cells(), 1, None):
            entry: Line | Skipped | Refused
            try:
                entry = self._entry(line, self._whole(cells), columns, places)
            except LineRefused as refused:
                entry = Refused(line=line, why=str(refused))
            yield read_bytes, entry

    def _whole(self, cells: list[str] | csv.Error) -> list[str]:
        if isinstance(cells, csv.Error):
            raise LineRefused("", "it can not be read as CSV; look at its quotes")
        if len(cells) != len(self.header):
            raise LineRefused("", f"expected {len(self.header)} cells, as in the header")
        return cells

    def _entry(
        self, line: int, cells: Sequence[str], columns: Columns, places: dict[str, int]
    ) -> Line | Skipped:
        def cell(column: str | None) -> str:
            return cells[places[column]].strip() if column else ""

        reference = required(cell(columns.client), columns.client, longest=LONGEST_NAME)
        if cell(columns.value) in columns.missing:
            return Skipped(line=line, reference=reference)
        value = number(cell(columns.value), columns.value, comma=self._delimiter in ";\t")
        instrument = cell(columns.instrument_column) or columns.instrument
        if columns.kind == "moods":
            value, instrument = rating(value, columns), "mood"
        instrument = required(instrument or "", columns.instrument_column or "", longest=40)
        return Line(
            line=line,
            reference=reference,
            name=bounded(cell(columns.name), columns.name, longest=LONGEST_NAME) or reference,
            instrument=instrument,
            value=value,
            occurred_at=columns.moments.read(cell(columns.moments.column)),
            note=bounded(cell(columns.note), columns.note, longest=LONGEST_NOTE),
        )

    def _places(self, columns: Columns) -> dict[str, int]:
        places: dict[str, int] = {}
        for column in columns.named():
            count = self.header.count(column)
            if count != 1:
                has = "more than one" if count else "no"
                listed = ", ".join(self.header)
                raise FileRefused(f"{self.path} has {has} column {column!r}; it has: {listed}.")
            places[column] = self.header.index(column)
        return places

    def _cells(self) -> Iterator[tuple[int, list[str] | csv.Error, int]]:
        """Line number, cells and bytes read; blank lines are left out."""
        with self._no_surprises(), self.path.open("rb") as raw:
            file = io.TextIOWrapper(raw, self._encoding, newline="")
            reader = csv.reader(file, delimiter=self._delimiter, strict=True)
            while True:
                line = reader.line_num + 1
                try:
                    cells: list[str] | csv.Error = next(reader)
                except StopIteration:
                    return
                except csv.Error as broken:
                    cells = broken
                if cells:
                    yield line, cells, raw.tell()

    @contextmanager
    def _no_surprises(self) -> Iterator[None]:
        try:
            yield
        except UnicodeError:
            raise FileRefused(
                f"{self.path} is not written in {self._encoding}: name its encoding, "
                "such as --encoding cp1252."
            ) from None
        except LookupError:
            raise FileRefused(f"There is no encoding called {self._encoding}.") from None
        except OSError as broken:
            raise FileRefused(f"{self.path} can not be read: {broken.strerror}.") from None


def rating(value: float, columns: Columns) -> int:
    """A rating from 1 to 10, mapped where there is a scale. Raises LineRefused."""
    scale = columns.scale
    if scale is None:
        if value != int(value) or not 1 <= value <= 10:
            raise LineRefused(columns.value, "expected a whole number from 1 to 10 (see --scale)")
        return int(value)
    try:
        return scale.rating(value)
    except ValueError:
        ends = f"{scale.worst:g} to {scale.best:g}"
        raise LineRefused(columns.value, f"expected a number on the scale {ends}") from None

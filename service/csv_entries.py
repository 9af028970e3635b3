"""The lines of a CSV file as entries, and what can be read of those that can not be taken.

A line may be refused for a cell too few, a quote that never ends or a date that is none. An item
about suicide that is answered in it must not get lost: a cell that is there is read all the same.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from events.refused_form import EndorsedForm, endorsed_in_refused, points, whole_points
from service.csv_file import CsvFile, Row
from service.csv_rows import Columns, Line, LineRefused, Skipped, read_line

# What is told in each column, as far as a column can be found in a line.
Told = Mapping[str, str]
# What comes into a cell where a quote is left open before or in it.
STRAY = frozenset('"\r\n')


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is no entry, why, and each way to read what stands in it.

    The cells of a line that `is_broken` are not those of the header.
    """

    line: int
    why: str
    told: tuple[Told, ...]
    is_broken: bool


Entry = Line | Skipped | Unread


def entries(file: CsvFile, columns: Columns) -> Iterator[tuple[int, Entry]]:
    """Each line of a file with the bytes read so far. Raises FileRefused.

    Where a quote goes on over several lines and these can not be taken, each further line that
    answers an item about suicide is an entry as well.
    """
    reading = Reading(file, columns)
    for line, row, read_bytes in file.lines():
        yield read_bytes, reading.entry(line, row)
        for further in reading.further(line, row):
            yield read_bytes, further


class Reading:
    """How the lines of one file are read. Raises FileRefused where a column is not there."""

    def __init__(self, file: CsvFile, columns: Columns) -> None:
        self._file = file
        self._columns = columns
        self._places = file.places(columns.named())
        items = [self._places[one] for one in (*columns.answers, columns.suicide_item) if one]
        # On which side of the items the client is named: from there its cell is counted.
        self._client_is_last = self._places[columns.client] > max(items, default=len(file.header))

    def entry(self, line: int, row: Row) -> Entry:
        """What a row says."""
        try:
            told = self._whole(row.cells)
            self._require_nothing_swallowed(row)
            return self._read(line, told)
        except LineRefused as refused:
            covers = len(row.texts)
            lines = f"; it covers {covers} lines of the file" if covers > 1 else ""
            ways = [] if isinstance(row.cells, csv.Error) else [row.cells]
            if covers > 1 or self._is_broken(row.cells):
                ways += self._file.by_itself(row.texts[0])
            return Unread(
                line=line,
                why=f"{refused}{lines}",
                told=self._each_way(ways),
                is_broken=self._is_broken(row.cells) or self._swallowed(row),
            )

    def further(self, line: int, row: Row) -> Iterator[Unread]:
        """The lines after the first of a row that can not be taken, which endorse the item."""
        if len(row.texts) == 1 or not (self._is_broken(row.cells) or self._swallowed(row)):
            return
        for number, text in enumerate(row.texts[1:], line + 1):
            told = self._each_way(self._file.by_itself(text))
            if most_endorsed(self._columns, told) is not None:
                why = f"a quote that begins in line {line} goes on over this line"
                yield Unread(line=number, why=why, told=told, is_broken=True)

    def _read(self, line: int, told: dict[str, str]) -> Line | Skipped:
        return read_line(line, told, self._columns, comma=self._file.delimiter in ";\t")

    def _whole(self, cells: list[str] | csv.Error) -> dict[str, str]:
        """What is told in each column. Raises LineRefused unless all are there, and no more."""
        if isinstance(cells, csv.Error):
            raise LineRefused("", "it can not be read as CSV; look at its quotes")
        if self._is_broken(cells):
            raise LineRefused("", f"expected {len(self._file.header)} cells, as in the header")
        return {column: cells[place].strip() for column, place in self._places.items()}

    def _is_broken(self, cells: list[str] | csv.Error) -> bool:
        return isinstance(cells, csv.Error) or len(cells) != len(self._file.header)

    def _require_nothing_swallowed(self, row: Row) -> None:
        if self._swallowed(row):
            raise LineRefused("", "a quote in it goes on over the end of the line")

    def _swallowed(self, row: Row) -> bool:
        """Whether a line within a cell is by itself a sound line that endorses the item.

        Then a quote was left open, and another closed the cell by chance.
        """
        return any(self._is_endorsed_line(text) for text in row.texts[1:])

    def _is_endorsed_line(self, text: str) -> bool:
        for cells in self._file.by_itself(text):
            try:
                told = self._whole(cells)
                self._read(0, told)
            except LineRefused:
                continue
            if most_endorsed(self._columns, [told]) is not None:
                return True
        return False

    def _each_way(self, several: Iterable[Sequence[str]]) -> tuple[Told, ...]:
        """What is told where the cells are counted from the left, and where from the right."""
        return tuple(
            self._told(cells, shift)
            for cells in several
            for shift in dict.fromkeys((0, len(cells) - len(self._file.header)))
        )

    def _told(self, cells: Sequence[str], shift: int) -> Told:
        """What is told where each cell stands so many places from where the header has it."""
        nearer = len(cells) - len(self._file.header) if self._client_is_last else 0
        shifts = {self._columns.client: nearer}
        places = {one: place + shifts.get(one, shift) for one, place in self._places.items()}
        return {
            column: cells[place].strip()
            for column, place in places.items()
            if 0 <= place < len(cells)
        }


def told_by(line: Line, columns: Columns) -> tuple[Told]:
    """What a sound line tells of its form."""
    return (dict(zip(columns.of_form(), line.cells, strict=True)),)


def most_endorsed(columns: Columns, several: Iterable[Told]) -> tuple[Told, EndorsedForm] | None:
    """Of several ways to read a line the one that endorses an item the most; None where none does.

    Of equals it is the first in whose client there is nothing that a stray quote brings there.
    """

    def weight(one: tuple[Told, EndorsedForm]) -> tuple[int, bool]:
        told, form = one
        return form.found.answer, STRAY.isdisjoint(told.get(columns.client, ""))

    read = ((told, endorsed_form(columns, told)) for told in several)
    found = [(told, form) for told, form in read if form is not None]
    return max(found, key=weight, default=None)


def endorsed_form(columns: Columns, told: Told) -> EndorsedForm | None:
    """The item about death or self-harm that is answered with more than 0; None for none."""
    if columns.kind == "moods":
        return None

    def said(column: str | None, missing: frozenset[str]) -> str | None:
        cell = told.get(column or "", "")
        return None if cell in missing else cell

    answers = [whole_points(said(one, columns.not_answered)) for one in columns.answers]
    return endorsed_in_refused(
        told.get(columns.instrument_column or "") or columns.instrument,
        answers or None,
        whole_points(said(columns.suicide_item, columns.not_answered)),
        points(said(columns.value, columns.missing)),
    )

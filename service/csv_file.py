"""A CSV file as lines of cells: found however it was saved, gzipped or not, never held whole."""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import msgspec

DELIMITERS = ",;\t|"
GZIP_MARK = b"\x1f\x8b"
MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# A line without an end would fill the memory, and a small gzip file can hold a long one.
LONGEST_LINE = 1_000_000


class FileRefused(Exception):
    """The file as a whole can not be read as asked; nothing was written."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Cells that belong together, or the error where they are no CSV.

    `texts` are the lines of the file that the row stands in, as they are: several where a quote
    goes on over the end of a line.
    """

    cells: list[str] | csv.Error
    texts: tuple[str, ...]


class CsvFile:
    """A CSV file that is read line by line, as often as need be. Raises FileRefused."""

    def __init__(
        self, path: Path, *, delimiter: str | None = None, encoding: str | None = None
    ) -> None:
        self.path = path
        self._encoding = encoding or "utf-8-sig"
        with self._no_surprises(), path.open("rb") as raw:
            self._is_gzip = raw.read(2) == GZIP_MARK
            self.size_bytes = path.stat().st_size
            raw.seek(0)
            mark = self._unpacked(raw).read(2)
        self._encoding = encoding or MARKS.get(mark, self._encoding)
        with self._opened() as (_, text):
            head = text.readline(LONGEST_LINE)
        if not head.strip():
            raise FileRefused(f"{path} is empty: its first line must name the columns.")
        self.delimiter = delimiter or max(DELIMITERS, key=head.count)
        _, header, _ = next(self._rows())
        if isinstance(header.cells, csv.Error):
            raise FileRefused(f"{path} has no readable header: look at its quotes.")
        self.header = [name.strip() for name in header.cells]

    def lines(self) -> Iterator[tuple[int, Row, int]]:
        """Each row after the header: its first line's number, the row, and the bytes read so far.

        Blank lines are left out.
        """
        return islice(self._rows(), 1, None)

    def by_itself(self, text: str) -> list[list[str]]:
        """The cells of one line of the file, however its quotes are put: each way to read them."""
        ways = [text.replace('"', "").rstrip("\r\n").split(self.delimiter)]
        with suppress(csv.Error):
            lenient = csv.reader([text], delimiter=self.delimiter)
            ways = [*(cells for cells in lenient if cells != ways[0]), *ways]
        return ways

    def places(self, columns: Sequence[str]) -> dict[str, int]:
        """Where each of these columns stands. Raises FileRefused."""
        places: dict[str, int] = {}
        for column in columns:
            count = self.header.count(column)
            if count != 1:
                has = "more than one" if count else "no"
                listed = ", ".join(self.header)
                raise FileRefused(f"{self.path} has {has} column {column!r}; it has: {listed}.")
            places[column] = self.header.index(column)
        return places

    def _rows(self) -> Iterator[tuple[int, Row, int]]:
        with self._opened() as (raw, text):
            texts: list[str] = []
            kept = keeping(self._bounded(text), texts)
            reader = csv.reader(kept, delimiter=self.delimiter, strict=True)
            while True:
                line = reader.line_num + 1
                texts.clear()
                try:
                    cells: list[str] | csv.Error = next(reader)
                except StopIteration:
                    return
                except csv.Error as broken:
                    cells = broken
                if cells:
                    yield line, Row(cells=cells, texts=tuple(texts)), raw.tell()

    def _bounded(self, text: TextIO) -> Iterator[str]:
        while line := text.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE:
                raise FileRefused(f"{self.path} has a line without an end: is it a CSV file?")
            yield line

    @contextmanager
    def _opened(self) -> Iterator[tuple[BinaryIO, TextIO]]:
        """The file, which knows how far it was read, and its text."""
        with (
            self._no_surprises(),
            self.path.open("rb") as raw,
            io.TextIOWrapper(self._unpacked(raw), self._encoding, newline="") as text,
        ):
            yield raw, text

    def _unpacked(self, raw: BinaryIO) -> BinaryIO:
        return cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if self._is_gzip else raw

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
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise FileRefused(f"{self.path} is gzipped, but broken: fetch it anew.") from None
        except OSError as broken:
            raise FileRefused(f"{self.path} can not be read: {broken.strerror}.") from None


def keeping(lines: Iterator[str], kept: list[str]) -> Iterator[str]:
    """The lines, each of which is put into a list as well."""
    for line in lines:
        kept.append(line)
        yield line

"""A CSV file as lines of cells: found however it was saved, gzipped or not, never held whole."""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO, cast

DELIMITERS = ",;\t|"
GZIP_MARK = b"\x1f\x8b"
MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# A line without an end would fill the memory, and a small gzip file can hold a long one.
LONGEST_LINE = 1_000_000


class FileRefused(Exception):
    """The file as a whole can not be read as asked; nothing was written."""


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
        _, header, _ = next(self._cells())
        if isinstance(header, csv.Error):
            raise FileRefused(f"{path} has no readable header: look at its quotes.")
        self.header = [name.strip() for name in header]

    def lines(self) -> Iterator[tuple[int, list[str] | csv.Error, int]]:
        """Each line after the header: its number, its cells, and the bytes of the file read so far.

        A line that is no CSV comes as the error that says so; blank lines are left out.
        """
        return islice(self._cells(), 1, None)

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

    def _cells(self) -> Iterator[tuple[int, list[str] | csv.Error, int]]:
        with self._opened() as (raw, text):
            reader = csv.reader(self._bounded(text), delimiter=self.delimiter, strict=True)
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

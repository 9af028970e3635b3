"""Reading CSV files: however they were saved, whole or not at all, and line by line."""

import asyncio
from collections.abc import Sequence
from datetime import date, time
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from events.client import ClientEnrolled
from events.memory import MemoryStore
from events.record import Cause, Receipt, Step
from service.csv_file import FileRefused
from service.csv_import import IN_FLIGHT
from service.csv_rows import Moments
from tests.service.csv_files import (
    LONDON,
    MOODS,
    NOW,
    PRACTICE,
    changed,
    facts,
    imported,
    opened,
    written,
)


@pytest.fixture
async def store() -> MemoryStore:
    return await opened(MemoryStore(lambda: NOW))


@pytest.fixture
def write(tmp_path):
    return partial(written, folder=tmp_path)


class TestText:
    @pytest.mark.parametrize("cells", ["a\x00nna,7,", "anna,7,\x00", "\x00,7,so"])
    async def test_with_a_nul_in_it_is_refused_as_the_api_refuses_it(self, store, write, cells):
        file = write(f"who,mood,note,when\n{cells},2026-03-02\nben,7,so,2026-03-02\n")
        columns = changed(MOODS, note="note")
        summary, (refused,) = await imported(store, file, columns)
        assert (summary.written, refused.line) == (1, 2)
        assert refused.why.endswith("expected text, there is a NUL in it")


class TestMoments:
    @pytest.mark.parametrize(
        ("count", "month_days", "on"),
        [("1", None, "2026-02-28"), ("13", None, "2027-02-28"), ("2", 28, "2026-03-28")],
    )
    def test_count_months_by_the_calendar_or_in_days(self, count, month_days, on):
        moments = Moments(
            by="month", column="m", zone=LONDON, start=date(2026, 1, 31), month_days=month_days
        )
        assert str(moments.read(count).date()) == on

    def test_have_a_clock_of_their_own(self):
        moments = Moments(by="at", column="when", zone=ZoneInfo("Asia/Tokyo"), clock=time(9, 30))
        assert moments.read("2026-03-02").isoformat() == "2026-03-02T09:30:00+09:00"


class TestAFile:
    @pytest.mark.parametrize(
        "text",
        [
            b"\xef\xbb\xbfwho,mood,when\nAn\xc3\xa4is,7,2026-03-02\n",
            "who;mood;when\r\nAnäis;7;2026-03-02\r\n".encode(),
            "who\tmood\twhen\nAnäis\t7,0\t2026-03-02\n".encode(),
            "who|mood|when\nAnäis|7.0|2026-03-02\n".encode(),
            "who,mood,when\n\nAnäis, 7 ,2026-03-02\n\n".encode(),
            '"who","mood","when"\n"Anäis","7","2026-03-02"'.encode(),
            "who,mood,when\nAnäis,7,2026-03-02\n".encode("utf-16"),
            " who ,mood,when\nAnäis,7,2026-03-02".encode(),
        ],
        ids=["mark", "semicolons", "tabs", "pipes", "blank_lines", "quotes", "utf16", "spaces"],
    )
    async def test_is_read_however_it_was_saved(self, store, write, text):
        summary, refused = await imported(store, write(text))
        assert (summary.written, refused) == (1, [])
        assert [one.display_name for one in await facts(store, ClientEnrolled)] == ["Anäis"]

    async def test_may_be_in_another_encoding(self, store, write):
        text = "who,mood,when\nAnäis,7,2026-03-02\n".encode("cp1252")
        with pytest.raises(FileRefused, match="--encoding cp1252"):
            await imported(store, write(text))
        assert await store.head(PRACTICE) == 1
        summary, _ = await imported(store, write(text, encoding="cp1252"))
        assert summary.written == 1

    async def test_that_ends_in_another_encoding_writes_nothing(self, store, write):
        lines = "".join(f"anna,5,2026-03-{day:02}T{hour:02}:00\n" for day in range(1, 31)
                        for hour in range(24))  # fmt: skip
        text = f"who,mood,when\n{lines}".encode() + "Anäis,7,2026-04-01\n".encode("cp1252")
        with pytest.raises(FileRefused):
            await imported(store, write(text))
        assert await store.head(PRACTICE) == 1

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "is empty"),
            ("\n\n", "is empty"),
            ("who,mood\nanna,7\n", "has no column 'when'; it has: who, mood"),
            ("who,mood,when,when\nanna,7,a,b\n", "has more than one column 'when'"),
        ],
    )
    async def test_is_refused_as_a_whole_where_it_does_not_fit(self, store, write, text, told):
        with pytest.raises(FileRefused, match=told):
            await imported(store, write(text))
        assert await store.head(PRACTICE) == 1

    async def test_is_read_line_by_line_with_few_appends_in_flight(self, write):
        lines = "".join(f"c{n % 40},5,2026-03-02T{n // 60:02}:{n % 60:02}\n" for n in range(1000))
        store = Counting(lambda: NOW)
        await opened(store)
        summary, refused = await imported(store, write("who,mood,when\n" + lines))
        assert (summary.written, summary.clients_enrolled, refused) == (1000, 40, [])
        assert 8 < store.most <= IN_FLIGHT


class Counting(MemoryStore):
    """Counts how many appends are under way at once."""

    now_in_flight = 0
    most = 0

    async def append(self, practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        self.now_in_flight += 1
        self.most = max(self.most, self.now_in_flight)
        await asyncio.sleep(0)
        try:
            return await super().append(practice_id, steps, cause=cause)
        finally:
            self.now_in_flight -= 1

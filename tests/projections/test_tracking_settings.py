"""tracking: new norms and limits of a practice settle every row of it anew."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from events.practice import PracticeNormsSet, PracticeTrackingSet
from events.practice_choices import Norms
from events.practice_choices import Tracking as Limits
from events.record import Recorded
from projections.catalogue import BY_NAME
from projections.rebuild import rebuild
from projections.tracking import holding
from projections.tracking_fold import projection
from tests.projections.past import (
    ANNA,
    BEN,
    PRACTICE,
    Log,
    anna_enrolled,
    day,
    scored,
)
from tests.projections.test_tracking import weekly

OWN_ERROR = PracticeNormsSet(
    practice_id=PRACTICE, instrument="bdi2", norms=Norms(source="Ours", reliable_change=3)
)
SOONER = PracticeTrackingSet(practice_id=PRACTICE, tracking=Limits(weeks_without_change=1))


def chosen(log: Log, *events) -> list[Recorded]:
    """The practice's own events where they come in the log, after the one that opened it."""
    start = len(log.kept)
    log.add(*events)
    return [replace(one, version=one.version + 1) for one in log.kept[start:]]


class TestSettings:
    """What a practice chooses counts for every one of its clients, in the past, too."""

    async def begin(self, record) -> Log:
        log = Log().add(anna_enrolled(), *weekly(24, 28))
        ben = [
            replace(one, assessment_id=UUID(int=0xBE0 + nth), client_id=BEN)
            for nth, one in enumerate(weekly(24, 23))
        ]
        log.add(anna_enrolled(client_id=BEN), *ben)
        await record.keep(log.kept)
        await record.projector().catch_up(PRACTICE)
        return log

    async def kinds(self, record):
        now = day(8)
        found = await record.documents(projection)
        return {key: [one.kind for one in holding(row, now)] for key, row in found.items()}

    @pytest.mark.parametrize("rows_at_once", [1, 500])
    async def test_settle_every_row_anew(self, record, monkeypatch, rows_at_once):
        monkeypatch.setattr("projections.view_fold.SETTLED_ROWS", rows_at_once)
        log = await self.begin(record)
        before = await record.documents(projection)
        assert await self.kinds(record) == {ANNA: [], BEN: []}
        await record.keep(chosen(log, OWN_ERROR, SOONER))
        await record.projector().catch_up(PRACTICE)
        assert await self.kinds(record) == {
            ANNA: ["worse_than_baseline"], BEN: ["no_reliable_improvement"],
        }  # fmt: skip
        # Only what follows from the settings is new.
        after = await record.documents(projection)
        assert {key: replace(row, notices=()) for key, row in after.items()} == {
            key: replace(row, notices=()) for key, row in before.items()
        }

    @pytest.mark.parametrize("at_once", [1, 3, 10_000])
    async def test_a_rebuild_says_the_same(self, record, monkeypatch, at_once):
        monkeypatch.setattr("projections.rebuild.BATCH_EVENTS", at_once)
        monkeypatch.setattr("projections.rebuild.HELD_EVENTS", at_once)
        log = await self.begin(record)
        await record.keep(chosen(log, OWN_ERROR, SOONER))
        start = len(log.kept)
        log.add(scored(77, 21, day(20)))
        await record.keep(log.kept[start:])
        await record.projector(batch_events=2).catch_up(PRACTICE)
        live = await record.documents(projection)
        places = await self.places(record)
        await rebuild(record.pool, record.keyring, "tracking", lambda done, total: None)
        assert await record.documents(projection) == live
        assert await self.places(record) == places

    async def places(self, record):
        rows = await record.pool.fetch("SELECT client_id, position FROM views.tracking")
        return {row["client_id"]: row["position"] for row in rows}

    async def test_wait_for_the_clinician_in_the_caseload(self, record):
        log = await self.begin(record)
        views = record.views

        async def waiting(now, *, attention=True):
            found = await views.caseload(PRACTICE, now=now, attention=attention)
            return {one.client_id: [each.kind for each in one.attention] for one in found}

        assert await waiting(day(8)) == {}
        assert await waiting(day(8), attention=False) == {ANNA: [], BEN: []}
        assert await waiting(day(56)) == {
            ANNA: ["no_reliable_improvement"], BEN: ["no_reliable_improvement"],
        }  # fmt: skip
        await record.keep(chosen(log, OWN_ERROR))
        await record.projector().catch_up(PRACTICE)
        assert await waiting(day(8)) == {ANNA: ["worse_than_baseline"]}
        row = await views.client(PRACTICE, ANNA, now=day(8))
        assert row is not None
        (one,) = row.attention
        assert (one.instrument, one.since_at, one.numbers["change"]) == ("bdi2", day(7), 4)

    async def test_another_practices_are_its_own(self, record):
        await self.begin(record)
        other = UUID(int=2)
        await record.open_practice(other)
        theirs = Log().add(
            replace(OWN_ERROR, practice_id=other), replace(SOONER, practice_id=other)
        )
        moved = [replace(one, version=one.version + 1, practice_id=other) for one in theirs.kept]
        await record.keep(moved, practice_id=other)
        await record.projector().catch_up(other)
        await record.projector().catch_up(PRACTICE)
        assert await self.kinds(record) == {ANNA: [], BEN: []}

    def test_only_this_view_looks_at_them(self):
        by_settings = {name: set(one.settings) for name, one in BY_NAME.items() if one.settings}
        assert by_settings == {
            "tracking": {"practice.norms_set.v1", "practice.tracking_set.v1"},
            "safety_queue": {"practice.duty_set.v1"},
        }

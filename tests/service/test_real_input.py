"""Two real studies, imported and followed through: what comes out is what the files say.

The files are not ours to ship (see ../shared/data): where they are not there, these tests skip.
What is expected is computed here from the files alone, with none of the product's code.
"""

import csv
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import groupby
from math import floor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
import pytest

from events.goal import GoalDeadlineMissed, GoalFoundAtRisk, GoalTargetMet
from events.suggestion import SuggestionOffered
from projections.assessment_trend import AssessmentEntry
from projections.mood_trend import by_day
from service.console.sweeping import catch_up_all, sweep_once
from service.csv_commands import FirstScoreGoal, ImportIds, Terms
from service.csv_file import CsvFile
from service.csv_import import Import
from service.csv_rows import Columns, Moments, Scale
from service.csv_summary import Summary
from service.settings import Settings
from service.wiring import Cairn
from tests.conftest import Database, Servers, copy_database, name_database, run
from tests.house.tree import ROOT
from tests.service.conftest import KEY, open_practice
from workers.sweeping import Counts

DATA = ROOT.parent / "shared" / "data"
BTHEB, DIGIBP = DATA / "btheb_bdi2_long.csv", DATA / "digibp_daily.csv"
CHICAGO, LONDON = "America/Chicago", "Europe/London"
START = date(2026, 1, 5)
EIGHT_WEEKS = timedelta(weeks=8)
WORST = 42

here = pytest.mark.skipif(
    not (BTHEB.exists() and DIGIBP.exists()),
    reason=f"the studies' files are not in {DATA.name}/ beside the project",
)
pytestmark = here


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """A record to import into, and what is asked for."""

    cairn: Cairn
    practice_id: UUID

    async def take(self, path: Path, columns: Columns, zone: str, *, halving: bool) -> Summary:
        terms = Terms(
            practice_id=self.practice_id,
            columns=columns,
            zone=zone,
            enrol=True,
            goal=FirstScoreGoal(percent=-50, weeks=8) if halving else None,
        )
        one = Import(self.cairn.store, terms, now=datetime.now(UTC), run_id=uuid4())
        summary = await one.run(CsvFile(path), progress=lambda done: None, report=print)
        await catch_up_all(self.cairn)
        return summary

    async def facts(self, kind: type) -> list[Any]:
        found: list[Any] = []
        after = 0
        while page := await self.cairn.store.read_practice(self.practice_id, after=after):
            found += [one.event for one in page if isinstance(one.event, kind)]
            after = page[-1].position
        return found

    async def names(self, subjects: Iterable[str]) -> dict[UUID, str]:
        ids = ImportIds(self.practice_id, await self.cairn.store.ids(self.practice_id))
        return {ids.client(subject): subject for subject in subjects}


@pytest.fixture
async def study(settings: Settings) -> AsyncIterator[Study]:
    async with Cairn.open(settings, connections=6) as cairn:
        yield Study(cairn=cairn, practice_id=await open_practice(cairn))


def settings_of(database: Database) -> Settings:
    return Settings(database_url=database.runtime, key=KEY)


async def swept(cairn: Cairn, now: datetime) -> dict[str, Counts]:
    """What the workers recorded, those left out that had nothing to do."""
    return {name: counts for name, counts in (await sweep_once(cairn, now)).items() if counts}


def bdi2_by_month() -> dict[str, dict[int, float]]:
    """Subject, month and total, straight from the file; what is missing is not there."""
    totals: dict[str, dict[int, float]] = defaultdict(dict)
    with BTHEB.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["bdi2_total"]:
                totals[row["subject"]][int(row["month"])] = float(row["bdi2_total"])
    return totals


def up_to_month(month: int, folder: Path) -> Path:
    """The file as it was when the study had come to a month."""
    path = folder / f"month_{month}.csv"
    with BTHEB.open(newline="") as whole, path.open("w", newline="") as part:
        rows = csv.DictReader(whole)
        out = csv.DictWriter(part, rows.fieldnames or ())
        out.writeheader()
        out.writerows(row for row in rows if int(row["month"]) <= month)
    return path


# The study's months have four weeks: its second score was taken at the end of eight weeks.
BDI2 = Columns(
    kind="assessments",
    client="subject",
    value="bdi2_total",
    instrument="bdi2",
    moments=Moments(by="month", column="month", zone=ZoneInfo(LONDON), start=START, month_days=28),
)
LAST_DAY = START + EIGHT_WEEKS
AFTERWARDS = datetime(2026, 3, 3, 0, 30, tzinfo=UTC)


class TestAHundredClientsWhoSetOutToHalfTheirScore:
    async def test_are_followed_through_the_study_as_it_went(self, study, tmp_path):
        totals = bdi2_by_month()
        assert len(totals) == 100
        halved = {
            subject
            for subject, scores in totals.items()
            if 2 in scores and scores[2] <= scores[0] / 2
        }
        assert 0 < len(halved) < 100

        # At the beginning: a hundred clients, a hundred goals, and nothing to notice.
        summary = await study.take(up_to_month(0, tmp_path), BDI2, LONDON, halving=True)
        assert (summary.clients_enrolled, summary.goals_set, summary.refused) == (100, 100, 0)
        assert await swept(study.cairn, datetime(2026, 1, 6, tzinfo=UTC)) == {}
        # Halfway nobody has a second score: every goal trails the line to its date.
        counts = await swept(study.cairn, datetime(2026, 2, 2, tzinfo=UTC))
        assert counts == {"deadlines": {"at_risk": 100}}

        # The second score arrives on the last day, for some. The day itself is not yet over.
        summary = await study.take(up_to_month(2, tmp_path), BDI2, LONDON, halving=True)
        second = sum(2 in scores for scores in totals.values())
        assert (summary.written, summary.already_there) == (second, 100)
        noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
        assert "suggestions" not in await swept(study.cairn, noon)

        # The day after: half the score is a target met, which people confirm. The others are
        # offered two suggestions each.
        counts = await swept(study.cairn, AFTERWARDS)
        missed = 100 - len(halved)
        assert counts == {
            "deadlines": {"target_met": len(halved), "missed": missed},
            "suggestions": {"offered": missed},
        }
        await self.compare(study, totals, halved)

        # What came later, and a worker that looks again, change nothing about that day.
        await study.take(BTHEB, BDI2, LONDON, halving=True)
        later = await swept(study.cairn, datetime(2026, 9, 1, tzinfo=UTC))
        assert later == {}
        await self.compare(study, totals, halved)
        assert len(await study.facts(GoalFoundAtRisk)) == 100
        await self.compare_trends(study, totals)

    async def test_come_out_the_same_when_the_whole_file_is_imported_afterwards(self, study):
        totals = bdi2_by_month()
        summary = await study.take(BTHEB, BDI2, LONDON, halving=True)
        there = sum(len(scores) for scores in totals.values())
        assert (summary.lines, summary.written, summary.missing) == (500, there, 500 - there)
        again = await study.take(BTHEB, BDI2, LONDON, halving=True)
        assert (again.written, again.already_there, again.goals_set) == (0, there, 0)

        await swept(study.cairn, AFTERWARDS)
        halved = {name for name, one in totals.items() if 2 in one and one[2] <= one[0] / 2}
        await self.compare(study, totals, halved)

    async def compare(
        self, study: Study, totals: dict[str, dict[int, float]], halved: set[str]
    ) -> None:
        """Who met the target, how far everybody had come by the date, and what was offered."""
        names = await study.names(totals)
        cairn, practice_id = study.cairn, study.practice_id
        goals = [
            goal
            for client_id in names
            for goal in await cairn.views.goals(practice_id, client_id, now=AFTERWARDS)
        ]
        whose = {goal.goal_id: names[goal.client_id] for goal in goals}
        assert len(whose) == 100
        assert {goal.goal.due_on for goal in goals} == {LAST_DAY}

        met = await study.facts(GoalTargetMet)
        missed = await study.facts(GoalDeadlineMissed)
        assert {whose[one.goal_id] for one in met} == halved
        assert {whose[one.goal_id] for one in missed} == set(totals) - halved
        for one in (*met, *missed):
            scores = totals[whose[one.goal_id]]
            by_the_date = [scores[month] for month in (0, 2) if month in scores]
            # The whole way is from the first score to half of it.
            way = (scores[0] - by_the_date[-1]) / (scores[0] / 2)
            assert one.progress.unclamped == pytest.approx(way)
            assert one.progress.fraction == pytest.approx(min(1, max(0, way)))
            assert one.progress.entries == len(by_the_date)

        offered = sorted(
            ((one.goal_id, one.kind) for one in await study.facts(SuggestionOffered)), key=str
        )
        assert len(offered) == 2 * (100 - len(halved))
        for goal_id, kinds in groupby(offered, key=lambda one: one[0]):
            assert whose[goal_id] not in halved
            assert {kind for _, kind in kinds} == {"reframing", "replan"}

    async def compare_trends(self, study: Study, totals: dict[str, dict[int, float]]) -> None:
        for client_id, name in (await study.names(totals)).items():
            rows: list[AssessmentEntry] = await study.cairn.views.assessments(
                study.practice_id, client_id, instrument="bdi2"
            )
            days = [
                (START + timedelta(days=28 * month), total)
                for month, total in sorted(totals[name].items())
            ]
            assert [(row.occurred_at.date(), row.total) for row in rows] == days


DAILY = Columns(
    kind="moods",
    client="subject",
    value="depress_score",
    scale=Scale(worst=WORST, best=0),
    moments=Moments(by="day", column="day", zone=ZoneInfo(CHICAGO), start=START, first=1),
)


def rating_of(depression: str) -> int:
    """The line through (42, 1) and (0, 10), in exact numbers, to the nearest whole, halves up."""
    exact = 10 - Fraction(depression) * 9 / WORST
    return floor(exact + Fraction(1, 2))


def ratings_by_day() -> dict[str, dict[date, int]]:
    """Subject, day and rating, straight from the file; what is missing is not there."""
    ratings: dict[str, dict[date, int]] = defaultdict(dict)
    with DIGIBP.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["depress_score"]:
                on = START + timedelta(days=int(row["day"]) - 1)
                ratings[row["subject"]][on] = rating_of(row["depress_score"])
    return ratings


class Taken(msgspec.Struct, frozen=True):
    """A database to copy, into which the file was imported, and what was said of that."""

    template: str
    practice_id: UUID
    summary: Summary


@pytest.fixture(scope="module")
def filled(servers: Servers, template: str) -> Taken:
    """The file is imported once for the tests of it, into an empty record."""
    made = name_database(servers, "cairn_taken_daily")
    copy_database(servers, made.name, template)

    async def take() -> Taken:
        async with Cairn.open(settings_of(made), connections=6) as cairn:
            study = Study(cairn=cairn, practice_id=await open_practice(cairn))
            summary = await study.take(DIGIBP, DAILY, CHICAGO, halving=False)
            return Taken(made.name, study.practice_id, summary)

    return run(take)


class TestFortyThreeClientsWhoWroteDaily:
    @pytest.fixture
    async def study(self, filled: Taken, database: Database) -> AsyncIterator[Study]:
        async with Cairn.open(settings_of(database), connections=6) as cairn:
            yield Study(cairn=cairn, practice_id=filled.practice_id)

    async def test_keep_their_ratings_and_their_missing_days(self, filled, study):
        ratings = ratings_by_day()
        written = sum(len(one) for one in ratings.values())
        assert len(ratings) == 43
        assert written < 1806

        summary = filled.summary
        assert (summary.lines, summary.written, summary.refused) == (1806, written, 0)
        assert summary.missing == 1806 - written
        assert summary.clients_enrolled == 43

        to_on = START + timedelta(days=41)
        for client_id, name in (await study.names(ratings)).items():
            entries = await study.cairn.views.moods(study.practice_id, client_id)
            trend = by_day(entries, zone=CHICAGO, from_on=START, to_on=to_on)
            # A missing day is absent: it is neither zero nor filled in.
            assert {day.on: (day.mean, day.count) for day in trend.days} == {
                on: (rating, 1) for on, rating in ratings[name].items()
            }
            assert trend.coverage == pytest.approx(len(ratings[name]) / 42)

    async def test_are_taken_once(self, filled, study):
        head = await study.cairn.store.head(study.practice_id)
        again = await study.take(DIGIBP, DAILY, CHICAGO, halving=False)
        assert (again.written, again.already_there) == (0, filled.summary.written)
        assert await study.cairn.store.head(study.practice_id) == head

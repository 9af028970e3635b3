"""A record that an earlier release has made keeps working: nothing of it is doubled or lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest

from migrations.runner import migrate
from projections.doctor import Doctor
from projections.rebuild import rebuild
from service.app import create_app
from service.console.sweeping import catch_up_all, sweep_once
from service.csv_commands import FirstScoreGoal, Terms
from service.csv_file import CsvFile
from service.csv_import import Import
from service.csv_rows import Columns, Moments
from service.csv_summary import Summary
from service.settings import Settings
from service.wiring import Cairn
from tests.conftest import Database
from tests.service.conftest import KEY, Asker, House, projecting
from tests.service.older_record import lay_older_record

FILE = Columns(
    kind="assessments",
    client="who",
    value="total",
    instrument="phq9",
    suicide_item="item",
    moments=Moments(by="at", column="when", zone=ZoneInfo("Europe/Zurich")),
)
ENDORSED = {"instrument": "phq9", "answers": [0, 0, 0, 0, 0, 0, 0, 0, 3]}


class Upgraded(msgspec.Struct, kw_only=True):
    """The record after the upgrade, on the day on which it was left."""

    house: House
    told: dict[str, Any]
    now: datetime

    @property
    def clinician(self) -> Asker:
        return self.house.asker(now=self.now)

    async def kinds(self) -> list[tuple[str, str]]:
        """Every event: its type, and its stream."""
        rows = await self.house.cairn.pool.fetch(
            "SELECT type, stream_id FROM event_log ORDER BY position"
        )
        return [(row["type"], str(row["stream_id"])) for row in rows]


@pytest.fixture
async def upgraded(empty_database: Database, tmp_path: Path) -> AsyncIterator[Upgraded]:
    told = await lay_older_record(empty_database, tmp_path)
    assert await migrate(empty_database.owner) >= 1
    now = datetime.fromisoformat(told["now"])
    async with opened(Settings(database_url=empty_database.runtime, key=KEY), now) as house:
        house.practice_id = UUID(told["practice_id"])
        yield Upgraded(house=house, told=told, now=now)


@asynccontextmanager
async def opened(settings: Settings, now: datetime) -> AsyncIterator[House]:
    async with Cairn.open(settings, connections=6, clock=lambda: now) as cairn:
        transport = httpx.ASGITransport(create_app(cairn))  # type: ignore[arg-type]
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://cairn.test") as http,
            projecting(cairn),
        ):
            yield House(cairn=cairn, http=http, practice_id=uuid4())


async def imported(
    upgraded: Upgraded, file: Path, *, raise_refused: bool = False, enrol: bool = True
) -> Summary:
    file.write_text(upgraded.told["csv"], encoding="utf-8")
    terms = Terms(
        practice_id=upgraded.house.practice_id,
        columns=FILE,
        zone="Europe/Zurich",
        enrol=enrol,
        goal=FirstScoreGoal(percent=-50, weeks=8),
        raise_refused=raise_refused,
    )
    one = Import(upgraded.house.cairn.store, terms, now=upgraded.now, run_id=uuid4())
    return await one.run(CsvFile(file), progress=lambda _done: None, report=print)


class TestARecordOfAnEarlierRelease:
    async def test_has_its_dates_and_drafts_once(self, upgraded: Upgraded) -> None:
        before = await upgraded.kinds()
        for days in range(3):
            await sweep_once(upgraded.house.cairn, upgraded.now + timedelta(days=days))
        added = [kind for kind, _ in (await upgraded.kinds())[len(before) :]]
        assert set(added) <= {"safety_flag.escalated.v1"}
        goal_id = upgraded.told["ben_goal"]
        drafts = await upgraded.clinician.get("/v1/suggestions?limit=100")
        kinds = [one["kind"] for one in drafts["items"] if one["goal_id"] == goal_id]
        assert sorted(kinds) == ["reframing", "replan"]

    async def test_has_no_row_that_doctor_names(self, upgraded: Upgraded) -> None:
        cairn = upgraded.house.cairn
        await catch_up_all(cairn)
        assert (await Doctor(cairn.pool, cairn.keyring).look()).findings == []

    async def test_takes_on_the_replan_that_was_under_way(self, upgraded: Upgraded) -> None:
        clinician, goal_id = upgraded.clinician, upgraded.told["ben_goal"]
        drafts = (await clinician.get("/v1/suggestions?limit=100"))["items"]
        replan = next(
            one for one in drafts if one["goal_id"] == goal_id and one["kind"] == "replan"
        )
        accepted = {"option": 0, "client_agreed": True}
        path = f"/v1/suggestions/{replan['id']}/accept"
        await clinician.do("POST", path, accepted)
        await sweep_once(upgraded.house.cairn, upgraded.now)
        kinds = [kind for kind, stream in await upgraded.kinds() if stream == goal_id]
        revised = [kind for kind in kinds if kind.endswith("_revised.v1")]
        assert 1 <= len(revised) == len(set(revised))
        assert kinds.count("goal.deadline_missed.v1") == 1

    async def test_knows_its_imported_file(self, upgraded: Upgraded, tmp_path: Path) -> None:
        size = await upgraded.house.size()
        summary = await imported(upgraded, tmp_path / "file.csv")
        assert (summary.already_there, summary.written, summary.refused) == (3, 0, 0)
        assert (summary.clients_enrolled, summary.goals_set) == (0, 0)
        assert await upgraded.house.size() == size
        another = upgraded.told["csv"] + "MRN-779,9,2026-03-02,0\nMRN-777,11,2026-04-30,0\n"
        upgraded.told["csv"] = another
        summary = await imported(upgraded, tmp_path / "file.csv")
        assert (summary.already_there, summary.written, summary.clients_enrolled) == (3, 2, 1)
        ids = [UUID(stream) for kind, stream in await upgraded.kinds() if "enrolled" in kind]
        # Two people of the file under the ids of then, one under an id of now.
        assert [one.version for one in ids[-3:]] == [5, 5, 8]

    @pytest.mark.parametrize(
        "line", ["MRN-777,9,not a day,3", "MRN-777,9,2026-03-02,3,more", 'MRN-777,9,"2026"x,3']
    )
    async def test_gets_a_flag_for_whom_only_a_refused_line_names(
        self, upgraded: Upgraded, tmp_path: Path, line: str
    ) -> None:
        """The client's id is one of then, which has to be looked up."""
        upgraded.told["csv"] = f"who,total,when,item\n{line}\nMRN-1,9,not a day,2\n"
        summary = await imported(upgraded, tmp_path / "file.csv", raise_refused=True, enrol=False)
        assert (summary.endorsed_refused, summary.unfiled_raised) == (2, 1)
        assert [one.line for one in summary.unfiled_not_raised] == [3]
        flags = (await upgraded.clinician.get("/v1/safety-flags"))["items"]
        assert [one["answer"] for one in flags if one["unfiled"]] == [3]

    async def test_has_its_flag_closed(self, upgraded: Upgraded) -> None:
        clinician, anna = upgraded.clinician, upgraded.told["anna"]
        flags = (await clinician.get("/v1/safety-flags"))["items"]
        (own,) = [one for one in flags if one["client_id"] == anna]
        about = f"/v1/clients/{anna}/safety-flags/{own['id']}"
        words = {"reason": "We met.", "outcome": "A safety plan."}
        await clinician.do("POST", f"{about}/close", words)
        flags = (await clinician.get("/v1/safety-flags"))["items"]
        assert [one for one in flags if one["client_id"] == anna] == []
        streams = {
            stream for kind, stream in await upgraded.kinds() if kind.startswith("safety_flag")
        }
        # The next flag lies with the one before.
        await clinician.do("POST", f"/v1/clients/{anna}/assessments", ENDORSED)
        flags = (await clinician.get("/v1/safety-flags"))["items"]
        assert len([one for one in flags if one["client_id"] == anna]) == 1
        assert streams == {
            stream for kind, stream in await upgraded.kinds() if kind.startswith("safety_flag")
        }

    async def test_answers_a_form_that_is_sent_again_as_it_was(self, upgraded: Upgraded) -> None:
        size = await upgraded.house.size()
        anna = upgraded.told["anna"]
        again = await upgraded.clinician.ask(
            "POST",
            f"/v1/clients/{anna}/assessments",
            {"instrument": "phq9", "answers": [2, 2, 2, 2, 1, 2, 1, 1, 2]},
            Idempotency_Key=upgraded.told["form"],
        )
        assert (again.status_code, again.headers.get("idempotency-replayed")) == (201, "true")
        flags = (await upgraded.clinician.get("/v1/safety-flags"))["items"]
        assert again.json()["flag_id"] in {one["id"] for one in flags}
        assert await upgraded.house.size() == size

    async def test_raises_the_flag_that_a_chosen_id_had_stood_in_the_way_of(
        self, upgraded: Upgraded
    ) -> None:
        ben, clinician = upgraded.told["ben"], upgraded.clinician
        await clinician.do("POST", f"/v1/clients/{ben}/assessments", ENDORSED)
        flags = (await clinician.get("/v1/safety-flags"))["items"]
        assert [one["answer"] for one in flags if one["client_id"] == ben] == [3]

    async def test_takes_a_true_repeat_whatever_version_its_id_has(
        self, upgraded: Upgraded
    ) -> None:
        size, key = await upgraded.house.size(), upgraded.told["mood_key"]
        path = f"/v1/clients/{upgraded.told['ben']}/moods"
        assert UUID(key).version == 5
        said = {"rating": 6, "note": "ok"}
        again = await upgraded.clinician.ask("POST", path, said, Idempotency_Key=key)
        assert (again.status_code, again.headers.get("idempotency-replayed")) == (201, "true")
        for asker, body in (
            (upgraded.clinician, {"rating": 7}),
            (upgraded.house.asker("app", "diary", now=upgraded.now), said),
        ):
            refused = await asker.ask("POST", path, body, Idempotency_Key=key)
            assert refused.json()["type"] == "/problems/id-not-choosable"
        assert await upgraded.house.size() == size

    async def test_goes_on_with_its_templates(self, upgraded: Upgraded) -> None:
        path = f"/v1/templates/{upgraded.told['template']}"
        await upgraded.clinician.do("POST", f"{path}/retire", {"reason": "We have another."})
        streams = {stream for kind, stream in await upgraded.kinds() if kind.startswith("template")}
        assert len(streams) == 1

    async def test_is_rebuilt(self, upgraded: Upgraded) -> None:
        cairn = upgraded.house.cairn
        await catch_up_all(cairn)
        flags = await upgraded.clinician.get("/v1/safety-flags")
        await rebuild(cairn.pool, cairn.keyring, None, lambda _done, _of: None)
        assert await upgraded.clinician.get("/v1/safety-flags") == flags

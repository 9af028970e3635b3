"""The worker passes a flag on until somebody has seen it, and can do nothing else with it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from structlog.testing import capture_logs

from events import practice, safety_flag_decisions
from events.answering import begin_assessment
from events.assessment import ASSESSMENT, ScoreAssessment
from events.practice import SetCrisisLines, SetDuty
from events.practice_choices import CrisisInformation, CrisisLine, Duty, DutyPerson
from events.practice_reading import read_practice
from events.record import Recorded
from events.safety_flag import SafetyFlagEscalated, SafetyFlagRaised
from events.safety_flag_decisions import AGAIN_LIMIT, AcknowledgeSafetyFlag, CloseSafetyFlag
from events.safety_interlock import read_flags
from events.store import Read
from events.transact import handle
from projections.safety_queries import flags_to_escalate
from tests.conftest import Database
from tests.house.tree import modules, name
from tests.projections.breaking import as_owner
from tests.workers.diary import Diary, because
from tests.workers.one_loop import in_its_loop
from tests.workers.site import Crashed, Crashing, Site, postgres_site
from workers.main import run_worker
from workers.safety import ACTOR, escalate, sweep_safety
from workers.sweeping import Bookmarks

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
TWENTY = timedelta(minutes=20)
DAY = timedelta(days=1)
SLACK = timedelta(seconds=1)


def duty(*subjects: str) -> Duty:
    people = tuple(DutyPerson(subject=one, name=one) for one in subjects)
    return Duty(people=people, acknowledge_minutes=20)


class Ward:
    """A client with a flag, in a practice with people on duty; its worker and its clock."""

    def __init__(self, site: Site, diary: Diary) -> None:
        self.site = site
        self.diary = diary

    async def on_duty(self, *subjects: str) -> None:
        command = SetDuty(practice_id=self.diary.practice_id, duty=duty(*subjects))
        stream = practice.PRACTICE.stream(self.diary.practice_id, self.diary.practice_id)
        lines = CrisisInformation(
            lines=(CrisisLine(name="A line", reach="143"),),
            reviewed_on=NOW.date(),
            reviewed_by="Ida",
        )
        state = await read_practice(self.site.store, self.diary.practice_id)
        reviewed = SetCrisisLines(
            practice_id=self.diary.practice_id, country=state.country, information=lines, now=NOW
        )
        for said in (reviewed, command):
            await handle(
                self.site.store, practice.PRACTICE, stream, said, cause=because(said),
                occurred_at=NOW,
            )  # fmt: skip

    async def answered(self, *, now: datetime = NOW) -> UUID:
        """A form that endorses its safety item; the flag that it raises."""
        command = ScoreAssessment(
            assessment_id=uuid4(),
            client_id=self.diary.client_id,
            instrument="bdi2",
            total=9,
            suicide_item=1,
            occurred_at=now,
            now=now,
        )
        stream = ASSESSMENT.stream(
            self.diary.practice_id, command.assessment_id, client_id=self.diary.client_id
        )
        answered = await begin_assessment(
            self.site.store,
            stream,
            command,
            cause=because(command),
            occurred_at=now,
            self_reported=False,
        )
        assert answered.flag is not None
        return answered.flag.flag_id

    async def say(self, command: Any) -> None:
        await handle(
            self.site.store, safety_flag_decisions.SAFETY_FLAGS, (await self.flags()).stream,
            command, cause=because(command), occurred_at=NOW,
        )  # fmt: skip

    async def flags(self) -> Read:
        """All flags of the client, as the log has them."""
        return await read_flags(self.site.store, self.diary.practice_id, self.diary.client_id)

    async def sweep(self, now: datetime, bookmarks: Bookmarks | None = None) -> dict[str, int]:
        await self.site.project(self.diary)
        return await sweep_safety(self.site, now, bookmarks=bookmarks)

    async def log(self) -> list[Recorded]:
        return list((await self.flags()).past)

    async def asked(self) -> list[tuple[str, ...]]:
        """Whom the flags have asked so far, in order."""
        asking = (SafetyFlagRaised, SafetyFlagEscalated)
        return [one.event.to for one in await self.log() if isinstance(one.event, asking)]


@in_its_loop
async def ward(site: Site) -> Ward:
    opened = Ward(site, await site.diary())
    await opened.on_duty("ida", "ben")
    return opened


class TestAFlag:
    async def test_that_nobody_acknowledged_in_time_goes_to_the_next(self, ward: Ward) -> None:
        flag_id = await ward.answered()
        assert await ward.sweep(NOW + TWENTY - SLACK) == {}
        assert await ward.sweep(NOW + TWENTY) == {"escalated": 1}
        assert await ward.asked() == [("ida",), ("ben",)]
        escalated = (await ward.log())[-1]
        assert escalated.actor == ACTOR == "worker:safety"
        # By what it answers to, not by when: the first asking.
        ids = await ward.site.store.ids(ward.diary.practice_id)
        assert escalated.command_id == ids.of("escalation", f"{flag_id} 1")
        assert isinstance(escalated.event, SafetyFlagEscalated)
        assert escalated.event.acknowledge_by == NOW + 2 * TWENTY

    async def test_that_was_acknowledged_is_left_alone(self, ward: Ward) -> None:
        flag_id = await ward.answered()
        await ward.say(AcknowledgeSafetyFlag(flag_id=flag_id))
        assert await ward.sweep(NOW + TWENTY) == {}

    async def test_that_was_acknowledged_since_the_worker_looked_is_left_alone(
        self, ward: Ward
    ) -> None:
        flag_id = await ward.answered()
        (owed,) = await flags_to_escalate(ward.site.views, NOW + TWENTY)
        await ward.say(AcknowledgeSafetyFlag(flag_id=flag_id))
        outcome = await escalate(ward.site, owed, duty("ida", "ben"), NOW + TWENTY)
        assert outcome == "already_so"
        assert await ward.asked() == [("ida",)]

    async def test_is_passed_on_where_no_projector_runs_and_the_view_says_otherwise(
        self, ward: Ward
    ) -> None:
        await ward.answered()
        await ward.site.project(ward.diary)
        for lie in (
            "UPDATE views.safety_queue SET is_open = false, acknowledged = true, next_at = NULL",
            "UPDATE views.checkpoint SET position = position + 1000",
            "DELETE FROM views.safety_queue",
        ):
            await ward.site.pool.execute(lie)
        await ward.answered()
        for _ in range(3):  # Two flags of a client lie in one stream: one may wait for the other.
            await sweep_safety(ward.site, NOW + TWENTY)
        assert await ward.asked() == [("ida",)] * 2 + [("ben",)] * 2

    async def test_that_can_not_be_read_is_passed_on_too(
        self, ward: Ward, database: Database
    ) -> None:
        await ward.answered()
        assert await sweep_safety(ward.site, NOW) == {}  # This worker has read the flag.
        await as_owner(
            database,
            "UPDATE event_log SET body = body || 'x' WHERE type = 'safety_flag.raised.v1'",
        )
        assert await sweep_safety(ward.site, NOW + TWENTY) == {"already_so": 1}
        assert await sweep_safety(ward.site, NOW + TWENTY) == {"escalated": 1}
        escalated = (await ward.log())[-1].event
        assert isinstance(escalated, SafetyFlagEscalated)
        assert escalated.to == ("ida",)  # Nobody knows whom the flag had asked.

    async def test_that_was_closed_is_left_alone(self, ward: Ward) -> None:
        flag_id = await ward.answered()
        await ward.say(CloseSafetyFlag(flag_id=flag_id, reason="We met", outcome="A plan"))
        assert await ward.sweep(NOW + TWENTY) == {}

    async def test_goes_to_the_last_again_so_often_then_to_everybody_day_by_day(
        self, ward: Ward
    ) -> None:
        await ward.answered()
        now = NOW
        for _ in range(1 + AGAIN_LIMIT):
            now += TWENTY
            assert await ward.sweep(now) == {"escalated": 1}
        assert await ward.asked() == [("ida",), *[("ben",)] * (1 + AGAIN_LIMIT)]
        asked = len(await ward.asked())
        now += TWENTY
        for _ in range(5):
            assert await ward.sweep(now) == {"escalated": 1}
            assert await ward.sweep(now + DAY - SLACK) == {}
            now += DAY
        assert (await ward.asked())[asked:] == [("ida",), ("ben",), ("ida",), ("ben",), ("ida",)]
        # Another list is another chance, and begins in the old rhythm.
        await ward.on_duty("eve")
        assert await ward.sweep(now) == {"escalated": 1}
        assert await ward.sweep(now + TWENTY) == {"escalated": 1}
        assert (await ward.asked())[-2:] == [("eve",), ("eve",)]

    async def test_raised_with_nobody_on_duty_is_asked_about_as_soon_as_somebody_is(
        self, ward: Ward
    ) -> None:
        await ward.on_duty()
        await ward.answered()
        assert await ward.asked() == [()]
        assert await ward.sweep(NOW) == {"nobody_on_duty": 1}
        await ward.on_duty("eve", "ida")
        assert await ward.sweep(NOW + SLACK) == {"escalated": 1}
        assert await ward.asked() == [(), ("eve",)]

    async def test_goes_to_a_new_list_at_once_where_whoever_was_asked_is_off_it(
        self, ward: Ward
    ) -> None:
        await ward.answered()
        assert await ward.sweep(NOW + SLACK) == {}
        await ward.on_duty("eve")
        assert await ward.sweep(NOW + SLACK) == {"escalated": 1}
        assert await ward.asked() == [("ida",), ("eve",)]
        await ward.on_duty("ida", "eve")
        assert await ward.sweep(NOW + SLACK) == {}

    async def test_is_one_of_several_that_are_each_passed_on(self, ward: Ward) -> None:
        for _ in range(5):
            await ward.answered()
        for _ in range(10):
            counts = await ward.sweep(NOW + TWENTY)
            if counts == {}:
                break
        assert await ward.asked() == [("ida",)] * 5 + [("ben",)] * 5


class TestRunningTwiceOrNotToTheEnd:
    async def test_asks_nobody_twice_for_the_same_reason(self, ward: Ward, database: Any) -> None:
        await ward.answered()
        await ward.site.project(ward.diary)
        async with postgres_site(database.runtime) as other:
            counts = await asyncio.gather(
                *(sweep_safety(site, NOW + TWENTY) for site in (ward.site, other, ward.site))
            )
        assert sum(one.get("escalated", 0) for one in counts) == 1
        assert await ward.asked() == [("ida",), ("ben",)]

    async def test_survives_a_death_at_any_step(self, ward: Ward) -> None:
        await ward.answered()
        await ward.site.project(ward.diary)
        for at in range(1, 9):
            for after in (False, True):
                crashing = Crashing(ward.site.store, at=at, after=after)
                try:
                    await sweep_safety(ward.site.with_store(crashing), NOW + TWENTY)
                except (Crashed, BaseExceptionGroup):
                    continue
        assert await sweep_safety(ward.site, NOW + TWENTY) in (
            {}, {"escalated": 1}
        )  # fmt: skip
        assert await ward.asked() == [("ida",), ("ben",)]

    async def test_is_what_the_worker_process_does(self, ward: Ward) -> None:
        await ward.answered()
        ward.site.now = NOW + TWENTY
        stop = asyncio.Event()
        tasks = [
            asyncio.create_task(run_worker(ward.site, None, stop, sweep_every_seconds=0.05)),
            asyncio.create_task(ward.site.projector.run(stop)),
        ]
        try:
            await eventually(ward.asked, [("ida",), ("ben",)])
        finally:
            stop.set()
            await asyncio.gather(*tasks)


async def test_a_worker_that_stumbles_names_the_flag_and_not_the_client(ward: Ward) -> None:
    flag_id = await ward.answered()
    await ward.site.project(ward.diary)

    class Broken:
        def __getattr__(self, name: str) -> None:
            raise RuntimeError(str(ward.diary.client_id))

    site = ward.site.with_store(Broken())  # type: ignore[arg-type]
    with capture_logs() as logs:
        assert await sweep_safety(site, NOW + TWENTY) == {"failed": 1}
    (told,) = logs
    assert (told["worker"], told["subject_id"]) == ("safety", flag_id)
    assert ward.diary.client_id not in told.values()


async def eventually(look: Callable[[], Awaitable[Any]], expected: Any) -> None:
    give_up_at = asyncio.get_running_loop().time() + 15
    while await look() != expected:
        assert asyncio.get_running_loop().time() < give_up_at
        await asyncio.sleep(0.05)


def test_no_worker_and_no_import_can_acknowledge_or_close() -> None:
    words = re.compile(r"(Acknowledge|ActOn|Close)SafetyFlag|safety_flag_decisions\.decider")
    doors = [path for path in modules("service") if path.name.startswith("csv_")]
    assert {"csv_commands", "csv_endorsed", "csv_import"} <= {path.stem for path in doors}
    mentions = [
        name(path)
        for path in (*modules("workers", "projections"), *doors)
        if words.search(path.read_text(encoding="utf-8"))
    ]
    assert mentions == []
    # Clinicians do, over HTTP or at the console in their name; the demonstration and the histories
    # to measure with play one.
    assert {name(path) for path in modules("service") if words.search(path.read_text())} == {
        "service/routes/safety.py",
        "service/console/safety.py",
        "service/demonstration/safety.py",
        "service/benchmarks/histories.py",
    }

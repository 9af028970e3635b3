"""The demonstration: what there is to see, the same each time, and whole after any interruption."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import groupby, pairwise
from typing import Any
from uuid import UUID

import msgspec
import pytest

from events.record import Cause, Receipt, Recorded, Step
from projections.goal_status import course
from service.demonstration.deeds import Decided, Issued, Life, Sent, Swapped
from service.demonstration.goals import diary
from service.demonstration.load import PRACTICE_ID, computed_id, is_complete, is_wanted
from service.demonstration.people import PEOPLE
from service.demonstration.plan import Reshape
from service.settings import Settings
from service.wiring import Cairn
from tests.service.conftest import KEY, open_practice, projecting
from tests.service.demonstrated import (
    NOW,
    Demonstrated,
    DemonstrationOf,
    goals_by_name,
    load_at,
    log_of,
)
from tests.workers.avoided import found_in
from workers.deadlines import sweep_deadlines
from workers.suggestions import sweep_suggestions

POSITIONS = {"position", "positions", "evidence_position"}


@pytest.fixture
async def cairn(settings: Settings) -> AsyncIterator[Cairn]:
    async with Cairn.open(settings, connections=6) as cairn:
        yield cairn


@pytest.fixture
def whole(demonstration_of: DemonstrationOf) -> list[Recorded]:
    """The log of an uninterrupted load."""
    return demonstration_of(NOW).log


# What the practice's own key names, and what hangs on who took which turn.
NAMED_BY_KEY = {"safety_flag", "suggestion", "template"}
OF_THIS_LOAD = {"position", "positions", "evidence_position", "flag_id", "suggestion_id"}


def told(log: Sequence[Recorded]) -> list[tuple[Any, ...]]:
    """What a log says, without the order in which clients took turns.

    What the practice's own key names has another id in every database.
    """
    return sorted(
        (
            str(one.client_id if one.category in NAMED_BY_KEY else one.stream_id),
            one.version,
            one.type,
            one.occurred_at,
            str(plain(one.event)),
        )
        for one in log
    )


def plain(event: Any) -> Any:
    """An event without positions, and ids of the practice's key: those are of this very load."""

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            kept = value.items()
            return {k: without(v) for k, v in kept if k not in OF_THIS_LOAD}
        return [without(one) for one in value] if isinstance(value, list) else value

    return without(msgspec.to_builtins(event))


class TestLoaded:
    @pytest.fixture
    def demonstrated(self, demonstration_of: DemonstrationOf) -> Demonstrated:
        """The record that these tests look at is a copy of one into which it was loaded."""
        return demonstration_of(NOW)

    async def test_shows_goals_in_every_state_and_what_waits_for_the_clinician(
        self, demonstrated, cairn
    ):
        loaded = demonstrated.loaded
        assert (loaded.clients, loaded.was_there) == (17, False)
        seen = {
            name: [
                (str(goal.goal.stage), course(goal, NOW), goal.revisions, goal.missed)
                for goal in goals
            ]
            for name, goals in (await goals_by_name(cairn)).items()
        }
        assert seen == {
            "Anna K.": [("active", "on_course", 0, 0)],
            "Ben T.": [("active", "at_risk", 0, 0)],
            "Carla M.": [("active", "on_course", 3, 0)],
            "Daniel W.": [("active", "past_its_date", 0, 1)],
            "Elena R.": [("active", "past_its_date", 0, 1)],
            "Farid A.": [("reached", None, 0, 0), ("active", "on_course", 0, 0)],
            "Grace O.": [("paused", None, 0, 0)],
            "Hugo L.": [("replaced", None, 0, 0), ("active", "on_course", 0, 0)],
            "Inés V.": [("active", "past_its_date", 0, 0)],
            "Jonas B.": [("closed", None, 0, 0), ("active", "past_its_date", 0, 1)],
            "Kofi D.": [("proposed", None, 0, 0)],
            "Lea S.": [("reached", None, 1, 1)],
            "Maya T.": [
                ("active", "on_course", 0, 0),
                ("reached", None, 0, 0),
                ("active", "on_course", 0, 0),
            ],
            "Nora S.": [("active", "at_risk", 0, 0)],
            "Omar H.": [
                ("reached", None, 0, 0),
                ("active", "at_risk", 0, 0),
                ("active", "on_course", 0, 0),
            ],
            "Pia G.": [("active", "at_risk", 0, 0)],
            "Sami N.": [("active", "past_its_date", 0, 1)],
        }
        clients = await cairn.views.caseload(PRACTICE_ID, now=NOW, attention=True)
        assert {one.display_name: {a.kind for a in one.attention} for one in clients} == {
            "Ben T.": {"at_risk", "no_reliable_improvement"},
            "Daniel W.": {"suggestion_open", "deadline_passed"},
            "Elena R.": {"suggestion_open", "deadline_passed", "no_reliable_improvement"},
            "Grace O.": {"no_reliable_improvement"},
            "Hugo L.": {"no_reliable_improvement"},
            "Inés V.": {"target_met"},
            "Jonas B.": {"suggestion_open", "deadline_passed", "no_reliable_improvement"},
            "Kofi D.": {"agreement_needed"},
            "Nora S.": {
                "at_risk",
                "worse_than_baseline",
                "worse_than_best",
                "assessments_not_recorded",
            },
            "Omar H.": {"safety_flag", "at_risk", "no_reliable_improvement"},
            "Pia G.": {"safety_flag", "at_risk"},
            "Sami N.": {"deadline_passed"},
        }
        suggestions = await cairn.views.suggestions(PRACTICE_ID)
        assert Counter(one.status for one in suggestions) == {
            "offered": 4,
            "edited": 1,
            "accepted": 1,
            "released": 3,
            "dismissed": 1,
        }
        released = {one.language for one in suggestions if one.status == "released"}
        assert released == {"en", "es"}
        assert Counter(one.language for one in suggestions) == {"en": 8, "es": 2}

    async def test_has_gaps_late_entries_corrections_and_withdrawals(self, whole):
        kinds = Counter(one.type for one in whole)
        assert 1000 < len(whole) < 2000
        assert kinds["mood.corrected.v1"] == kinds["mood.withdrawn.v1"] == 2
        assert kinds["assessment.corrected.v1"] == kinds["assessment.withdrawn.v1"] == 1
        assert kinds["assessment.left_incomplete.v1"] == kinds["assessment.completed.v1"] == 1
        assert kinds["check_in.corrected.v1"] == 1
        lea = next(one for one in PEOPLE if one.key == "lea")
        client_id = Life(PRACTICE_ID, lea, first_on=NOW.date(), name_id=computed_id).client_id
        own = [one for one in whole if one.client_id == client_id and one.type == "mood.logged.v1"]
        # A late entry stands after one that happened days later; gaps are longer than a day.
        assert [one.occurred_at for one in own] != sorted(one.occurred_at for one in own)
        days = sorted({one.occurred_at.date() for one in own})
        gaps = [later - earlier for earlier, later in pairwise(days)]
        assert max(gaps) == timedelta(days=7)

    async def test_has_a_flag_that_was_seen_through_and_one_that_is_open(self, whole):
        flags = [one for one in whole if one.category == "safety_flag"]
        by_client = groupby(sorted(flags, key=told_of_flag), key=lambda one: one.client_id)
        steps = [[one.type.split(".")[1] for one in own] for _, own in by_client]
        assert sorted(steps, key=lambda own: (len(own), own[1] == "acknowledged")) == [
            ["raised", "escalated"],
            ["raised", "acknowledged"],
            ["raised", "escalated", "acknowledged", "acted_on", "acted_on", "closed"],
        ]
        raised = [one for one in flags if one.type == "safety_flag.raised.v1"]
        for flag in raised:
            (form,) = (
                one
                for one in whole
                if one.command_id == flag.command_id and one.category == "assessment"
            )
            # In the same append as the answer, and never because of the total.
            assert abs(form.position - flag.position) == 1
            assert (form.event.answers[8] > 0, flag.event.to) == (True, ("anna",))

    async def test_is_dated_up_to_today_and_never_beyond(self, whole):
        times = [one.occurred_at for one in whole]
        assert max(times) <= NOW
        assert NOW - max(times) < timedelta(days=1)
        assert timedelta(days=84) <= NOW - min(times) < timedelta(days=85)

    async def test_twice_changes_nothing(self, demonstrated, cairn):
        head = await cairn.store.head(PRACTICE_ID)
        again = await load_at(cairn, NOW + timedelta(days=3))
        assert (again.was_there, again.events) == (True, head)

    async def test_is_wanted_no_more(self, demonstrated, cairn):
        assert not await is_wanted(cairn)


class TestLoading:
    async def test_by_two_at_once_is_one(self, cairn, settings):
        async with Cairn.open(settings, connections=6) as other:
            await asyncio.gather(load_at(cairn, NOW), load_at(other, NOW))
        ids = [one.command_id for one in await log_of(cairn) if one.type == "mood.logged.v1"]
        assert len(ids) == len(set(ids))
        assert await is_complete(cairn)


def told_of_flag(one: Recorded) -> tuple[str, int]:
    return str(one.client_id), one.version


class TestItIsWanted:
    async def test_where_the_log_is_empty(self, cairn):
        assert await is_wanted(cairn)

    async def test_not_beside_a_practice_of_ones_own(self, cairn):
        await open_practice(cairn)
        assert not await is_wanted(cairn)

    async def test_where_a_load_was_cut_short(self, cairn):
        with pytest.raises(ConnectionError):
            await load_at(cut_short(cairn, after=200), NOW)
        assert await is_wanted(cairn)


class TestALoadThatWasCutShort:
    @pytest.mark.parametrize("after", [0, 5, 130, 1100])
    async def test_is_completed_by_the_next_and_keeps_its_dates(self, whole, after, cairn):
        with pytest.raises(ConnectionError):
            await load_at(cut_short(cairn, after=after), NOW)
        # Whoever looks meanwhile sees nothing that a worker of today would act on.
        later = NOW + timedelta(days=0 if after == 0 else 2)
        await load_at(cairn, later)
        assert told(await log_of(cairn)) == told(whole)

    async def test_by_a_kill_is_completed_by_the_next(self, settings, whole):
        environment = {
            **os.environ,
            "DATABASE_URL": str(settings.database_url),
            "CAIRN_KEY": Settings(key=KEY).environment()["CAIRN_KEY"],
        }
        async with Cairn.open(settings, connections=6) as cairn:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "service", "demo"], env=environment
            )
            try:
                async with asyncio.timeout(30):
                    while await cairn.store.head(PRACTICE_ID) < 300:
                        assert process.poll() is None
                        await asyncio.sleep(0.002)
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait()
            assert not await is_complete(cairn)
            log = await log_of(cairn)
            await load_at(cairn, NOW)
            assert (await log_of(cairn))[: len(log)] == log
            kinds = Counter(one.type for one in await log_of(cairn))
        assert kinds == Counter(one.type for one in whole)


class TestWhileTheServiceRuns:
    async def test_no_worker_of_today_acts_on_the_half_of_it(self, whole, settings):
        async with (
            Cairn.open(settings, connections=8) as cairn,
            projecting(cairn),
            sweeping(cairn),
        ):
            await load_at(cairn, NOW)
            assert told(await log_of(cairn)) == told(whole)


def test_every_command_keeps_within_its_limits():
    for person in PEOPLE:
        for deed in diary(Life(PRACTICE_ID, person, first_on=NOW.date(), name_id=computed_id)):
            match deed:
                case Issued():
                    commands = [deed.command]
                case Sent():
                    commands = [deed.form]
                case Swapped():
                    commands = [deed.replace, deed.set_goal]
                case Decided():
                    commands = []
            for command in commands:
                assert msgspec.convert(msgspec.to_builtins(command), type(command)) == command


def test_what_a_client_may_read_is_kind():
    acts = [act for person in PEOPLE for goal in person.goals for _, act in goal.acts]
    reshaped = [sentence for act in acts if isinstance(act, Reshape) for sentence in act.sentences]
    assert reshaped
    assert [found for sentence in reshaped if (found := found_in(sentence, "en"))] == []


class CutShort:
    """A store that answers so many appends, and then is gone."""

    def __init__(self, store: Any, *, after: int) -> None:
        self._store = store
        self._left = after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def append(self, practice_id: UUID, steps: Sequence[Step], *, cause: Cause) -> Receipt:
        self._left -= 1
        if self._left < 0:
            raise ConnectionError
        receipt: Receipt = await self._store.append(practice_id, steps, cause=cause)
        return receipt


def cut_short(cairn: Cairn, *, after: int) -> Cairn:
    return Cairn(
        database=cairn.database,
        keyring=cairn.keyring,
        store=CutShort(cairn.store, after=after),  # type: ignore[arg-type]
        master=cairn.master,
        clocks=cairn.clocks,
        epochs=cairn.epochs,
        public_url=cairn.public_url,
        any_network=cairn.any_network,
    )


@contextlib.asynccontextmanager
async def sweeping(cairn: Cairn) -> AsyncIterator[None]:
    """The workers' sweeps as of this very day, one after the other."""

    async def forever() -> None:
        while True:
            await sweep_deadlines(cairn, NOW)
            await sweep_suggestions(cairn, NOW)
            await asyncio.sleep(0.01)

    task = asyncio.create_task(forever())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

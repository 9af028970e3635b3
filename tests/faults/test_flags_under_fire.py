"""Whoever records forms is killed in the middle of it: no answer is there without its flag."""

import os
import random
import subprocess
import sys
import time
from uuid import UUID

from events.safety_flag import SafetyFlagRaised
from tests.conftest import Database
from tests.contracts.stores import found, postgres_store
from tests.house.tree import ROOT

ROUNDS = 4


def send_and_kill(url: str, practice_id: UUID, client_id: UUID, *, after_seconds: float) -> int:
    """How many forms were acknowledged before the sender was killed."""
    command = [sys.executable, "-m", "tests.faults.endorsing", str(practice_id), str(client_id)]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.PIPE
    ) as sender:
        assert sender.stdout is not None
        assert sender.stdout.readline()  # It is at work.
        time.sleep(after_seconds)
        sender.kill()
        return 1 + len(sender.stdout.read().split())


async def test_every_form_that_is_there_has_its_flag_and_no_flag_is_without_its_form(
    database: Database,
) -> None:
    chance = random.Random(9)
    async with postgres_store(database.runtime) as store:
        practice_id, client_id = await found(store)
        acknowledged = sum(
            send_and_kill(
                database.runtime, practice_id, client_id, after_seconds=chance.uniform(0.05, 0.4)
            )
            for _ in range(ROUNDS)
        )
        log, after = [], 2
        while page := await store.read_practice(practice_id, after=after):
            log += page
            after = page[-1].position
    flags = {one.event.assessment_id for one in log if isinstance(one.event, SafetyFlagRaised)}
    forms = {one.stream_id for one in log if one.category == "assessment"}
    assert flags == forms
    assert len(log) == 2 * len(forms)
    assert len(forms) >= acknowledged >= ROUNDS

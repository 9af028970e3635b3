"""`cairn import` keeps the rules that the API keeps: a discharge, and limits of what is written."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from events import client
from events.client import CLIENT, DischargeClient
from events.record import Cause, digest
from events.transact import handle
from service.console.connection import opened


class TestAnImportForWhoWasDischarged:
    """With a goal from the first score: the scores are kept, and no goal begins."""

    WORDS = ("import", "assessments", "scores.csv", "--client", "who", "--total", "total",
             "--instrument", "bdi2", "--at", "when")  # fmt: skip
    GOAL = ("--goal-percent=-50", "--goal-weeks", "8")

    def test_names_the_line_and_takes_the_rest(self, record, practice_id):
        rows = "who,total,when\nanna,28,2026-01-05\nben,24,2026-01-05\n"
        Path("scores.csv").write_text(rows)
        assert record(*self.WORDS, "--enrol").code == 0
        anna = next(one["id"] for one in caseload(record) if one["display_name"] == "anna")
        discharge(practice_id, anna)
        told = record(*self.WORDS, *self.GOAL)
        assert told.code == 1
        why = "the goal was not set: this client was discharged, and no goal begins after that"
        assert f"line 2: {why}" in told.err
        for counted in ("already there +2", "refused +0", "goals set +1", "goals refused +1"):
            assert re.search(rf"\n {counted}\n", told.out), counted
        assert {one["display_name"]: one["open_goals"] for one in caseload(record)} == {
            "anna": 0, "ben": 1,
        }  # fmt: skip


class TestAnItemThatATotalHadLacked:
    """It raises a flag, though no form is written."""

    WORDS = ("import", "assessments", "scores.csv", "--client", "who", "--total", "total",
             "--instrument", "phq9", "--at", "when", "--enrol")  # fmt: skip

    @pytest.mark.parametrize(("options", "would"), [((), ""), (("--dry-run",), "would be ")])
    def test_is_no_form_that_is_incomplete(self, record, practice_id, options, would):
        Path("scores.csv").write_text("who,total,when,item\nanna,12,2026-03-02,2\n")
        assert record(*self.WORDS).code == 0
        told = record(*self.WORDS, "--suicide-item", "item", *options)
        assert told.code == 0
        for counted in (f"{would}written +0", f"safety flags {would}raised +1"):
            assert re.search(rf"\n {counted}\n", told.out), counted
        assert "incomplete" not in told.out


class TestWhyAGoalMatters:
    @pytest.mark.parametrize("why", ["", " ", "x" * 501])
    def test_says_something_and_not_too_much(self, record, practice_id, why):
        Path("scores.csv").write_text("who,total,when\nanna,28,2026-01-05\n")
        words = (*TestAnImportForWhoWasDischarged.WORDS, *TestAnImportForWhoWasDischarged.GOAL)
        said = record(*words, "--enrol", "--goal-why", why)
        assert (said.code, said.out) == (2, "")
        assert "--goal-why: expected words, 500 characters at most." in said.err
        told = record(*words, "--enrol", "--goal-why", "x" * 500)
        assert (told.code, bool(practice_id)) == (0, True)


def caseload(record) -> Any:
    record("project", "--once")
    return record("caseload", "--json").answer


def discharge(practice_id: UUID, client_id: str) -> None:
    """As the API does it: there is no command for it."""

    async def main() -> None:
        async with opened() as cairn:
            await handle(
                cairn.store,
                client.CLIENT,
                CLIENT.stream(practice_id, UUID(client_id)),
                DischargeClient(client_id=UUID(client_id)),
                cause=Cause(
                    command_id=uuid4(),
                    actor="clinician:ida",
                    content=digest("discharge"),
                    correlation=uuid4(),
                ),
                occurred_at=datetime.now(UTC),
            )

    asyncio.run(main())

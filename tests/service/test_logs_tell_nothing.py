"""Logs, metrics and problems after a full day of use: nothing of what people wrote is in them."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from io import StringIO
from uuid import uuid4

import asyncpg
import pytest

from service.logs import configure
from service.settings import Settings
from tests.conftest import Database, log_plainly, taking_no_writes
from tests.days import day
from tests.service.conftest import Asker, House, walking
from tests.service.test_a_log_away import away

NAME = "Annabelle Quux-Ferrari"
NOTE = "I drank a whole bottle of vermouth"
STATEMENT = "Call my brother Zebediah each Sunday"
WHY = "Because the silence is unbearable"
REASON = "Mother was taken to hospital"
TAG = "vermouthy"
SCORE = 13.0
PLANTED = (NAME, NOTE, STATEMENT, WHY, REASON, TAG, "Quux", "Zebediah", "vermouth", "hospital")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """Logs as the product writes them, down to the last detail."""
    written = StringIO()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stderr", written)
        configure(Settings(log_level="debug", log_format="json"))
    yield written
    log_plainly()
    logging.getLogger().handlers = []


async def a_day(house: House, clinician: Asker) -> str:
    """Everything that can carry words, well and badly said."""
    client_id = await clinician.enrol(display_name=NAME)
    goal_id = await clinician.set_goal(client_id, statement=STATEMENT, why=WHY)
    why = {"reason": REASON, "client_agreed": True}
    mood = {"rating": 2, "note": NOTE, "tags": [TAG]}
    score = {"instrument": "phq9", "total": SCORE, "suicide_item": 0, "note": NOTE}
    for method, path, body in (
        ("PATCH", f"/v1/clients/{client_id}", {"display_name": NAME + " II"}),
        ("POST", f"/v1/clients/{client_id}/moods", mood),
        ("POST", f"/v1/clients/{client_id}/moods", {**mood, "rating": 11}),
        ("POST", f"/v1/clients/{client_id}/moods", {**mood, NOTE: 1}),
        ("POST", f"/v1/clients/{client_id}/assessments", score),
        ("POST", f"/v1/clients/{client_id}/assessments", {**score, "instrument": NOTE}),
        ("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 5, "note": NOTE}),
        ("PUT", f"/v1/goals/{goal_id}/deadline", {"due_on": day(70), **why}),
        ("PUT", f"/v1/goals/{goal_id}/deadline", {"due_on": day(-9), **why}),
        ("PUT", f"/v1/goals/{goal_id}/statement", {"statement": STATEMENT + "!", **why}),
        ("POST", f"/v1/goals/{goal_id}/pause", {"reason": REASON}),
        ("POST", f"/v1/goals/{goal_id}/resume", {"reason": REASON}),
        ("POST", f"/v1/goals/{goal_id}/close", {"reason": NOTE}),
        ("POST", f"/v1/goals/{goal_id}/replace", {"goal": walking(why=WHY), "reason": REASON}),
        ("POST", f"/v1/clients/{client_id}/discharge", {"reason": REASON}),
        ("POST", f"/v1/clients/{client_id}/goals", {**walking(), "zone": NAME}),
        ("GET", f"/v1/clients?cursor={TAG}", None),
        ("GET", f"/v1/clients/{NAME}", None),
        ("GET", f"/{NOTE}", None),
        ("GET", f"/v1/goals/{goal_id}?as_of={TAG}", None),
        ("GET", f"/v1/goals/{goal_id}/history", None),
        ("GET", f"/v1/clients/{client_id}/timeline", None),
        ("GET", f"/v1/clients/{client_id}/trends/mood", None),
        ("GET", f"/v1/clients/{client_id}/trends/{TAG}", None),
        ("DELETE", f"/v1/moods/{uuid4()}", {"reason": REASON}),
    ):
        answer = await clinician.ask(method, path, body)
        assert answer.status_code < 500, (path, answer.text)
        if answer.status_code >= 400:
            assert not any(planted in answer.text for planted in PLANTED), answer.text
    await a_flag(clinician, client_id)
    return client_id


async def a_flag(clinician: Asker, client_id: str) -> None:
    """An answer about suicide, and what clinicians write about it."""
    form = {"instrument": "phq9", "answers": [0, 0, 0, 0, 0, 0, 0, 0, 3], "note": NOTE}
    sent = await clinician.do("POST", f"/v1/clients/{client_id}/assessments", form)
    about = f"/v1/clients/{client_id}/safety-flags/{sent['flag_id']}"
    for step, body in (
        ("acknowledge", None),
        ("act", {"action": NOTE}),
        ("close", {"reason": REASON}),
        ("close", {"reason": REASON, "outcome": WHY}),
        ("act", {"action": REASON}),
    ):
        answer = await clinician.ask("POST", f"{about}/{step}", body)
        assert not any(planted in answer.text for planted in PLANTED), answer.text
    for path in ("/v1/safety-flags?open=false", f"/v1/clients/{client_id}/safety-flags"):
        assert (await clinician.ask("GET", path)).status_code == 200


class TestLogs:
    async def test_have_templates_and_codes_only(
        self, written: StringIO, house: House, clinician: Asker
    ):
        client_id = await a_day(house, clinician)
        await house.http.get("/nowhere/" + TAG)
        err = written.getvalue()
        requests = [json.loads(line) for line in err.splitlines() if '"request"' in line]
        assert len(requests) > 25
        assert {one["route"] for one in requests} >= {
            "/v1/clients/{client_id}/moods",
            "/v1/goals/{goal_id}/deadline",
            "/{unmatched}",
        }
        # How long it took and when it was may be any number.
        told = re.sub(r'"milliseconds": [0-9.]+|"timestamp": "[^"]+"', "", err)
        for planted in (*PLANTED, client_id, "13.0"):
            assert planted not in told, planted
        first = next(one for one in requests if one["status"] == 201)
        assert first["practice_id"] == str(house.practice_id)
        assert first["role"] == "clinician"

    async def test_say_where_something_broke_and_not_what_it_said(
        self, written: StringIO, house: House, clinician: Asker
    ):
        async def break_down(*asked: object) -> None:
            raise RuntimeError(NOTE)

        client_id = await clinician.enrol(display_name=NAME)
        house.cairn.enrolled.require = break_down  # type: ignore[method-assign, assignment]
        broken = await clinician.ask(
            "POST", f"/v1/clients/{client_id}/moods", {"rating": 2, "note": NOTE}
        )
        assert broken.status_code == 500
        assert broken.json()["type"] == "/problems/unexpected"
        assert NOTE not in broken.text
        err = written.getvalue()
        told = next(json.loads(line) for line in err.splitlines() if "unexpected_exception" in line)
        assert told["exception"] == ["RuntimeError"]
        assert any("test_logs_tell_nothing.py" in place for place in told["stack"])
        assert told["request_id"] == broken.json()["instance"].removeprefix("urn:uuid:")
        assert not any(planted in err for planted in PLANTED)


class TestMetrics:
    async def test_count_requests_by_template(self, house: House, clinician: Asker):
        client_id = await a_day(house, clinician)
        answer = await house.asker("operator").ask("GET", "/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        text = answer.text
        counted = 'route="/v1/clients/{client_id}/moods",status="201"'
        assert counted in text
        assert f"cairn_log_events {float(await house.size())}" in text
        assert 'cairn_view_events_behind{view="goal_status"}' in text
        assert 'cairn_commands_total{repeated="no"}' in text
        for planted in (*PLANTED, client_id, str(house.practice_id)):
            assert planted not in text


class TestHealth:
    async def test_is_told_without_a_token(self, house: House):
        live = await house.http.get("/healthz")
        assert live.json() == {"status": "live"}
        ready = await house.http.get("/readyz")
        assert ready.status_code == 200
        told = ready.json()
        assert (told["ready"], told["database"], told["migrations"]) == (
            True,
            "reached",
            "applied",
        )
        assert set(told["lag"]) >= {"goal_status", "mood_trend", "assessment_trend", "caseload"}

    async def test_is_not_ready_while_migrations_wait(self, house: House, database: Database):
        connection = await asyncpg.connect(database.admin)
        await connection.execute("DELETE FROM migration WHERE number > 1")
        await connection.close()
        ready = await house.http.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["migrations"] == "waiting"

    async def test_is_not_ready_while_the_database_takes_no_writes(
        self, house: House, clinician: Asker, database: Database
    ):
        await clinician.enrol()
        # Connections of the pool are open already: they are asked, and no new one.
        assert (await house.http.get("/readyz")).status_code == 200
        async with taking_no_writes(database):
            ready = await house.http.get("/readyz")
            told = ready.json()
            assert (ready.status_code, told["ready"]) == (503, False)
            assert (told["database"], told["migrations"]) == ("read_only", "applied")
            assert (await clinician.ask("GET", "/v1/clients")).status_code == 200
        back = await house.http.get("/readyz")
        assert (back.status_code, back.json()["database"]) == (200, "reached")

    async def test_is_not_ready_without_a_database(
        self, house: House, clinician: Asker, database: Database
    ):
        assert (await house.http.get("/readyz")).status_code == 200
        async with away(database, "gone"):
            assert (await house.http.get("/healthz")).status_code == 200
            ready = await house.http.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["database"] == "away"
        await house.cairn.pool.close()
        for method, path, body in (
            ("GET", "/v1/clients", None),
            ("GET", f"/v1/goals/{uuid4()}", None),
            ("POST", f"/v1/goals/{uuid4()}/pause", {}),
        ):
            answer = await clinician.ask(method, path, body)
            assert answer.status_code == 503, answer.text
            assert answer.headers["retry-after"] == "1"
            assert answer.json()["type"] == "/problems/store-unavailable"

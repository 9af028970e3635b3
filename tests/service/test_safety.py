"""Safety over HTTP: who sees a flag, who closes it, and what the sender of a form reads."""

from typing import Any, cast
from uuid import uuid4

import pytest

from events.postgres import PostgresStore
from events.practice import SetDuty
from events.practice_choices import Duty, DutyPerson
from projections.catalogue import VIEW_NAMES
from service.auth import Role
from tests.service.conftest import (
    DUTY,
    Asker,
    House,
    open_practice,
    say_to_practice,
)
from tests.service.in_one_house.test_suggestions import offer, queue, see
from tests.workers.site import Meddling

CALM = [1, 1, 1, 1, 1, 1, 1, 1, 0]
ENDORSED = [0, 0, 0, 0, 0, 0, 0, 0, 1]
CLOSING = {"reason": "We met and talked it through.", "outcome": "A safety plan is agreed."}


async def send(
    asker: Asker, client_id: str, answers: list[Any] | None, **parts: Any
) -> dict[str, Any]:
    body = {"instrument": "phq9", "answers": answers, **parts}
    sent: dict[str, Any] = await asker.do("POST", f"/v1/clients/{client_id}/assessments", body)
    return sent


async def flags(asker: Asker, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await asker.get(f"/v1/safety-flags?{query}"))["items"]
    return items


async def flagged(house: House, clinician: Asker) -> tuple[str, str]:
    """A client with an open flag, which nobody has acknowledged: their ids."""
    client_id = await clinician.enrol()
    sent = await send(clinician, client_id, ENDORSED)
    return client_id, sent["flag_id"]


class TestAnEndorsedItem:
    async def test_raises_a_flag_that_is_on_the_queue_at_once(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        events = await house.size()
        sent = await send(clinician, client_id, ENDORSED)
        assert await house.size() == events + 2
        (flag,) = await flags(clinician)
        assert flag["id"] == sent["flag_id"]
        assert (flag["client_id"], flag["assessment_id"]) == (client_id, sent["id"])
        assert (flag["instrument"], flag["item"], flag["answer"]) == ("phq9", 9, 1)
        assert (flag["open"], flag["acknowledged_at"]) == (True, None)
        assert [one["to"] for one in flag["asked"]] == [["dr-elm"]]

    @pytest.mark.parametrize(
        ("answers", "parts"),
        [
            ([*[None] * 8, 1], {}),
            ([3] * 9, {}),
            (None, {"instrument": "bdi2", "total": 3, "suicide_item": 1}),
        ],
    )
    async def test_raises_one_whatever_the_form(
        self, clinician: Asker, answers: list[Any] | None, parts: dict[str, Any]
    ):
        client_id = await clinician.enrol()
        sent = await send(clinician, client_id, answers, **parts)
        assert sent["flag_id"]

    async def test_that_is_zero_raises_none(self, clinician: Asker):
        sent = await send(clinician, await clinician.enrol(), CALM)
        assert "flag_id" not in sent
        assert await flags(clinician) == []

    async def test_is_taken_once_and_answered_the_same(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        anna = house.asker("client", client_id)
        path, key = f"/v1/clients/{client_id}/assessments", str(uuid4())
        body = {"instrument": "phq9", "answers": ENDORSED}
        first = await anna.ask("POST", path, body, Idempotency_Key=key)
        await say_to_practice(house.cairn, SetDuty(practice_id=house.practice_id, duty=Duty()))
        events = await house.size()
        again = await anna.ask("POST", path, body, Idempotency_Key=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert first.json()["safety"]["person_asked"] is True
        assert await house.size() == events

    async def test_of_a_correction_raises_one_and_a_later_zero_clears_none(self, clinician: Asker):
        client_id = await clinician.enrol()
        form = await send(clinician, client_id, CALM)
        path = f"/v1/assessments/{form['id']}"
        corrected = await clinician.do("PUT", path, {"answers": [*CALM[:-1], 2]})
        await clinician.do("PUT", path, {"answers": CALM})
        await clinician.do("DELETE", path, {"reason": "Another person's form."})
        (flag,) = await flags(clinician)
        assert (flag["id"], flag["open"]) == (corrected["flag_id"], True)


class TestAFlag:
    async def test_is_acknowledged_acted_on_and_closed(self, house: House, clinician: Asker):
        client_id, flag_id = await flagged(house, clinician)
        about = f"/v1/clients/{client_id}/safety-flags/{flag_id}"
        await clinician.do("POST", f"{about}/acknowledge", None)
        await clinician.do("POST", f"{about}/act", {"action": "Called at noon."})
        (flag,) = await flags(clinician)
        assert (flag["acknowledged_by"], flag["open"]) == ("clinician:dr-elm", True)
        assert [one["action"] for one in flag["actions"]] == ["Called at noon."]
        closed = await clinician.do("POST", f"{about}/close", CLOSING)
        assert closed["id"] == flag_id
        assert await flags(clinician) == []
        (flag,) = await flags(clinician, "open=false")
        assert (flag["closed_by"], flag["reason"], flag["outcome"]) == (
            "clinician:dr-elm", CLOSING["reason"], CLOSING["outcome"],
        )  # fmt: skip

    async def test_is_closed_by_no_other_role(self, house: House, clinician: Asker):
        client_id, flag_id = await flagged(house, clinician)
        events = await house.size()
        others: list[tuple[Role, str]] = [
            ("client", client_id), ("app", "diary"), ("auditor", "audit")
        ]  # fmt: skip
        for role, subject in others:
            asker = house.asker(role, subject)
            for what, body in (
                ("acknowledge", None), ("act", {"action": "Called."}), ("close", CLOSING)
            ):  # fmt: skip
                path = f"/v1/clients/{client_id}/safety-flags/{flag_id}/{what}"
                assert (await asker.ask("POST", path, body)).status_code == 403
        assert await house.size() == events

    async def test_needs_a_reason_and_an_outcome_to_be_closed(self, house: House, clinician: Asker):
        client_id, flag_id = await flagged(house, clinician)
        path = f"/v1/clients/{client_id}/safety-flags/{flag_id}/close"
        for body in ({}, {"reason": "So."}, {"reason": " ", "outcome": "So."}):
            assert (await clinician.ask("POST", path, body)).status_code == 422
        await clinician.do("POST", path, CLOSING)
        other = await clinician.ask("POST", path, {**CLOSING, "outcome": "Another."})
        assert (other.status_code, other.json()["type"]) == (409, "/problems/safety-flag-not-open")

    async def test_is_not_there_for_strangers(self, house: House, clinician: Asker):
        client_id, flag_id = await flagged(house, clinician)
        other_id = await clinician.enrol()
        for about in (
            f"/v1/clients/{other_id}/safety-flags/{flag_id}",
            f"/v1/clients/{client_id}/safety-flags/{uuid4()}",
            f"/v1/clients/{uuid4()}/safety-flags/{flag_id}",
        ):
            answer = await clinician.ask("POST", f"{about}/acknowledge")
            assert answer.status_code == 404, about
        other = await open_practice(house.cairn, "Oak Lane")
        stranger = house.asker("clinician", "dr-oak", practice_id=other)
        about = f"/v1/clients/{client_id}/safety-flags"
        assert (await stranger.ask("GET", about)).status_code == 404
        assert (await stranger.ask("POST", f"{about}/{flag_id}/acknowledge")).status_code == 404
        assert await flags(stranger) == []

    async def test_is_seen_by_clinicians_and_auditors_only(self, house: House, clinician: Asker):
        client_id, flag_id = await flagged(house, clinician)
        auditor = house.asker("auditor", "audit")
        await see(house, auditor)
        for asker in (clinician, auditor):
            assert [one["id"] for one in await flags(asker)] == [flag_id]
            own = await asker.get(f"/v1/clients/{client_id}/safety-flags")
            assert [one["id"] for one in own["items"]] == [flag_id]
        for role, subject in (("client", client_id), ("app", "diary")):
            asker = house.asker(role, subject)  # type: ignore[arg-type]
            assert (await asker.ask("GET", "/v1/safety-flags")).status_code == 403
            # An app that is told of flags may read them: to any other there are none.
            hidden = 404 if role == "app" else 403
            for path in ("", f"/{flag_id}", "?event_version=1"):
                about = f"/v1/clients/{client_id}/safety-flags{path}"
                assert (await asker.ask("GET", about)).status_code == hidden, path
        anna = house.asker("client", client_id)
        page = await anna.get(f"/v1/clients/{client_id}/timeline")
        assert [one["kind"] for one in page["items"]] == ["assessment_scored", "client_enrolled"]

    async def test_comes_first_on_the_caseload(self, house: House, clinician: Asker):
        client_id, flag_id = await flagged(house, clinician)
        await clinician.set_goal(client_id, agreed=False)
        page = await clinician.get("/v1/clients?attention=true")
        first = page["items"][0]["attention"][0]
        assert (first["kind"], first["flag_id"]) == ("safety_flag", flag_id)
        app = house.asker("app", "diary")
        await see(house, app)
        assert (await app.get(f"/v1/clients/{client_id}"))["attention"] == []


class TestTheQueue:
    async def test_comes_in_pages_newest_first_and_passes_over_nothing(
        self, house: House, clinician: Asker
    ):
        raised = [await flagged(house, clinician) for _ in range(5)]
        first = await clinician.get("/v1/safety-flags?limit=2")
        # Whatever is done meanwhile, the second page goes on where the first ended.
        for client_id, flag_id in (raised[4], raised[3]):
            path = f"/v1/clients/{client_id}/safety-flags/{flag_id}/close"
            await clinician.do("POST", path, CLOSING)
        second = await clinician.get(f"/v1/safety-flags?limit=2&cursor={first['next']}")
        third = await clinician.get(f"/v1/safety-flags?limit=2&cursor={second['next']}")
        seen = [one["id"] for page in (first, second, third) for one in page["items"]]
        assert seen == [flag_id for _, flag_id in reversed(raised)]
        assert third["next"] is None

    async def test_is_counted_in_the_metrics_and_nobody_is_named(
        self, house: House, clinician: Asker
    ):
        client_id, flag_id = await flagged(house, clinician)
        await flagged(house, clinician)
        path = f"/v1/clients/{client_id}/safety-flags/{flag_id}/acknowledge"
        await clinician.do("POST", path, None)
        await flags(clinician)
        text = (await house.asker("operator").ask("GET", "/metrics")).text
        assert 'cairn_safety_flags{state="open"} 2.0' in text
        assert 'cairn_safety_flags{state="unacknowledged"} 1.0' in text
        assert 'cairn_safety_flag_oldest_seconds{state="open"}' in text
        assert client_id not in text
        assert flag_id not in text

    async def test_is_counted_in_the_metrics_whatever_somebody_does_to_the_views(
        self, house: House, clinician: Asker, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("service.process_metrics.PART_SECONDS", 0.3)
        await flagged(house, clinician)
        operator = house.asker("operator")
        assert "cairn_view_events_behind{" in (await operator.ask("GET", "/metrics")).text
        async with house.cairn.pool.acquire() as connection, connection.transaction():
            tables = ", ".join(f"views.{one}" for one in ("checkpoint", "set_aside", *VIEW_NAMES))
            await connection.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
            answer = await operator.ask("GET", "/metrics")
        assert answer.status_code == 200
        assert 'cairn_safety_flags{state="open"} 1.0' in answer.text
        assert "cairn_view_events_behind{" not in answer.text


class TestWhileAFlagIsOpen:
    async def test_suggestions_are_neither_accepted_nor_released(
        self, house: House, clinician: Asker
    ):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        replan = await offer(house, client_id, goal_id)
        reframing = await offer(house, client_id, goal_id, kind="reframing")
        sent = await send(clinician, client_id, ENDORSED)
        events = await house.size()
        for suggestion_id, what, body in (
            (replan, "accept", {"option": 0}),
            (reframing, "accept", {}),
            (reframing, "release", None),
        ):
            path = f"/v1/suggestions/{suggestion_id}/{what}"
            refused = await clinician.ask("POST", path, body)
            assert refused.status_code == 409, (what, refused.text)
            assert refused.json()["type"] == "/problems/safety-flag-open"
        assert await house.size() == events
        # What is for the clinician alone goes on.
        words = {"sentences": ["In other words."]}
        await clinician.do("POST", f"/v1/suggestions/{reframing}/edit", words)
        await clinician.do("POST", f"/v1/suggestions/{replan}/dismiss", {"reason": "Not now."})
        close = f"/v1/clients/{client_id}/safety-flags/{sent['flag_id']}/close"
        await clinician.do("POST", close, CLOSING)
        await clinician.do("POST", f"/v1/suggestions/{reframing}/release", None)

    async def test_a_client_reads_no_suggestion(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        reframing = await offer(house, client_id, goal_id, kind="reframing")
        key = str(uuid4())
        release = f"/v1/suggestions/{reframing}/release"
        await clinician.ask("POST", release, Idempotency_Key=key)
        anna = house.asker("client", client_id)
        await see(house, anna)
        assert len(await queue(anna)) == 1
        sent = await send(anna, client_id, ENDORSED)
        assert "goal" not in str(sent).lower()
        assert await queue(anna) == []
        page = await anna.get(f"/v1/clients/{client_id}/timeline")
        assert "suggestion_released" not in [one["kind"] for one in page["items"]]
        # What was released before is answered as it was, and is there for the clinician.
        assert (await clinician.ask("POST", release, Idempotency_Key=key)).status_code == 200
        assert len(await queue(clinician, "status=released")) == 1
        (flag,) = await flags(clinician)
        close = f"/v1/clients/{client_id}/safety-flags/{flag['id']}/close"
        await clinician.do("POST", close, CLOSING)
        assert len(await queue(anna)) == 1

    async def test_nothing_is_released_in_the_instant_in_which_one_is_raised(
        self, house: House, clinician: Asker
    ):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        reframing = await offer(house, client_id, goal_id, kind="reframing")
        house.cairn.store = cast(
            "PostgresStore",
            Meddling(house.cairn.store, lambda: send(clinician, client_id, ENDORSED)),
        )
        refused = await clinician.ask("POST", f"/v1/suggestions/{reframing}/release", None)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/safety-flag-open")
        assert len(await flags(clinician)) == 1
        assert await queue(clinician, "status=released") == []

    async def test_the_flags_of_others_hold_nothing_up(self, house: House, clinician: Asker):
        await flagged(house, clinician)
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        reframing = await offer(house, client_id, goal_id, kind="reframing")
        await clinician.do("POST", f"/v1/suggestions/{reframing}/release", None)


class TestDutyPeople:
    async def test_are_asked_in_their_order(self, house: House, clinician: Asker):
        people = (DutyPerson(subject="ben", name="Ben"), *DUTY.people)
        duty = Duty(people=people, queue="Duty room")
        await say_to_practice(house.cairn, SetDuty(practice_id=house.practice_id, duty=duty))
        await flagged(house, clinician)
        (flag,) = await flags(clinician)
        assert (flag["queue"], flag["asked"][0]["to"]) == ("Duty room", ["ben"])

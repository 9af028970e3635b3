"""One bad event over HTTP: it stops nothing but itself, and no flag waits for a view."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from events.goal import GoalSet
from events.measure import Milestone
from events.record import Cause, Step, digest
from projections.catalogue import VIEW_NAMES
from projections.doctor import Doctor
from tests.conftest import Database
from tests.days import day
from tests.projections.breaking import as_owner
from tests.service.conftest import Asker, House, walking

ENDORSED = [0, 0, 0, 0, 0, 0, 0, 0, 3]
CLOSING = {"reason": "We met and talked it through.", "outcome": "A safety plan is agreed."}


async def answered(asker: Asker, client_id: str) -> str:
    """The flag that a form of this client has raised."""
    body = {"instrument": "phq9", "answers": ENDORSED}
    sent = await asker.do("POST", f"/v1/clients/{client_id}/assessments", body)
    return str(sent["flag_id"])


async def open_flags(asker: Asker) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await asker.get("/v1/safety-flags"))["items"]
    return items


async def found(house: House) -> list[tuple[str, str | None]]:
    diagnosis = await Doctor(house.cairn.pool, house.cairn.keyring).look()
    return [(one.kind, one.view) for one in diagnosis.findings]


async def put_goal(house: House, client_id: UUID, goal_id: UUID) -> None:
    """A goal under an id that the API would not take any more."""
    goal = GoalSet(
        goal_id=goal_id,
        client_id=client_id,
        statement="Go to one party",
        measure=Milestone(),
        achievability=7,
        why="I miss people.",
        starts_on=date(2026, 3, 2),
        due_on=date.fromisoformat(day(30)),
        zone="UTC",
        review_every_days=14,
    )
    step = Step(
        stream_id=goal_id,
        category="goal",
        client_id=client_id,
        expected=0,
        events=[goal],
        occurred_at=datetime.now(UTC),
    )
    cause = Cause(
        command_id=uuid4(), actor="client:anna", content=digest("goal"), correlation=uuid4()
    )
    await house.cairn.store.append(house.practice_id, [step], cause=cause)


@pytest.mark.parametrize("kept_under", ["sessions", "moods", "safety_flag"])
async def test_a_goal_under_the_id_of_something_else_stops_nobody(
    house: House, clinician: Asker, kept_under: str
):
    client_id, other_id = await clinician.enrol(), await clinician.enrol()
    await put_goal(house, UUID(client_id), uuid5(UUID(client_id), kept_under))
    session = {"starts_at": f"{day(2)}T10:00:00+01:00"}
    await clinician.do("POST", f"/v1/clients/{client_id}/sessions", session)
    await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 4})
    flag_id = await answered(clinician, other_id)
    assert [one["id"] for one in await open_flags(clinician)] == [flag_id]
    head = await house.cairn.store.head(house.practice_id)
    assert await house.cairn.views.wait_for(house.practice_id, head, VIEW_NAMES, seconds=10)
    row = await clinician.get(f"/v1/clients/{other_id}")
    assert row["attention"][0]["flag_id"] == flag_id
    assert await found(house) == []


CATEGORIES = (
    "practice", "client", "goal", "mood", "check_in", "assessment", "safety_flag", "session",
)  # fmt: skip


@pytest.mark.parametrize("category", CATEGORIES)
async def test_a_body_that_does_not_open_stops_nothing(
    house: House, clinician: Asker, database: Database, category: str
):
    client_id, other_id = await clinician.enrol(), await clinician.enrol()
    goal_id = await clinician.set_goal(client_id)
    await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 4})
    await clinician.do("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 30})
    session = {"starts_at": f"{day(2)}T10:00:00+01:00"}
    await clinician.do("POST", f"/v1/clients/{client_id}/sessions", session)
    await answered(clinician, client_id)
    head = await house.cairn.store.head(house.practice_id)
    assert await house.cairn.views.wait_for(house.practice_id, head, VIEW_NAMES, seconds=10)
    # The first of each kind: what founds it.
    await as_owner(
        database,
        "UPDATE event_log SET body = body || 'x' WHERE position ="
        " (SELECT min(position) FROM event_log WHERE category = $1)",
        category,
    )
    await house.cairn.pool.execute("UPDATE views.checkpoint SET position = 0")
    for view in VIEW_NAMES:
        await house.cairn.pool.execute(f"DELETE FROM views.{view}")
    house.cairn.enrolled._known.clear()
    house.cairn.views.open_flags.forget(house.practice_id)
    last = await answered(clinician, other_id)
    again = await answered(clinician, client_id)
    head = await house.cairn.store.head(house.practice_id)
    assert await house.cairn.views.wait_for(house.practice_id, head, VIEW_NAMES, seconds=10)
    shown = await open_flags(clinician)
    assert len(shown) == 3
    assert [one["id"] for one in shown[:2]] == [again, last]
    # Whoever treats is told, and every page is there.
    (row,) = [
        one for one in (await clinician.get("/v1/clients"))["items"] if one["id"] == client_id
    ]
    lines = {one["view"] for one in row["attention"] if one["kind"] == "not_shown"}
    assert bool(lines) is (category != "practice")
    for path in (
        f"/v1/clients/{client_id}", f"/v1/clients/{client_id}/timeline",
        f"/v1/clients/{client_id}/goals", f"/v1/clients/{client_id}/safety-flags",
        f"/v1/clients/{client_id}/sessions", f"/v1/clients/{client_id}/trends/mood",
        f"/v1/clients/{client_id}/trends/phq9",
        f"/v1/goals/{goal_id}/history", "/v1/safety-flags?open=false", "/v1/practice",
        "/v1/crisis-information",
    ):  # fmt: skip
        answer = await clinician.ask("GET", path)
        assert answer.status_code == 200, (path, answer.text)
    kinds = {kind for kind, _ in await found(house)}
    assert kinds == {"event_set_aside" if category != "practice" else "event_unreadable"}
    operator = house.asker("operator")
    text = (await operator.ask("GET", "/metrics")).text
    assert 'cairn_safety_flags{state="open"} 3.0' in text
    gauge = 'cairn_view_events_set_aside{view="goal_status"} '
    wanted = {"goal", "mood", "check_in", "assessment", "session"}
    assert f"{gauge}{float(category in wanted)}" in text


class TestAFlagThatCanNotBeRead:
    async def test_is_acknowledged_and_closed_by_the_id_in_the_list(
        self, house: House, clinician: Asker, database: Database
    ):
        client_id = await clinician.enrol()
        flag_id = await answered(clinician, client_id)
        assert [one["id"] for one in await open_flags(clinician)] == [flag_id]
        await as_owner(
            database, "UPDATE event_log SET body = body || 'x' WHERE category = 'safety_flag'"
        )
        (flag,) = await open_flags(clinician)
        assert flag["id"] != flag_id
        assert (flag["client_id"], flag["open"]) == (client_id, True)
        for part in ("assessment_id", "instrument", "item", "answer"):
            assert flag[part] is None
        about = f"/v1/clients/{client_id}/safety-flags/{flag['id']}"
        await clinician.do("POST", f"{about}/acknowledge", None)
        (seen,) = await open_flags(clinician)
        assert seen["acknowledged_by"] == "clinician:dr-elm"
        await clinician.do("POST", f"{about}/close", CLOSING)
        assert await open_flags(clinician) == []
        (closed,) = (await clinician.get("/v1/safety-flags?open=false"))["items"]
        assert closed["id"] == flag["id"]

    async def test_holds_back_what_waits_for_a_flag(
        self, house: House, clinician: Asker, database: Database
    ):
        client_id = await clinician.enrol()
        await answered(clinician, client_id)
        await as_owner(
            database, "UPDATE event_log SET body = body || 'x' WHERE category = 'safety_flag'"
        )
        (flag,) = (await clinician.get(f"/v1/clients/{client_id}/safety-flags?open=true"))["items"]
        assert flag["instrument"] is None


async def test_a_goal_with_an_event_that_does_not_open_is_changed_no_more(
    house: House, clinician: Asker, database: Database
):
    client_id = await clinician.enrol()
    goal_id = await clinician.set_goal(client_id)
    await as_owner(database, "UPDATE event_log SET body = body || 'x' WHERE type = 'goal.set.v1'")
    pausing = await clinician.ask("POST", f"/v1/goals/{goal_id}/pause", {"reason": "Flu"})
    answer = await clinician.ask("GET", f"/v1/goals/{goal_id}/history")
    revisions = answer.json()["revisions"]
    assert [(one["kind"], bool(one["changes"])) for one in revisions] == [
        ("set", False), ("agreed", True), ("agreed", True),
    ]  # fmt: skip
    assert (pausing.status_code, pausing.json()["type"].rpartition("/")[2]) == (
        409, "record-broken",
    )  # fmt: skip
    # Another goal of the same client is.
    other = await clinician.set_goal(client_id, **walking())
    await clinician.do("POST", f"/v1/goals/{other}/pause", {"reason": "Flu"})


class TestTheRunTimeRole:
    @pytest.mark.parametrize(
        "lie",
        [
            "UPDATE views.safety_queue SET is_open = false, acknowledged = true, next_at = NULL",
            "DELETE FROM views.safety_queue",
            "UPDATE views.checkpoint SET position = position + 1000",
        ],
    )
    async def test_silences_no_flag_and_is_named(self, house: House, clinician: Asker, lie: str):
        client_id = await clinician.enrol()
        flag_id = await answered(clinician, client_id)
        head = await house.cairn.store.head(house.practice_id)
        assert await house.cairn.views.wait_for(house.practice_id, head, VIEW_NAMES, seconds=10)
        assert await found(house) == []
        await house.cairn.pool.execute(lie)
        assert [one["id"] for one in await open_flags(clinician)] == [flag_id]
        assert await found(house)

"""Sessions over HTTP, and goals that are due by the next one."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.days import day, in_days
from tests.service.conftest import Asker, House, walking
from workers.sessions import sweep_sessions


def at_three(days: int) -> str:
    """Three in the afternoon in Zurich (or four), so many days from today."""
    return f"{day(days)}T14:00:00+00:00"


async def schedule(asker: Asker, client_id: str, days: int) -> str:
    made = await asker.do(
        "POST", f"/v1/clients/{client_id}/sessions", {"starts_at": at_three(days)}
    )
    return str(made["id"])


def by_next_session(**changes: object) -> dict[str, object]:
    """Five triggers, to be named by the next session."""
    body = walking(
        statement="Name five triggers",
        measure={"type": "count", "amount": 5, "unit": "times"},
        by_next_session=True,
        **changes,
    )
    del body["due_on"]
    return body


class TestSessions:
    async def test_are_scheduled_and_shown(self, clinician: Asker):
        client_id = await clinician.enrol()
        answer = await clinician.ask(
            "POST",
            f"/v1/clients/{client_id}/sessions",
            {"starts_at": f"{day(7)}T15:00:00+01:00", "minutes": 90},
        )
        assert answer.status_code == 201
        assert answer.headers["location"] == f"/v1/sessions/{answer.json()['id']}"
        shown = await clinician.ask("GET", answer.headers["location"])
        assert shown.headers["etag"] == 'W/"1"'
        assert shown.json() == {
            "id": answer.json()["id"],
            "client_id": client_id,
            "starts_at": f"{day(7)}T15:00:00+01:00",
            "minutes": 90,
            "stage": "scheduled",
            "first_starts_at": f"{day(7)}T15:00:00+01:00",
            "moves": 0,
            "reason": "",
            "version": 1,
        }

    async def test_are_listed_with_the_nearest_first(self, clinician: Asker):
        client_id = await clinician.enrol()
        days = (21, -7, 7, -21, 14, -14)
        ids = {nth: await schedule(clinician, client_id, nth) for nth in days}
        ahead = await clinician.get(f"/v1/clients/{client_id}/sessions")
        assert [one["id"] for one in ahead["items"]] == [ids[7], ids[14], ids[21]]
        past = await clinician.get(f"/v1/clients/{client_id}/sessions?side=past")
        assert [one["id"] for one in past["items"]] == [ids[-7], ids[-14], ids[-21]]
        await clinician.do("POST", f"/v1/sessions/{ids[-14]}/hold", {})
        held = await clinician.get(f"/v1/clients/{client_id}/sessions?side=past&stage=held")
        assert [one["id"] for one in held["items"]] == [ids[-14]]

    @pytest.mark.parametrize("side", ["ahead", "past"])
    async def test_are_listed_in_pages_that_leave_none_out(self, clinician: Asker, side):
        client_id = await clinician.enrol()
        sign = 1 if side == "ahead" else -1
        made = [await schedule(clinician, client_id, sign * nth) for nth in (1, 2, 2, 2, 3)]
        seen: list[str] = []
        path = first = f"/v1/clients/{client_id}/sessions?side={side}&limit=2"
        while True:
            page = await clinician.get(path)
            seen += [one["id"] for one in page["items"]]
            if page["next"] is None:
                break
            path = f"{first}&cursor={page['next']}"
        assert (seen[0], seen[-1]) == (made[0], made[-1])
        assert sorted(seen) == sorted(made)
        other = first.replace(side, "past" if side == "ahead" else "ahead")
        page = await clinician.get(first)
        refused = await clinician.ask("GET", f"{other}&cursor={page['next']}")
        assert refused.status_code == 400

    async def test_are_moved_held_and_cancelled(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        session_id = await schedule(clinician, client_id, 7)
        path = f"/v1/sessions/{session_id}"
        body = {"starts_at": at_three(9), "reason": "Flu."}
        moved = await clinician.ask("POST", f"{path}/move", body, If_Match='W/"1"')
        assert moved.headers["etag"] == 'W/"2"'
        shown = await clinician.get(path)
        assert (shown["moves"], shown["reason"], shown["version"]) == (1, "Flu.", 2)
        assert datetime.fromisoformat(shown["starts_at"]) == datetime.fromisoformat(at_three(9))
        stale = await clinician.ask("POST", f"{path}/move", body, If_Match='W/"1"')
        assert stale.status_code == 412
        early = await clinician.ask("POST", f"{path}/hold", {})
        assert early.json()["type"] == "/problems/session-still-to-come"
        await clinician.do("POST", f"{path}/cancel", {"reason": "Closed."})
        assert (await clinician.get(path))["stage"] == "cancelled"
        again = await clinician.ask("POST", f"{path}/move", {"starts_at": at_three(20)})
        assert (again.status_code, again.json()["type"]) == (409, "/problems/session-not-scheduled")
        held = await schedule(clinician, client_id, -1)
        await clinician.do("POST", f"/v1/sessions/{held}/hold", {})
        assert (await clinician.get(f"/v1/sessions/{held}"))["stage"] == "held"

    async def test_are_refused_where_they_can_not_be_meant(self, clinician: Asker):
        client_id = await clinician.enrol()
        path = f"/v1/clients/{client_id}/sessions"
        for body, problem in (
            ({"starts_at": f"{day(7)}T15:00:00"}, "session-without-offset"),
            ({"starts_at": at_three(800)}, "session-too-far-away"),
            ({"starts_at": "1850-01-01T00:00:00Z"}, "time-out-of-range"),
            ({"starts_at": at_three(7), "minutes": 4}, "body-invalid"),
            ({}, "body-invalid"),
        ):
            refused = await clinician.ask("POST", path, body)
            assert refused.status_code == 422, body
            assert refused.json()["type"] == f"/problems/{problem}"
        session_id = await schedule(clinician, client_id, 7)
        refused = await clinician.ask(
            "POST", f"/v1/sessions/{session_id}/move", {"starts_at": at_three(-2)}
        )
        assert refused.json()["type"] == "/problems/session-in-the-past"
        assert refused.json()["pointer"] == "/starts_at"

    async def test_are_recorded_once_however_often_they_are_sent(
        self, house: House, clinician: Asker
    ):
        client_id = await clinician.enrol()
        body = {"id": str(uuid4()), "starts_at": at_three(7)}
        path = f"/v1/clients/{client_id}/sessions"
        first = await clinician.ask("POST", path, body)
        again = await clinician.ask("POST", path, body)
        assert again.json() == first.json()
        assert again.headers["idempotency-replayed"] == "true"
        other = await clinician.ask("POST", path, {**body, "starts_at": at_three(8)})
        assert other.json()["type"] == "/problems/content-mismatch"

    async def test_are_booked_by_apps_and_seen_by_the_client(self, house: House, clinician: Asker):
        client_id, other_id = await clinician.enrol(), await clinician.enrol()
        app = house.asker("app", "calendar")
        session_id = await schedule(app, client_id, 7)
        await app.do("POST", f"/v1/sessions/{session_id}/move", {"starts_at": at_three(8)})
        assert (await app.ask("POST", f"/v1/sessions/{session_id}/hold", {})).status_code == 403
        anna, ben = house.asker("client", client_id), house.asker("client", other_id)
        anna.reads_after(app)
        ben.reads_after(app)
        assert (await anna.get(f"/v1/sessions/{session_id}"))["moves"] == 1
        assert len((await anna.get(f"/v1/clients/{client_id}/sessions"))["items"]) == 1
        for path in (f"/v1/sessions/{session_id}", f"/v1/clients/{client_id}/sessions"):
            assert (await ben.ask("GET", path)).status_code == 404
        body = {"starts_at": at_three(8)}
        refused = await anna.ask("POST", f"/v1/clients/{client_id}/sessions", body)
        assert refused.status_code == 403

    async def test_are_on_the_timeline(self, clinician: Asker):
        client_id = await clinician.enrol()
        session_id = await schedule(clinician, client_id, 7)
        await clinician.do("POST", f"/v1/sessions/{session_id}/cancel", {"reason": "Flu."})
        items = (await clinician.get(f"/v1/clients/{client_id}/timeline"))["items"]
        assert [one["kind"] for one in items[:2]] == ["session_cancelled", "session_scheduled"]
        assert items[0]["details"]["reason"] == "Flu."
        assert items[1]["details"]["minutes"] == 50

    async def test_are_not_scheduled_for_who_was_discharged(self, clinician: Asker):
        client_id = await clinician.enrol()
        await clinician.do("POST", f"/v1/clients/{client_id}/discharge", {})
        refused = await clinician.ask(
            "POST", f"/v1/clients/{client_id}/sessions", {"starts_at": at_three(7)}
        )
        assert refused.json()["type"] == "/problems/client-not-enrolled"


class TestAGoalByTheNextSession:
    async def test_is_due_on_the_day_of_one_scheduled_a_moment_ago(self, clinician: Asker):
        client_id = await clinician.enrol()
        await schedule(clinician, client_id, 14)
        session_id = await schedule(clinician, client_id, 7)
        await schedule(clinician, client_id, -7)
        made = await clinician.do("POST", f"/v1/clients/{client_id}/goals", by_next_session())
        shown = await clinician.get(f"/v1/goals/{made['id']}")
        assert (shown["due_on"], shown["due_session_id"]) == (day(7), session_id)
        history = (await clinician.get(f"/v1/goals/{made['id']}/history"))["revisions"]
        fields = {one["field"]: one["to_value"] for one in history[0]["changes"]}
        assert (fields["due_on"], fields["due_session_id"]) == (day(7), session_id)

    async def test_is_due_by_the_first_from_its_own_first_day_on(self, clinician: Asker):
        client_id = await clinician.enrol()
        await schedule(clinician, client_id, 7)
        later = await schedule(clinician, client_id, 14)
        body = by_next_session(starts_on=day(8))
        made = await clinician.do("POST", f"/v1/clients/{client_id}/goals", body)
        shown = await clinician.get(f"/v1/goals/{made['id']}")
        assert (shown["due_on"], shown["due_session_id"]) == (day(14), later)

    async def test_is_refused_where_none_is_scheduled(self, clinician: Asker):
        client_id = await clinician.enrol()
        path = f"/v1/clients/{client_id}/goals"
        refused = await clinician.ask("POST", path, by_next_session())
        assert (refused.status_code, refused.json()["type"]) == (
            409,
            "/problems/no-session-scheduled",
        )
        session_id = await schedule(clinician, client_id, 7)
        await clinician.do("POST", f"/v1/sessions/{session_id}/cancel", {})
        assert (await clinician.ask("POST", path, by_next_session())).status_code == 409

    @pytest.mark.parametrize(
        "deadline",
        [
            {},
            {"by_next_session": False},
            {"due_on": in_days(7), "by_next_session": True},
            {"due_on": None},
        ],
    )
    async def test_has_one_deadline_and_no_other(self, clinician: Asker, deadline):
        client_id = await clinician.enrol()
        body = by_next_session()
        del body["by_next_session"]
        refused = await clinician.ask("POST", f"/v1/clients/{client_id}/goals", body | deadline)
        assert refused.status_code == 422
        assert refused.json()["type"] == "/problems/deadline-not-one"
        assert refused.json()["pointer"] == "/due_on"

    async def test_is_set_once_though_its_session_is_gone_by_then(self, clinician: Asker):
        client_id = await clinician.enrol()
        session_id = await schedule(clinician, client_id, 7)
        body = by_next_session(id=str(uuid4()))
        path = f"/v1/clients/{client_id}/goals"
        first = await clinician.ask("POST", path, body)
        await clinician.do("POST", f"/v1/sessions/{session_id}/cancel", {})
        again = await clinician.ask("POST", path, body)
        # What is asked about it is asked once: GET /v1/goals/{goal_id}/review has it from then on.
        assert first.json()["review"] == []
        assert (again.status_code, {**again.json(), "review": []}) == (201, first.json())

    async def test_may_replace_another(self, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        path = f"/v1/goals/{goal_id}/replace"
        body = {"goal": by_next_session(), "reason": "A nearer step."}
        assert (await clinician.ask("POST", path, body)).status_code == 409
        session_id = await schedule(clinician, client_id, 7)
        made = await clinician.do("POST", path, body)
        shown = await clinician.get(f"/v1/goals/{made['id']}")
        assert (shown["due_on"], shown["due_session_id"]) == (day(7), session_id)

    async def test_follows_it_until_people_choose_a_day(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        session_id = await schedule(clinician, client_id, 7)
        made = await clinician.do("POST", f"/v1/clients/{client_id}/goals", by_next_session())
        path = f"/v1/goals/{made['id']}"
        move = f"/v1/sessions/{session_id}/move"
        await clinician.do("POST", move, {"starts_at": at_three(9)})
        await clinician.get(path)  # The view has the move now.
        assert await sweep_sessions(house.cairn, datetime.now(UTC)) == {"followed": 1}
        clinician.reads_up_to(await house.cairn.store.head(house.practice_id))
        shown = await clinician.get(path)
        assert (shown["due_on"], shown["due_session_id"]) == (day(9), session_id)
        last = (await clinician.get(f"{path}/history"))["revisions"][-1]
        assert (last["kind"], last["actor"]) == ("deadline_followed", "worker:sessions")
        assert [(one["field"], one["to_value"]) for one in last["changes"]] == [("due_on", day(9))]
        body = {"due_on": day(9), "reason": "That very day.", "client_agreed": True}
        await clinician.do("PUT", f"{path}/deadline", body)
        assert (await clinician.get(path))["due_session_id"] is None
        last = (await clinician.get(f"{path}/history"))["revisions"][-1]
        assert [(one["field"], one["to_value"]) for one in last["changes"]] == [
            ("due_on", day(9)),
            ("due_session_id", None),
        ]
        await clinician.do("POST", move, {"starts_at": at_three(11)})
        await clinician.get(path)
        assert await sweep_sessions(house.cairn, datetime.now(UTC)) == {}

    async def test_goes_by_the_day_in_the_goal_s_own_zone(self, clinician: Asker):
        client_id = await clinician.enrol()
        late = datetime.fromisoformat(f"{day(7)}T23:30:00+00:00")
        await clinician.do(
            "POST", f"/v1/clients/{client_id}/sessions", {"starts_at": late.isoformat()}
        )
        for zone, on in (("America/New_York", day(7)), ("Europe/Zurich", day(8))):
            body = by_next_session(zone=zone)
            made = await clinician.do("POST", f"/v1/clients/{client_id}/goals", body)
            assert (await clinician.get(f"/v1/goals/{made['id']}"))["due_on"] == on


class TestGoalAttainment:
    LEVELS = ("None", "One or two", "Five", "Six or seven", "More")

    async def rated(self, asker: Asker, client_id: str, level: int, weight: float) -> str:
        goal_id = await asker.set_goal(client_id)
        path = f"/v1/goals/{goal_id}"
        await asker.do("PUT", f"{path}/scale", {"levels": self.LEVELS, "weight": weight})
        await asker.do("POST", f"{path}/level", {"level": level})
        return goal_id

    async def test_is_a_t_score_of_the_rated_goals(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        path = f"/v1/clients/{client_id}/goal-attainment"
        empty = await clinician.get(path)
        assert (empty["t_score"], empty["goals"]) == (None, [])
        ids = [
            await self.rated(clinician, client_id, level, weight)
            for weight, level in ((2, 1), (1, 0), (1, -1))
        ]
        await clinician.set_goal(client_id)  # Without a scale.
        shown = await clinician.get(path)
        assert (round(shown["t_score"], 2), shown["intercorrelation"]) == (53.33, 0.3)
        assert round(shown["t_score_at_baseline"], 2) == 36.67
        assert {one["goal_id"] for one in shown["goals"]} == set(ids)
        (first,) = [one for one in shown["goals"] if one["goal_id"] == ids[0]]
        assert first["levels"][0] == {"level": -2, "meaning": "None"}
        assert (first["level"], first["rated_on"], first["counts"]) == (1, day(0), True)
        anna, ben = house.asker("client", client_id), house.asker("client", str(uuid4()))
        anna.reads_after(clinician)
        assert (await anna.get(path))["goals"] == shown["goals"]
        assert (await ben.ask("GET", path)).status_code == 404

    async def test_is_in_the_history_of_the_goal_and_on_the_timeline(self, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await self.rated(clinician, client_id, 1, 2)
        history = (await clinician.get(f"/v1/goals/{goal_id}/history"))["revisions"]
        assert [one["kind"] for one in history[-2:]] == ["scale_set", "level_rated"]
        fields = {one["field"]: one["to_value"] for one in history[-2]["changes"]}
        assert fields == {"levels": list(self.LEVELS), "weight": 2.0, "baseline_level": -1}
        items = (await clinician.get(f"/v1/clients/{client_id}/timeline"))["items"]
        assert [one["kind"] for one in items[:2]] == ["goal_level_rated", "goal_scale_set"]
        assert items[0]["details"]["level"] == 1

    async def test_is_rated_after_the_end_as_well(self, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await self.rated(clinician, client_id, 0, 1)
        await clinician.do("POST", f"/v1/goals/{goal_id}/close", {"reason": "clients_choice"})
        await clinician.do("POST", f"/v1/goals/{goal_id}/level", {"level": 2})
        shown = await clinician.get(f"/v1/clients/{client_id}/goal-attainment")
        assert shown["t_score"] == 70
        refused = await clinician.ask("PUT", f"/v1/goals/{goal_id}/scale", {"levels": self.LEVELS})
        assert refused.json()["type"] == "/problems/goal-not-open"

    @pytest.mark.parametrize(
        ("part", "body", "problem"),
        [
            ("level", {"level": 1}, "scale-not-set"),
            ("level", {"level": 3}, "body-invalid"),
            ("level", {"level": 0.5}, "body-invalid"),
            ("level", {"level": 0, "on": in_days(2)}, "level-in-the-future"),
            ("scale", {"levels": LEVELS[:4]}, "body-invalid"),
            ("scale", {"levels": [*LEVELS[:4], " "]}, "body-invalid"),
            ("scale", {"levels": LEVELS, "weight": 0.5}, "body-invalid"),
            ("scale", {"levels": LEVELS, "weight": 11}, "body-invalid"),
            ("scale", {"levels": LEVELS, "baseline_level": -3}, "body-invalid"),
        ],
    )
    async def test_is_refused_where_it_can_not_be_meant(
        self, clinician: Asker, part: str, body: dict[str, object], problem: str
    ):
        goal_id = await clinician.set_goal(await clinician.enrol())
        if problem == "level-in-the-future":
            await clinician.do("PUT", f"/v1/goals/{goal_id}/scale", {"levels": self.LEVELS})
        method = "PUT" if part == "scale" else "POST"
        refused = await clinician.ask(method, f"/v1/goals/{goal_id}/{part}", body)
        assert refused.json()["type"] == f"/problems/{problem}"
        assert refused.status_code in (409, 422)

"""Every row of the API's table, asked as people ask it, against a real log and real views."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from events import goal_decisions
from events.goal_commands import NoticeDeadline
from events.goal_decisions import GOAL
from events.measure import Progress
from events.record import Cause, digest
from events.transact import handle
from projections import queries
from tests.days import day
from tests.service.conftest import Asker, House, halving, walking


class TestClients:
    async def test_are_enrolled_and_shown(self, clinician: Asker):
        answer = await clinician.ask(
            "POST", "/v1/clients", {"display_name": "Anna", "zone": "Europe/Zurich"}
        )
        assert answer.status_code == 201
        receipt = answer.json()
        assert answer.headers["location"] == f"/v1/clients/{receipt['id']}"
        assert answer.headers["cairn-position"] == str(receipt["position"]) == "4"
        shown = await clinician.get(answer.headers["location"])
        assert shown["display_name"] == "Anna"
        assert (shown["stage"], shown["open_goals"], shown["version"]) == ("enrolled", 0, 1)

    async def test_are_listed_in_pages_that_leave_nobody_out(self, clinician: Asker):
        ids = {await clinician.enrol(display_name=f"Client {n}") for n in range(5)}
        seen: list[str] = []
        path = "/v1/clients?limit=2"
        while True:
            page = await clinician.get(path)
            seen += [one["id"] for one in page["items"]]
            if page["next"] is None:
                break
            path = f"/v1/clients?limit=2&cursor={page['next']}"
        assert len(seen) == len(set(seen)) == 5
        assert set(seen) == ids

    async def test_change_their_details(self, clinician: Asker):
        client_id = await clinician.enrol()
        await clinician.do("PATCH", f"/v1/clients/{client_id}", {"zone": "Europe/London"})
        shown = await clinician.get(f"/v1/clients/{client_id}")
        assert (shown["display_name"], shown["zone"]) == ("Anna", "Europe/London")

    async def test_are_discharged_and_take_no_new_goals(self, clinician: Asker):
        client_id = await clinician.enrol()
        await clinician.do("POST", f"/v1/clients/{client_id}/discharge", {"reason": "Moved."})
        refused = await clinician.ask("POST", f"/v1/clients/{client_id}/goals", walking())
        assert refused.status_code == 409
        assert refused.json()["type"] == "/problems/client-not-enrolled"
        late = await clinician.ask("POST", f"/v1/clients/{client_id}/moods", {"rating": 5})
        assert late.status_code == 201

    async def test_who_wait_for_the_clinician_can_be_asked_for(self, clinician: Asker):
        waiting, calm = await clinician.enrol(), await clinician.enrol()
        await clinician.set_goal(waiting, agreed=False)
        page = await clinician.get("/v1/clients?attention=true")
        assert [one["id"] for one in page["items"]] == [waiting]
        assert page["items"][0]["attention"][0]["kind"] == "agreement_needed"
        page = await clinician.get("/v1/clients?attention=false")
        assert [one["id"] for one in page["items"]] == [calm]


class TestGoals:
    async def test_are_set_as_proposals_and_agreed(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id, agreed=False)
        shown = await clinician.get(f"/v1/goals/{goal_id}")
        assert (shown["stage"], shown["zone"], shown["course"]) == (
            "proposed",
            "Europe/Zurich",
            None,
        )
        anna = house.asker("client", client_id)
        await anna.do("POST", f"/v1/goals/{goal_id}/agree", {})
        assert (await anna.get(f"/v1/goals/{goal_id}"))["agreed"] == ["client"]
        await clinician.do("POST", f"/v1/goals/{goal_id}/agree", {})
        shown = await clinician.get(f"/v1/goals/{goal_id}")
        assert (shown["stage"], shown["course"]) == ("active", "on_course")

    async def test_are_filtered_by_stage_course_and_deadline(self, clinician: Asker):
        client_id = await clinician.enrol()
        soon = await clinician.set_goal(client_id, due_on=day(10))
        late = await clinician.set_goal(client_id, due_on=day(100))
        proposed = await clinician.set_goal(client_id, due_on=day(50), agreed=False)

        async def found(query: str) -> set[str]:
            page = await clinician.get(f"/v1/clients/{client_id}/goals?{query}")
            return {one["id"] for one in page["items"]}

        assert await found("stage=proposed") == {proposed}
        assert await found("course=on_course") == {soon, late}
        assert await found(f"due_before={day(50)}") == {soon}
        assert await found(f"stage=active&due_before={day(101)}") == {soon, late}

    async def test_are_revised_in_statement_target_and_deadline(self, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        why = {"reason": "It was too much.", "client_agreed": True}
        due = {"due_on": day(70), **why}
        first = await clinician.ask("PUT", f"/v1/goals/{goal_id}/deadline", due)
        assert first.headers["etag"] == 'W/"4"'
        measure = {**walking()["measure"], "amount": 100}
        await clinician.do("PUT", f"/v1/goals/{goal_id}/target", {"measure": measure, **why})
        said = {"statement": "Walk on most days", **why}
        await clinician.do("PUT", f"/v1/goals/{goal_id}/statement", said)
        shown = await clinician.get(f"/v1/goals/{goal_id}")
        assert (shown["due_on"], shown["statement"]) == (day(70), "Walk on most days")
        assert (shown["measure"]["amount"], shown["revisions"], shown["version"]) == (100, 3, 6)
        history = await clinician.get(f"/v1/goals/{goal_id}/history")
        revised = [one for one in history["revisions"] if one["kind"].endswith("_revised")]
        assert revised[0]["changes"][0]["field"] == "due_on"
        assert revised[0]["changes"][0]["from_value"] == day(56)
        assert revised[0]["changes"][0]["to_value"] == day(70)
        assert revised[0]["client_agreed"] is True
        assert revised[0]["why"] == "It was too much."
        assert revised[0]["actor"] == "clinician:dr-elm"

    async def test_show_what_was_true_at_an_instant(self, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        then = (await clinician.get(f"/v1/goals/{goal_id}/history"))["revisions"][-1]
        why = {"reason": "Flu.", "client_agreed": True}
        await clinician.do("PUT", f"/v1/goals/{goal_id}/deadline", {"due_on": day(70), **why})
        instant = then["recorded_at"]
        shown = await clinician.get(f"/v1/goals/{goal_id}?as_of={instant}")
        assert (shown["due_on"], shown["revisions"], shown["version"]) == (day(56), 0, 3)
        # A plus sign in an address reads as a space: taken as it was meant.
        before = await clinician.ask("GET", f"/v1/goals/{goal_id}?as_of=2020-01-01T00:00:00+01:00")
        assert before.status_code == 404

    async def test_are_paused_resumed_and_reached(self, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        path = f"/v1/goals/{goal_id}"
        await clinician.do("POST", f"{path}/pause", {"reason": "Holidays."})
        assert (await clinician.get(path))["stage"] == "paused"
        await clinician.do("POST", f"{path}/resume", {})
        await clinician.do("POST", f"{path}/check-ins", {"amount": 30})
        await clinician.get(path)  # The view has the check-in now.
        await clinician.do("POST", f"{path}/reach", {"note": "Well done together."})
        shown = await clinician.get(path)
        assert shown["stage"] == "reached"
        history = await clinician.get(f"{path}/history")
        reached = {one["field"]: one["to_value"] for one in history["revisions"][-1]["changes"]}
        assert reached["progress"]["entries"] == 1

    async def test_are_closed_for_a_neutral_reason(self, clinician: Asker):
        goal_id = await clinician.set_goal(await clinician.enrol())
        body = {"reason": "circumstances_changed", "note": "A new job."}
        await clinician.do("POST", f"/v1/goals/{goal_id}/close", body)
        shown = await clinician.get(f"/v1/goals/{goal_id}")
        assert (shown["stage"], shown["close_reason"]) == ("closed", "circumstances_changed")

    async def test_are_replaced_by_another_in_one_step(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        body = {"goal": walking(statement="Walk on three days"), "reason": "A nearer step."}
        answer = await clinician.ask(
            "POST", f"/v1/goals/{goal_id}/replace", body, Idempotency_Key=str(uuid4())
        )
        assert answer.status_code == 201
        new_id = answer.json()["id"]
        assert answer.headers["location"] == f"/v1/goals/{new_id}"
        old, new = [await clinician.get(f"/v1/goals/{one}") for one in (goal_id, new_id)]
        assert (old["stage"], old["replaced_by"]) == ("replaced", new_id)
        assert (new["stage"], new["replaces"], new["version"]) == ("proposed", goal_id, 1)
        again = await clinician.ask("POST", f"/v1/goals/{goal_id}/replace", body)
        assert again.json()["type"] == "/problems/goal-not-open"


class TestWhatClientsRead:
    async def test_is_that_a_date_has_passed(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        later = datetime.now(UTC) + timedelta(days=60)
        await handle(
            house.cairn.store,
            goal_decisions.GOAL,
            GOAL.stream(house.practice_id, UUID(goal_id)),
            NoticeDeadline(
                goal_id=UUID(goal_id),
                now=later,
                due_on=date.fromisoformat(day(56)),
                progress=Progress(),
                evidence_position=5,
            ),
            cause=Cause(
                command_id=uuid4(),
                actor="worker:deadlines",
                content=digest("notice"),
                correlation=uuid4(),
            ),
            occurred_at=later,
        )
        house.cairn.clock = lambda: later
        lasting = timedelta(days=90)
        dr_elm = house.asker(lifetime=lasting)
        anna = house.asker("client", client_id, lifetime=lasting)
        for asker, kind in ((dr_elm, "deadline_missed"), (anna, "date_passed")):
            asker.reads_up_to(await house.cairn.store.head(house.practice_id))
            history = (await asker.get(f"/v1/goals/{goal_id}/history"))["revisions"]
            assert history[-1]["kind"] == kind
            timeline = (await asker.get(f"/v1/clients/{client_id}/timeline"))["items"]
            assert timeline[0]["kind"] == f"goal_{kind}"
            shown = await asker.get(f"/v1/goals/{goal_id}")
            assert (shown["course"], shown["dates_passed"]) == ("past_its_date", 1)
            assert "missed" not in str(shown)

    async def test_does_not_call_a_goal_at_risk(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        later = datetime.now(UTC) + timedelta(days=50)
        house.cairn.clock = lambda: later
        lasting = timedelta(days=90)
        dr_elm = house.asker(lifetime=lasting)
        anna = house.asker("client", client_id, lifetime=lasting)
        dr_elm.reads_after(clinician)
        anna.reads_after(clinician)
        assert (await dr_elm.get(f"/v1/goals/{goal_id}"))["course"] == "at_risk"
        assert (await anna.get(f"/v1/goals/{goal_id}"))["course"] is None
        assert (await dr_elm.get(f"/v1/clients/{client_id}"))["attention"] != []
        assert (await anna.get(f"/v1/clients/{client_id}"))["attention"] == []

    async def test_is_not_told_to_an_app_either(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        diary = house.asker("app", "diary")
        diary.reads_after(clinician)
        assert (await diary.get(f"/v1/goals/{goal_id}"))["course"] is None
        assert (await diary.get(f"/v1/clients/{client_id}"))["attention"] == []
        for path in ("/v1/clients?attention=true", "/v1/clients?attention=false"):
            assert (await diary.ask("GET", path)).status_code == 403
        found = await diary.ask("GET", f"/v1/clients/{client_id}/goals?course=at_risk")
        assert found.status_code == 400


class TestEntries:
    async def test_moods_are_logged_corrected_and_withdrawn(self, clinician: Asker):
        client_id = await clinician.enrol()
        mood_id = str(uuid4())
        at = f"{day(-3)}T21:30:00+01:00"
        body = {"id": mood_id, "rating": 4, "occurred_at": at, "tags": ["evening"]}
        answer = await clinician.ask("POST", f"/v1/clients/{client_id}/moods", body)
        assert answer.json()["id"] == mood_id
        assert answer.headers["location"] == f"/v1/moods/{mood_id}"
        other = {"rating": 8, "occurred_at": f"{day(-3)}T09:00:00+01:00"}
        await clinician.do("POST", f"/v1/clients/{client_id}/moods", other)
        await clinician.do("PUT", f"/v1/moods/{mood_id}", {"rating": 6})
        trend = await clinician.get(f"/v1/clients/{client_id}/trends/mood")
        (only,) = trend["days"]
        assert (only["on"], only["mean"], only["count"]) == (day(-3), 7, 2)
        assert (only["low"], only["high"]) == (6, 8)
        assert (trend["days_with_entries"], trend["days_in_range"]) == (1, 84)
        await clinician.do("DELETE", f"/v1/moods/{mood_id}", {"reason": "Wrong day."})
        trend = await clinician.get(f"/v1/clients/{client_id}/trends/mood?from={day(-6)}")
        assert (trend["days"][0]["count"], trend["days_in_range"]) == (1, 7)

    async def test_scores_are_recorded_corrected_and_withdrawn(self, clinician: Asker):
        client_id = await clinician.enrol()
        path = f"/v1/clients/{client_id}/assessments"
        for days, total in ((-14, 20), (-7, 15)):
            at = f"{day(days)}T09:00:00+01:00"
            body = {"instrument": "phq9", "total": total, "suicide_item": 0, "occurred_at": at}
            answer = await clinician.ask("POST", path, body)
            assert answer.status_code == 201
        await clinician.do("PUT", answer.headers["location"], {"total": 10, "suicide_item": 0})
        trend = await clinician.get(f"/v1/clients/{client_id}/trends/phq9")
        assert (trend["baseline"], trend["better"]) == (20, "lower")
        assert [one["change_from_baseline"] for one in trend["points"]] == [0, -10]
        assert trend["points"][1]["percent_from_baseline"] == -50
        await clinician.do("DELETE", answer.headers["location"], {"reason": "Twice."})
        trend = await clinician.get(f"/v1/clients/{client_id}/trends/phq9?to={day(0)}")
        assert len(trend["points"]) == 1

    async def test_check_ins_move_a_goal(self, clinician: Asker):
        goal_id = await clinician.set_goal(await clinician.enrol())
        answer = await clinician.ask("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 30})
        assert answer.status_code == 201
        shown = await clinician.get(f"/v1/goals/{goal_id}")
        assert (shown["progress"]["entries"], shown["latest"]["value"]) == (1, 30)
        await clinician.do("PUT", answer.headers["location"], {"amount": 60})
        assert (await clinician.get(f"/v1/goals/{goal_id}"))["latest"]["value"] == 60
        await clinician.do("DELETE", answer.headers["location"], {"reason": "Another day."})
        assert (await clinician.get(f"/v1/goals/{goal_id}"))["progress"]["entries"] == 0

    async def test_a_score_goal_takes_assessments_and_no_check_ins(self, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id, **halving())
        refused = await clinician.ask("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 1})
        assert refused.status_code == 409
        assert refused.json()["type"] == "/problems/goal-measured-by-scores"
        body = {"instrument": "bdi2", "total": 21, "suicide_item": 0}
        await clinician.do("POST", f"/v1/clients/{client_id}/assessments", body)
        shown = await clinician.get(f"/v1/goals/{goal_id}")
        assert shown["progress"]["fraction"] == 0.5

    async def test_a_late_check_in_of_an_ended_goal_is_kept(self, clinician: Asker):
        goal_id = await clinician.set_goal(await clinician.enrol())
        await clinician.do("POST", f"/v1/goals/{goal_id}/close", {"reason": "other"})
        path = f"/v1/goals/{goal_id}/check-ins"
        late = {"amount": 30, "occurred_at": f"{day(-1)}T12:00:00+01:00"}
        assert (await clinician.ask("POST", path, late)).status_code == 201
        assert (await clinician.ask("POST", path, {"amount": 30})).status_code == 409


class TestTimeline:
    async def test_has_everything_newest_first_in_pages(self, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        await clinician.do("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 10})
        mood = await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 3})
        await clinician.do("DELETE", f"/v1/moods/{mood['id']}", {"reason": "Wrong."})
        kinds: list[str] = []
        path = f"/v1/clients/{client_id}/timeline?limit=3"
        while True:
            page = await clinician.get(path)
            kinds += [one["kind"] for one in page["items"]]
            if page["next"] is None:
                break
            path = f"/v1/clients/{client_id}/timeline?limit=3&cursor={page['next']}"
        assert kinds == [
            "mood_withdrawn",
            "mood_logged",
            "check_in_logged",
            "goal_agreed",
            "goal_agreed",
            "goal_set",
            "client_enrolled",
        ]


class TestATrend:
    async def test_of_too_many_entries_is_refused_not_cut(
        self, clinician: Asker, monkeypatch: pytest.MonkeyPatch
    ):
        client_id = await clinician.enrol()
        for rating in (3, 4, 5):
            await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": rating})
        monkeypatch.setattr(queries, "ENTRIES_LIMIT", 2)
        answer = await clinician.ask("GET", f"/v1/clients/{client_id}/trends/mood")
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/range-too-long")

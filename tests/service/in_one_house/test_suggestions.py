"""The clinician's queue: drafts are looked at, decided and released, and revise what they say."""

from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import UUID, uuid4

import httpx

from events import suggestion
from events.measure import Frequency, Progress
from events.record import Cause, digest
from events.suggestion import Evidence, NewDeadline, NewTarget, OfferSuggestion, Option
from events.transact import begin
from tests.days import day
from tests.service.conftest import Asker, House, halving

WORDS = ("The date we set has passed.", "Let us look at the next step together.")


async def offer(
    house: House, client_id: str, goal_id: str, *, kind: Literal["reframing", "replan"] = "replan"
) -> str:
    """What a worker offers when the date of a goal has passed."""
    suggestion_id = uuid4()
    smaller = Frequency(amount=60, unit="minutes", per="week")
    options = (
        Option(proposal=NewDeadline(due_on=date.fromisoformat(day(90))), words="More time."),
        Option(proposal=NewTarget(measure=smaller), words="A nearer step."),
    )
    position = await house.cairn.store.head(house.practice_id)
    await begin(
        house.cairn.store,
        suggestion.SUGGESTION,
        suggestion.SUGGESTION.stream(house.practice_id, suggestion_id, client_id=UUID(client_id)),
        OfferSuggestion(
            suggestion_id=suggestion_id,
            now=datetime.now(UTC),
            client_id=UUID(client_id),
            goal_id=UUID(goal_id),
            kind=kind,
            due_on=date.fromisoformat(day(56)),
            language="en",
            sentences=WORDS,
            options=options if kind == "replan" else (),
            evidence=Evidence(
                position=position, positions=(), progress=Progress(), numbers={}, formula="none"
            ),
        ),
        cause=Cause(
            command_id=suggestion_id,
            actor="worker:suggestions",
            content=digest("offer"),
            correlation=uuid4(),
        ),
        occurred_at=datetime.now(UTC),
    )
    return str(suggestion_id)


async def queue(asker: Asker, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await asker.get(f"/v1/suggestions?{query}"))["items"]
    return items


async def see(house: House, asker: Asker) -> None:
    """Whatever is in the log now, this asker's next read will show."""
    asker.reads_up_to(await house.cairn.store.head(house.practice_id))


class TestTheQueue:
    async def test_has_what_was_offered_with_its_evidence(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        first = await offer(house, client_id, goal_id)
        second = await offer(house, client_id, goal_id, kind="reframing")
        await see(house, clinician)
        items = await queue(clinician, "status=open")
        assert [one["id"] for one in items] == [first, second]
        assert (items[0]["kind"], items[0]["status"]) == ("replan", "offered")
        assert items[0]["evidence"]["position"] > 0
        assert len(items[0]["options"]) == 2
        assert await queue(clinician, "status=accepted") == []
        assert await queue(clinician, f"client={uuid4()}") == []

    async def test_comes_in_pages(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        offered = [await offer(house, client_id, goal_id) for _ in range(3)]
        await see(house, clinician)
        page = await clinician.get("/v1/suggestions?limit=2")
        rest = await clinician.get(f"/v1/suggestions?limit=2&cursor={page['next']}")
        assert [one["id"] for one in page["items"] + rest["items"]] == offered
        assert rest["next"] is None


class TestAcceptance:
    async def test_of_a_replan_revises_the_deadline(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        suggestion_id = await offer(house, client_id, goal_id)
        path = f"/v1/suggestions/{suggestion_id}/accept"
        key = str(uuid4())
        events = await house.size()
        body = {"option": 0, "client_agreed": True}
        first = await clinician.ask("POST", path, body, Idempotency_Key=key)
        assert first.status_code == 200, first.text
        assert await house.size() == events + 2
        again = await clinician.ask("POST", path, body, Idempotency_Key=key)
        assert again.json() == first.json()
        assert await house.size() == events + 2
        shown = await clinician.get(f"/v1/goals/{goal_id}")
        assert (shown["due_on"], shown["revisions"]) == (day(90), 1)
        history = await clinician.get(f"/v1/goals/{goal_id}/history")
        revised = history["revisions"][-1]
        assert (revised["client_agreed"], revised["why"]) == (True, "More time.")
        (item,) = await queue(clinician, "status=accepted")
        assert (item["option"], item["decided_by"]) == (0, "clinician:dr-elm")

    async def test_of_a_replan_revises_the_target(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        suggestion_id = await offer(house, client_id, goal_id)
        body = {"option": 1, "reason": "We talked."}
        await clinician.do("POST", f"/v1/suggestions/{suggestion_id}/accept", body)
        shown = await clinician.get(f"/v1/goals/{goal_id}")
        assert (shown["measure"]["amount"], shown["due_on"]) == (60, day(56))

    async def test_of_a_band_goes_by_the_practices_norms(self, house: House, clinician: Asker):
        """As a target that is set by hand: a clinician may have edited the draft."""
        norms = {"cut_off": 15, "source": "Our own clients."}
        await clinician.do("PUT", "/v1/practice/norms/bdi2", norms)
        client_id = await clinician.enrol()
        body = halving()

        async def taken(target: dict[str, Any]) -> httpx.Response:
            goal_id = await clinician.set_goal(client_id, **body)
            suggestion_id = await offer(house, client_id, goal_id)
            measure = {**body["measure"], "target": {"type": "band", **target}}
            option = {"proposal": {"type": "new_target", "measure": measure}, "words": "Nearer."}
            path = f"/v1/suggestions/{suggestion_id}"
            await clinician.do("POST", f"{path}/edit", {"options": [option]})
            answer = await clinician.ask("POST", f"{path}/accept", {"option": 0})
            shown = await clinician.get(f"/v1/goals/{goal_id}")
            by_hand = await clinician.ask(
                "PUT", f"/v1/goals/{goal_id}/target",
                {"measure": measure, "reason": "So", "client_agreed": True},
            )  # fmt: skip
            assert answer.status_code == by_hand.status_code, (answer.text, by_hand.text)
            assert (await clinician.get(f"/v1/goals/{goal_id}"))["measure"] == shown["measure"]
            return answer

        assert (await taken({"band": "non_clinical"})).status_code == 200
        differs = await taken({"band": "non_clinical", "value": 20})
        assert differs.json()["type"] == "/problems/band-value-differs"

    async def test_names_an_option(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        suggestion_id = await offer(house, client_id, goal_id)
        events = await house.size()
        for body in ({}, {"option": 2}):
            path = f"/v1/suggestions/{suggestion_id}/accept"
            refused = await clinician.ask("POST", path, body)
            assert refused.json()["type"] == "/problems/no-such-option"
            assert refused.json()["pointer"] == "/option"
        assert await house.size() == events

    async def test_is_refused_once_the_goal_has_moved_on(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        suggestion_id = await offer(house, client_id, goal_id)
        why = {"reason": "Flu.", "client_agreed": True}
        await clinician.do("PUT", f"/v1/goals/{goal_id}/deadline", {"due_on": day(70), **why})
        events = await house.size()
        path = f"/v1/suggestions/{suggestion_id}/accept"
        refused = await clinician.ask("POST", path, {"option": 0})
        assert refused.status_code == 409
        assert refused.json()["type"] == "/problems/suggestion-outdated"
        assert await house.size() == events


class TestDecisions:
    async def test_edit_dismiss_and_release(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        one = await offer(house, client_id, goal_id, kind="reframing")
        other = await offer(house, client_id, goal_id, kind="reframing")
        words = {"sentences": ["In other words."]}
        await clinician.do("POST", f"/v1/suggestions/{one}/edit", words)
        await clinician.do("POST", f"/v1/suggestions/{other}/dismiss", {"reason": "Not now."})
        await clinician.do("POST", f"/v1/suggestions/{one}/release", None)
        released, dismissed = await queue(clinician)
        assert released["released_sentences"] == ["In other words."]
        assert (dismissed["status"], dismissed["dismiss_reason"]) == ("dismissed", "Not now.")
        late = await clinician.ask("POST", f"/v1/suggestions/{other}/accept", {})
        assert late.json()["type"] == "/problems/suggestion-decided"

    async def test_release_a_replan_only_once_it_is_accepted(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        suggestion_id = await offer(house, client_id, goal_id)
        early = await clinician.ask("POST", f"/v1/suggestions/{suggestion_id}/release")
        assert early.json()["type"] == "/problems/suggestion-not-yet-accepted"


class TestWhatTheClientReads:
    async def test_is_what_was_released_and_nothing_else(self, house: House, clinician: Asker):
        client_id, other_id = await clinician.enrol(), await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        suggestion_id = await offer(house, client_id, goal_id)
        anna, ben = house.asker("client", client_id), house.asker("client", other_id)
        await see(house, anna)
        assert await queue(anna) == []
        body = {"option": 0, "client_agreed": True}
        await clinician.do("POST", f"/v1/suggestions/{suggestion_id}/accept", body)
        await see(house, anna)
        assert await queue(anna) == []
        await clinician.do("POST", f"/v1/suggestions/{suggestion_id}/release", None)
        await see(house, anna)
        await see(house, ben)
        (item,) = await queue(anna)
        assert set(item) == {"as", "id", "goal_id", "language", "sentences", "released_at"}
        assert item["sentences"] == [*WORDS, "More time."]
        assert await queue(ben) == []
        refused = await ben.ask("GET", f"/v1/suggestions?client={client_id}")
        assert refused.status_code == 404

    async def test_has_no_drafts_in_its_timeline(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        suggestion_id = await offer(house, client_id, goal_id, kind="reframing")
        await clinician.do("POST", f"/v1/suggestions/{suggestion_id}/release", None)
        anna = house.asker("client", client_id)
        for asker, kinds in (
            (anna, ["suggestion_released"]),
            (clinician, ["suggestion_released", "suggestion_offered"]),
        ):
            page = await asker.get(f"/v1/clients/{client_id}/timeline")
            told = [one["kind"] for one in page["items"] if one["category"] == "suggestion"]
            assert told == kinds


class TestWhatWasRead:
    async def test_is_what_is_accepted(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        draft = await offer(house, client_id, goal_id)
        edited = {"sentences": ["Another way to say it."]}
        await clinician.do("POST", f"/v1/suggestions/{draft}/edit", edited)
        stale = await clinician.ask(
            "POST", f"/v1/suggestions/{draft}/accept", {"option": 0}, If_Match='"1"'
        )
        assert stale.status_code == 412
        fresh = await clinician.ask(
            "POST", f"/v1/suggestions/{draft}/accept", {"option": 0}, If_Match='"2"'
        )
        assert fresh.status_code == 200

    async def test_is_not_released_once_the_goal_has_moved_on(self, house: House, clinician: Asker):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        draft = await offer(house, client_id, goal_id, kind="reframing")
        await clinician.do("POST", f"/v1/goals/{goal_id}/reach", {})
        late = await clinician.ask("POST", f"/v1/suggestions/{draft}/release")
        assert (late.status_code, late.json()["type"]) == (409, "/problems/suggestion-outdated")

    async def test_is_not_released_once_entries_behind_it_have_changed(
        self, house: House, clinician: Asker
    ):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        draft = await offer(house, client_id, goal_id, kind="reframing")
        taken = await offer(house, client_id, goal_id, kind="reframing")
        await clinician.do("POST", f"/v1/suggestions/{taken}/accept", {})
        done = {"amount": 30, "occurred_at": datetime.now(UTC).isoformat()}
        await house.asker("client", client_id).do("POST", f"/v1/goals/{goal_id}/check-ins", done)
        for suggestion_id, problem in (
            (draft, "evidence-changed"),
            (taken, "evidence-changed-since-accepted"),
        ):
            late = await clinician.ask("POST", f"/v1/suggestions/{suggestion_id}/release")
            assert (late.status_code, late.json()["type"]) == (409, f"/problems/{problem}")
        await see(house, clinician)
        assert [one["status"] for one in await queue(clinician)] == ["offered", "accepted"]

    async def test_is_released_without_a_word_and_with_no_other(
        self, house: House, clinician: Asker
    ):
        client_id = await clinician.enrol()
        goal_id = await clinician.set_goal(client_id)
        draft = await offer(house, client_id, goal_id, kind="reframing")
        path = f"/v1/suggestions/{draft}/release"
        assert (await clinician.ask("POST", path, {"x": 1})).status_code == 422
        assert (await clinician.ask("POST", path)).status_code == 200
        assert (await clinician.ask("POST", path, {})).status_code == 200

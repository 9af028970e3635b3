"""An endorsed item is not lost with its form: whatever refuses the form, a person gets to know."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from events.safety_interlock import is_flag_open
from service.console.sweeping import catch_up_all
from tests.conftest import Database
from tests.days import day
from tests.service.conftest import DUTY, Asker, House, opened_house
from tests.service.test_safety import CALM, ENDORSED, flags, send
from workers.safety import sweep_safety

FORM = {"instrument": "phq9", "answers": ENDORSED}
TOTAL_TOO_HIGH = {"instrument": "phq9", "total": 99, "suicide_item": 3}


@pytest.fixture
async def anna(house: House, clinician: Asker) -> tuple[Asker, str]:
    client_id = await clinician.enrol(country="US")
    return house.asker("client", client_id), client_id


async def unfiled(clinician: Asker) -> list[dict[str, Any]]:
    await catch_up_all(clinician.house.cairn)
    return [one for one in await flags(clinician) if one["unfiled"]]


class TestARefusedFormThatEndorsesItsItem:
    @pytest.mark.parametrize(
        ("body", "why"),
        [
            ({**FORM, "occurred_at": "2090-01-01T00:00:00Z"}, "time-in-the-future"),
            ({**FORM, "occurred_at": "2026-03-01T09:00:00"}, "naive-time"),
            ({**FORM, "total": 27}, "total-not-of-the-answers"),
            ({**FORM, "mood": 3}, "body-invalid"),
            ({**FORM, "id": "6fa459ea-ee8a-3ca4-894e-db77e160355e"}, "id-not-choosable"),
            ({**FORM, "answers": [*ENDORSED, 0]}, "answers-do-not-fit"),
            ({**FORM, "answers": [*ENDORSED[:8], "2"]}, "body-invalid"),
            ({**FORM, "difficulty": 9}, "body-invalid"),
            (
                {"instrument": "phq9", "total": 99, "suicide_item": 3},
                "score-outside-the-instrument",
            ),
        ],
        ids=lambda one: one if isinstance(one, str) else "",
    )
    async def test_is_put_onto_the_queue(
        self, clinician: Asker, anna: tuple[Asker, str], body: dict[str, Any], why: str
    ) -> None:
        asker, client_id = anna
        answer = await asker.ask("POST", f"/v1/clients/{client_id}/assessments", body)
        assert answer.status_code == 422
        (flag,) = await unfiled(clinician)
        assert (answer.json()["type"], flag["why"]) == (f"/problems/{why}", why)
        assert (flag["client_id"], flag["instrument"], flag["item"]) == (client_id, "phq9", 9)
        assert (flag["assessment_id"], flag["times_sent"]) == (None, 1)
        assert flag["answer"] == (
            3 if "suicide_item" in body else 2 if "2" in body["answers"] else 1
        )
        assert [one["to"] for one in flag["asked"]] == [[DUTY.people[0].subject]]
        told = answer.json()["safety"]
        assert (told["person_asked"], told["person_notified"]) == (True, False)
        assert "nobody has read it so far" in told["notice"]
        assert [one["reach"] for one in told["lines"]] == ["988", "911"]

    async def test_is_put_there_also_where_others_are_in_the_same_instant(
        self, clinician: Asker, anna: tuple[Asker, str]
    ) -> None:
        asker, client_id = anna
        path = f"/v1/clients/{client_id}/assessments"
        chosen = [str(uuid4()) for _ in range(8)]
        answers = await asyncio.gather(
            *(asker.ask("POST", path, {**FORM, "id": one, "mood": 3}) for one in chosen)
        )
        assert {answer.status_code for answer in answers} == {422}
        assert {one["form_id"] for one in await unfiled(clinician)} == set(chosen)

    async def test_is_counted_each_time_also_in_the_same_instant(
        self, clinician: Asker, anna: tuple[Asker, str]
    ) -> None:
        asker, client_id = anna
        path = f"/v1/clients/{client_id}/assessments"
        form = {**FORM, "id": str(uuid4()), "mood": 3}
        answers = await asyncio.gather(*(asker.ask("POST", path, form) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {422}
        (flag,) = await unfiled(clinician)
        assert flag["times_sent"] == 8

    @pytest.mark.parametrize("role", ["client", "app", "clinician"])
    async def test_is_counted_and_not_doubled(
        self, house: House, clinician: Asker, anna: tuple[Asker, str], role: Any
    ) -> None:
        _, client_id = anna
        asker = house.asker(role, client_id if role == "client" else "dr-elm")
        path, chosen = f"/v1/clients/{client_id}/assessments", str(uuid4())
        for body in ({**FORM, "id": chosen, "mood": 1}, {**FORM, "mood": 1}):
            for _ in range(3):
                assert (await asker.ask("POST", path, body)).status_code == 422
        clinician.position = None
        found = await unfiled(clinician)
        assert sorted((one["form_id"] or "", one["times_sent"]) for one in found) == [
            ("", 3),
            (chosen, 3),
        ]

    @pytest.mark.parametrize("chosen", [{}, {"id": str(uuid4())}], ids=["no id", "an id"])
    async def test_begins_anew_once_its_flag_is_closed(
        self, clinician: Asker, anna: tuple[Asker, str], chosen: dict[str, str]
    ) -> None:
        asker, client_id = anna
        path = f"/v1/clients/{client_id}/assessments"
        await asker.ask("POST", path, {**FORM, **chosen, "mood": 1})
        (first,) = await unfiled(clinician)
        about = f"/v1/clients/{client_id}/safety-flags/{first['id']}"
        await clinician.do("POST", f"{about}/close", {"reason": "We met.", "outcome": "A plan."})
        worse = [*ENDORSED[:8], 3]
        again = await asker.ask("POST", path, {**FORM, **chosen, "answers": worse, "mood": 1})
        (second,) = await unfiled(clinician)
        assert second["id"] != first["id"]
        assert (second["answer"], second["times_sent"]) == (3, 1)
        assert [one["to"] for one in second["asked"]] == [[DUTY.people[0].subject]]
        assert again.json()["safety"]["person_asked"] is True

    async def test_waits_anew_where_it_says_more_than_what_was_seen(
        self, house: House, clinician: Asker, anna: tuple[Asker, str]
    ) -> None:
        asker, client_id = anna
        path = f"/v1/clients/{client_id}/assessments"
        await asker.ask("POST", path, {**FORM, "mood": 1})
        (first,) = await unfiled(clinician)
        about = f"/v1/clients/{client_id}/safety-flags/{first['id']}"
        await clinician.do("POST", f"{about}/acknowledge", None)
        await asker.ask("POST", path, {**FORM, "mood": 1})
        (same,) = await unfiled(clinician)
        assert (same["answer"], same["times_sent"]) == (1, 2)
        assert same["acknowledged_by"] is not None
        await asker.ask("POST", path, {**FORM, "answers": [*ENDORSED[:8], 3], "mood": 1})
        (more,) = await unfiled(clinician)
        assert (more["id"], more["answer"], more["times_sent"]) == (first["id"], 3, 3)
        assert more["acknowledged_by"] is None
        later_on = datetime.now(UTC) + timedelta(minutes=DUTY.acknowledge_minutes + 1)
        assert await sweep_safety(house.cairn, later_on) == {"escalated": 1}

    async def test_is_on_no_list_that_somebody_looks_through_where_nobody_is_on_duty_any_more(
        self, clinician: Asker, anna: tuple[Asker, str]
    ) -> None:
        asker, client_id = anna
        path = f"/v1/clients/{client_id}/assessments"
        await asker.ask("POST", path, {**FORM, "mood": 1})
        nobody = {"people": [], "although_flags_are_open": True}
        await clinician.do("PUT", "/v1/practice/duty", nobody)
        again = await asker.ask("POST", path, {**FORM, "mood": 1})
        told = again.json()["safety"]
        assert told["person_asked"] is False
        assert "Nobody is there to see it at the moment" in told["notice"]

    async def test_is_asked_about_like_any_other(
        self, house: House, clinician: Asker, anna: tuple[Asker, str]
    ) -> None:
        asker, client_id = anna
        await asker.ask("POST", f"/v1/clients/{client_id}/assessments", {**FORM, "mood": 1})
        await unfiled(clinician)
        later_on = datetime.now(UTC) + timedelta(minutes=DUTY.acknowledge_minutes + 1)
        assert await sweep_safety(house.cairn, later_on) == {"escalated": 1}
        assert await is_flag_open(house.cairn.store, house.practice_id, UUID(client_id))

    async def test_of_a_correction_is_found_by_its_form(
        self, clinician: Asker, anna: tuple[Asker, str]
    ) -> None:
        asker, client_id = anna
        form = await send(asker, client_id, CALM)
        path = f"/v1/assessments/{form['id']}"
        stale = await asker.ask("PUT", path, {"answers": ENDORSED}, **{"If-Match": 'W/"9"'})
        assert stale.status_code == 412
        (flag,) = await unfiled(clinician)
        assert (flag["form_id"], flag["why"]) == (form["id"], "version-mismatch")

    async def test_of_an_id_that_was_used_before_is_one(
        self, clinician: Asker, anna: tuple[Asker, str]
    ) -> None:
        asker, client_id = anna
        path, chosen = f"/v1/clients/{client_id}/assessments", str(uuid4())
        await asker.do("POST", path, {"instrument": "phq9", "answers": CALM, "id": chosen})
        used = await asker.ask("POST", path, {**FORM, "id": chosen})
        assert used.json()["type"] == "/problems/content-mismatch"
        (flag,) = await unfiled(clinician)
        assert (flag["form_id"], flag["why"]) == (chosen, "content-mismatch")

    @pytest.mark.parametrize(
        "content",
        [
            b'{"instrument": "phq9", "answers": [0,0,0,0,0,0,0,0,2], "note": "cut',
            b'{"instrument": "phq9", "answers": [0,0,0,0,0,0,0,0,2], "instrument": "phq9"}',
            b'{"instrument": "phq9", "total": NaN, "suicide_item": 2}',
        ],
    )
    async def test_is_read_where_it_is_no_json(
        self, house: House, clinician: Asker, anna: tuple[Asker, str], content: bytes
    ) -> None:
        asker, client_id = anna
        answer = await house.http.post(
            f"/v1/clients/{client_id}/assessments",
            content=content,
            headers={**asker.headers, "content-type": "application/json"},
        )
        assert (answer.status_code, answer.json()["safety"]["person_asked"]) == (400, True)
        (flag,) = await unfiled(clinician)
        assert flag["answer"] == 2

    async def test_is_none_of_somebody_elses(
        self, house: House, clinician: Asker, anna: tuple[Asker, str]
    ) -> None:
        _, client_id = anna
        ben = house.asker("client", await clinician.enrol(display_name="Ben"))
        auditor = house.asker("auditor", "eve")
        size = await house.size()
        for asker in (ben, auditor):
            answer = await asker.ask("POST", f"/v1/clients/{client_id}/assessments", FORM)
            assert answer.status_code in (403, 404)
        expired = house.asker("client", client_id, now=datetime.now(UTC) - timedelta(days=40))
        answer = await expired.ask("POST", f"/v1/clients/{client_id}/assessments", FORM)
        assert answer.status_code == 401
        assert await house.size() == size

    async def test_is_none_where_nothing_is_endorsed(
        self, house: House, anna: tuple[Asker, str]
    ) -> None:
        asker, client_id = anna
        size = await house.size()
        calm = {"instrument": "phq9", "answers": CALM, "mood": 1}
        gad7 = {"instrument": "gad7", "answers": [3] * 7, "mood": 1}
        other: list[Any] = [calm, gad7, {"instrument": "no such", "answers": CALM}, {}, []]
        for body in other:
            answer = await asker.ask("POST", f"/v1/clients/{client_id}/assessments", body)
            assert answer.status_code in (400, 422)
            assert "This form could not be kept" in answer.json()["safety"]["notice"]
        assert await house.size() == size

    async def test_waits_where_nobody_is_on_duty(self, settings: Any) -> None:
        async with opened_house(settings, on_duty=False) as house:
            clinician = house.asker()
            client_id = await clinician.enrol()
            anna = house.asker("client", client_id)
            answer = await anna.ask("POST", f"/v1/clients/{client_id}/assessments", FORM)
            assert answer.json()["type"] == "/problems/nobody-on-duty"
            told = answer.json()["safety"]
            assert (told["person_asked"], told["person_notified"]) == (False, False)
            assert "nobody has read it" in told["notice"]
            (flag,) = await unfiled(clinician)
            assert (flag["asked"], flag["why"]) == ([], "nobody-on-duty")


class TestWhereSomethingDoesNotWork:
    """What is told needs nothing that may be away."""

    async def refused(self, asker: Asker, client_id: str) -> httpx.Response:
        return await asker.ask("POST", f"/v1/clients/{client_id}/assessments", FORM)

    async def test_a_database_that_is_read_only_is_unavailable(
        self, house: House, clinician: Asker, anna: tuple[Asker, str], database: Database
    ) -> None:
        asker, client_id = anna
        await send(asker, client_id, CALM)
        admin = await asyncpg.connect(database.admin)
        try:
            await admin.execute(
                f"ALTER DATABASE {database.name} SET default_transaction_read_only = on"
            )
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            async with asyncio.timeout(60):
                answer = await self.refused(asker, client_id)
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "1"
            told = answer.json()["safety"]
            assert [one["reach"] for one in told["lines"]] == ["988", "911"]
            assert "take it that this was not kept" in told["notice"]
            assert told["person_asked"] is False
        finally:
            await admin.execute("SET default_transaction_read_only = off")
            await admin.execute(
                f"ALTER DATABASE {database.name} SET default_transaction_read_only = off"
            )
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await admin.close()
        # It heals by itself.
        for _ in range(20):
            answer = await self.refused(asker, client_id)
            if answer.status_code == 201:
                break
            await asyncio.sleep(0.5)
        assert answer.status_code == 201

    async def test_a_token_that_has_expired_is_told_where_a_person_is(
        self, house: House, clinician: Asker, anna: tuple[Asker, str]
    ) -> None:
        asker, client_id = anna
        await send(asker, client_id, CALM)
        long_ago = datetime.now(UTC) - timedelta(days=40)
        expired = house.asker("client", client_id, now=long_ago)
        answer = await self.refused(expired, client_id)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (
            401,
            'Bearer realm="cairn"',
        )
        assert [one["reach"] for one in answer.json()["safety"]["lines"]] == ["988", "911"]
        # An app's token names no client, and the address does.
        app = house.asker("app", "diary", now=long_ago)
        told = (await self.refused(app, client_id)).json()["safety"]
        assert [one["reach"] for one in told["lines"]] == ["988", "911"]
        # Of nobody: the emergency number of wherever they are.
        nobody = await house.http.post(f"/v1/clients/{client_id}/assessments", json=FORM)
        (line,) = nobody.json()["safety"]["lines"]
        assert "emergency number" in line["reach"]
        # A clinician's answer is read by no client, and other addresses are no forms.
        assert "safety" not in (await self.refused(house.asker(now=long_ago), client_id)).json()
        moods = await expired.ask("POST", f"/v1/clients/{client_id}/moods", {"rating": 5})
        assert "safety" not in moods.json()

    async def test_an_error_of_ours_is_told_where_a_person_is(
        self, house: House, anna: tuple[Asker, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asker, client_id = anna
        await send(asker, client_id, CALM)

        async def broken(*_: object, **__: object) -> None:
            raise RuntimeError

        monkeypatch.setattr("service.forms.begin_assessment", broken)
        answer = await self.refused(asker, client_id)
        assert answer.status_code == 500
        assert answer.json()["safety"]["person_asked"] is True
        assert answer.headers["cache-control"] == "no-store"

    async def test_an_error_after_the_form_was_recorded_flags_it_no_second_time(
        self,
        house: House,
        clinician: Asker,
        anna: tuple[Asker, str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        async def broken(*_: object, **__: object) -> None:
            raise RuntimeError

        asker, client_id = anna
        monkeypatch.setattr("service.routes.assessments.safety_answer_of_form", broken)
        answer = await self.refused(asker, client_id)
        assert answer.status_code == 500
        assert "Your answers are with your practice now" in answer.json()["safety"]["notice"]
        await catch_up_all(house.cairn)
        (flag,) = await flags(clinician)
        assert flag["unfiled"] is False


class TestEntries:
    @pytest.mark.parametrize("role", ["client", "app"])
    async def test_say_where_a_person_is_and_that_notes_are_not_read(
        self, house: House, clinician: Asker, anna: tuple[Asker, str], role: Any
    ) -> None:
        _, client_id = anna
        goal_id = await clinician.set_goal(client_id)
        asker = house.asker(role, client_id if role == "client" else "diary")
        mood = await asker.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 3})
        done = await asker.do("POST", f"/v1/goals/{goal_id}/check-ins", {"amount": 20})
        told = [
            mood,
            done,
            await asker.do("PUT", f"/v1/moods/{mood['id']}", {"rating": 4}),
            await asker.do("PUT", f"/v1/check-ins/{done['id']}", {"amount": 25}),
        ]
        if role == "client":
            rest = {"on": day(3), "reason": "A feast."}
            told.append(await asker.do("POST", f"/v1/goals/{goal_id}/rest-days", rest))
        for one in told:
            assert [line["reach"] for line in one["safety"]["lines"]] == ["988", "911"]
            assert "Notes are not read in real time" in one["safety"]["notice"]
        mood = await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 3})
        assert "safety" not in mood

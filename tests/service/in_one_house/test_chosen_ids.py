"""Ids that callers choose: none of them is one that the system is going to use."""

from typing import Any, get_args
from uuid import UUID, uuid1, uuid4, uuid5

import msgspec

from events import safety_flag, template_library
from events.ids import DerivedIds, Space, is_choosable
from service.ids import drawn_id
from tests.days import day, in_days
from tests.service.conftest import Asker, House, walking
from tests.service.in_one_house.conftest import in_its_loop
from workers.deadlines import NOTICES

ENDORSED = {"instrument": "phq9", "answers": [0, 0, 0, 0, 0, 0, 0, 0, 2]}
WHY = {"reason": "It was too much.", "client_agreed": True}
CLIENT = {"display_name": "Ben", "zone": "UTC"}
SESSION = {"starts_at": f"{in_days(7)}T10:00:00+01:00"}
SUBSCRIPTION = {"name": "App", "app": "diary", "types": ["mood.logged.v1"]}
TEMPLATE: dict[str, Any] = {
    "category": "pleasure",
    "wording": {
        "en": {"title": "Swim", "statement": "Swim once a week", "why": "What is it like?"}
    },
    "measure": {"type": "frequency", "amount": 1, "unit": "times", "per": "week"},
    "days": 42,
}
REFUSED = "/problems/id-not-choosable"


class Doors(msgspec.Struct, kw_only=True):
    """Anna's record, and every way in which somebody may choose an id in it."""

    house: House
    clinician: Asker
    client_id: str
    goal_id: str
    mood_id: str

    @property
    def making(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """What is new, and its body."""
        own = f"/v1/clients/{self.client_id}"
        return {
            "client": ("/v1/clients", CLIENT),
            "goal": (f"{own}/goals", walking()),
            "mood": (f"{own}/moods", {"rating": 5}),
            "check-in": (f"/v1/goals/{self.goal_id}/check-ins", {"amount": 20}),
            "form": (f"{own}/assessments", {"instrument": "phq8", "total": 5}),
            "session": (f"{own}/sessions", SESSION),
            "template": ("/v1/templates", TEMPLATE),
            "subscription": ("/v1/subscriptions", SUBSCRIPTION),
        }

    @property
    def changing(self) -> dict[str, tuple[str, str, dict[str, Any]]]:
        """What is changed under a key."""
        goal, mood = f"/v1/goals/{self.goal_id}", f"/v1/moods/{self.mood_id}"
        return {
            "agree": ("POST", f"{goal}/agree", {"parties": ["client"]}),
            "deadline": ("PUT", f"{goal}/deadline", {"due_on": day(70), **WHY}),
            "pause": ("POST", f"{goal}/pause", {}),
            "correct": ("PUT", mood, {"rating": 6}),
            "withdraw": ("DELETE", mood, {"reason": "Not mine."}),
            "practice": ("PATCH", "/v1/practice", {"name": "Oak Street"}),
            "details": ("PATCH", f"/v1/clients/{self.client_id}", {"display_name": "Anna K."}),
            "retire": ("POST", "/v1/templates/mindfulness_daily/retire", {"reason": "Ours."}),
            "replace": ("POST", f"{goal}/replace", {"goal": walking(), "reason": "Knee."}),
        }

    async def refuse(self, chosen: UUID) -> None:
        """Nobody takes this id for anything, and it is said at which place it stood."""
        size, spelt = await self.house.size(), str(chosen)
        for name, (path, body) in self.making.items():
            by_id = await self.clinician.ask("POST", path, {**body, "id": spelt})
            by_key = await self.clinician.ask("POST", path, body, Idempotency_Key=spelt)
            assert (by_id.status_code, by_key.status_code) == (422, 422), (name, by_id.text)
            assert {one.json()["type"] for one in (by_id, by_key)} == {REFUSED}, name
            assert by_id.json().get("pointer") == "/id", (name, by_id.text)
            assert by_key.json()["parameter"] == "Idempotency-Key", name
        for name, (method, path, body) in self.changing.items():
            refused = await self.clinician.ask(method, path, body, Idempotency_Key=spelt)
            assert refused.json().get("type") == REFUSED, (name, refused.text)
            assert refused.json()["parameter"] == "Idempotency-Key", name
        inside = {"goal": {**walking(), "id": spelt}, "reason": "Knee."}
        refused = await self.clinician.ask("POST", f"/v1/goals/{self.goal_id}/replace", inside)
        assert (refused.json()["type"], refused.json()["pointer"]) == (REFUSED, "/goal/id")
        assert await self.house.size() == size


@in_its_loop
async def doors(house: House, clinician: Asker) -> Doors:
    client_id = await clinician.enrol()
    goal_id = await clinician.set_goal(client_id)
    mood = await clinician.do("POST", f"/v1/clients/{client_id}/moods", {"rating": 5})
    return Doors(
        house=house,
        clinician=clinician,
        client_id=client_id,
        goal_id=goal_id,
        mood_id=mood["id"],
    )


class TestAChosenId:
    async def test_is_of_version_4_or_7(self, doors: Doors) -> None:
        for chosen in (drawn_id(), uuid4()):
            assert is_choosable(chosen)
        for name, (path, body) in doors.making.items():
            for spelt in (str(uuid4()), str(drawn_id())):
                made = await doors.clinician.ask("POST", path, {**body, "id": spelt})
                assert (made.status_code, made.json().get("id")) == (201, spelt), (name, made.text)

    async def test_of_another_kind_is_refused_at_every_door(self, doors: Doors) -> None:
        for chosen in (
            uuid1(),
            UUID("6fa459ea-ee8a-3ca4-894e-db77e160355e"),
            uuid5(NOTICES, "a date"),
            UUID("1ec9414c-232a-6b00-b3c8-9e6bdeced846"),
            DerivedIds.known_to_all("anybody").of("suggestion", "an id"),
            UUID(int=0),
            UUID(int=2**128 - 1),
            # Of version 4, and of a variant that is not that of RFC 9562.
            UUID("00000000-0000-4000-c000-000000000001"),
        ):
            await doors.refuse(chosen)

    async def test_is_never_one_that_the_system_computes(self, doors: Doors) -> None:
        practice_id, client_id = doors.house.practice_id, UUID(doors.client_id)
        ids = await doors.house.cairn.store.ids(practice_id)
        computed = {ids.of(space, client_id, 1) for space in get_args(Space)}
        assert len(computed) == len(get_args(Space))
        former = (
            *safety_flag.stream_ids(ids, client_id),
            *safety_flag.flag_ids(ids, UUID(doors.mood_id), 1),
            *template_library.stream_ids(ids, practice_id),
            uuid5(practice_id, "client MRN-777"),
            uuid5(client_id, "sessions"),
            uuid5(client_id, "moods"),
            uuid5(UUID(doors.goal_id), "reframing 2026-03-02 1"),
            uuid5(NOTICES, f"{doors.goal_id} 2026-03-02 3 deadline"),
        )
        for one in (*computed, *former):
            assert not is_choosable(one)
        await doors.refuse(next(iter(computed)))
        await doors.refuse(former[0])

    async def test_of_a_practice_itself_names_no_client(self, doors: Doors) -> None:
        # A client's key would be the practice's own.
        answer = await doors.clinician.ask(
            "POST", "/v1/clients", {**CLIENT, "id": str(doors.house.practice_id)}
        )
        assert answer.json()["type"] == "/problems/content-mismatch"

    async def test_may_be_that_of_something_else(self, doors: Doors) -> None:
        """What bears an id in one category is in nobody's way in another."""
        for taken in (doors.goal_id, doors.client_id, doors.mood_id):
            for name, (path, body) in doors.making.items():
                made = await doors.clinician.ask("POST", path, {**body, "id": taken})
                own = {"goal": doors.goal_id, "client": doors.client_id, "mood": doors.mood_id}
                expected = 422 if own.get(name) == taken else 201
                assert made.status_code == expected, (name, made.text)
        assert (await doors.clinician.get(f"/v1/goals/{doors.goal_id}"))["stage"] == "active"
        await doors.clinician.do("POST", f"/v1/clients/{doors.client_id}/assessments", ENDORSED)
        flags = (await doors.clinician.get("/v1/safety-flags"))["items"]
        assert [one["client_id"] for one in flags] == [doors.client_id]


class TestWhatAnIdTells:
    async def test_is_nothing_to_whoever_may_not_do_it(self, doors: Doors) -> None:
        """Whether an id was used makes no difference to what refuses a request."""
        ben = await doors.clinician.enrol(display_name="Ben")
        asker = doors.house.asker("client", ben)
        path = f"/v1/clients/{ben}/moods"
        for chosen in (doors.mood_id, str(uuid4())):
            told = [
                await asker.ask("POST", path, {**body, "id": chosen})
                for body in (
                    {"rating": 5, "occurred_at": "2090-01-01T00:00:00Z"},
                    {"rating": 5, "occurred_at": "1700-01-01T00:00:00Z"},
                )
            ]
            assert [one.json()["type"] for one in told] == [
                "/problems/time-in-the-future",
                "/problems/time-out-of-range",
            ]

    async def test_is_the_same_of_anothers_of_none_and_of_something_else(
        self, doors: Doors
    ) -> None:
        ben = await doors.clinician.enrol(display_name="Ben")
        asker = doors.house.asker("client", ben)
        told = set()
        for named in (doors.mood_id, doors.goal_id, doors.client_id, str(uuid4())):
            for method, path, body in (
                ("PUT", f"/v1/moods/{named}", {"rating": 6}),
                ("DELETE", f"/v1/moods/{named}", {"reason": "Not mine."}),
                ("GET", f"/v1/goals/{named}", None),
                ("GET", f"/v1/clients/{named}", None),
                ("POST", f"/v1/goals/{named}/check-ins", {"amount": 1}),
            ):
                answer = await asker.ask(method, path, body)
                problem = {**answer.json(), "instance": ""}
                told.add((answer.status_code, msgspec.json.encode(problem)))
        assert len(told) == 1

    async def test_a_key_that_was_used_for_something_else_is_told_last(self, doors: Doors) -> None:
        key = str(uuid4())
        path = f"/v1/goals/{doors.goal_id}"
        await doors.clinician.ask("POST", f"{path}/pause", {}, Idempotency_Key=key)
        revised = {"due_on": day(-400), **WHY}
        refused = await doors.clinician.ask("PUT", f"{path}/deadline", revised, Idempotency_Key=key)
        assert refused.json()["type"] == "/problems/deadline-in-the-past"
        revised = {"due_on": day(80), **WHY}
        refused = await doors.clinician.ask("PUT", f"{path}/deadline", revised, Idempotency_Key=key)
        assert refused.json()["type"] == "/problems/content-mismatch"

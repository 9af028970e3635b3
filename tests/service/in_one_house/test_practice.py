"""The practice's own settings over HTTP: who is told what, who chooses, and what is refused."""

from typing import Any
from uuid import uuid4

import pytest

from service.auth import Role
from tests.service.conftest import Asker, House, open_practice

DUTY = {
    "people": [
        {"subject": "dr-elm", "name": "Dr Elm"},
        {"subject": "dr-oak", "name": "Dr Oak"},
    ],
    "queue": "duty desk",
    "acknowledge_minutes": 20,
}
LINES = {
    "lines": [{"name": "Die Dargebotene Hand", "reach": "143", "hours": "day and night"}],
    "reviewed_on": "2026-03-02",
    "reviewed_by": "Dr Elm",
}
NORMS = {"standard_deviation": 9.93, "reliability": 0.93, "cut_off": 14, "source": "Our clients."}
TRACKING = {
    "sessions_without_change": 4,
    "weeks_without_change": 10,
    "assessments_not_recorded": 3,
}
CHOICES: dict[str, dict[str, Any]] = {
    "crisis-lines/CH": LINES,
    "duty": DUTY,
    "norms/bdi2": NORMS,
    "tracking": TRACKING,
    "release": {"automatic": True},
}
TOLD_TO_ALL = {"id", "name", "country", "language", "safety_flags_are_seen"}


async def put_on_duty(clinician: Asker, duty: dict[str, Any] = DUTY) -> None:
    """Somebody is, and has looked over the crisis lines first."""
    await clinician.do("PUT", "/v1/practice/crisis-lines/CH", LINES)
    await clinician.do("PUT", "/v1/practice/duty", duty)


@pytest.fixture
def house(nobody_on_duty: House) -> House:
    """A practice in which nothing has been chosen yet."""
    return nobody_on_duty


class TestAPractice:
    async def test_starts_with_nobody_on_duty_and_releases_by_hand(
        self, house: House, clinician: Asker
    ):
        answer = await clinician.ask("GET", "/v1/practice")
        assert answer.json() == {
            "id": str(house.practice_id),
            "name": "Elm Street",
            "zone": "Europe/Zurich",
            "country": "CH",
            "language": "en",
            "safety_flags_are_seen": False,
            "duty": {"queue": "duty", "people": [], "acknowledge_minutes": 30},
            "crisis_lines": {},
            "norms": {},
            "tracking": {
                "sessions_without_change": 6,
                "weeks_without_change": 8,
                "assessments_not_recorded": 2,
            },
            "automatic_release": False,
        }
        assert answer.headers["etag"] == 'W/"1"'
        assert answer.headers["cairn-position"] == "1"

    async def test_shows_at_once_what_was_chosen(self, clinician: Asker):
        for path, body in CHOICES.items():
            await clinician.do("PUT", f"/v1/practice/{path}", body)
        answer = await clinician.ask("GET", "/v1/practice")
        shown = answer.json()
        assert shown["duty"] == DUTY
        assert shown["safety_flags_are_seen"] is True
        assert shown["crisis_lines"] == {"CH": {**LINES, "with_emergency": True}}
        assert NORMS.items() <= shown["norms"]["bdi2"].items()
        assert shown["norms"]["bdi2"]["remission"] is None
        assert shown["tracking"] == TRACKING
        assert shown["automatic_release"] is True
        assert answer.headers["etag"] == 'W/"6"'

    async def test_has_no_say_in_another(self, house: House, clinician: Asker):
        await put_on_duty(clinician)
        other = await open_practice(house.cairn, "Oak Lane", on_duty=False)
        stranger = house.asker("clinician", "dr-oak", practice_id=other)
        assert (await stranger.get("/v1/practice"))["duty"]["people"] == []

    async def test_that_was_never_opened_is_not_there(self, house: House):
        stranger = house.asker("clinician", "dr-no", practice_id=uuid4())
        assert (await stranger.ask("GET", "/v1/practice")).status_code == 404
        assert (await stranger.ask("PUT", "/v1/practice/duty", DUTY)).status_code == 404


class TestWhoMay:
    @pytest.mark.parametrize(
        ("role", "is_told_all"),
        [("clinician", True), ("auditor", True), ("app", False), ("client", False)],
    )
    async def test_read_what_is_theirs_to_know(
        self, house: House, clinician: Asker, role: Role, is_told_all: bool
    ):
        await put_on_duty(clinician)
        subject = await clinician.enrol() if role == "client" else "someone"
        shown = await house.asker(role, subject).get("/v1/practice")
        assert set(shown) >= TOLD_TO_ALL
        assert (set(shown) == TOLD_TO_ALL) is not is_told_all
        assert ("Dr Oak" in str(shown)) is is_told_all

    @pytest.mark.parametrize("role", ["client", "auditor", "app"])
    @pytest.mark.parametrize("path", CHOICES)
    async def test_choose_is_clinicians_alone(self, house: House, role: Role, path: str):
        before = await house.size()
        subject = str(uuid4()) if role == "client" else "someone"
        asker = house.asker(role, subject)
        answer = await asker.ask("PUT", f"/v1/practice/{path}", CHOICES[path])
        assert answer.status_code == 403
        assert await house.size() == before


class TestSettings:
    async def test_are_changed_and_what_is_left_out_stays(self, clinician: Asker):
        key = {"Idempotency-Key": str(uuid4())}
        body = {"zone": "America/Bogota", "country": "CO"}
        first = await clinician.ask("PATCH", "/v1/practice", body, **key)
        assert (first.status_code, first.json()["version"]) == (200, 2)
        again = await clinician.ask("PATCH", "/v1/practice", body, **key)
        assert again.json() == first.json()
        await clinician.do("PATCH", "/v1/practice", {"language": "es", "name": "Calle Olmo"})
        shown = await clinician.get("/v1/practice")
        told = {name: shown[name] for name in ("name", "zone", "country", "language")}
        assert told == {
            "name": "Calle Olmo",
            "zone": "America/Bogota",
            "country": "CO",
            "language": "es",
        }

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"zone": "Mars/Olympus"}, "/zone"),
            ({"country": "ch"}, "/country"),
            ({"name": ""}, "/name"),
        ],
    )
    async def test_that_do_not_fit_are_refused_by_their_place(
        self, house: House, clinician: Asker, body: Any, pointer: str
    ):
        before = await house.size()
        answer = await clinician.ask("PATCH", "/v1/practice", body)
        assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)
        assert await house.size() == before

    @pytest.mark.parametrize("role", ["client", "auditor", "app"])
    async def test_are_chosen_by_clinicians_alone(self, house: House, role: Role):
        subject = str(uuid4()) if role == "client" else "someone"
        answer = await house.asker(role, subject).ask("PATCH", "/v1/practice", {"language": "es"})
        assert answer.status_code == 403


class TestAChoice:
    @pytest.mark.parametrize("path", CHOICES)
    async def test_is_recorded_once_however_often_it_is_said(
        self, house: House, clinician: Asker, path: str
    ):
        key = {"Idempotency-Key": str(uuid4())}
        version = 2
        if path == "duty":
            await clinician.do("PUT", "/v1/practice/crisis-lines/CH", LINES)
            version = 3
        before = await house.size()
        path, body = f"/v1/practice/{path}", CHOICES[path]
        first = await clinician.ask("PUT", path, body, **key)
        assert (first.status_code, first.json()["version"]) == (200, version)
        assert first.headers["etag"] == f'W/"{version}"'
        again = await clinician.ask("PUT", path, body, **key)
        assert again.json() == first.json()
        assert again.headers["idempotency-replayed"] == "true"
        # Without the key it is already so.
        anew = await clinician.ask("PUT", path, body)
        assert (anew.status_code, anew.json()["version"]) == (200, version)
        assert await house.size() == before + 1

    async def test_overwrites_nobodys(self, house: House, clinician: Asker):
        await clinician.do("PUT", "/v1/practice/crisis-lines/CH", LINES)
        seen = (await clinician.ask("GET", "/v1/practice")).headers["etag"]
        await clinician.do("PUT", "/v1/practice/duty", DUTY, **{"If-Match": seen})
        late = await clinician.ask("PUT", "/v1/practice/duty", {"people": []}, **{"If-Match": seen})
        assert (late.status_code, late.json()["type"]) == (412, "/problems/version-mismatch")
        assert (await clinician.get("/v1/practice"))["duty"] == DUTY

    async def test_under_a_key_that_was_used_for_another_is_refused(self, clinician: Asker):
        key = {"Idempotency-Key": str(uuid4())}
        await clinician.do("PUT", "/v1/practice/crisis-lines/CH", LINES, **key)
        other = await clinician.ask("PUT", "/v1/practice/crisis-lines/LI", LINES, **key)
        assert (other.status_code, other.json()["type"]) == (422, "/problems/content-mismatch")

    async def test_puts_no_client_on_duty(self, clinician: Asker):
        client_id = await clinician.enrol()
        for subject in (client_id, client_id.upper(), client_id.replace("-", "")):
            body = {"people": [{"subject": subject, "name": "Anna"}]}
            refused = await clinician.ask("PUT", "/v1/practice/duty", body)
            assert refused.json()["type"] == "/problems/duty-subject-not-staff"
            assert refused.json()["pointer"] == "/people/0/subject"
        # Somebody whose subject is an id of another kind may be.
        await put_on_duty(clinician, {"people": [{"subject": str(uuid4()), "name": "Anna"}]})

    async def test_begins_a_duty_list_once_the_crisis_lines_are_reviewed(self, clinician: Asker):
        refused = await clinician.ask("PUT", "/v1/practice/duty", DUTY)
        assert (refused.status_code, refused.json()["type"]) == (
            409, "/problems/crisis-lines-not-reviewed",
        )  # fmt: skip
        assert "PUT /v1/practice/crisis-lines/CH" in refused.json()["detail"]
        assert refused.json()["facts"] == {"country": "CH"}
        await put_on_duty(clinician)

    @pytest.mark.parametrize(
        ("path", "body", "slug", "pointer"),
        [
            ("duty", {}, "body-invalid", "/people"),
            ("duty", {"people": [{"subject": "a"}]}, "body-invalid", "/people/0/name"),
            (
                "duty",
                {"people": [{"subject": "a", "name": "A"}] * 2},
                "duty-names-somebody-twice",
                "/people/1/subject",
            ),
            (
                "duty",
                {"people": [{"subject": "Dr Elm", "name": "A"}]},
                "duty-subject-not-staff",
                "/people/0/subject",
            ),
            (
                "duty",
                {"people": [], "acknowledge_minutes": 0},
                "body-invalid",
                "/acknowledge_minutes",
            ),
            ("crisis-lines/JP", {**LINES, "lines": []}, "no-lines-to-review", "/lines"),
            ("crisis-lines/CH", {**LINES, "reviewed_on": "soon"}, "body-invalid", "/reviewed_on"),
            ("crisis-lines/CH", {"lines": LINES["lines"]}, "body-invalid", "/reviewed_on"),
            (
                "crisis-lines/CH",
                {**LINES, "reviewed_on": "1066-10-14"},
                "review-day-not-believable",
                "/reviewed_on",
            ),
            ("norms/bdi2", {"cut_off": 14}, "body-invalid", "/source"),
            ("norms/bdi2", {**NORMS, "reliability": 1}, "body-invalid", "/reliability"),
            ("norms/bdi2", {**NORMS, "cut_off": 64}, "cut-off-outside-the-instrument", "/cut_off"),
            (
                "norms/bdi2",
                {**NORMS, "remission": -1},
                "remission-outside-the-instrument",
                "/remission",
            ),
            (
                "norms/bdi2",
                {**NORMS, "cut_off": 14, "remission": 20},
                "remission-is-clinical",
                "/remission",
            ),
            (
                "norms/bdi2",
                {**NORMS, "reliability_kind": "alpha"},
                "body-invalid",
                "/reliability_kind",
            ),
            (
                "norms/promis_depression_t",
                {"source": "Ours.", "response_percent": 50},
                "response-of-no-zero",
                "/response_percent",
            ),
            (
                "norms/phq9",
                {
                    "source": "Ours.",
                    "bands": [{"id": "well", "name": "Well", "minimum": 0, "maximum": 9}],
                },
                "bands-do-not-cover-the-range",
                "/bands/0/maximum",
            ),
            (
                "norms/phq9",
                {"source": "Ours.", "noticed_change": {"points": 28}},
                "noticed-change-too-large",
                "/noticed_change/points",
            ),
            (
                "norms/bdi2",
                {"source": "Ours.", "missing_allowed": 1},
                "no-prorated-value",
                "/missing_allowed",
            ),
            ("tracking", {"weeks_without_change": 0}, "body-invalid", "/weeks_without_change"),
            ("release", {}, "body-invalid", "/automatic"),
            ("release", {"automatic": 1}, "body-invalid", "/automatic"),
        ],
    )
    async def test_that_does_not_fit_is_refused_by_its_place(
        self, house: House, clinician: Asker, path: str, body: Any, slug: str, pointer: str
    ):
        before = await house.size()
        answer = await clinician.ask("PUT", f"/v1/practice/{path}", body)
        assert answer.status_code == 422, answer.text
        problem = answer.json()
        assert (problem["type"], problem["pointer"]) == (f"/problems/{slug}", pointer)
        assert await house.size() == before

    async def test_about_what_does_not_exist_is_refused(self, house: House, clinician: Asker):
        before = await house.size()
        answer = await clinician.ask("PUT", "/v1/practice/norms/bdi3", NORMS)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
        for country in ("ch", "CHE", "C1", "Schweiz"):
            answer = await clinician.ask("PUT", f"/v1/practice/crisis-lines/{country}", LINES)
            assert answer.status_code == 400, country
            assert answer.json()["parameter"] == "country"
            assert "ISO 3166-1" in answer.json()["detail"]
        assert await house.size() == before

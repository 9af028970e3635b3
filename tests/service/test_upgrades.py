"""A command that the first release recorded, repeated after an upgrade, is known again."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from events import goal_decisions
from events.goal_commands import ReviseTarget
from events.measure import Measure
from events.record import Cause, digest
from events.transact import handle
from service.routes.assessments import AssessmentCorrection, NewAssessment
from service.routes.check_ins import CheckInCorrection, NewCheckIn
from service.routes.clients import ClientDetails, Discharge, NewClient
from service.routes.clients import content_of as content_of_client
from service.routes.goal_bodies import (
    Agreement,
    Closing,
    NewGoal,
    Pause,
    Reaching,
    Replacement,
    Resumption,
    RevisedDeadline,
    RevisedStatement,
    RevisedTarget,
    content_of,
)
from service.routes.moods import MoodCorrection, NewMood, Withdrawal
from service.routes.suggestions import Acceptation, Dismissal, Edit
from tests.service.conftest import Asker, House, walking

SUBJECT = UUID("0f5b1c9e-7c1d-4a51-9f3e-1d6a52f0a002")
WALK = {"type": "frequency", "amount": 150, "unit": "minutes", "per": "week"}
HALF = {
    "type": "score",
    "instrument": "bdi2",
    "baseline": 28,
    "target": {"type": "percent_change", "percent": -50},
}
GOAL = {
    "statement": "Walk",
    "measure": WALK,
    "achievability": 7,
    "why": "I sleep better then.",
    "due_on": "2027-01-19",
}
AT = "2026-03-01T09:00:00+01:00"
NEARER = {"measure": WALK, "reason": "A nearer step.", "client_agreed": True}
SMALLER = {"proposal": {"type": "new_target", "measure": WALK}, "words": "A smaller step."}
MARA = {"display_name": "Mara", "zone": "Europe/Zurich"}
SCORED = {"instrument": "phq8", "total": 14, "answers": [2, 2, 2, 2, 1, 2, 2, 1]}
# What the code of the first release (bb2d235) made of each: digest(name, SUBJECT, body).
FIRST_RELEASE: list[tuple[str, Any, dict[str, Any], str]] = [
    ("set_goal", NewGoal, GOAL, "e61d911126b2a6765915bc67869c153d"),
    (
        "set_goal",
        NewGoal,
        {
            **GOAL,
            "measure": HALF,
            "id": str(SUBJECT),
            "starts_on": "2026-12-01",
            "review_every_days": 7,
        },
        "2c07390d74c53b694f23b3aa51e90a2f",
    ),
    (
        "replace_goal",
        Replacement,
        {"goal": GOAL, "reason": "A new job."},
        "612f8885d514f633ab9aa1243fb0d480",
    ),
    ("revise_target", RevisedTarget, NEARER, "58ae62ebab2865e14bf8b290820f6a84"),
    (
        "revise_target",
        RevisedTarget,
        {**NEARER, "measure": HALF},
        "2de44c7d7479a0b945052defb49b5dbc",
    ),
    ("edit_suggestion", Edit, {"options": [SMALLER]}, "6e5c76ef23ece8f0974a5fc381ba21c3"),
    (
        "log_mood",
        NewMood,
        {"rating": 4, "tags": ["sleep"], "occurred_at": AT},
        "df2aa2d5d49c6715285c73913f1fd732",
    ),
    ("log_check_in", NewCheckIn, {"amount": 30}, "b31bc9fac5d2ed77c3398ee853ff3adf"),
    ("enrol_client", NewClient, MARA, "48991bad16bb88c0058112efbec254d8"),
    (
        "change_client_details",
        ClientDetails,
        {**MARA, "language": "de"},
        "688e9948ef84dd2d0b6e791b299df43d",
    ),
    (
        "score_assessment",
        NewAssessment,
        {**SCORED, "occurred_at": AT},
        "1500d3be8d1951045e2aa474bb35ace2",
    ),
    ("correct_assessment", AssessmentCorrection, {"total": 13}, "b60d65f7e5ed8ffbcd464410215c2e19"),
    (
        "agree_goal",
        Agreement,
        {"parties": ["client", "clinician"]},
        "4e3d1e678b0920675552323fbd687623",
    ),
    (
        "revise_deadline",
        RevisedDeadline,
        {"due_on": "2027-02-02", "reason": "Flu.", "client_agreed": True},
        "da2c9ed8fb21a144a224b0ba59a68ee1",
    ),
    (
        "revise_statement",
        RevisedStatement,
        {"statement": "Walk on", "reason": "Nearer.", "client_agreed": False},
        "63b87fef490ef5d6f33e798c502d4818",
    ),
    ("pause_goal", Pause, {"reason": "Holidays."}, "662100560e72f553cbb4ffe7e3416fd1"),
    ("resume_goal", Resumption, {}, "39edce54276076b88431b99297253dc9"),
    ("reach_goal", Reaching, {"note": "Done."}, "be8ec6af825bd07ac78f487753e4c4f1"),
    (
        "close_goal",
        Closing,
        {"reason": "circumstances_changed"},
        "9b4c58d08d06f0fb46c7c901240dea07",
    ),
    ("correct_mood", MoodCorrection, {"rating": 5}, "7ccd3be147dc8eca815a5d8d7d077372"),
    ("withdraw_mood", Withdrawal, {"reason": "Not mine."}, "b9b8e43b1b3f43716b2c431a85599fa9"),
    ("correct_check_in", CheckInCorrection, {"amount": 20}, "1e762ddd518ec893ca5d850c99eb0046"),
    ("discharge_client", Discharge, {"reason": "Moved."}, "35d07a62aa3ec3b9b931f0e4d3d74074"),
    (
        "accept_suggestion",
        Acceptation,
        {"option": 0, "client_agreed": True},
        "ff58bd65ea7c765835d75afc161a9dd7",
    ),
    ("dismiss_suggestion", Dismissal, {"reason": "Talked."}, "fbbcab1e9da5d542a8408f9e345e350c"),
]


def content(body: Any) -> Any:
    """What the routes take for the content of a request."""
    match body:
        case NewGoal():
            return content_of(body)
        case NewClient():
            return content_of_client(body)
        case Replacement():
            return msgspec.structs.replace(body, goal=content_of(body.goal))
        case _:
            return body


class TestTheContentOfARequest:
    @pytest.mark.parametrize(("name", "kind", "body", "first"), FIRST_RELEASE)
    def test_is_what_the_first_release_recorded(
        self, name: str, kind: Any, body: dict[str, Any], first: str
    ) -> None:
        assert digest(name, SUBJECT, content(msgspec.convert(body, kind))).hex() == first

    @pytest.mark.parametrize(
        ("name", "kind", "body"),
        [
            ("set_goal", NewGoal, {**GOAL, "template": "mindfulness_daily"}),
            ("set_goal", NewGoal, {**GOAL, "measure": {**WALK, "minimum": 10}}),
            ("revise_target", RevisedTarget, {**NEARER, "measure": {**WALK, "minimum": 10}}),
            ("edit_suggestion", Edit, {"options": [{**SMALLER, "way": "smaller_step"}]}),
            ("score_assessment", NewAssessment, {**SCORED, "occurred_at": AT, "suicide_item": 0}),
        ],
    )
    def test_is_another_where_it_says_what_that_release_did_not_know(
        self, name: str, kind: Any, body: dict[str, Any]
    ) -> None:
        known = {first for _, _, _, first in FIRST_RELEASE}
        assert digest(name, SUBJECT, content(msgspec.convert(body, kind))).hex() not in known


async def test_a_target_revised_before_the_upgrade_is_not_revised_again(
    house: House, clinician: Asker
) -> None:
    client_id = await clinician.enrol()
    before = {**walking()["measure"], "amount": 200}
    await clinician.set_goal(client_id, id=str(SUBJECT), measure=before)
    key = uuid4()
    stream = goal_decisions.GOAL.stream(house.practice_id, SUBJECT)
    revised = await handle(
        house.cairn.store,
        goal_decisions.GOAL,
        stream,
        ReviseTarget(
            goal_id=SUBJECT,
            now=datetime.now(UTC),
            measure=msgspec.convert(WALK, Measure),
            reason="A nearer step.",
            client_agreed=True,
        ),
        cause=Cause(
            command_id=key,
            actor="clinician:dr-elm",
            content=bytes.fromhex("58ae62ebab2865e14bf8b290820f6a84"),
            correlation=uuid4(),
        ),
        occurred_at=datetime.now(UTC),
    )
    path = f"/v1/goals/{SUBJECT}/target"
    again = await clinician.ask("PUT", path, NEARER, Idempotency_Key=str(key))
    assert (again.status_code, again.headers.get("idempotency-replayed")) == (200, "true")
    assert again.json()["version"] == revised.version

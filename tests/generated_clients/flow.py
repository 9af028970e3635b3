"""An app in Python, on a client that openapi-python-client made: from enrolment to a refusal.

Run by test_generated_clients.py beside the client, with an address, a token and a day as arguments.
"""

import sys
from datetime import date
from http import HTTPStatus
from typing import TypeVar
from uuid import uuid4

from cairn_client import AuthenticatedClient
from cairn_client.api.clients import enrol_client, list_clients
from cairn_client.api.entries import log_mood, score_assessment
from cairn_client.api.goals import agree_goal, set_goal, show_goal
from cairn_client.models import (
    Agreement,
    AgreementPartiesType0Item,
    Frequency,
    FrequencyPer,
    FrequencyType,
    FrequencyUnit,
    GoalAnswer,
    NewAssessment,
    NewClient,
    NewGoal,
    NewMood,
    Problem,
)
from cairn_client.types import UNSET, Response, Unset

Answer = TypeVar("Answer")


def taken(answered: Response[Answer | Problem]) -> Answer:
    """What was answered to a request that is to be taken."""
    parsed = answered.parsed
    if parsed is None or isinstance(parsed, Problem):
        raise AssertionError(f"{answered.status_code}: {parsed}")
    return parsed


def main(base_url: str, token: str, due_on: date) -> None:
    cairn = AuthenticatedClient(base_url=base_url, token=token)

    enrolled = [
        taken(
            enrol_client.sync_detailed(
                client=cairn,
                body=NewClient(display_name=name, zone="Europe/Zurich"),
                idempotency_key=str(uuid4()),
            )
        )
        for name in ("Ada", "Ben", "Cleo")
    ]
    ada = enrolled[0].id

    # Nothing with a default has to be sent.
    measure = Frequency(
        type_=FrequencyType.FREQUENCY, amount=150, unit=FrequencyUnit.MINUTES, per=FrequencyPer.WEEK
    )
    goal = NewGoal(
        statement="Walk for half an hour on five days a week",
        measure=measure,
        achievability=7,
        why="I sleep better then.",
        due_on=due_on,
    )
    both = [AgreementPartiesType0Item.CLIENT, AgreementPartiesType0Item.CLINICIAN]
    goal_set = taken(set_goal.sync_detailed(ada, client=cairn, body=goal))
    agreed = taken(
        agree_goal.sync_detailed(goal_set.id, client=cairn, body=Agreement(parties=both))
    )
    assert agreed.version > goal_set.version
    taken(log_mood.sync_detailed(ada, client=cairn, body=NewMood(rating=6)))
    form = NewAssessment(instrument="phq9", answers=[1, 1, 1, 1, 0, 0, 0, 0, 0])
    sent = taken(score_assessment.sync_detailed(ada, client=cairn, body=form))

    # A read that sends the position of the last write waits until that write can be seen.
    position = str(sent.position)
    shown: GoalAnswer = taken(
        show_goal.sync_detailed(goal_set.id, client=cairn, cairn_position=position)
    )
    assert shown.stage == "active"

    names: list[str] = []
    cursor: str | Unset = UNSET
    while True:
        page = taken(
            list_clients.sync_detailed(
                client=cairn, limit=2, cursor=cursor, cairn_position=position
            )
        )
        names += [str(one.display_name) for one in page.items]
        if page.next_ is None:
            break
        cursor = page.next_
    assert sorted(names) == ["Ada", "Ben", "Cleo"], names

    refused = log_mood.sync_detailed(ada, client=cairn, body=NewMood(rating=11, note="x" * 5_000))
    problem = refused.parsed
    assert refused.status_code is HTTPStatus.UNPROCESSABLE_ENTITY
    assert isinstance(problem, Problem)
    assert problem.type_ == "/problems/body-invalid"
    faults = problem.faults or []
    assert [one.pointer for one in faults] == ["/rating", "/note"], faults
    print("The flow is complete.")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], date.fromisoformat(sys.argv[3]))

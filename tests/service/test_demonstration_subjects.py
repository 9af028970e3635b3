"""The demonstration has something to see of each subject: measures, choices, classes, drafts."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import get_args

import pytest

from events import instruments
from events.measure import Measure, Score, TargetBand, TargetPercent, TargetValue
from events.practice_choices import Tracking
from events.practice_reading import read_practice
from projections.score_trend import score_trend
from service.demonstration.load import PRACTICE_ID
from service.settings import Settings
from service.wiring import Cairn
from tests.service.demonstrated import NOW, Demonstrated, DemonstrationOf, goals_by_name, log_of


@pytest.fixture
def demonstrated(demonstration_of: DemonstrationOf) -> Demonstrated:
    return demonstration_of(NOW)


@pytest.fixture
async def cairn(demonstrated: Demonstrated, settings: Settings) -> AsyncIterator[Cairn]:
    async with Cairn.open(settings, connections=6) as cairn:
        yield cairn


async def test_has_every_kind_of_measure_and_what_a_practice_chooses(cairn: Cairn) -> None:
    goals = [one for own in (await goals_by_name(cairn)).values() for one in own]
    assert {type(one.measure) for one in goals} == set(get_args(Measure))
    assert {one.goal.template for one in goals if one.goal.template} >= {
        "mood_rating_daily",
        "triggers_by_next_session",
        "attend_one_party",
        "social_activities_up",
    }
    followed = next(one for one in goals if one.goal.template == "triggers_by_next_session")
    assert (followed.goal.due_session_id is not None, followed.goal.due_on) == (
        True,
        NOW.date() + timedelta(days=92 - 84),
    )
    choices = await read_practice(cairn.store, PRACTICE_ID)
    assert [one.subject for one in choices.duty.people] == ["anna", "dr-elm"]
    people = await cairn.views.caseload(PRACTICE_ID, now=NOW)
    abroad = {one.country for one in people if one.country}
    assert (set(choices.crisis_lines), set(choices.norms)) == ({"CH", *abroad}, {"gad7"})
    assert choices.tracking != Tracking()
    assert choices.automatic_release
    scores = [one.measure for one in goals if isinstance(one.measure, Score)]
    assert {type(one.target) for one in scores} == {TargetValue, TargetPercent, TargetBand}
    assert {one.instrument for one in scores} == {"phq9", "who5", "gad7", "bdi2"}


async def test_has_lines_that_were_reviewed_before_anybody_is_on_duty(cairn: Cairn) -> None:
    chosen = [one.type for one in await log_of(cairn) if one.category == "practice"]
    assert chosen.index("practice.crisis_lines_set.v1") < chosen.index("practice.duty_set.v1")


async def test_shows_every_class_of_change(cairn: Cairn) -> None:
    classes = set()
    for client in await cairn.views.caseload(PRACTICE_ID, now=NOW):
        found = await cairn.views.assessments(PRACTICE_ID, client.client_id)
        for name in {one.instrument for one in found}:
            points = score_trend(found, instruments.named(name), zone=client.zone).points
            classes |= {
                point.standing.reliable.jacobson_truax
                for point in points
                if point.standing is not None and point.standing.reliable is not None
            }
    assert classes == {"recovered", "improved", "unchanged", "deteriorated"}


async def test_has_a_reframing_that_went_out_by_itself(cairn: Cairn) -> None:
    own = [one for one in await log_of(cairn) if one.type == "suggestion.released.v1"]
    assert Counter(one.actor.partition(":")[0] for one in own) == {"clinician": 2, "worker": 1}

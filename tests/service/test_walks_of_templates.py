"""Every template that comes with Cairn, walked from a review to what came of the goal."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from events.templates import Number, built_in
from service.console.sweeping import catch_up_all
from service.settings import Settings
from tests.service.walking import MONDAY, Walk, local, on, walking

WHY = "I would like to have my evenings back."
# What is given for a template, where its own numbers would make the way a long one.
GIVEN: dict[str, dict[str, Any]] = {
    "half_the_score": {"baseline": 28, "weeks": 4},
    "below_the_cut_off": {"instrument": "bdi2", "baseline": 31, "weeks": 4},
    "social_activities_up": {"baseline": 2, "percent": 100, "weeks": 2},
    "attend_one_party": {"weeks": 1},
    "triggers_by_next_session": {},
}
A_WEEK = {"days": 7}


@pytest.fixture
async def anna(settings: Settings) -> AsyncIterator[Walk]:
    async with walking(settings) as walk:
        yield walk


async def reviewed(anna: Walk, template_id: str, parameters: dict[str, Any]) -> list[str]:
    """What a review asks about the goal, once it has all its parts."""
    body = {
        "client_id": anna.client_id,
        "template": template_id,
        "parameters": parameters,
        "achievability": 7,
        "why": WHY,
    }
    review = await anna.clinician.do("POST", "/v1/goals/review", body)
    assert review["settable"], review["findings"]
    return [one["code"] for one in review["findings"]]


async def proposed(anna: Walk, template_id: str, parameters: dict[str, Any]) -> dict[str, Any]:
    body = {"template": template_id, "parameters": parameters, "achievability": 7, "why": WHY}
    path = f"/v1/clients/{anna.client_id}/goals"
    made: dict[str, Any] = await anna.clinician.do("POST", path, body)
    return made


def given_for(template_id: str) -> dict[str, Any]:
    """Parameters for a short way, with a baseline of nothing where that can be given."""
    given = GIVEN.get(template_id, A_WEEK)
    names = {one.name for one in built_in()[template_id].parameters if isinstance(one, Number)}
    return given | ({"baseline": 0} if "baseline" in names and "baseline" not in given else {})


async def meets(anna: Walk) -> None:
    """A session is scheduled in a week."""
    session = {"starts_at": local(on(9), 15).isoformat()}
    await anna.clinician.do("POST", f"/v1/clients/{anna.client_id}/sessions", session)
    await catch_up_all(anna.house.cairn)


async def is_done(anna: Walk, goal: dict[str, Any]) -> None:
    """The client does all that the goal asks for, day by day."""
    goal_id, measure = goal["id"], goal["measure"]
    first, last = (date.fromisoformat(goal[name]) for name in ("starts_on", "due_on"))
    days = [first + timedelta(days=nth) for nth in range((last - first).days + 1)]
    match measure["type"]:
        case "score":
            await anna.scores(last - timedelta(days=7), 20)
            await anna.scores(last - timedelta(days=1), 14)
        case "frequency" if measure["source"] == "mood_entries":
            for day in days:
                await anna.feels(day, 6)
        case "frequency":
            for day in days:
                await anna.does(goal_id, day, measure["amount"])
        case "relative_frequency":
            asked_for = measure["baseline"] * (1 + measure["percent"] / 100)
            for day in days[-2:]:
                await anna.does(goal_id, day, asked_for)
        case _:
            await anna.does(goal_id, first, measure.get("amount", 1))


@pytest.mark.parametrize("template_id", sorted(built_in()))
async def test_a_template_leads_from_its_review_to_its_outcome(
    anna: Walk, template_id: str
) -> None:
    template = built_in()[template_id]
    if template.by_next_session:
        await meets(anna)
    parameters = given_for(template_id)
    asked = await reviewed(anna, template_id, parameters)
    made = await proposed(anna, template_id, parameters)
    assert [one["code"] for one in made["review"]] == asked
    # A short way is over before its first look; nothing else is asked about numbers like these.
    assert set(asked) <= {"review_after_deadline", "change_within_chance"}
    goal_id = made["id"]
    goal = await anna.shown(goal_id)
    assert (goal["stage"], goal["template"]) == ("proposed", template_id)
    assert goal["starts_on"] == str(MONDAY)
    await anna.agree(goal_id)
    await is_done(anna, goal)
    due_on = date.fromisoformat(goal["due_on"])
    swept = await anna.swept(due_on + timedelta(days=1))
    if goal["measure"]["type"] == "score":
        # Symptoms come and go: people decide.
        assert swept == {"target_met": 1}
        await anna.clinician.do("POST", f"/v1/goals/{goal_id}/reach", {})
    else:
        assert swept["reached"] == 1
    done = await anna.shown(goal_id)
    assert (done["stage"], done["progress"]["fraction"]) == ("reached", 1.0)
    later = await anna.clinician.get(f"/v1/goals/{goal_id}/review")
    assert later["settable"]


@pytest.mark.parametrize("template_id", sorted(built_in()))
async def test_a_goal_of_a_template_may_pass_its_date(anna: Walk, template_id: str) -> None:
    if built_in()[template_id].by_next_session:
        await meets(anna)
    made = await proposed(anna, template_id, given_for(template_id))
    goal = await anna.shown(made["id"])
    await anna.agree(made["id"])
    passed_on = date.fromisoformat(goal["due_on"]) + timedelta(days=1)
    assert (await anna.swept(passed_on))["missed"] == 1
    passed = await anna.shown(made["id"])
    assert (passed["stage"], passed["course"]) == ("active", "past_its_date")

"""Every way on of every measure, taken: from a date that passed to what came of the next one."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from events.goal import GoalDeadlineRevised, GoalTargetRevised
from events.measure import Count, Frequency, Measure, Milestone, RelativeFrequency, Score
from events.suggestion import NewTarget, SuggestionOffered, SuggestionReleased
from tests.workers.diary import HALF, PHQ9_FROM_24, THRICE_A_WEEK, Diary, noon
from tests.workers.site import Site
from workers.deadlines import sweep_deadlines
from workers.sessions import sweep_sessions
from workers.suggestions import sweep_suggestions

START = date(2026, 1, 4)


class Case(NamedTuple):
    """A goal that ran for so many days, with what was recorded on days of it."""

    measure: Measure
    days: int
    entries: list[tuple[int, float]]
    ways: list[str]


def weekly(*times: int) -> list[tuple[int, float]]:
    return [(7 * week + day, 1) for week, count in enumerate(times) for day in range(count)]


CASES = {
    "a score": Case(
        PHQ9_FROM_24,
        56,
        [(10, 22), (20, 21), (30, 20), (40, 18), (50, 17)],
        ["more_time", "milestone"],
    ),
    "a score far from its target": Case(
        Score(instrument="gad7", baseline=20, target=HALF),
        56,
        [(10, 19), (20, 18), (30, 18), (40, 17), (50, 16)],
        ["more_time", "smaller_target"],
    ),
    "times a week": Case(THRICE_A_WEEK, 56, weekly(*[2] * 8), ["more_time", "smaller_step"]),
    "minutes a day with a minimum": Case(
        Frequency(amount=20, unit="minutes", per="day", minimum=5),
        28,
        [(day, 20 if day % 2 else 10) for day in range(28)],
        # Ten minutes on every day of the same time would be more than what is left of twenty.
        ["more_time"],
    ),
    "mood entries": Case(
        Frequency(amount=1, unit="times", per="day", source="mood_entries"),
        28,
        [(day, 1) for day in range(0, 28, 2)],
        ["more_time", "smaller_step"],
    ),
    "an increase": Case(
        RelativeFrequency(percent=300, unit="times", per="week", baseline=2),
        42,
        weekly(1, 2, 3, 4, 5, 6),
        ["more_time", "milestone"],
    ),
    "a count": Case(
        Count(amount=20), 28, [(day, 1) for day in range(0, 28, 4)], ["more_time", "milestone"]
    ),
    "a milestone": Case(Milestone(), 28, [], []),
}
WAYS = [(name, nth) for name, case in CASES.items() for nth in range(len(case.ways))]


async def missed(site: Site, case: Case) -> tuple[Diary, UUID, datetime]:
    """The goal a day after its date, with its suggestions offered."""
    diary = await site.diary()
    due_on = START + timedelta(days=case.days - 1)
    goal_id = await diary.goal(case.measure, starts_on=START, due_on=due_on)
    for day, value in case.entries:
        await enters(diary, goal_id, case.measure, value, at=noon(START + timedelta(days=day)))
    after = noon(due_on + timedelta(days=1))
    await swept(site, diary, after, {"missed": 1}, {"offered": 1})
    return diary, goal_id, after


async def enters(
    diary: Diary, goal_id: UUID, measure: Measure, value: float, *, at: datetime
) -> None:
    if isinstance(measure, Score):
        await diary.scored(value, at=at, instrument=measure.instrument)
    elif isinstance(measure, Frequency) and measure.source == "mood_entries":
        await diary.felt(5, at=at)
    else:
        await diary.did(goal_id, at=at, amount=value)


async def swept(
    site: Site, diary: Diary, now: datetime, deadlines: dict[str, int], suggestions: dict[str, int]
) -> None:
    await site.project(diary)
    assert await sweep_deadlines(site, now) == deadlines
    await site.project(diary)
    assert await sweep_suggestions(site, now) == suggestions
    await site.project(diary)


async def said(diary: Diary, kind: type[Any]) -> list[Any]:
    return [one.event for one in await diary.log() if isinstance(one.event, kind)]


@pytest.mark.parametrize("name", CASES)
async def test_each_measure_has_its_ways_on(site, name):
    diary, _, _ = await missed(site, CASES[name])
    _, replan = await said(diary, SuggestionOffered)
    assert [option.way for option in replan.options] == CASES[name].ways


@pytest.mark.parametrize(("name", "option"), WAYS)
async def test_each_way_on_revises_the_goal_and_waits_for_the_new_date(site, name, option):
    diary, _, after = await missed(site, CASES[name])
    _, replan = await said(diary, SuggestionOffered)
    outcome = await diary.accept(replan.suggestion_id, now=after, option=option)
    proposal = replan.options[option].proposal
    (revised,) = await said(diary, GoalDeadlineRevised)
    assert revised.due_on == proposal.due_on
    if isinstance(proposal, NewTarget):
        (aimed,) = await said(diary, GoalTargetRevised)
        assert aimed.measure == proposal.measure
    # The revision and the acceptance are one append.
    kept = {type(event).__name__ for event in outcome.appended}
    assert {"GoalDeadlineRevised", "SuggestionAccepted"} <= kept
    # The reframing fits no longer; nothing is due before the new date. A rate that has fallen since
    # its last entry may trail the new line at once.
    falls = isinstance(CASES[name].measure, RelativeFrequency) and option == 0
    await swept(site, diary, after, {"at_risk": 1} if falls else {}, {"withdrawn": 1})
    on_the_day = noon(proposal.due_on)
    risk = await sweep_deadlines(site, on_the_day)
    assert set(risk) <= {"at_risk"}
    await site.project(diary)
    assert await sweep_suggestions(site, on_the_day) == {}
    # When it passes as well, that is a new occasion, with suggestions of its own.
    later = noon(proposal.due_on + timedelta(days=1))
    await swept(site, diary, later, {"missed": 1}, {"offered": 1})
    offers = await said(diary, SuggestionOffered)
    assert len({one.suggestion_id for one in offers}) == len(offers) == 4


async def test_a_goal_has_one_open_suggestion_of_a_kind_for_one_cause(site):
    diary, goal_id, after = await missed(site, CASES["times a week"])
    for days in range(1, 4):
        await swept(site, diary, after + timedelta(days=days), {}, {})
    # What was done after the date is news, and makes nothing untrue that was said of it.
    await diary.did(goal_id, at=after)
    await swept(site, diary, after + timedelta(days=4), {}, {})
    offers = await said(diary, SuggestionOffered)
    assert [one.kind for one in offers] == ["reframing", "replan"]


async def test_what_was_taken_is_what_the_client_reads(site):
    diary, _, after = await missed(site, CASES["times a week"])
    _, replan = await said(diary, SuggestionOffered)
    await diary.accept(replan.suggestion_id, now=after, option=1)
    await diary.releases(replan.suggestion_id, now=after)
    (released,) = await said(diary, SuggestionReleased)
    assert released.sentences == (*replan.sentences, replan.options[1].words)


async def test_a_deadline_that_followed_its_session_withdraws_what_was_suggested(site):
    diary = await site.diary()
    started = noon(START)
    session_id = await diary.meets(noon(START + timedelta(days=20)), now=started)
    goal_id = await diary.goal(
        Count(amount=5),
        starts_on=START,
        due_on=START + timedelta(days=20),
        due_session_id=session_id,
    )
    await diary.did(goal_id, at=noon(START + timedelta(days=2)))
    after = noon(START + timedelta(days=21))
    await swept(site, diary, after, {"missed": 1}, {"offered": 1})
    await diary.meets_at(session_id, noon(START + timedelta(days=30)), now=after)
    await site.project(diary)
    assert (await sweep_sessions(site, after)).get("followed") == 1
    await site.project(diary)
    assert await sweep_suggestions(site, after) == {"withdrawn": 1}

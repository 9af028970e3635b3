"""Ordinary values, named once: who Anna is, what she set out to do, and which day it is."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import msgspec

from events.assessment import AssessmentScored
from events.check_in import CheckInLogged
from events.client import ClientEnrolled
from events.goal import GoalAgreed, GoalEvent, GoalSet
from events.goal_commands import SetGoal
from events.measure import (
    Count,
    Frequency,
    Progress,
    RelativeFrequency,
    Score,
    TargetPercent,
    TargetValue,
)
from events.mood import MoodLogged
from events.practice import PracticeOpened
from events.suggestion import Evidence, NewDeadline, NewTarget, Option, SuggestionOffered

PRACTICE = UUID("0198a000-0000-7000-8000-000000000001")
ANNA = UUID("0198a000-0000-7000-8000-00000000000a")
WALK = UUID("0198a000-0000-7000-8000-000000000010")
SWIM = UUID("0198a000-0000-7000-8000-000000000011")
ENTRY = UUID("0198a000-0000-7000-8000-000000000020")
DRAFT = UUID("0198a000-0000-7000-8000-000000000030")

MONDAY = date(2026, 3, 2)
FRIDAY = date(2026, 3, 6)
NEXT_FRIDAY = date(2026, 3, 13)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # On Monday.
AFTER_FRIDAY = datetime(2026, 3, 7, 12, tzinfo=UTC)
THIS_MORNING = datetime(2026, 3, 2, 7, 30, tzinfo=timezone(timedelta(hours=1)))
ZURICH = "Europe/Zurich"
KIRITIMATI = "Pacific/Kiritimati"  # The first to see a day, 14 hours ahead of UTC.
LOS_ANGELES = "America/Los_Angeles"

THREE_TIMES_A_WEEK = Frequency(amount=3.0, unit="times", per="week")
DAILY = Frequency(amount=1.0, unit="times", per="day")
A_MOOD_A_DAY = Frequency(amount=1.0, unit="times", per="day", source="mood_entries")
A_QUARTER_MORE = RelativeFrequency(
    percent=25.0, unit="times", per="week", baseline_from_on=date(2026, 2, 16)
)
FIVE_TRIGGERS = Count(amount=5.0)
HALF_THE_BDI = Score(instrument="bdi2", baseline=24.0, target=TargetPercent(percent=-50.0))
PHQ_UNDER_TEN = Score(instrument="phq9", baseline=16.0, target=TargetValue(value=9.0))
NOT_YET = Progress(fraction=0.4, unclamped=0.4, latest=2.0, entries=2, periods_met=2, periods=5)
ALL_OF_IT = Progress(fraction=1.0, unclamped=1.2, latest=6.0, entries=6, periods_met=5, periods=5)

change = msgspec.structs.replace


def practice_opened(**changes: Any) -> PracticeOpened:
    opened = PracticeOpened(
        practice_id=PRACTICE, name="Elm Street", zone=ZURICH, country="CH", language="de"
    )
    return change(opened, **changes)


def client_enrolled(**changes: Any) -> ClientEnrolled:
    enrolled = ClientEnrolled(client_id=ANNA, display_name="Anna", zone=ZURICH, language="de-CH")
    return change(enrolled, **changes)


def goal_set(**changes: Any) -> GoalSet:
    """A proposal made on Monday: to walk, once a day until Friday."""
    proposed = GoalSet(
        goal_id=WALK,
        client_id=ANNA,
        statement="Walk around the lake",
        measure=DAILY,
        achievability=7,
        why="I sleep better after it",
        starts_on=MONDAY,
        due_on=FRIDAY,
        zone=ZURICH,
        review_every_days=14,
    )
    return change(proposed, **changes)


def set_goal(**changes: Any) -> SetGoal:
    """The command that goal_set() follows from."""
    command = SetGoal(
        goal_id=WALK,
        now=NOON,
        client_id=ANNA,
        statement="Walk around the lake",
        measure=DAILY,
        achievability=7,
        why="I sleep better after it",
        due_on=FRIDAY,
        zone=ZURICH,
    )
    return change(command, **changes)


AGREED = (
    GoalAgreed(goal_id=WALK, party="clinician"),
    GoalAgreed(goal_id=WALK, party="client"),
)


def goal_active(**changes: Any) -> tuple[GoalEvent, ...]:
    """A goal that both have agreed to."""
    return (goal_set(**changes), *AGREED)


def mood_logged(**changes: Any) -> MoodLogged:
    logged = MoodLogged(
        mood_id=ENTRY,
        client_id=ANNA,
        rating=4,
        occurred_at=THIS_MORNING,
        note="slept badly",
        tags=("sleep",),
    )
    return change(logged, **changes)


def check_in_logged(**changes: Any) -> CheckInLogged:
    logged = CheckInLogged(
        check_in_id=ENTRY,
        client_id=ANNA,
        goal_id=WALK,
        amount=1.0,
        occurred_at=THIS_MORNING,
        note="with Ida",
    )
    return change(logged, **changes)


def assessment_scored(**changes: Any) -> AssessmentScored:
    scored = AssessmentScored(
        assessment_id=ENTRY,
        client_id=ANNA,
        instrument="phq9",
        total=12.0,
        occurred_at=THIS_MORNING,
        answers=(2, 2, 1, 2, 1, 2, 1, 1, 0),
        note="on paper",
    )
    return change(scored, **changes)


MORE_TIME = Option(proposal=NewDeadline(due_on=NEXT_FRIDAY), words="Take another week.")
A_SMALLER_STEP = Option(
    proposal=NewTarget(measure=change(DAILY, reserve=2)),
    words="Keep two days in reserve.",
    arithmetic="5 days less 2",
)
EVIDENCE = Evidence(
    position=12,
    positions=(8, 10),
    progress=NOT_YET,
    numbers={"done": 2.0, "asked": 5.0},
    formula="done / asked",
)


def suggestion_offered(**changes: Any) -> SuggestionOffered:
    """A replan with two options; reframing_offered() has none."""
    offered = SuggestionOffered(
        suggestion_id=DRAFT,
        goal_id=WALK,
        client_id=ANNA,
        kind="replan",
        due_on=FRIDAY,
        language="en",
        sentences=("The date we set has passed.", "There are two ways on."),
        options=(MORE_TIME, A_SMALLER_STEP),
        evidence=EVIDENCE,
    )
    return change(offered, **changes)


def reframing_offered(**changes: Any) -> SuggestionOffered:
    return suggestion_offered(**{"kind": "reframing", "options": (), **changes})

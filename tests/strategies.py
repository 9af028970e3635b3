"""How to draw commands. Facts are never drawn: what is tested is what commands can lead to.

Days, words and numbers come from small stocks, so that commands meet each other: the same deadline
twice, a correction back to what was there. `now` is left at NOON for the law to set.
"""

from datetime import timedelta, timezone
from functools import cache
from typing import Any, get_args
from uuid import UUID

from hypothesis import strategies as st

from events import instruments
from events.assessment import CorrectAssessment, ScoreAssessment, WithdrawAssessment
from events.check_in import CorrectCheckIn, LogCheckIn, WithdrawCheckIn
from events.goal import CloseReason
from events.goal_commands import (
    AgreeGoal,
    CloseGoal,
    FollowSession,
    NoticeDeadline,
    NoticeRisk,
    NoticeTargetMet,
    PauseGoal,
    RateLevel,
    ReachGoal,
    ReopenGoal,
    ReplaceGoal,
    ResumeGoal,
    ReviseDeadline,
    ReviseStatement,
    ReviseTarget,
    SetGoal,
    SetScale,
    TakeRest,
    WithdrawRest,
)
from events.measure import (
    Count,
    Frequency,
    Milestone,
    Progress,
    RelativeFrequency,
    Score,
    TargetBand,
    TargetPercent,
    TargetValue,
)
from events.mood import CorrectMood, LogMood, WithdrawMood
from events.suggestion import (
    AcceptSuggestion,
    DismissSuggestion,
    EditSuggestion,
    OfferSuggestion,
    ReleaseSuggestion,
    WithdrawSuggestion,
)
from tests.controls import (
    A_SMALLER_STEP,
    ALL_OF_IT,
    ANNA,
    DRAFT,
    ENTRY,
    EVIDENCE,
    FRIDAY,
    KIRITIMATI,
    LOS_ANGELES,
    MONDAY,
    MORE_TIME,
    NOON,
    NOT_YET,
    SWIM,
    WALK,
    ZURICH,
)

Commands = st.SearchStrategy[Any]

SESSIONS = (UUID(int=0x5E55), UUID(int=0x5E56))

days = st.integers(-5, 40).map(lambda n: MONDAY + timedelta(days=n))
words = st.sampled_from(["Walk", "Swim", "Sleep"])
notes = st.sampled_from(["", "with Ida", "in the rain"])
consent = st.booleans()
zones = st.sampled_from([ZURICH, KIRITIMATI, LOS_ANGELES])
offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))

amounts = st.sampled_from([0.01, 0.1, 0.5, 1.0, 3.0, 30.0, 1440.0]) | st.floats(0.01, 1440)
frequencies = st.builds(
    Frequency,
    amount=amounts,
    unit=st.sampled_from(["times", "minutes"]),
    per=st.sampled_from(["day", "week"]),
    reserve=st.integers(0, 6),
    baseline=st.sampled_from([0.0, 2.5]),
    source=st.sampled_from(["check_ins", "check_ins", "check_ins", "mood_entries"]),
    minimum=st.none() | st.none() | amounts,
    minimum_credit=st.sampled_from([0.0, 0.25, 0.5, 1.0]),
)
increases = st.builds(
    RelativeFrequency,
    percent=st.sampled_from([1.0, 25.0, 100.0]) | st.floats(1, 1000),
    unit=st.sampled_from(["times", "minutes"]),
    per=st.sampled_from(["day", "week"]),
    baseline=st.none() | st.sampled_from([0.0, 0.5, 2.5, 1440.0]),
    baseline_from_on=st.none() | st.integers(-30, 3).map(lambda n: MONDAY + timedelta(days=n)),
    over_periods=st.integers(1, 3),
)
counts = st.builds(Count, amount=amounts, unit=st.sampled_from(["times", "minutes"]))
milestones = st.builds(Milestone)


@cache
def points(instrument: str) -> st.SearchStrategy[float]:
    """The totals that an instrument can give, PROMIS by tenths and WHO-5 by fours."""
    of = instruments.named(instrument)
    steps = round((of.maximum - of.minimum) / of.step)
    return st.integers(0, steps).map(lambda n: round(of.minimum + n * of.step, 6))


@cache
def scores_of(instrument: str) -> st.SearchStrategy[Score]:
    """Sound or not."""
    targets: Commands = st.builds(TargetValue, value=points(instrument)) | st.builds(
        TargetPercent, percent=st.integers(-100, 300).map(float) | st.floats(-100, 1000)
    )
    bands = [band.id for band in instruments.named(instrument).bands]
    targets |= st.builds(TargetBand, band=st.sampled_from([*bands, "non_clinical", "better"]))
    return st.builds(
        Score, instrument=st.just(instrument), baseline=points(instrument), target=targets
    )


instrument_ids = st.sampled_from(list(instruments.known()))
scores = instrument_ids.flatmap(scores_of)
measures = st.one_of(frequencies, scores, increases, counts, milestones)
progress = st.sampled_from([Progress(), Progress(unclamped=-1.5, entries=1), NOT_YET, ALL_OF_IT])

OF_GOAL = {"goal_id": st.just(WALK), "now": st.just(NOON)}
set_goals: Commands = st.builds(
    SetGoal,
    **OF_GOAL,
    client_id=st.just(ANNA),
    statement=words,
    measure=measures,
    achievability=st.integers(0, 10),
    why=words,
    due_on=days,
    zone=zones,
    starts_on=st.none() | days,
    review_every_days=st.integers(1, 30),
    due_session_id=st.none() | st.sampled_from(SESSIONS),
)
agreements: Commands = st.builds(
    AgreeGoal, **OF_GOAL, parties=st.frozensets(st.sampled_from(["clinician", "client"]))
)
revisions: Commands = st.one_of(
    st.builds(ReviseStatement, **OF_GOAL, statement=words, reason=words, client_agreed=consent),
    st.builds(ReviseTarget, **OF_GOAL, measure=measures, reason=words, client_agreed=consent),
    st.builds(ReviseDeadline, **OF_GOAL, due_on=days, reason=words, client_agreed=consent),
)
pauses: Commands = st.builds(PauseGoal, **OF_GOAL, reason=notes) | st.builds(
    ResumeGoal, **OF_GOAL, reason=notes
)
rests: Commands = st.builds(TakeRest, **OF_GOAL, on=days, reason=words) | st.builds(
    WithdrawRest, **OF_GOAL, on=days
)
attainments: Commands = st.one_of(
    st.builds(
        SetScale,
        **OF_GOAL,
        levels=st.tuples(*[words] * 5),
        weight=st.sampled_from([1.0, 2.5, 10.0]),
        baseline_level=st.integers(-2, 0),
    ),
    st.builds(RateLevel, **OF_GOAL, level=st.integers(-2, 2), on=st.none() | days, note=notes),
)
LOOKED_AT = {"progress": progress, "evidence_position": st.just(9)}
NOTICED = {"due_on": days, **LOOKED_AT}
notices: Commands = st.one_of(
    st.builds(NoticeDeadline, **OF_GOAL, **NOTICED),
    st.builds(NoticeRisk, **OF_GOAL, **NOTICED),
    st.builds(FollowSession, **OF_GOAL, session_id=st.sampled_from(SESSIONS), due_on=days),
)
# By these a goal is over, where it is one that is reached once it is done.
arrivals: Commands = st.builds(NoticeTargetMet, **OF_GOAL, **LOOKED_AT)
endings: Commands = st.one_of(
    st.builds(ReachGoal, **OF_GOAL, note=notes),
    st.builds(CloseGoal, **OF_GOAL, reason=st.sampled_from(get_args(CloseReason)), note=notes),
    st.builds(
        ReopenGoal,
        **OF_GOAL,
        reason=words,
        due_on=st.none() | days,
        client_agreed=consent,
    ),
    st.builds(ReplaceGoal, **OF_GOAL, by_goal_id=st.sampled_from([WALK, SWIM]), reason=words),
)
goal_commands: Commands = st.one_of(
    set_goals, agreements, revisions, pauses, rests, attainments, notices
)

# Up to an hour ahead, which is refused, and weeks late, which is not.
moments = st.builds(
    lambda minutes, zone: (NOON + timedelta(minutes=minutes)).astimezone(zone),
    st.integers(-40_000, 60) | st.sampled_from([0, 4, 5, 6]),
    offsets,
)
maybe_moments = st.none() | moments
maybe_notes = st.none() | notes
tags = st.sampled_from([(), ("sleep",), ("sleep", "work")])
ratings = st.integers(1, 10)

mood_commands: Commands = st.one_of(
    st.builds(
        LogMood,
        mood_id=st.just(ENTRY),
        client_id=st.just(ANNA),
        rating=ratings,
        occurred_at=moments,
        now=st.just(NOON),
        note=notes,
        tags=tags,
    ),
    st.builds(
        CorrectMood,
        mood_id=st.just(ENTRY),
        now=st.just(NOON),
        rating=st.none() | ratings,
        occurred_at=maybe_moments,
        note=maybe_notes,
        tags=st.none() | tags,
    ),
    st.builds(WithdrawMood, mood_id=st.just(ENTRY), reason=words),
)
check_in_commands: Commands = st.one_of(
    st.builds(
        LogCheckIn,
        check_in_id=st.just(ENTRY),
        client_id=st.just(ANNA),
        goal_id=st.just(WALK),
        amount=amounts,
        occurred_at=moments,
        now=st.just(NOON),
        note=notes,
    ),
    st.builds(
        CorrectCheckIn,
        check_in_id=st.just(ENTRY),
        now=st.just(NOON),
        amount=st.none() | amounts,
        occurred_at=maybe_moments,
        note=maybe_notes,
    ),
    st.builds(WithdrawCheckIn, check_in_id=st.just(ENTRY), reason=words),
)
some_totals = st.sampled_from([None, 0.0, 3.0, 9.0, 27.0, 28.0, 55.3])
some_answers = st.sampled_from(
    [None, (0,) * 9, (1,) * 9, (3,) * 9, (None, *(1,) * 8), (None,) * 8 + (3,), (None,) * 9]
)
difficulties = st.sampled_from([None, 0, 3])
suicide_items = st.sampled_from([None, "not_recorded", 0, 3])
assessment_commands: Commands = st.one_of(
    st.builds(
        ScoreAssessment,
        assessment_id=st.just(ENTRY),
        client_id=st.just(ANNA),
        instrument=st.sampled_from(["phq9", "bdi2", "who5", "promis_depression_t", "phq"]),
        total=some_totals,
        occurred_at=moments,
        now=st.just(NOON),
        answers=some_answers,
        suicide_item=suicide_items,
        difficulty=difficulties,
        note=notes,
    ),
    st.builds(
        CorrectAssessment,
        assessment_id=st.just(ENTRY),
        total=some_totals,
        now=st.just(NOON),
        occurred_at=maybe_moments,
        answers=some_answers,
        suicide_item=suicide_items,
        difficulty=difficulties,
        note=maybe_notes,
    ),
    st.builds(WithdrawAssessment, assessment_id=st.just(ENTRY), reason=words),
)

sentences = st.sampled_from([("So far.",), ("So far.", "Next step."), ("The date has passed.",)])
options = st.sampled_from([(), (MORE_TIME,), (MORE_TIME, A_SMALLER_STEP)])
OF_SUGGESTION = {"suggestion_id": st.just(DRAFT), "now": st.just(NOON)}
offers: Commands = st.builds(
    OfferSuggestion,
    **OF_SUGGESTION,
    client_id=st.just(ANNA),
    goal_id=st.just(WALK),
    kind=st.sampled_from(["reframing", "replan"]),
    due_on=st.just(FRIDAY),
    language=st.just("en"),
    sentences=sentences,
    options=options,
    evidence=st.just(EVIDENCE),
)
suggestion_commands: Commands = st.one_of(
    offers,
    st.builds(
        EditSuggestion,
        **OF_SUGGESTION,
        sentences=st.none() | sentences,
        options=st.none() | options,
    ),
    st.builds(AcceptSuggestion, **OF_SUGGESTION, option=st.none() | st.integers(0, 4)),
    st.builds(DismissSuggestion, **OF_SUGGESTION, reason=notes),
    st.builds(ReleaseSuggestion, **OF_SUGGESTION),
    st.builds(WithdrawSuggestion, **OF_SUGGESTION),
)

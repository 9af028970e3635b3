"""Lives drawn by Hypothesis: what people and workers ask for, decided as the product decides it.

Only what the deciders let happen is in the log, so only histories that can be reached are tested.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from events import (
    assessment,
    check_in,
    client,
    mood,
    suggestion,
)
from events import (
    goal_decisions as goals,
)
from events.decider import Rejected
from events.goal import Stage
from events.measure import Frequency, Progress, Score, TargetPercent, TargetValue
from tests.projections.past import ANNA, BEN, ZONE, Log

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
CLIENTS = (ANNA, BEN)


class Asked(NamedTuple):
    """One thing that somebody asks for: what, of whom or what, with which number, and when."""

    what: str
    which: int
    number: int
    hours: int


DECIDERS: dict[str, Any] = {
    "client": client.decider,
    "goal": goals.decider,
    "mood": mood.decider,
    "check_in": check_in.decider,
    "assessment": assessment.decider,
    "suggestion": suggestion.decider,
}


class Life:
    """Plays what is asked through the deciders and keeps the log."""

    def __init__(self) -> None:
        self.log = Log()
        self.now = START
        self.states: dict[UUID, Any] = {}
        self.ids: dict[str, list[UUID]] = {category: [] for category in DECIDERS}
        self.owner: dict[UUID, UUID] = {}
        for client_id in CLIENTS:
            self.decide("client", client_id, client_id, client.EnrolClient(
                client_id=client_id, display_name="Anna", zone=ZONE, language="de"
            ))  # fmt: skip

    def decide(self, category: str, stream_id: UUID, client_id: UUID, command: Any) -> None:
        decider = DECIDERS[category]
        state = self.states.get(stream_id, decider.initial)
        try:
            events = list(decider.decide(state, command))
        except Rejected:
            return
        if not events:
            return
        if stream_id not in self.states:
            self.ids[category].append(stream_id)
            self.owner[stream_id] = client_id
        for event in events:
            state = decider.evolve(state, event)
        self.states[stream_id] = state
        self.log.add(*events, at=self.now)

    def new_id(self, category: str) -> UUID:
        nth = len(self.states)
        return UUID(int=(list(DECIDERS).index(category) + 1) << 64 | nth)

    def known(self, category: str, which: int) -> UUID | None:
        ids = self.ids[category]
        return ids[which % len(ids)] if ids else None

    def play(self, asked: Asked) -> None:
        self.now += timedelta(hours=asked.hours)
        category, verb = asked.what.split(".")
        if verb == "begin":
            stream_id = self.new_id(category)
            client_id = CLIENTS[asked.which % 2]
        else:
            found = self.known(category, asked.which)
            if found is None:
                return
            stream_id, client_id = found, self.owner[found]
        for command in COMMANDS[asked.what](self, stream_id, client_id, asked):
            self.decide(category, stream_id, client_id, command)

    def earlier(self, asked: Asked) -> datetime:
        """When an entry was true: some hours before it is recorded."""
        return self.now - timedelta(hours=asked.number * 3)


def play(everything: Sequence[Asked]) -> Log:
    life = Life()
    for asked in everything:
        life.play(asked)
    return life.log


def measure(number: int) -> Score | Frequency:
    if number % 3 == 0:
        return Score(instrument="phq9", baseline=18, target=TargetPercent(percent=-50))
    if number % 3 == 1:
        return Score(instrument="bdi2", baseline=24 + number, target=TargetValue(value=12))
    return Frequency(amount=20 + number, unit="minutes", per="week" if number % 2 else "day")


def progress(number: int) -> Progress:
    return Progress(fraction=min(1.0, number / 20), unclamped=number / 20, entries=1)


Make = Callable[[Life, UUID, UUID, Asked], list[Any]]


def begin_goal(life: Life, goal_id: UUID, client_id: UUID, asked: Asked) -> list[Any]:
    parties: tuple[Any, ...] = ("clinician", "client")[: asked.number % 4]
    return [
        goals.SetGoal(
            goal_id=goal_id, now=life.now, client_id=client_id, statement="Walk",
            measure=measure(asked.number), achievability=5, why="the river", zone=ZONE,
            starts_on=life.now.date() - timedelta(days=asked.which),
            due_on=life.now.date() + timedelta(days=5 + asked.number),
        ),
        goals.AgreeGoal(goal_id=goal_id, now=life.now, parties=frozenset(parties)),
    ]  # fmt: skip


def change_goal(life: Life, goal_id: UUID, _: UUID, asked: Asked) -> list[Any]:
    due_on = life.now.date() + timedelta(days=asked.number)
    said: dict[str, Any] = {"goal_id": goal_id, "now": life.now}
    why: dict[str, Any] = {**said, "reason": "so", "client_agreed": True}
    noticed: dict[str, Any] = {
        **said,
        "due_on": life.states[goal_id].due_on,
        "progress": progress(asked.number),
        "evidence_position": len(life.log.kept),
    }
    choices: tuple[Any, ...] = (
        goals.AgreeGoal(**said, parties=frozenset({"clinician", "client"})),
        goals.ReviseDeadline(**why, due_on=due_on),
        goals.ReviseTarget(**why, measure=measure(asked.number)),
        goals.ReviseStatement(**why, statement=f"Walk {asked.number}"),
        goals.NoticeDeadline(**noticed),
        goals.NoticeRisk(**noticed),
        goals.PauseGoal(**said),
        goals.ResumeGoal(**said),
        goals.NoticeDeadline(**noticed),
        goals.ReachGoal(**said) if asked.number == 30 else goals.PauseGoal(**said),
        goals.CloseGoal(**said, reason="other") if asked.number == 30 else goals.ResumeGoal(**said),
        goals.AgreeGoal(**said, parties=frozenset({"clinician", "client"})),
    )
    return [choices[asked.number % len(choices)]]


def begin_mood(life: Life, mood_id: UUID, client_id: UUID, asked: Asked) -> list[Any]:
    return [
        mood.LogMood(
            mood_id=mood_id, client_id=client_id, rating=1 + asked.number % 10,
            occurred_at=life.earlier(asked), now=life.now,
        )
    ]  # fmt: skip


def change_mood(life: Life, mood_id: UUID, _: UUID, asked: Asked) -> list[Any]:
    if asked.number % 3 == 0:
        return [mood.WithdrawMood(mood_id=mood_id, reason="not mine")]
    rating = 1 + asked.number % 10
    return [
        mood.CorrectMood(
            mood_id=mood_id, now=life.now, rating=rating, occurred_at=life.earlier(asked)
        )
    ]


def begin_check_in(life: Life, check_in_id: UUID, client_id: UUID, asked: Asked) -> list[Any]:
    mine = [one for one in life.ids["goal"] if life.owner[one] == client_id]
    return [
        check_in.LogCheckIn(
            check_in_id=check_in_id, client_id=client_id, goal_id=goal_id,
            amount=1 + asked.number, occurred_at=life.earlier(asked), now=life.now,
        )
        for goal_id in mine[:1]
    ]  # fmt: skip


def change_check_in(life: Life, check_in_id: UUID, _: UUID, asked: Asked) -> list[Any]:
    if asked.number % 3 == 0:
        return [check_in.WithdrawCheckIn(check_in_id=check_in_id, reason="not mine")]
    return [
        check_in.CorrectCheckIn(
            check_in_id=check_in_id, now=life.now, amount=1 + asked.number,
            occurred_at=life.earlier(asked),
        )
    ]  # fmt: skip


def begin_assessment(life: Life, assessment_id: UUID, client_id: UUID, asked: Asked) -> list[Any]:
    return [
        assessment.ScoreAssessment(
            assessment_id=assessment_id, client_id=client_id,
            instrument="bdi2" if asked.which % 2 else "phq9", total=asked.number % 28,
            occurred_at=life.earlier(asked), now=life.now,
        )
    ]  # fmt: skip


def change_assessment(life: Life, assessment_id: UUID, _: UUID, asked: Asked) -> list[Any]:
    if asked.number % 3 == 0:
        return [assessment.WithdrawAssessment(assessment_id=assessment_id, reason="not mine")]
    return [
        assessment.CorrectAssessment(
            assessment_id=assessment_id, total=asked.number % 28, now=life.now,
            occurred_at=life.earlier(asked),
        )
    ]  # fmt: skip


def begin_suggestion(life: Life, suggestion_id: UUID, client_id: UUID, asked: Asked) -> list[Any]:
    mine = [
        one
        for one in life.ids["goal"]
        if life.owner[one] == client_id and life.states[one].stage is Stage.ACTIVE
    ]
    return [
        suggestion.OfferSuggestion(
            suggestion_id=suggestion_id, now=life.now, client_id=client_id, goal_id=goal_id,
            kind="replan" if asked.number % 2 else "reframing",
            due_on=life.states[goal_id].due_on, language="en", sentences=("It has passed.",),
            options=(),
            evidence=suggestion.Evidence(
                position=max(1, len(life.log.kept) - asked.number % 3), positions=(),
                progress=progress(asked.number), numbers={"n": 1.5}, formula="n",
            ),
        )
        for goal_id in mine[:1]
    ]  # fmt: skip


def change_suggestion(life: Life, suggestion_id: UUID, _: UUID, asked: Asked) -> list[Any]:
    said: dict[str, Any] = {"suggestion_id": suggestion_id, "now": life.now}
    choices: tuple[Any, ...] = (
        suggestion.EditSuggestion(**said, sentences=(f"In {asked.number} days.",)),
        suggestion.AcceptSuggestion(**said),
        suggestion.DismissSuggestion(**said),
        suggestion.ReleaseSuggestion(**said),
        suggestion.WithdrawSuggestion(**said),
    )
    return [choices[asked.number % len(choices)]]


def change_client(life: Life, client_id: UUID, _: UUID, asked: Asked) -> list[Any]:
    if asked.number == 30:
        return [client.DischargeClient(client_id=client_id)]
    name = f"Anna {asked.number}"
    return [client.ChangeClientDetails(client_id=client_id, display_name=name)]


COMMANDS: dict[str, Make] = {
    "goal.begin": begin_goal,
    "goal.change": change_goal,
    "mood.begin": begin_mood,
    "mood.change": change_mood,
    "check_in.begin": begin_check_in,
    "check_in.change": change_check_in,
    "assessment.begin": begin_assessment,
    "assessment.change": change_assessment,
    "suggestion.begin": begin_suggestion,
    "suggestion.change": change_suggestion,
    "client.change": change_client,
}

asked = st.builds(
    Asked,
    what=st.sampled_from(
        [*COMMANDS, "goal.change", "goal.change", "check_in.begin", "assessment.begin"]
    ),
    which=st.integers(0, 5),
    number=st.integers(0, 30),
    hours=st.integers(0, 36),
)
# Each client has an agreed goal to begin with, one of days and one of scores.
BEGINNING = (Asked("goal.begin", 0, 26, 0), Asked("goal.begin", 1, 27, 0))
lives = st.lists(asked, min_size=40, max_size=80).map(lambda later: play((*BEGINNING, *later)))
ENTRIES = frozenset({"mood", "check_in", "assessment"})

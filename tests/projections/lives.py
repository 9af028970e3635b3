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
    goal_decisions,
    mood,
    safety_flag,
    session,
    suggestion,
)
from events import (
    goal_commands as goals,
)
from events import (
    safety_flag_decisions as flags,
)
from events.aggregate import Aggregate
from events.goal import Stage
from events.measure import fed_by_moods
from events.practice_choices import Duty, DutyPerson
from events.refusals import Rejected
from events.safety_flag_decisions import WATCHED_FLAGS
from tests.ids import flags_id, raised_id
from tests.projections.aims import measure, progress
from tests.projections.meetings import begin_session, change_session, follow_session, some_session
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
    "client": client.CLIENT,
    "goal": goal_decisions.GOAL,
    "mood": mood.MOOD,
    "check_in": check_in.CHECK_IN,
    "assessment": assessment.ASSESSMENT,
    "suggestion": suggestion.SUGGESTION,
    "session": session.SESSION,
    "safety_flag": Aggregate(
        category=WATCHED_FLAGS.category,
        initial=safety_flag.SafetyFlags(),
        evolve=safety_flag.evolve,
        decide=lambda state, command: (
            flags.watch(state, command)
            if isinstance(command, flags.WatchCommand)
            else flags.decide(state, command)
        ),
    ),
}
DUTY = Duty(people=tuple(DutyPerson(subject=one, name=one) for one in ("ida", "ben")))


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
        if category == assessment.ASSESSMENT.category:
            self.raise_flag(stream_id, client_id, events[-1])

    def raise_flag(self, assessment_id: UUID, client_id: UUID, form: Any) -> None:
        """As the product does: an endorsed safety item raises a flag with its form."""
        found = assessment.endorsed(form)
        if found is not None:
            self.decide("safety_flag", flags_id(client_id), client_id,
                flags.RaiseSafetyFlag(
                    flag_id=raised_id(assessment_id, len(self.log.kept)),
                    client_id=client_id, assessment_id=assessment_id, instrument=form.instrument,
                    item=found.item, answer=found.answer, now=self.now,
                    duty=DUTY if found.answer % 2 else Duty(),
                ))  # fmt: skip

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


Make = Callable[[Life, UUID, UUID, Asked], list[Any]]


def begin_goal(life: Life, goal_id: UUID, client_id: UUID, asked: Asked) -> list[Any]:
    parties: tuple[Any, ...] = ("clinician", "client")[: asked.number % 4]
    fed = fed_by_moods(measure(asked.number))
    return [
        goals.SetGoal(
            goal_id=goal_id, now=life.now, client_id=client_id, statement="Walk",
            measure=measure(asked.number), achievability=5, why="the river", zone=ZONE,
            starts_on=life.now.date() - timedelta(days=0 if fed else asked.which),
            due_on=life.now.date() + timedelta(days=5 + asked.number),
            due_session_id=some_session(life, client_id, asked),
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
        goals.SetScale(**said, levels=("a", "b", "c", "d", "e"), weight=1 + asked.number % 3),
        goals.RateLevel(**said, level=asked.number % 5 - 2),
        goals.TakeRest(**said, on=due_on, reason="so"),
        goals.WithdrawRest(**said, on=due_on),
        goals.ReopenGoal(**said, reason="not yet", due_on=due_on),
        goals.NoticeTargetMet(**said, progress=progress(asked.number), evidence_position=1),
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
    instrument = "bdi2" if asked.which % 2 else "phq9"
    return [
        assessment.ScoreAssessment(
            assessment_id=assessment_id, client_id=client_id,
            occurred_at=life.earlier(asked), now=life.now,
            instrument=instrument, **filled_in(instrument, asked.number),
        )
    ]  # fmt: skip


def filled_in(instrument: str, number: int) -> dict[str, Any]:
    """A form's total or its answers; one in five is left incomplete."""
    if instrument == "bdi2":
        return {"total": number % 28, "suicide_item": number % 4}
    if number % 5 == 0:
        return {"answers": (None, *[number % 4] * 7, 1 if number % 2 else None)}
    return {"total": number % 28, "suicide_item": 0}


def change_assessment(life: Life, assessment_id: UUID, _: UUID, asked: Asked) -> list[Any]:
    if asked.number % 3 == 0:
        return [assessment.WithdrawAssessment(assessment_id=assessment_id, reason="not mine")]
    return [
        assessment.CorrectAssessment(
            assessment_id=assessment_id, now=life.now, occurred_at=life.earlier(asked),
            **filled_in(life.states[assessment_id].instrument, asked.number),
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


def change_flag(life: Life, stream_id: UUID, _: UUID, asked: Asked) -> list[Any]:
    raised = list(life.states[stream_id].flags)
    flag_id = raised[asked.number % len(raised)]
    choices: tuple[Any, ...] = (
        flags.EscalateSafetyFlag(flag_id=flag_id, duty=DUTY, now=life.now),
        flags.AcknowledgeSafetyFlag(flag_id=flag_id),
        flags.ActOnSafetyFlag(flag_id=flag_id, action=f"Called, {asked.number}"),
        flags.CloseSafetyFlag(flag_id=flag_id, reason="We met", outcome="A plan is agreed"),
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
    "goal.follow": follow_session,
    "mood.begin": begin_mood,
    "mood.change": change_mood,
    "check_in.begin": begin_check_in,
    "check_in.change": change_check_in,
    "assessment.begin": begin_assessment,
    "assessment.change": change_assessment,
    "suggestion.begin": begin_suggestion,
    "suggestion.change": change_suggestion,
    "session.begin": begin_session,
    "session.change": change_session,
    "safety_flag.change": change_flag,
    "client.change": change_client,
}

asked = st.builds(
    Asked,
    what=st.sampled_from(
        [
            *(*COMMANDS, "goal.change", "goal.change", "goal.follow"),
            *("check_in.begin", "assessment.begin", "session.begin"),
        ]
    ),
    which=st.integers(0, 5),
    number=st.integers(0, 30),
    hours=st.integers(0, 36),
)
# Each client has an agreed goal to begin with, one of days and one of scores; and Anna's moods
# count for another.
BEGINNING = (
    Asked("goal.begin", 0, 26, 0),
    Asked("goal.begin", 1, 27, 0),
    Asked("goal.begin", 0, 14, 0),
)
lives = st.lists(asked, min_size=40, max_size=80).map(lambda later: play((*BEGINNING, *later)))
ENTRIES = frozenset({"mood", "check_in", "assessment"})

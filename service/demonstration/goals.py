"""What becomes of the goals in the demonstration: set, agreed, revised, paused, replaced, ended."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any, assert_never
from uuid import UUID

from events import client, goal_decisions
from events.client import EnrolClient
from events.goal_decisions import (
    AgreeGoal,
    CloseGoal,
    PauseGoal,
    ReachGoal,
    ReplaceGoal,
    ReviseDeadline,
    ReviseTarget,
    SetGoal,
)
from service.demonstration import entries
from service.demonstration.deeds import CLINICIAN_ACTOR, Decided, Deed, Life, Swapped
from service.demonstration.plan import (
    ChangeTarget,
    Close,
    Goal,
    LetRead,
    MoveDeadline,
    Pause,
    Reach,
    Replace,
    Reshape,
    Take,
)

ENROLLED, SET, TALKED_OVER, AGREED = time(6, 30), time(10), time(11), time(12)


def diary(life: Life) -> list[Deed]:
    """All that one person and their clinician do, ordered by its moments."""
    person = life.person
    enrol = EnrolClient(
        client_id=life.client_id,
        display_name=person.name,
        zone=person.zone,
        language=person.language,
    )
    at = life.at(person.enrolled, ENROLLED)
    done: list[Deed] = [life.issued(client.decider, client.CATEGORY, life.client_id, enrol, at=at)]
    done += entries.moods(life)
    for plan in person.scores:
        done += entries.scores(life, plan)
    for one in person.goals:
        done.append(said(life, goal_id_of(life, one), set_goal(life, one, life.at(one.on, SET))))
        done += course_of(life, one)
    return sorted(done, key=lambda deed: deed.at)


def goal_id_of(life: Life, goal: Goal) -> UUID:
    return life.new_id("goal", goal.key)


def said(life: Life, goal_id: UUID, command: Any) -> Deed:
    return life.issued(
        goal_decisions.decider, goal_decisions.CATEGORY, goal_id, command, at=command.now
    )


def set_goal(life: Life, goal: Goal, now: datetime, *, replaces: UUID | None = None) -> SetGoal:
    return SetGoal(
        goal_id=goal_id_of(life, goal),
        client_id=life.client_id,
        statement=goal.statement,
        measure=goal.measure,
        achievability=goal.achievability,
        why=goal.why,
        due_on=life.day(goal.due),
        zone=life.person.zone,
        review_every_days=goal.review_every_days,
        replaces=replaces,
        now=now,
    )


def course_of(life: Life, goal: Goal) -> Iterator[Deed]:
    """Everything after a goal was set; with the goal that took its place, where one did."""
    goal_id = goal_id_of(life, goal)
    agreed_at = life.at(goal.on, AGREED)
    yield said(life, goal_id, AgreeGoal(goal_id=goal_id, now=agreed_at, parties=goal.agreed_by))
    for plan in goal.check_ins:
        yield from entries.check_ins(life, goal_id, plan)
    for nth, (day, act) in enumerate(goal.acts):
        now = life.at(day, TALKED_OVER) + timedelta(minutes=nth)
        match act:
            case MoveDeadline():
                command: Any = ReviseDeadline(
                    goal_id=goal_id,
                    now=now,
                    due_on=life.day(act.due),
                    reason=act.reason,
                    client_agreed=act.client_agreed,
                )
                yield said(life, goal_id, command)
            case ChangeTarget():
                command = ReviseTarget(
                    goal_id=goal_id,
                    now=now,
                    measure=act.measure,
                    reason=act.reason,
                    client_agreed=act.client_agreed,
                )
                yield said(life, goal_id, command)
            case Pause(reason):
                yield said(life, goal_id, PauseGoal(goal_id=goal_id, now=now, reason=reason))
            case Reach(note):
                yield said(life, goal_id, ReachGoal(goal_id=goal_id, now=now, note=note))
            case Close(reason=why, note=note):
                command = CloseGoal(goal_id=goal_id, now=now, reason=why, note=note)
                yield said(life, goal_id, command)
            case Replace():
                yield swapped(life, goal_id, act, now)
                yield from course_of(life, act.by)
            case Take() | Reshape() | LetRead():
                yield decided(life, goal_id, act, now)
            case _:
                assert_never(act)


def swapped(life: Life, goal_id: UUID, act: Replace, now: datetime) -> Swapped:
    by_id = goal_id_of(life, act.by)
    return Swapped(
        at=now,
        command_id=life.new_command_id(),
        client_id=life.client_id,
        actor=CLINICIAN_ACTOR,
        replace=ReplaceGoal(goal_id=goal_id, by_goal_id=by_id, reason=act.reason, now=now),
        set_goal=set_goal(life, act.by, now, replaces=goal_id),
    )


def decided(life: Life, goal_id: UUID, act: Take | Reshape | LetRead, now: datetime) -> Decided:
    return Decided(
        at=now,
        command_id=life.new_command_id(),
        client_id=life.client_id,
        actor=CLINICIAN_ACTOR,
        goal_id=goal_id,
        act=act,
    )

"""What becomes of the goals in the demonstration: set, agreed, revised, paused, replaced, ended."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any, assert_never
from uuid import UUID

from events.client import CLIENT, EnrolClient
from events.goal_commands import (
    AgreeGoal,
    CloseGoal,
    PauseGoal,
    RateLevel,
    ReachGoal,
    ReplaceGoal,
    ReviseDeadline,
    ReviseTarget,
    SetGoal,
    SetScale,
    TakeRest,
)
from events.goal_decisions import GOAL
from events.templates import built_in, drafted
from service.demonstration import entries, meetings, safety
from service.demonstration.deeds import CLINICIAN_ACTOR, Decided, Deed, Life, Swapped
from service.demonstration.plan import (
    ChangeTarget,
    Close,
    Dismiss,
    Goal,
    LetRead,
    MoveDeadline,
    Pause,
    Rate,
    Reach,
    Replace,
    Reshape,
    Rest,
    SetLevels,
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
        country=person.country,
    )
    at = life.at(person.enrolled, ENROLLED)
    done: list[Deed] = [life.issued(CLIENT, life.client_id, enrol, at=at)]
    done += entries.moods(life)
    for plan in person.scores:
        done += entries.scores(life, plan)
    for forms in person.forms:
        done += entries.forms(life, forms)
    if person.sessions is not None:
        done += meetings.sessions(life, person.sessions)
    done += safety.flag_steps(life)
    for one in person.goals:
        done.append(said(life, goal_id_of(life, one), set_goal(life, one, life.at(one.on, SET))))
        done += course_of(life, one)
    return sorted(done, key=lambda deed: deed.at)


def goal_id_of(life: Life, goal: Goal) -> UUID:
    return life.new_id("goal", goal.key)


def said(life: Life, goal_id: UUID, command: Any) -> Deed:
    return life.issued(GOAL, goal_id, command, at=command.now)


def set_goal(life: Life, goal: Goal, now: datetime, *, replaces: UUID | None = None) -> SetGoal:
    if goal.template is not None:
        return set_goal_from_template(life, goal, goal.template, now)
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


def set_goal_from_template(life: Life, goal: Goal, template_id: str, now: datetime) -> SetGoal:
    draft = drafted(
        built_in()[template_id],
        goal.parameters,
        language=life.person.language,
        today=life.day(goal.on),
    )
    session_id = None
    if draft.by_next_session and goal.by_session is not None:
        session_id = meetings.session_id_of(life, goal.by_session)
    return SetGoal(
        goal_id=goal_id_of(life, goal),
        client_id=life.client_id,
        statement=draft.statement,
        measure=draft.measure,
        achievability=goal.achievability,
        why=goal.why,
        starts_on=draft.starts_on,
        due_on=life.day(goal.due),
        zone=life.person.zone,
        review_every_days=draft.review_every_days,
        due_session_id=session_id,
        template=template_id,
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
            case Rest() | SetLevels() | Rate():
                yield said(life, goal_id, of_its_days(life, goal_id, act, day, now))
            case Reach(note):
                yield said(life, goal_id, ReachGoal(goal_id=goal_id, now=now, note=note))
            case Close(reason=why, note=note):
                command = CloseGoal(goal_id=goal_id, now=now, reason=why, note=note)
                yield said(life, goal_id, command)
            case Replace():
                yield swapped(life, goal_id, act, now)
                yield from course_of(life, act.by)
            case Take() | Reshape() | Dismiss() | LetRead():
                yield decided(life, goal_id, act, now)
            case _:
                assert_never(act)


def of_its_days(
    life: Life, goal_id: UUID, act: Rest | SetLevels | Rate, day: int, now: datetime
) -> TakeRest | SetScale | RateLevel:
    """A day of rest, and what belongs to Goal Attainment Scaling."""
    match act:
        case Rest(reason):
            return TakeRest(goal_id=goal_id, now=now, on=life.day(day), reason=reason)
        case SetLevels():
            return SetScale(goal_id=goal_id, now=now, levels=act.levels, weight=act.weight)
        case Rate():
            return RateLevel(goal_id=goal_id, now=now, level=act.level, note=act.note)
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


def decided(
    life: Life, goal_id: UUID, act: Take | Reshape | Dismiss | LetRead, now: datetime
) -> Decided:
    return Decided(
        at=now,
        command_id=life.new_command_id(),
        client_id=life.client_id,
        actor=CLINICIAN_ACTOR,
        goal_id=goal_id,
        act=act,
    )

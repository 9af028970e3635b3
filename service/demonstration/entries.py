"""What people in the demonstration record: moods, scores and check-ins, late and corrected ones."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from events import instruments
from events.assessment import ASSESSMENT, CorrectAssessment, ScoreAssessment, WithdrawAssessment
from events.check_in import CHECK_IN, CorrectCheckIn, LogCheckIn
from events.mood import MOOD, CorrectMood, LogMood, WithdrawMood
from service.demonstration.deeds import Deed, Issued, Life, Sent, wobble
from service.demonstration.plan import CheckIns, Forms, Scores

AT_THE_PRACTICE = time(9, 30)
EVENING_HOUR = 21
AFTERWARDS = timedelta(hours=12)


def moods(life: Life) -> Iterator[Deed]:
    plan = life.person.moods
    for day in range(plan.begins, plan.ends + 1):
        if any(first <= day <= last for first, last in plan.gaps):
            continue
        yield from one_mood(life, day, life.person.hour)
        if plan.evenings and day % 3 == 0:
            yield from one_mood(life, day, EVENING_HOUR)


def one_mood(life: Life, day: int, hour: int) -> Iterator[Deed]:
    """An entry on a day, entered that day or later, and what was changed about it afterwards."""
    plan, is_usual = life.person.moods, hour == life.person.hour
    mood_id = life.new_id("mood", day, hour)
    clock = time(hour, round(abs(wobble(mood_id)) * 50))
    occurred_at = life.at(day, clock)
    at = life.at(day + plan.late.get(day, 0), clock)

    def said(command: Any, moment: datetime) -> Issued:
        return life.issued(
            MOOD, mood_id, command,
            at=moment, actor=life.own_actor, occurred_at=occurred_at,
        )  # fmt: skip

    logged = LogMood(
        mood_id=mood_id,
        client_id=life.client_id,
        rating=rating(life, day, mood_id),
        occurred_at=occurred_at,
        now=at,
        note=plan.notes.get(day, "") if is_usual else "",
        tags=plan.tags.get(day, ()) if is_usual else (),
    )
    yield said(logged, at)
    later = at + AFTERWARDS
    if day in plan.corrected and is_usual:
        yield said(CorrectMood(mood_id=mood_id, now=later, rating=plan.corrected[day]), later)
    if day in plan.withdrawn and is_usual:
        yield said(WithdrawMood(mood_id=mood_id, reason=plan.withdrawn[day]), later)


def rating(life: Life, day: int, mood_id: UUID) -> int:
    """From 1 to 10, around the line from the first to the last."""
    plan = life.person.moods
    share = (day - plan.begins) / max(1, plan.ends - plan.begins)
    middle = plan.first + (plan.last - plan.first) * share
    return min(10, max(1, round(middle + plan.swing * wobble("rating", mood_id))))


def scores(life: Life, plan: Scores) -> Iterator[Deed]:
    """Totals that the practice has taken over from paper, where nobody endorsed a safety item."""
    asks = instruments.named(plan.instrument).safety_item is not None
    suicide_item = 0 if asks else None
    for day, total in plan.totals.items():
        assessment_id = life.new_id(plan.instrument, day)
        at = life.at(day, AT_THE_PRACTICE)
        scored = ScoreAssessment(
            assessment_id=assessment_id,
            client_id=life.client_id,
            instrument=plan.instrument,
            total=total,
            suicide_item=suicide_item,
            occurred_at=at,
            now=at,
        )
        said: list[tuple[datetime, Any]] = [(at, scored)]
        later = at + AFTERWARDS
        if (right := plan.corrected.get(day)) is not None:
            corrected = CorrectAssessment(
                assessment_id=assessment_id, total=right, suicide_item=suicide_item, now=later
            )
            said.append((later, corrected))
        if (reason := plan.withdrawn.get(day)) is not None:
            said.append((later, WithdrawAssessment(assessment_id=assessment_id, reason=reason)))
        for moment, command in said:
            yield life.issued(
                ASSESSMENT, assessment_id, command,
                at=moment, occurred_at=at,
            )  # fmt: skip


def forms(life: Life, plan: Forms) -> Iterator[Deed]:
    for day, answers in plan.answers.items():
        form_id = form_id_of(life, plan.instrument, day)
        at = sent_at(life, day)
        scored = ScoreAssessment(
            assessment_id=form_id,
            client_id=life.client_id,
            instrument=plan.instrument,
            answers=answers,
            occurred_at=at,
            now=at,
        )
        yield sent(life, scored, at)
        if (anew := plan.corrected.get(day)) is not None:
            later = at + AFTERWARDS
            yield sent(
                life, CorrectAssessment(assessment_id=form_id, answers=anew, now=later), later
            )


def sent_at(life: Life, day: int) -> datetime:
    """When somebody sends a form that they have answered at home."""
    return life.at(day, time(life.person.hour, 10))


def form_id_of(life: Life, instrument: str, day: int) -> UUID:
    return life.new_id(instrument, "form", day)


def sent(life: Life, form: ScoreAssessment | CorrectAssessment, at: datetime) -> Sent:
    stream = ASSESSMENT.stream(life.practice_id, form.assessment_id, client_id=life.client_id)
    return Sent(
        at=at,
        command_id=life.new_command_id(),
        client_id=life.client_id,
        actor=life.own_actor,
        stream=stream,
        form=form,
    )


def check_ins(life: Life, goal_id: UUID, plan: CheckIns) -> Iterator[Deed]:
    for day in plan.days:
        check_in_id = life.new_id("check-in", goal_id, day)
        at = life.at(day, time(life.person.hour, 55))
        logged = LogCheckIn(
            check_in_id=check_in_id,
            client_id=life.client_id,
            goal_id=goal_id,
            amount=plan.amount,
            occurred_at=at,
            now=at,
            note=plan.notes.get(day, ""),
        )
        said: list[tuple[datetime, Any]] = [(at, logged)]
        if (right := plan.corrected.get(day)) is not None:
            later = at + AFTERWARDS
            corrected = CorrectCheckIn(check_in_id=check_in_id, now=later, amount=right)
            said.append((later, corrected))
        for moment, command in said:
            yield life.issued(
                CHECK_IN, check_in_id, command,
                at=moment, actor=life.own_actor, occurred_at=at,
            )  # fmt: skip

"""Recording a form: an endorsed safety item raises its flag in the same append, or nothing is kept.

The flag's id follows from the form, so a form that is sent again finds the flag it has raised.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import msgspec

from events import assessment, instruments, safety_flag, safety_flag_decisions
from events.aggregate import Stream
from events.assessment import (
    ASSESSMENT,
    Assessment,
    AssessmentEvent,
    CorrectAssessment,
    ScoreAssessment,
)
from events.practice_reading import read_practice_stream
from events.record import Cause
from events.safety_flag import SafetyFlagRaised, SafetyFlags
from events.safety_flag_decisions import RaiseSafetyFlag
from events.safety_interlock import (
    read_flags,
    require_somebody_on_duty,
)
from events.store import Admit, EventStore, Outcome, Read
from events.transact import Begins, Decision, step_for, transact


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a form, and the flag that it raised, if it did; a repeat answers the same."""

    outcome: Outcome
    flag: SafetyFlagRaised | None = None


def asks_about_safety(command: ScoreAssessment, *, self_reported: bool) -> bool:
    """Whether taking this form means to ask about death or self-harm now.

    Answers do, whoever sends them: they are a form being filled in. So does a total that a client
    or their app sends. A total that clinicians or an import record, with what was answered to the
    item, tells of a form that somebody has seen: it is kept, and raises its flag, at any time.
    """
    instrument = instruments.known().get(command.instrument)
    if instrument is None or instrument.safety_item is None:
        return False
    return self_reported or command.answers is not None


async def begin_assessment(
    store: EventStore,
    stream: Stream,
    command: ScoreAssessment,
    *,
    cause: Cause,
    occurred_at: datetime,
    self_reported: bool,
) -> Answered:
    """Record a new form, and the flag it raises: both, or neither.

    `self_reported` is what a client has sent, or an app for them. Every door comes through here:
    NobodyOnDuty is raised for what may not be asked while nobody would see the answer, but not for
    a form that was taken before. Raises what the assessment refuses and what EventStore.append
    raises, too, as `begin` does.
    """
    asks = asks_about_safety(command, self_reported=self_reported)

    async def decide(unset: Read) -> Decision:
        practice = None
        if asks:
            practice = await read_practice_stream(store, stream.practice_id)
            require_somebody_on_duty(practice.state, command.instrument)
        forms = assessment.decide(unset.state, command)
        return await with_its_flag(store, unset, forms, now=command.now, practice=practice)

    outcome = await transact(
        store,
        ASSESSMENT,
        stream,
        decide,
        cause=cause,
        occurred_at=occurred_at,
        begins=Begins(own=True, sound=(partial(assessment.decide, ASSESSMENT.initial, command),)),
    )
    return await answered(store, stream, outcome)


async def correct_assessment(
    store: EventStore,
    stream: Stream,
    command: CorrectAssessment,
    *,
    cause: Cause,
    expected: int | None = None,
    admit: Admit | None = None,
) -> Answered:
    """Correct a form, and raise a flag where what it says now endorses its safety item.

    A flag that it had raised before stays as it is, whatever the form says now, and another is
    added unless it stands for what the form says now as well (`is_flagged_already`). It is taken
    even where nobody is on duty: the question was asked long ago. Otherwise it is as `handle` has
    it.
    """

    async def decide(read: Read) -> Decision:
        forms = assessment.decide(read.state, command)
        return await with_its_flag(store, read, forms, now=command.now)

    outcome = await transact(
        store,
        ASSESSMENT,
        stream,
        decide,
        cause=cause,
        occurred_at=command.now,
        expected=expected,
        admit=admit,
    )
    return await answered(store, stream, outcome)


async def with_its_flag(
    store: EventStore,
    read: Read,
    forms: Sequence[AssessmentEvent],
    *,
    now: datetime,
    practice: Read | None = None,
) -> Decision:
    """What was decided on an assessment, with the flag that it raises.

    Where `practice` was asked who is on duty it is watched: a list that is emptied meanwhile takes
    no answer.
    """
    beside = [] if practice is None else [step_for(practice, [], occurred_at=now)]
    # A command makes one form at most.
    found = assessment.endorsed(forms[0]) if forms else None
    practice_id, client_id = read.stream.practice_id, read.stream.client_id
    if found is None or client_id is None:
        return Decision(forms, beside)
    flags = await read_flags(store, practice_id, client_id)
    if is_flagged_already(flags.state, read.state, forms[0]):
        return Decision(forms, beside)
    choices = practice or await read_practice_stream(store, practice_id)
    ids = await store.ids(practice_id)
    form_id = forms[0].assessment_id
    flag_id, former_id = safety_flag.flag_ids(ids, form_id, read.version + 1)
    raising = RaiseSafetyFlag(
        flag_id=former_id if former_id in flags.state.flags else flag_id,
        client_id=client_id,
        assessment_id=form_id,
        instrument=forms[0].instrument,
        item=found.item,
        answer=found.answer,
        duty=choices.state.duty,
        now=now,
    )
    if raised := safety_flag_decisions.watch(flags.state, raising):
        beside.append(step_for(flags, raised, occurred_at=now))
    return Decision(forms, beside)


def is_flagged_already(flags: SafetyFlags, kept: Assessment, form: AssessmentEvent) -> bool:
    """Whether a flag that a form has raised before stands for what it says now, too.

    It does where nothing but the note was corrected; and while it is open, where the items about
    death or self-harm are answered as they were, every one.
    """
    raised = flags.of_form(form.assessment_id)
    corrected = assessment.evolve(kept, form)
    if not raised or assessment.all_endorsed(corrected) != assessment.all_endorsed(kept):
        return False
    alone = msgspec.structs.replace(corrected, note=kept.note) == kept
    return alone or any(flag.is_open for flag in raised)


async def answered(store: EventStore, stream: Stream, outcome: Outcome) -> Answered:
    """What came of a form; of a repeat with the flag that it raised when it was first sent."""
    appended = outcome.appended
    if outcome.repeated and outcome.client_id is not None:
        flags = await read_flags(store, stream.practice_id, outcome.client_id)
        ids = await store.ids(stream.practice_id)
        raised_ids = safety_flag.flag_ids(ids, stream.stream_id, outcome.version)
        raised = (one.event for one in flags.past if isinstance(one.event, SafetyFlagRaised))
        appended = [one for one in raised if one.flag_id in raised_ids]
    flag = next((one for one in appended if isinstance(one, SafetyFlagRaised)), None)
    return Answered(outcome=outcome, flag=flag)

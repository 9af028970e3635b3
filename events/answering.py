"""Recording a form: an endorsed safety item raises its flag in the same append, or nothing is kept.

The flag's id follows from the form, so a form that is sent again finds the flag it has raised.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from events import assessment, safety_flag, safety_flag_decisions
from events.assessment import Assessment, AssessmentEvent, CorrectAssessment, ScoreAssessment
from events.decider import Rejected, require_first
from events.practice_reading import read_practice_stream
from events.record import Cause
from events.safety_flag import SafetyFlagEvent, SafetyFlagRaised, SafetyFlags
from events.safety_flag_decisions import RaiseSafetyFlag
from events.safety_interlock import (
    asks_about_safety,
    read_flags,
    require_somebody_on_duty,
)
from events.store import (
    ATTEMPTS,
    Admit,
    EventStore,
    Outcome,
    Read,
    Stream,
    VersionConflict,
    answer_before,
    begin,
    first_answer,
    outcome_of,
    read_state,
    require_new_ids,
    require_unused,
    step_for,
)


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a form, and the flag that it raised, if it did; a repeat answers the same."""

    client_id: UUID | None
    outcome: Outcome
    flag: SafetyFlagRaised | None = None


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
    a form that was taken before. Raises what the decider refuses and what EventStore.append
    raises, too, as `begin` does.
    """
    unset = Read(stream=stream, state=assessment.decider.initial, version=0, past=())
    asks = asks_about_safety(command, self_reported=self_reported)
    for attempt in range(1, ATTEMPTS + 1):
        practice = None
        try:
            require_first(
                lambda: require_new_ids(cause, stream.stream_id),
                lambda: assessment.decide(assessment.decider.initial, command),
            )
            if asks:
                practice = await read_practice_stream(store, stream.practice_id)
                require_somebody_on_duty(practice.state, command.instrument)
            forms = assessment.decide(assessment.decider.initial, command)
        except Rejected:
            # What is refused today may have been accepted when it was first said.
            if (earlier := await first_answer(store, stream, cause)) is None:
                raise
            return await with_flag(store, stream, command.client_id, earlier)
        if not (asks or assessment.endorsed(forms[0])):
            outcome = await begin(
                store, assessment.decider, stream, command, cause=cause, occurred_at=occurred_at
            )
            return await with_flag(store, stream, command.client_id, outcome)
        try:
            return await append_form(
                store,
                unset,
                forms,
                cause=cause,
                occurred_at=occurred_at,
                now=command.now,
                practice=practice,
            )
        except VersionConflict:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable: ATTEMPTS is at least 1")


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
    for attempt in range(1, ATTEMPTS + 1):
        read = await read_state(store, assessment.decider, stream, admit=admit)
        if (earlier := answer_before(read, cause, expected=expected)) is not None:
            return await with_flag(store, read.stream, read.stream.client_id, earlier)
        forms = assessment.decide(read.state, command)
        require_unused(read, cause)
        if not forms:
            position = read.past[-1].position if read.past else None
            unchanged = Outcome(events=[], version=read.version, position=position)
            return Answered(client_id=read.stream.client_id, outcome=unchanged)
        try:
            return await append_form(
                store, read, forms, cause=cause, occurred_at=command.now, now=command.now
            )
        except VersionConflict:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable: ATTEMPTS is at least 1")


async def append_form(
    store: EventStore,
    read: Read,
    forms: Sequence[AssessmentEvent],
    *,
    cause: Cause,
    occurred_at: datetime,
    now: datetime,
    practice: Read | None = None,
) -> Answered:
    """Append what was decided on an assessment together with the flag it raises.

    Where `practice` was asked who is on duty it is watched: a list that is emptied meanwhile takes
    no answer. The assessment is the last step, so a repeat is found there. Raises VersionConflict
    where one of the streams has moved on.
    """
    steps = [step_for(read, forms, occurred_at=occurred_at)]
    raised: Sequence[SafetyFlagEvent] = ()
    # A command makes one form at most.
    found, form_id = assessment.endorsed(forms[0]), forms[0].assessment_id
    practice_id, client_id = read.stream.practice_id, read.stream.client_id
    if found is not None and client_id is not None:
        flags = await read_flags(store, practice_id, client_id)
        if not is_flagged_already(flags.state, read.state, forms[0]):
            choices = practice or await read_practice_stream(store, practice_id)
            ids = await store.ids(practice_id)
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
                steps.insert(0, step_for(flags, raised, occurred_at=now))
    if practice is not None:
        steps.insert(0, step_for(practice, [], occurred_at=now))
    receipt = await store.append(practice_id, steps, cause=cause)
    outcome = outcome_of(forms, receipt)
    if receipt.repeated:  # What was decided here was not recorded: the log knows what is.
        kept = await first_answer(store, read.stream, cause) if read.version == 0 else None
        return await with_flag(store, read.stream, client_id, kept or outcome)
    flag = next((one for one in raised if isinstance(one, SafetyFlagRaised)), None)
    return Answered(client_id=client_id, outcome=outcome, flag=flag)


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


async def with_flag(
    store: EventStore, stream: Stream, client_id: UUID | None, outcome: Outcome
) -> Answered:
    """The outcome, with the flag that the same form has raised when it was first sent."""
    if not outcome.repeated or client_id is None:
        return Answered(client_id=client_id, outcome=outcome)
    flags = await read_flags(store, stream.practice_id, client_id)
    ids = await store.ids(stream.practice_id)
    raised_ids = safety_flag.flag_ids(ids, stream.stream_id, outcome.version)
    raised = (one.event for one in flags.past if isinstance(one.event, SafetyFlagRaised))
    flag = next((one for one in raised if one.flag_id in raised_ids), None)
    return Answered(client_id=client_id, outcome=outcome, flag=flag)

"""What holds for every client's safety, whatever is answered, corrected, withdrawn, asked and said.

An endorsed answer leaves an open flag, until a clinician closes that one and no other.
"""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from events import assessment, client, practice, safety_flag_decisions
from events.aggregate import Stream
from events.answering import begin_assessment, correct_assessment
from events.assessment import ASSESSMENT, CorrectAssessment, ScoreAssessment, WithdrawAssessment
from events.client import EnrolClient
from events.memory import MemoryStore
from events.practice import OpenPractice, SetCrisisLines, SetDuty
from events.practice_choices import CrisisInformation, Duty, DutyPerson
from events.record import Cause, Recorded, digest
from events.refusals import Rejected
from events.safety_flag import SafetyFlagEscalated, SafetyFlagRaised, SafetyFlags
from events.safety_flag_decisions import (
    AcknowledgeSafetyFlag,
    ActOnSafetyFlag,
    CloseSafetyFlag,
    EscalateSafetyFlag,
)
from events.safety_interlock import SafetyFlagOpen, read_flags, require_none_open
from events.transact import handle
from projections.safety_queries import flags_of_client
from tests.controls import ANNA, NOON, PRACTICE, ZURICH
from tests.ids import flags_id, raised_id
from tests.properties.at_once import at_once

REVIEWED_ON = date(2026, 12, 1)
IDS = [UUID(int=0x5C0 + nth) for nth in range(4)]
PEOPLE = [DutyPerson(subject=one, name=one) for one in ("ida", "ben", "eve")]
phq9_answers = st.tuples(*[st.sampled_from([0, 1, None])] * 8, st.sampled_from([None, 0, 1, 2, 3]))
duties = st.lists(st.sampled_from(PEOPLE), unique=True, max_size=3).map(
    lambda people: Duty(people=tuple(people), acknowledge_minutes=20)
)
forms = st.one_of(
    st.fixed_dictionaries({"instrument": st.just("phq9"), "answers": phq9_answers}),
    st.fixed_dictionaries(
        {
            "instrument": st.sampled_from(["phq9", "bdi2"]),
            "total": st.integers(0, 27) | st.integers(58, 63),
            "suicide_item": st.sampled_from([0, 1, 2, 3, "not_recorded"]),
        }
    ),
)


class AnySafety(RuleBasedStateMachine):
    """One client, whose forms arrive, and a practice in which people come on duty and go."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.store = MemoryStore(lambda: self.now)
        self.commands = 0
        self.must_be_open: set[UUID] = set()
        self.endorsed = 0
        self.answered: dict[UUID, int] = {}
        self.form_of: dict[UUID, UUID] = {}
        # Askings whose person was off the list when a worker looked, by flag and how many before.
        self.off_the_list: set[tuple[UUID, int]] = set()

    @initialize()
    def begin(self) -> None:
        opening = OpenPractice(practice_id=PRACTICE, name="Elm Street", zone=ZURICH, country="CH")
        self.handle(practice.PRACTICE, PRACTICE, "practice", None, opening)
        lines = CrisisInformation(lines=(), reviewed_on=REVIEWED_ON, reviewed_by="Ida")
        reviewed = SetCrisisLines(
            practice_id=PRACTICE, country="CH", information=lines, now=NOON + timedelta(days=366)
        )
        self.handle(practice.PRACTICE, PRACTICE, "practice", None, reviewed)
        enrolling = EnrolClient(client_id=ANNA, display_name="Anna", zone=ZURICH)
        self.handle(client.CLIENT, ANNA, "client", ANNA, enrolling)

    def cause(self, actor: str = "clinician:ida") -> Cause:
        self.commands += 1
        return Cause(
            command_id=uuid5(PRACTICE, str(self.commands)),
            actor=actor,
            content=digest(self.commands),
            correlation=PRACTICE,
        )

    def handle(
        self, decider: Any, stream_id: UUID, category: str, client_id: UUID | None, command: Any
    ) -> None:
        stream = Stream(
            practice_id=PRACTICE, stream_id=stream_id, category=category, client_id=client_id
        )
        at_once(
            handle(self.store, decider, stream, command, cause=self.cause(), occurred_at=self.now)
        )

    def read(self, stream_id: UUID, category: str = "assessment") -> list[Recorded]:
        return at_once(self.store.read_stream(PRACTICE, category, stream_id))

    def flags(self) -> SafetyFlags:
        state: SafetyFlags = at_once(read_flags(self.store, PRACTICE, ANNA)).state
        return state

    def some_flag(self, which: int) -> UUID:
        known = list(self.flags().flags)
        return known[which % len(known)]

    @rule(minutes=st.integers(0, 60))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(duty=duties)
    def the_list_changes(self, duty: Duty) -> None:
        command = SetDuty(practice_id=PRACTICE, duty=duty)
        self.handle(practice.PRACTICE, PRACTICE, "practice", None, command)

    @rule(form=forms, which=st.sampled_from(IDS), again=st.booleans(), own=st.booleans())
    def a_form_arrives(self, form: dict[str, Any], which: UUID, again: bool, own: bool) -> None:
        before = len(self.read(which))
        command = ScoreAssessment(
            assessment_id=which, client_id=ANNA, occurred_at=self.now, now=self.now, **form
        )
        stream = ASSESSMENT.stream(PRACTICE, which, client_id=ANNA)
        why = self.cause()
        for _ in range(1 + again):
            try:
                at_once(
                    begin_assessment(
                        self.store, stream, command, cause=why, occurred_at=self.now,
                        self_reported=own,
                    )
                )  # fmt: skip
            except Rejected:
                assert len(self.read(which)) == before
        self.note(which, before)

    @rule(form=forms, which=st.sampled_from(IDS), again=st.booleans())
    def a_form_is_corrected(self, form: dict[str, Any], which: UUID, again: bool) -> None:
        before = len(self.read(which))
        said = {name: value for name, value in form.items() if name != "instrument"}
        command = CorrectAssessment(assessment_id=which, now=self.now, **said)
        stream = ASSESSMENT.stream(PRACTICE, which)
        why = self.cause()
        for _ in range(1 + again):
            try:
                at_once(correct_assessment(self.store, stream, command, cause=why))
            except Rejected:
                assert len(self.read(which)) == before
        self.note(which, before)

    def note(self, which: UUID, before: int) -> None:
        """What the log now has of a form, looked at without the product's own help."""
        for one in self.read(which)[before:]:
            event: Any = one.event
            said = [*(event.answers or ())[8:9], getattr(event, "suicide_item", None)]
            # Eight items come to 24, and twenty of the BDI-II to 60: beyond that one is the ninth.
            most = {"phq9": 24, "bdi2": 60}.get(event.instrument, 1000)
            beyond = event.answers is None and getattr(event, "total", 0) > most
            answer = max([int(beyond), *(one for one in said if isinstance(one, int))])
            waits = any(self.form_of[flag_id] == which for flag_id in self.must_be_open)
            same = self.answered.get(which) == answer and waits
            self.answered[which] = answer
            if answer > 0 and not same:
                self.endorsed += 1
                flag_id = raised_id(which, one.version)
                self.form_of[flag_id] = which
                self.must_be_open.add(flag_id)

    @rule(which=st.sampled_from(IDS))
    def a_form_is_withdrawn(self, which: UUID) -> None:
        if self.read(which):
            command = WithdrawAssessment(assessment_id=which, reason="Not theirs")
            self.handle(assessment.ASSESSMENT, which, "assessment", ANNA, command)

    @precondition(lambda self: self.must_be_open or self.flags().flags)
    @rule(which=st.integers(0, 9), what=st.sampled_from(["acknowledge", "act", "close"]))
    def a_clinician_says(self, which: int, what: str) -> None:
        flag_id = self.some_flag(which)
        command = {
            "acknowledge": AcknowledgeSafetyFlag(flag_id=flag_id),
            "act": ActOnSafetyFlag(flag_id=flag_id, action=f"Called {self.commands}"),
            "close": CloseSafetyFlag(flag_id=flag_id, reason="We met", outcome="A plan"),
        }[what]
        try:
            self.handle(
                safety_flag_decisions.SAFETY_FLAGS, flags_id(ANNA), "safety_flag", ANNA,
                command,
            )  # fmt: skip
        except Rejected:
            assert flag_id not in self.must_be_open
        if what == "close":
            self.must_be_open.discard(flag_id)

    @precondition(lambda self: self.flags().flags)
    @rule(which=st.integers(0, 9), duty=duties)
    def a_worker_looks(self, which: int, duty: Duty) -> None:
        flag_id = self.some_flag(which)
        flag = self.flags().flags[flag_id]
        if flag.asked not in {person.subject for person in duty.people}:
            self.off_the_list.add((flag_id, flag.pages))
        command = EscalateSafetyFlag(flag_id=flag_id, duty=duty, now=self.now)
        self.handle(
            safety_flag_decisions.WATCHED_FLAGS, flags_id(ANNA), "safety_flag", ANNA,
            command,
        )  # fmt: skip

    @invariant()
    def every_endorsed_answer_has_an_open_flag_until_a_person_closes_it(self) -> None:
        flags = self.flags()
        assert set(flags.open_ids) == self.must_be_open
        raised = [
            one
            for one in self.read(flags_id(ANNA), "safety_flag")
            if isinstance(one.event, SafetyFlagRaised)
        ]
        assert len(raised) == len(flags.flags) == self.endorsed
        forms = [one for which in IDS for one in self.read(which)]
        raised_by = {raised_id(form.stream_id, form.version): form for form in forms}
        for one in raised:
            event: Any = one.event
            form = raised_by[event.flag_id]
            # One append: one command, one moment, side by side.
            assert (one.command_id, one.recorded_at, one.position + 1) == (
                form.command_id, form.recorded_at, form.position,
            )  # fmt: skip

    @invariant()
    def nobody_is_asked_before_the_time_of_the_one_before_is_up(self) -> None:
        until: dict[UUID, datetime | None] = {}
        pages: Counter[UUID] = Counter()
        for one in self.read(flags_id(ANNA), "safety_flag"):
            event = one.event
            if isinstance(event, SafetyFlagEscalated):
                before = until[event.flag_id]
                gone = (event.flag_id, pages[event.flag_id]) in self.off_the_list
                assert before is None or gone or one.occurred_at >= before
            if isinstance(event, SafetyFlagRaised | SafetyFlagEscalated):
                until[event.flag_id] = event.acknowledge_by
                pages[event.flag_id] += bool(event.to)
                assert bool(event.to) == (event.acknowledge_by is not None)

    @invariant()
    def the_view_agrees_with_the_stream(self) -> None:
        of_client = at_once(flags_of_client(self.store, PRACTICE, ANNA))
        rows = {row.flag_id: row for row in of_client.rows}
        flags = self.flags().flags
        assert set(rows) == set(flags)
        for flag_id, flag in flags.items():
            row = rows[flag_id]
            assert (row.is_open, row.acknowledged_at is not None, len(row.asked)) == (
                flag.is_open, flag.acknowledged, flag.pages,
            )  # fmt: skip
            waits = flag.is_open and not flag.acknowledged
            assert row.next_at == ((flag.acknowledge_by or row.raised_at) if waits else None)

    @invariant()
    def suggestions_wait_exactly_while_one_is_open(self) -> None:
        asking = require_none_open(self.store, PRACTICE, ANNA, now=NOON)
        if self.must_be_open:
            with pytest.raises(SafetyFlagOpen):
                at_once(asking)
        else:
            at_once(asking)


TestAnySafety = AnySafety.TestCase

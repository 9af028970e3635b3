"""What a practice chooses: who is on duty, crisis lines, norms, tracking, release."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec import ValidationError

from events import practice
from events.duty import DutyNamesSomebodyTwice, DutySubjectNotStaff, NobodyWouldBeAsked
from events.instruments import UnknownInstrument
from events.norm_soundness import CutOffOutsideTheInstrument, RemissionIsClinical
from events.practice import (
    ChangePracticeSettings,
    CrisisLinesNotReviewed,
    NoLinesToReview,
    Practice,
    PracticeCommand,
    PracticeCrisisLinesSet,
    PracticeDutySet,
    PracticeEvent,
    PracticeNormsSet,
    PracticeNotOpened,
    PracticeReleaseSet,
    PracticeSettingsChanged,
    PracticeTrackingSet,
    ReviewDayNotBelievable,
    SetCrisisLines,
    SetDuty,
    SetNorms,
    SetRelease,
    SetTracking,
)
from events.practice_choices import (
    Band,
    CrisisInformation,
    CrisisLine,
    Duty,
    DutyPerson,
    Norms,
    NoticedChange,
    Tracking,
)
from events.record import digest
from events.refusals import Rejected
from tests.controls import ANNA, MONDAY, NOON, PRACTICE, ZURICH, change, practice_opened
from tests.given import given, said

ELM = DutyPerson(subject="dr-elm", name="Dr Elm")
OAK = DutyPerson(subject="dr-oak", name="Dr Oak")
DUTY = Duty(queue="duty desk", people=(ELM, OAK), acknowledge_minutes=20)
LINES = CrisisInformation(
    lines=(CrisisLine(name="Die Dargebotene Hand", reach="143", hours="day and night"),),
    reviewed_on=MONDAY,
    reviewed_by="Dr Elm",
)
NORMS = Norms(source="Our own clients, 2025, n = 212.", standard_deviation=9.93, reliability=0.93)
# A practice in which somebody has looked over the crisis lines of its country.
REVIEWED: list[PracticeEvent] = [
    practice_opened(),
    PracticeCrisisLinesSet(practice_id=PRACTICE, country="CH", information=LINES),
]
EVERY_CHOICE: list[PracticeCommand] = [
    SetCrisisLines(practice_id=PRACTICE, country="CH", information=LINES, now=NOON),
    SetDuty(practice_id=PRACTICE, duty=DUTY),
    SetNorms(practice_id=PRACTICE, instrument="bdi2", norms=NORMS),
    SetTracking(practice_id=PRACTICE, tracking=Tracking(sessions_without_change=4)),
    SetRelease(practice_id=PRACTICE, automatic=True),
]


@pytest.mark.parametrize("choice", EVERY_CHOICE, ids=lambda one: type(one).__name__)
def test_nothing_is_chosen_for_a_practice_that_is_not_there(choice: PracticeCommand) -> None:
    given(practice.PRACTICE).when(choice).then_refused(PracticeNotOpened)


def test_a_practice_that_chose_nothing_has_nobody_on_duty_and_releases_by_hand() -> None:
    state = practice.PRACTICE.fold([practice_opened()])
    assert state.duty.people == ()
    assert not state.automatic_release
    assert state.tracking == Tracking(
        sessions_without_change=6, weeks_without_change=8, assessments_not_recorded=2
    )


def test_what_was_chosen_outlives_a_change_of_name() -> None:
    chosen: list[PracticeEvent] = [practice_opened()]
    for choice in EVERY_CHOICE:
        chosen += practice.PRACTICE.decide(practice.PRACTICE.fold(chosen), choice)
    renamed = PracticeSettingsChanged(
        practice_id=PRACTICE, name="Oak Street", zone=ZURICH, country="CH", language="de"
    )
    state = practice.PRACTICE.fold([*chosen, renamed])
    assert state == Practice(
        opened=True,
        name="Oak Street",
        zone=ZURICH,
        country="CH",
        language="de",
        duty=DUTY,
        crisis_lines={"CH": LINES},
        norms={"bdi2": NORMS},
        tracking=Tracking(sessions_without_change=4),
        automatic_release=True,
    )


class TestSetDuty:
    ASK = SetDuty(practice_id=PRACTICE, duty=DUTY)
    FACT = PracticeDutySet(practice_id=PRACTICE, duty=DUTY)

    def test_replaces_the_list(self) -> None:
        given(practice.PRACTICE, *REVIEWED).when(self.ASK).then(self.FACT)
        shorter = change(DUTY, people=(OAK,))
        ask = SetDuty(practice_id=PRACTICE, duty=shorter)
        fact = PracticeDutySet(practice_id=PRACTICE, duty=shorter)
        given(practice.PRACTICE, *REVIEWED, self.FACT).when(ask).then(fact)

    def test_may_leave_nobody(self) -> None:
        ask = SetDuty(practice_id=PRACTICE, duty=Duty())
        fact = PracticeDutySet(practice_id=PRACTICE, duty=Duty())
        given(practice.PRACTICE, *REVIEWED, self.FACT).when(ask).then(fact)

    def test_leaves_nobody_with_flags_open_only_where_it_is_meant(self) -> None:
        ask = SetDuty(practice_id=PRACTICE, duty=Duty(), open_flags=2)
        given(practice.PRACTICE, *REVIEWED, self.FACT).when(ask).then_refused(NobodyWouldBeAsked)
        fact = PracticeDutySet(practice_id=PRACTICE, duty=Duty())
        meant = change(ask, although_flags_are_open=True)
        given(practice.PRACTICE, *REVIEWED, self.FACT).when(meant).then(fact)

    def test_is_begun_once_somebody_has_looked_over_the_crisis_lines(self) -> None:
        given(practice.PRACTICE, practice_opened()).when(self.ASK).then_refused(
            CrisisLinesNotReviewed
        )
        elsewhere = PracticeCrisisLinesSet(practice_id=PRACTICE, country="FR", information=LINES)
        given(practice.PRACTICE, practice_opened(), elsewhere).when(self.ASK).then_refused(
            CrisisLinesNotReviewed
        )
        built_in = PracticeCrisisLinesSet(
            practice_id=PRACTICE,
            country="CH",
            information=change(LINES, lines=(), reviewed_on=date(2026, 12, 1)),
        )
        given(practice.PRACTICE, practice_opened(), built_in).when(self.ASK).then(self.FACT)

    def test_keeps_the_practice_where_its_crisis_lines_are_reviewed(self) -> None:
        away = ChangePracticeSettings(practice_id=PRACTICE, country="FR")
        given(practice.PRACTICE, *REVIEWED, self.FACT).when(away).then_refused(
            CrisisLinesNotReviewed
        )
        moved = PracticeSettingsChanged(
            practice_id=PRACTICE, name="Elm Street", zone=ZURICH, country="FR", language="de"
        )
        given(practice.PRACTICE, *REVIEWED).when(away).then(moved)
        french = PracticeCrisisLinesSet(practice_id=PRACTICE, country="FR", information=LINES)
        given(practice.PRACTICE, *REVIEWED, self.FACT, french).when(away).then(moved)

    def test_may_change_at_any_hour_once_it_is_there(self) -> None:
        shorter = change(DUTY, people=(OAK,))
        ask = SetDuty(practice_id=PRACTICE, duty=shorter)
        fact = PracticeDutySet(practice_id=PRACTICE, duty=shorter)
        given(practice.PRACTICE, practice_opened(), self.FACT).when(ask).then(fact)

    def test_is_ignored_when_it_is_already_so(self) -> None:
        given(practice.PRACTICE, *REVIEWED, self.FACT).when(self.ASK).then_nothing()

    def test_minds_the_order_in_which_people_are_asked(self) -> None:
        turned = change(DUTY, people=(OAK, ELM))
        ask = SetDuty(practice_id=PRACTICE, duty=turned)
        fact = PracticeDutySet(practice_id=PRACTICE, duty=turned)
        given(practice.PRACTICE, *REVIEWED, self.FACT).when(ask).then(fact)

    @pytest.mark.parametrize("subject", ["Dr Elm", "dr/elm", "é", "...", "a" * 65, "anna@elm.org"])
    def test_is_refused_where_no_token_could_have_the_subject(self, subject: str) -> None:
        duty = change(DUTY, people=(ELM, change(OAK, subject=subject)))
        ask = SetDuty(practice_id=PRACTICE, duty=duty)
        given(practice.PRACTICE, *REVIEWED).when(ask).then_refused(DutySubjectNotStaff)
        with pytest.raises(DutySubjectNotStaff) as refused:
            practice.PRACTICE.decide(practice.PRACTICE.fold(REVIEWED), ask)
        assert refused.value.pointer == "/people/1/subject"

    def test_is_refused_where_it_is_a_client_s(self) -> None:
        client_id = str(ANNA)
        for subject in (client_id, client_id.upper()):
            duty = change(DUTY, people=(change(ELM, subject=subject),))
            ask = SetDuty(practice_id=PRACTICE, duty=duty, clients=frozenset({client_id}))
            given(practice.PRACTICE, *REVIEWED).when(ask).then_refused(DutySubjectNotStaff)

    def test_takes_whatever_subject_staff_can_have(self) -> None:
        for subject in ("anna", "Dr.Elm_2", "0198a000-0000-7000-8000-000000000999"):
            duty = change(DUTY, people=(change(ELM, subject=subject),))
            fact = PracticeDutySet(practice_id=PRACTICE, duty=duty)
            ask = SetDuty(practice_id=PRACTICE, duty=duty)
            given(practice.PRACTICE, *REVIEWED).when(ask).then(fact)

    def test_is_refused_when_somebody_stands_there_twice(self) -> None:
        twice = change(DUTY, people=(ELM, OAK, change(ELM, name="Dr E. Elm")))
        ask = SetDuty(practice_id=PRACTICE, duty=twice)
        given(practice.PRACTICE, *REVIEWED).when(ask).then_refused(DutyNamesSomebodyTwice)

    @pytest.mark.parametrize(
        "beyond",
        [
            {"queue": " "},
            {"acknowledge_minutes": 0},
            {"acknowledge_minutes": 1441},
            {"people": (ELM,) * 21},
            {"people": (change(ELM, subject=""),)},
            {"people": (change(ELM, name="\t"),)},
        ],
        ids=str,
    )
    def test_has_limits(self, beyond: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            said(SetDuty(practice_id=PRACTICE, duty=change(DUTY, **beyond)))


class TestSetCrisisLines:
    ASK = SetCrisisLines(practice_id=PRACTICE, country="CH", information=LINES, now=NOON)
    FACT = PracticeCrisisLinesSet(practice_id=PRACTICE, country="CH", information=LINES)

    def test_says_them_for_one_country_and_leaves_the_others(self) -> None:
        given(practice.PRACTICE, practice_opened()).when(self.ASK).then(self.FACT)
        ask, fact = change(self.ASK, country="LI"), change(self.FACT, country="LI")
        given(practice.PRACTICE, practice_opened(), self.FACT).when(ask).then(fact)
        both = practice.PRACTICE.fold([practice_opened(), self.FACT, fact])
        assert both.crisis_lines == {"CH": LINES, "LI": LINES}

    def test_is_ignored_when_it_is_already_so(self) -> None:
        given(practice.PRACTICE, practice_opened(), self.FACT).when(self.ASK).then_nothing()

    def test_keeps_a_later_review_of_the_same_lines(self) -> None:
        later = change(LINES, reviewed_on=MONDAY + timedelta(days=30))
        ask = change(self.ASK, information=later, now=NOON + timedelta(days=30))
        fact = change(self.FACT, information=later)
        given(practice.PRACTICE, practice_opened(), self.FACT).when(ask).then(fact)

    @pytest.mark.parametrize("on", [date(1066, 10, 14), MONDAY + timedelta(days=1)], ids=str)
    def test_is_refused_when_reviewed_on_no_believable_day(self, on: date) -> None:
        ask = change(self.ASK, information=change(LINES, reviewed_on=on))
        given(practice.PRACTICE, practice_opened()).when(ask).then_refused(ReviewDayNotBelievable)

    def test_knows_which_day_it_is_where_the_practice_is(self) -> None:
        late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)  # Tuesday in Zurich.
        tuesday = change(LINES, reviewed_on=MONDAY + timedelta(days=1))
        ask, fact = (
            change(self.ASK, information=tuesday, now=late),
            change(self.FACT, information=tuesday),
        )
        given(practice.PRACTICE, practice_opened()).when(ask).then(fact)

    @pytest.mark.parametrize(
        "beyond",
        [
            {"lines": LINES.lines * 11},
            {"lines": (change(LINES.lines[0], reach=" "),)},
            {"reviewed_by": ""},
        ],
        ids=str,
    )
    def test_has_limits(self, beyond: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            said(change(self.ASK, information=change(LINES, **beyond)))

    def test_without_lines_says_that_those_of_cairn_were_looked_over(self) -> None:
        none = change(LINES, lines=())
        ask, fact = change(self.ASK, information=none), change(self.FACT, information=none)
        given(practice.PRACTICE, practice_opened()).when(ask).then(fact)
        nowhere = change(ask, country="LK")
        given(practice.PRACTICE, practice_opened()).when(nowhere).then_refused(NoLinesToReview)

    @pytest.mark.parametrize("country", ["ch", "CHE", "", "CH\n"])
    def test_names_a_country_by_two_capital_letters(self, country: str) -> None:
        with pytest.raises(ValidationError):
            said(change(self.ASK, country=country))


class TestSetNorms:
    ASK = SetNorms(practice_id=PRACTICE, instrument="bdi2", norms=NORMS)
    FACT = PracticeNormsSet(practice_id=PRACTICE, instrument="bdi2", norms=NORMS)

    def test_says_them_for_one_instrument_and_leaves_the_others(self) -> None:
        given(practice.PRACTICE, practice_opened()).when(self.ASK).then(self.FACT)
        ask, fact = change(self.ASK, instrument="phq9"), change(self.FACT, instrument="phq9")
        given(practice.PRACTICE, practice_opened(), self.FACT).when(ask).then(fact)
        both = practice.PRACTICE.fold([practice_opened(), self.FACT, fact])
        assert both.norms == {"bdi2": NORMS, "phq9": NORMS}

    def test_goes_back_to_the_instruments_own_by_naming_none(self) -> None:
        none = Norms(source="Back to the manual.")
        ask, fact = change(self.ASK, norms=none), change(self.FACT, norms=none)
        given(practice.PRACTICE, practice_opened(), self.FACT).when(ask).then(fact)

    def test_is_ignored_when_it_is_already_so(self) -> None:
        given(practice.PRACTICE, practice_opened(), self.FACT).when(self.ASK).then_nothing()

    def test_is_refused_for_an_instrument_that_is_not_known(self) -> None:
        ask = change(self.ASK, instrument="bdi3")
        given(practice.PRACTICE, practice_opened()).when(ask).then_refused(UnknownInstrument)

    @pytest.mark.parametrize(
        ("numbers", "refused"),
        [
            ({"cut_off": 63.5}, CutOffOutsideTheInstrument),
            ({"cut_off": 14, "remission": 14}, RemissionIsClinical),
        ],
        ids=str,
    )
    def test_is_refused_where_the_numbers_can_not_be_meant(
        self, numbers: dict[str, float], refused: type[Rejected]
    ) -> None:
        ask = change(self.ASK, norms=change(NORMS, **numbers))
        given(practice.PRACTICE, practice_opened()).when(ask).then_refused(refused)

    def test_is_the_same_request_as_in_the_release_before_reliability_had_a_kind(self) -> None:
        assert digest("set_norms", "bdi2", NORMS).hex() == "b89d70c4420edd18f49e643096465f65"
        said = change(NORMS, reliability_kind="test_retest")
        assert digest("set_norms", "bdi2", said) != digest("set_norms", "bdi2", NORMS)

    @pytest.mark.parametrize(
        "later",
        [
            {"bands": (Band(id="all", name="All", minimum=0, maximum=63),)},
            {"noticed_change": NoticedChange(points=3.5)},
            {"missing_allowed": 0},
        ],
        ids=str,
    )
    def test_is_another_request_with_what_came_later(self, later: dict[str, Any]) -> None:
        said = change(NORMS, **later)
        assert digest("set_norms", "bdi2", said) != digest("set_norms", "bdi2", NORMS)

    def test_is_ignored_when_an_earlier_release_took_what_can_not_be_meant(self) -> None:
        taken = change(NORMS, cut_off=14, remission=14)
        ask, fact = change(self.ASK, norms=taken), change(self.FACT, norms=taken)
        given(practice.PRACTICE, practice_opened(), fact).when(ask).then_nothing()

    @pytest.mark.parametrize(
        "beyond",
        [
            {"source": " "},
            {"standard_deviation": 0.0},
            {"reliability": 1.0},
            {"reliability": -0.1},
            {"reliability_kind": "alpha"},
            {"reliable_change": 0.0},
            {"response_percent": 0.0},
            {"response_percent": 101.0},
            {"bands": ()},
            {"bands": (Band(id="all", name=" ", minimum=0, maximum=63),)},
            {"bands": (Band(id="All of it", name="All", minimum=0, maximum=63),)},
            {"bands": (Band(id="all", name="All", minimum=0, maximum=1e9),)},
            {"noticed_change": NoticedChange(points=0.0)},
            {"noticed_change": NoticedChange(points=1.0, percent=101.0)},
            {"missing_allowed": -1},
        ],
        ids=str,
    )
    def test_has_limits(self, beyond: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            said(change(self.ASK, norms=change(NORMS, **beyond)))


class TestSetTracking:
    ASK = SetTracking(practice_id=PRACTICE, tracking=Tracking(weeks_without_change=12))
    FACT = PracticeTrackingSet(practice_id=PRACTICE, tracking=Tracking(weeks_without_change=12))

    def test_replaces_what_was_chosen(self) -> None:
        given(practice.PRACTICE, practice_opened()).when(self.ASK).then(self.FACT)
        ask = SetTracking(practice_id=PRACTICE, tracking=Tracking())
        fact = PracticeTrackingSet(practice_id=PRACTICE, tracking=Tracking())
        given(practice.PRACTICE, practice_opened(), self.FACT).when(ask).then(fact)

    def test_is_ignored_when_it_is_what_nobody_chose_otherwise(self) -> None:
        ask = SetTracking(practice_id=PRACTICE, tracking=Tracking())
        given(practice.PRACTICE, practice_opened()).when(ask).then_nothing()

    @pytest.mark.parametrize(
        "field", ["sessions_without_change", "weeks_without_change", "assessments_not_recorded"]
    )
    def test_has_limits(self, field: str) -> None:
        for beyond in (0, 261):
            with pytest.raises(ValidationError):
                said(change(self.ASK, tracking=change(Tracking(), **{field: beyond})))


class TestSetRelease:
    ASK = SetRelease(practice_id=PRACTICE, automatic=True)
    FACT = PracticeReleaseSet(practice_id=PRACTICE, automatic=True)

    def test_is_chosen_and_taken_back(self) -> None:
        given(practice.PRACTICE, practice_opened()).when(self.ASK).then(self.FACT)
        ask, fact = change(self.ASK, automatic=False), change(self.FACT, automatic=False)
        given(practice.PRACTICE, practice_opened(), self.FACT).when(ask).then(fact)

    def test_is_ignored_when_it_is_already_so(self) -> None:
        given(practice.PRACTICE, practice_opened(), self.FACT).when(self.ASK).then_nothing()
        ask = change(self.ASK, automatic=False)
        given(practice.PRACTICE, practice_opened()).when(ask).then_nothing()

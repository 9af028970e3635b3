"""Suggestions: offered, edited, accepted, dismissed, released, withdrawn."""

from datetime import date
from typing import Any

import pytest
from msgspec import ValidationError

from events.suggestion import (
    SUGGESTION,
    AcceptSuggestion,
    DismissSuggestion,
    EditSuggestion,
    NewDeadline,
    NoSuchOption,
    OfferSuggestion,
    Option,
    OptionKeepsOldWords,
    ReleaseSuggestion,
    Suggestion,
    SuggestionAccepted,
    SuggestionDecided,
    SuggestionDismissed,
    SuggestionEdited,
    SuggestionEvent,
    SuggestionNotYetAccepted,
    SuggestionReleased,
    SuggestionWithdrawn,
    WithdrawSuggestion,
    chosen_option,
    goal_of,
    is_open,
)
from tests.controls import (
    A_SMALLER_STEP,
    ANNA,
    DRAFT,
    EVIDENCE,
    FRIDAY,
    MORE_TIME,
    NOON,
    WALK,
    change,
    reframing_offered,
    suggestion_offered,
)
from tests.given import given, said

Past = tuple[SuggestionEvent, ...]
SENTENCES = ("The date we set has passed.", "There are two ways on.")
SHORTER = ("The date has passed.",)
LATER_ON = date(2026, 3, 20)

EDITED = SuggestionEdited(
    suggestion_id=DRAFT,
    goal_id=WALK,
    from_sentences=SENTENCES,
    sentences=SHORTER,
    from_options=(MORE_TIME, A_SMALLER_STEP),
    options=(A_SMALLER_STEP,),
)
REWORDED = change(EDITED, from_options=(), options=())
ACCEPTED = SuggestionAccepted(suggestion_id=DRAFT, goal_id=WALK, option=0)
DISMISSED = SuggestionDismissed(suggestion_id=DRAFT, goal_id=WALK, reason="Too early")
RELEASED = SuggestionReleased(suggestion_id=DRAFT, goal_id=WALK, sentences=SENTENCES)
WITHDRAWN = SuggestionWithdrawn(suggestion_id=DRAFT, goal_id=WALK)

REPLAN: Past = (suggestion_offered(),)
REFRAMING: Past = (reframing_offered(),)
OPEN: dict[str, Past] = {
    "replan": REPLAN,
    "edited replan": (*REPLAN, EDITED),
    "reframing": REFRAMING,
    "edited reframing": (*REFRAMING, REWORDED),
}
DECIDED: dict[str, Past] = {
    "unset": (),
    "accepted": (*REPLAN, ACCEPTED),
    "dismissed": (*REPLAN, DISMISSED),
    "released": (*REPLAN, ACCEPTED, RELEASED),
    "withdrawn": (*REPLAN, WITHDRAWN),
}


def pasts(of: dict[str, Past], *without: str) -> pytest.MarkDecorator:
    named = {name: past for name, past in of.items() if name not in without}
    return pytest.mark.parametrize("past", named.values(), ids=named.keys())


class TestSuggestion:
    @pytest.mark.parametrize(
        ("past", "status"),
        [
            ((), "unset"),
            (REPLAN, "offered"),
            ((*REPLAN, EDITED), "edited"),
            (DECIDED["accepted"], "accepted"),
            (DECIDED["dismissed"], "dismissed"),
            (DECIDED["released"], "released"),
            (DECIDED["withdrawn"], "withdrawn"),
        ],
    )
    def test_has_the_status_of_its_last_fact(self, past: Past, status: str) -> None:
        suggestion = SUGGESTION.fold(past)
        assert suggestion.status == status
        assert is_open(suggestion) is (status in {"offered", "edited"})

    def test_says_what_it_was_last_made_to_say(self) -> None:
        suggestion = SUGGESTION.fold((*REPLAN, EDITED))
        assert (suggestion.sentences, suggestion.options) == (SHORTER, (A_SMALLER_STEP,))
        assert (suggestion.client_id, suggestion.due_on) == (ANNA, FRIDAY)

    def test_is_about_a_goal(self) -> None:
        assert goal_of(SUGGESTION.fold(REPLAN)) == WALK
        with pytest.raises(SuggestionDecided):
            goal_of(Suggestion())


class TestOfferSuggestion:
    OFFER = OfferSuggestion(
        suggestion_id=DRAFT,
        now=NOON,
        client_id=ANNA,
        goal_id=WALK,
        kind="replan",
        due_on=FRIDAY,
        language="en",
        sentences=SENTENCES,
        options=(MORE_TIME, A_SMALLER_STEP),
        evidence=EVIDENCE,
    )

    def test_keeps_every_part(self) -> None:
        given(SUGGESTION).when(self.OFFER).then(suggestion_offered())

    def test_may_reframe_without_an_option(self) -> None:
        given(SUGGESTION).when(change(self.OFFER, kind="reframing", options=())).then(
            reframing_offered()
        )

    @pytest.mark.parametrize("past", [REPLAN, DECIDED["dismissed"], DECIDED["withdrawn"]])
    def test_is_ignored_when_it_was_offered(self, past: Past) -> None:
        given(SUGGESTION, *past).when(change(self.OFFER, sentences=SHORTER)).then_nothing()

    @pytest.mark.parametrize(
        "beyond",
        [
            {"sentences": ()},
            {"sentences": ("",)},
            {"sentences": ("x" * 601,)},
            {"sentences": ("x",) * 9},
            {"options": (MORE_TIME,) * 6},
            {"options": (change(MORE_TIME, words=""),)},
            {"kind": "reprimand"},
            {"language": "english"},
        ],
        ids=lambda beyond: f"{next(iter(beyond))}",
    )
    def test_has_limits(self, beyond: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            said(change(self.OFFER, **beyond))


class TestEditSuggestion:
    EDIT = EditSuggestion(
        suggestion_id=DRAFT, now=NOON, sentences=SHORTER, options=(A_SMALLER_STEP,)
    )

    def test_changes_words_and_options(self) -> None:
        given(SUGGESTION, *REPLAN).when(self.EDIT).then(EDITED)

    @pytest.mark.parametrize(
        ("changes", "fact"),
        [
            ({"sentences": SHORTER}, {"options": (MORE_TIME, A_SMALLER_STEP)}),
            ({"options": (A_SMALLER_STEP,)}, {"sentences": SENTENCES}),
            ({"options": ()}, {"sentences": SENTENCES, "options": ()}),
        ],
        ids=["words", "options", "no options"],
    )
    def test_leaves_what_is_not_named(self, changes: dict[str, Any], fact: dict[str, Any]) -> None:
        ask = EditSuggestion(suggestion_id=DRAFT, now=NOON, **changes)
        given(SUGGESTION, *REPLAN).when(ask).then(change(EDITED, **fact))

    def test_edits_an_edited_one(self) -> None:
        ask = EditSuggestion(suggestion_id=DRAFT, now=NOON, sentences=("A date passed.",))
        fact = SuggestionEdited(
            suggestion_id=DRAFT,
            goal_id=WALK,
            from_sentences=SHORTER,
            sentences=("A date passed.",),
            from_options=(A_SMALLER_STEP,),
            options=(A_SMALLER_STEP,),
        )
        given(SUGGESTION, *REPLAN, EDITED).when(ask).then(fact)

    @pytest.mark.parametrize(
        "changes", [{}, {"sentences": SENTENCES, "options": (MORE_TIME, A_SMALLER_STEP)}], ids=len
    )
    def test_is_ignored_when_it_is_already_so(self, changes: dict[str, Any]) -> None:
        ask = EditSuggestion(suggestion_id=DRAFT, now=NOON, **changes)
        given(SUGGESTION, *REPLAN).when(ask).then_nothing()

    @pytest.mark.parametrize(
        "option",
        [
            change(MORE_TIME, proposal=NewDeadline(due_on=LATER_ON)),
            change(A_SMALLER_STEP, proposal=NewDeadline(due_on=LATER_ON)),
            change(A_SMALLER_STEP, proposal=NewDeadline(due_on=LATER_ON), words="Till later."),
            change(MORE_TIME, words=A_SMALLER_STEP.words),
        ],
        ids=["another day", "another kind", "its arithmetic", "the other's words"],
    )
    def test_is_refused_where_another_proposal_keeps_the_old_words(self, option: Option) -> None:
        ask = EditSuggestion(suggestion_id=DRAFT, now=NOON, options=(option, A_SMALLER_STEP))
        given(SUGGESTION, *REPLAN).when(ask).then_refused(OptionKeepsOldWords)

    def test_takes_another_proposal_in_words_of_its_own(self) -> None:
        option = Option(proposal=NewDeadline(due_on=LATER_ON), words="Take until the 20th.")
        reworded = change(MORE_TIME, words="Another week might do.")
        for edited in (option, reworded):
            ask = EditSuggestion(suggestion_id=DRAFT, now=NOON, options=(edited,))
            given(SUGGESTION, *REPLAN).when(ask).then(
                change(EDITED, sentences=SENTENCES, options=(edited,))
            )

    @pasts(DECIDED)
    def test_is_refused_once_decided(self, past: Past) -> None:
        given(SUGGESTION, *past).when(self.EDIT).then_refused(SuggestionDecided)

    @pytest.mark.parametrize("past", [REFRAMING, (*REFRAMING, REWORDED)], ids=["new", "edited"])
    def test_is_refused_where_it_would_give_a_reframing_options(self, past: Past) -> None:
        given(SUGGESTION, *past).when(self.EDIT).then_refused(NoSuchOption)
        words = EditSuggestion(
            suggestion_id=DRAFT, now=NOON, sentences=("A date passed.",), options=()
        )
        given(SUGGESTION, *past).when(words).then(
            change(
                REWORDED,
                from_sentences=SUGGESTION.fold(past).sentences,
                sentences=("A date passed.",),
            )
        )


class TestAcceptSuggestion:
    ACCEPT = AcceptSuggestion(suggestion_id=DRAFT, now=NOON)

    @pytest.mark.parametrize("option", [0, 1])
    def test_takes_an_option_of_a_replan(self, option: int) -> None:
        given(SUGGESTION, *REPLAN).when(change(self.ACCEPT, option=option)).then(
            change(ACCEPTED, option=option)
        )

    @pytest.mark.parametrize("past", [REFRAMING, (*REFRAMING, REWORDED)])
    def test_takes_a_reframing_as_it_is(self, past: Past) -> None:
        given(SUGGESTION, *past).when(self.ACCEPT).then(change(ACCEPTED, option=None))

    @pytest.mark.parametrize(
        ("past", "option"),
        [(REPLAN, None), (REPLAN, 2), (REFRAMING, 0), ((*REPLAN, EDITED), 1)],
        ids=["none named", "one too far", "of a reframing", "edited away"],
    )
    def test_is_refused_without_such_an_option(self, past: Past, option: int | None) -> None:
        given(SUGGESTION, *past).when(change(self.ACCEPT, option=option)).then_refused(NoSuchOption)

    @pasts(DECIDED)
    @pytest.mark.parametrize("option", [None, 0])
    def test_is_refused_once_decided(self, past: Past, option: int | None) -> None:
        ask = change(self.ACCEPT, option=option)
        given(SUGGESTION, *past).when(ask).then_refused(SuggestionDecided)

    @pytest.mark.parametrize("option", [-1, 5])
    def test_has_limits(self, option: int) -> None:
        with pytest.raises(ValidationError):
            said(change(self.ACCEPT, option=option))

    def test_means_the_option_of_this_number(self) -> None:
        replan = SUGGESTION.fold(REPLAN)
        assert [chosen_option(replan, nth) for nth in (0, 1)] == [MORE_TIME, A_SMALLER_STEP]
        assert chosen_option(SUGGESTION.fold(REFRAMING), None) is None


class TestDismissSuggestion:
    DISMISS = DismissSuggestion(suggestion_id=DRAFT, now=NOON, reason="Too early")

    @pasts(OPEN)
    def test_dismisses_an_open_one(self, past: Past) -> None:
        given(SUGGESTION, *past).when(self.DISMISS).then(DISMISSED)

    def test_is_ignored_when_dismissed(self) -> None:
        given(SUGGESTION, *DECIDED["dismissed"]).when(self.DISMISS).then_nothing()

    @pasts(DECIDED, "dismissed")
    def test_is_refused_once_decided(self, past: Past) -> None:
        given(SUGGESTION, *past).when(self.DISMISS).then_refused(SuggestionDecided)


class TestReleaseSuggestion:
    RELEASE = ReleaseSuggestion(suggestion_id=DRAFT, now=NOON)

    @pytest.mark.parametrize(
        ("past", "sentences"),
        [
            (REPLAN, (*SENTENCES, MORE_TIME.words)),
            ((*REPLAN, EDITED), (*EDITED.sentences, EDITED.options[0].words)),
        ],
        ids=["offered", "edited"],
    )
    def test_lets_the_client_read_an_accepted_replan_and_what_was_taken(
        self, past: Past, sentences: tuple[str, ...]
    ) -> None:
        released = change(RELEASED, sentences=sentences)
        given(SUGGESTION, *past, ACCEPTED).when(self.RELEASE).then(released)

    @pytest.mark.parametrize(
        ("past", "sentences"),
        [
            (REFRAMING, SENTENCES),
            ((*REFRAMING, REWORDED), SHORTER),
            ((*REFRAMING, change(ACCEPTED, option=None)), SENTENCES),
        ],
        ids=["offered", "edited", "accepted"],
    )
    def test_lets_the_client_read_a_reframing_as_last_edited(
        self, past: Past, sentences: tuple[str, ...]
    ) -> None:
        given(SUGGESTION, *past).when(self.RELEASE).then(change(RELEASED, sentences=sentences))

    def test_is_ignored_when_released(self) -> None:
        given(SUGGESTION, *DECIDED["released"]).when(self.RELEASE).then_nothing()

    @pytest.mark.parametrize("past", [REPLAN, (*REPLAN, EDITED)], ids=["offered", "edited"])
    def test_is_refused_before_a_replan_is_accepted(self, past: Past) -> None:
        given(SUGGESTION, *past).when(self.RELEASE).then_refused(SuggestionNotYetAccepted)

    @pasts(DECIDED, "accepted", "released")
    def test_is_refused_when_it_was_turned_down(self, past: Past) -> None:
        given(SUGGESTION, *past).when(self.RELEASE).then_refused(SuggestionDecided)


class TestWithdrawSuggestion:
    WITHDRAW = WithdrawSuggestion(suggestion_id=DRAFT, now=NOON)

    @pasts(OPEN)
    def test_withdraws_an_open_one(self, past: Past) -> None:
        given(SUGGESTION, *past).when(self.WITHDRAW).then(WITHDRAWN)

    @pasts(DECIDED)
    def test_leaves_what_somebody_has_decided(self, past: Past) -> None:
        given(SUGGESTION, *past).when(self.WITHDRAW).then_nothing()

"""What holds for every suggestion, whatever is said to it."""

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from events.suggestion import (
    SUGGESTION,
    SuggestionAccepted,
    SuggestionDismissed,
    SuggestionEdited,
    SuggestionOffered,
    SuggestionReleased,
    SuggestionWithdrawn,
)
from tests.properties.telling import Telling
from tests.strategies import offers, suggestion_commands

NEXT: dict[type[Any], set[type[Any]]] = {
    SuggestionOffered: {
        SuggestionEdited,
        SuggestionAccepted,
        SuggestionDismissed,
        SuggestionReleased,
        SuggestionWithdrawn,
    },
    SuggestionEdited: {
        SuggestionEdited,
        SuggestionAccepted,
        SuggestionDismissed,
        SuggestionReleased,
        SuggestionWithdrawn,
    },
    SuggestionAccepted: {SuggestionReleased},
    SuggestionDismissed: set(),
    SuggestionReleased: set(),
    SuggestionWithdrawn: set(),
}
stories = st.builds(lambda offer, more: [offer, *more], offers, st.lists(suggestion_commands)) | (
    st.lists(suggestion_commands)
)


def told(commands: list[Any]) -> Telling[Any, Any, Any]:
    telling = Telling(SUGGESTION)
    for command in commands:
        telling.say(command)
    return telling


@given(stories)
def test_what_is_decided_stays_decided(commands: list[Any]) -> None:
    past = told(commands).past
    assert all(isinstance(fact, SuggestionOffered) for fact in past[:1])
    for before, fact in pairwise(past):
        assert type(fact) in NEXT[type(before)]


@given(stories)
def test_a_client_reads_of_a_replan_only_what_was_accepted(commands: list[Any]) -> None:
    past = told(commands).past
    for nth, fact in enumerate(past):
        if isinstance(fact, SuggestionReleased) and past[0].kind == "replan":
            assert isinstance(past[nth - 1], SuggestionAccepted)


@given(stories)
def test_what_is_released_and_accepted_is_what_was_last_written(commands: list[Any]) -> None:
    written: Any = None
    taken: tuple[str, ...] = ()
    for fact in told(commands).past:
        match fact:
            case SuggestionOffered():
                written = fact
            case SuggestionEdited():
                assert fact.from_sentences == written.sentences
                assert fact.from_options == written.options
                assert (fact.sentences, fact.options) != (written.sentences, written.options)
                written = fact
            case SuggestionReleased():
                assert fact.sentences == (*written.sentences, *taken)
            case SuggestionAccepted(option=None):
                assert written.options == ()
            case SuggestionAccepted():
                assert fact.option in range(len(written.options))
                taken = (written.options[fact.option].words,)


@given(stories)
def test_every_fact_is_about_the_same_goal(commands: list[Any]) -> None:
    past = told(commands).past
    assert len({(fact.suggestion_id, fact.goal_id) for fact in past}) <= 1

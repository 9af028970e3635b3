"""What holds for every mood entry, check-in and assessment, whatever is said to it."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import assessment, check_in, mood
from events.aggregate import Aggregate
from tests.controls import NOON
from tests.properties.telling import Telling
from tests.strategies import assessment_commands, check_in_commands, mood_commands

Entry = tuple[Aggregate[Any, Any, Any], st.SearchStrategy[Any]]
ENTRIES: dict[str, Entry] = {
    "mood": (mood.MOOD, mood_commands),
    "check-in": (check_in.CHECK_IN, check_in_commands),
    "assessment": (assessment.ASSESSMENT, assessment_commands),
}
# What each kind of entry says, by the name of its first fact.
VALUE = {
    "MoodLogged": "rating",
    "CheckInLogged": "amount",
    "AssessmentScored": "total",
    "AssessmentLeftIncomplete": "total",
}
# What a later fact does to an entry that was kept, short of withdrawing it.
CORRECTING = ("Corrected", "LeftIncomplete", "Completed")
# What a correction may change beside the value.
SAID_BESIDE = ("occurred_at", "note", "tags", "answers", "suicide_item", "difficulty")


def told(entry: Entry, commands: list[Any]) -> Telling[Any, Any, Any]:
    telling = Telling(entry[0])
    for command in commands:
        telling.say(command)
    return telling


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES.keys())
class TestAnyEntry:
    @given(st.data())
    def test_is_logged_once_corrected_in_between_and_withdrawn_last(
        self, entry: Entry, data: st.DataObject
    ) -> None:
        telling = told(entry, data.draw(st.lists(entry[1], max_size=12)))
        kinds = [type(fact).__name__ for fact in telling.past]
        corrections = [kind for kind in kinds[1:] if not kind.endswith("Withdrawn")]
        assert all(kind in VALUE for kind in kinds[:1])
        assert all(kind.endswith(CORRECTING) for kind in corrections)
        assert all(not kind.endswith("Withdrawn") for kind in kinds[:-1])
        withdrawn = bool(kinds) and kinds[-1].endswith("Withdrawn")
        assert telling.state.stage == ("withdrawn" if withdrawn else "kept" if kinds else "unset")

    @given(st.data())
    def test_says_what_it_was_before_every_correction(
        self, entry: Entry, data: st.DataObject
    ) -> None:
        past = told(entry, data.draw(st.lists(entry[1], max_size=12))).past
        value = VALUE[type(past[0]).__name__] if past else ""
        for before, fact in pairwise(past):
            if type(fact).__name__.endswith(CORRECTING):
                # An incomplete form has no total: none was there before, or there is none now.
                assert getattr(fact, f"from_{value}", None) == getattr(before, value, None)
                assert fact.from_occurred_at == before.occurred_at
                assert any(
                    getattr(fact, name, None) != getattr(before, name, None)
                    for name in (value, *SAID_BESIDE)
                )

    @given(st.data())
    def test_is_never_of_a_time_to_come(self, entry: Entry, data: st.DataObject) -> None:
        for fact in told(entry, data.draw(st.lists(entry[1], max_size=8))).past:
            if not type(fact).__name__.endswith("Withdrawn"):
                assert fact.occurred_at <= NOON
                assert fact.occurred_at.utcoffset() is not None

    @given(st.data())
    def test_remembers_what_was_said_last(self, entry: Entry, data: st.DataObject) -> None:
        telling = told(entry, data.draw(st.lists(entry[1], max_size=12)))
        kept = [fact for fact in telling.past if not type(fact).__name__.endswith("Withdrawn")]
        for name in ("rating", "amount", "total", "note", "tags", "answers", "occurred_at"):
            if kept and hasattr(kept[-1], name):
                assert getattr(telling.state, name) == getattr(kept[-1], name)


@given(st.lists(mood_commands, max_size=12))
def test_an_entry_keeps_the_offset_in_which_it_was_told(commands: list[Any]) -> None:
    telling = Telling(mood.MOOD)
    offset: timedelta | None = None
    for command in commands:
        for fact in telling.say(command) or []:
            said_at = getattr(command, "occurred_at", None)
            if isinstance(fact, mood.MoodWithdrawn):
                continue
            offset = said_at.utcoffset() if said_at is not None else offset
            assert fact.occurred_at.utcoffset() == offset

"""What can be read of a refused form: an endorsed item is found, however badly the rest is put."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import instruments
from events.refused_form import (
    MOST_POINTS,
    UNKNOWN_INSTRUMENT,
    UNKNOWN_ITEM,
    endorsed_in_refused,
    instrument_meant,
    points,
    whole_points,
)

CALM = [0] * 9
WORSE = [0, 0, 0, 0, 0, 0, 0, 0, 2]
ASKING = [id_ for id_, one in instruments.known().items() if one.safety_item is not None]


class TestPoints:
    @pytest.mark.parametrize(
        ("said", "read"),
        [
            (2, 2.0),
            (2.5, 2.5),
            (True, 1.0),
            ("3", 3.0),
            (" 2,5 ", 2.5),
            ("-9", -9.0),
            (10**400, float(MOST_POINTS)),
            (-(10**400), -float(MOST_POINTS)),
            (float("inf"), float(MOST_POINTS)),
            ("9" * 200, float(MOST_POINTS)),
            (float("nan"), None),
            ("nan", None),
            ("", None),
            ("three", None),
            (None, None),
            ([3], None),
            ({"9": 3}, None),
        ],
    )
    def test_are_read(self, said: Any, read: float | None) -> None:
        assert points(said) == read

    def test_of_an_answer_are_whole(self) -> None:
        assert [whole_points(one) for one in (0.1, 2.5, -0.5, "1,2", None)] == [1, 3, 0, 2, None]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
)
def test_nothing_that_json_can_say_raises(said: Any) -> None:
    assert whole_points(said) is None or abs(whole_points(said) or 0) <= MOST_POINTS
    assert instrument_meant(said) in {None, *instruments.known()}
    endorsed_in_refused(said, [whole_points(said)] * 9, whole_points(said), points(said))


@pytest.mark.parametrize("said", ["phq9", "PHQ9", "PHQ-9", " phq 9 ", "Phq_9"])
def test_an_instrument_is_known_however_it_is_spelled(said: str) -> None:
    form = endorsed_in_refused(said, WORSE)
    assert form is not None
    assert (form.instrument, form.found.item, form.found.answer) == ("phq9", 9, 2)


@pytest.mark.parametrize("instrument", ASKING)
def test_of_every_instrument_that_asks_the_highest_of_what_is_said_counts(instrument: str) -> None:
    asks = instruments.named(instrument).safety_item
    assert asks is not None
    answers = [0] * max(asks.numbers)
    assert endorsed_in_refused(instrument, answers, 0, 0) is None
    answers[asks.numbers[0] - 1] = 1
    for item, answer in ((None, 1), (0, 1), (1, 1), (2, 2)):
        form = endorsed_in_refused(instrument, answers, item)
        assert form is not None
        assert (form.found.item, form.found.answer) == (asks.numbers[0], answer)
    beyond = endorsed_in_refused(instrument, None, None, MOST_POINTS)
    assert beyond is not None
    assert beyond.found.answer == 1


@pytest.mark.parametrize("instrument", [None, "phq8", "no such", 7])
def test_nine_answers_are_a_phq9_whatever_it_is_called(instrument: Any) -> None:
    form = endorsed_in_refused(instrument, WORSE)
    assert form is not None
    assert (form.instrument, form.found.item) == ("phq9", 9)
    assert endorsed_in_refused(instrument, CALM) is None


@pytest.mark.parametrize(
    ("instrument", "known"),
    [("phq8", "phq8"), ("PHQ-8", "phq8"), (None, UNKNOWN_INSTRUMENT), ("x", UNKNOWN_INSTRUMENT)],
)
def test_an_item_that_is_not_asked_for_counts(instrument: Any, known: str) -> None:
    form = endorsed_in_refused(instrument, None, 2, 5)
    assert form is not None
    assert (form.instrument, form.found.item, form.found.answer) == (known, UNKNOWN_ITEM, 2)
    assert endorsed_in_refused(instrument, None, 0, 5) is None


def test_a_code_for_a_missing_answer_is_no_answer() -> None:
    for missing in (-9, -1, None):
        assert endorsed_in_refused("phq9", [*CALM[:8], missing]) is None
        assert endorsed_in_refused("phq9", None, missing, 3) is None


def test_a_form_that_does_not_ask_endorses_nothing() -> None:
    assert endorsed_in_refused("gad7", [3] * 7) is None
    assert endorsed_in_refused("who5", [0] * 5, None, 0) is None

"""What holds for every form of every instrument, however it is filled in."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import instruments
from events.instruments import Instrument, ScoreMissing, Scoring, endorsed, prorated, tally
from tests.examples import examples

SCORED = [one for one in instruments.known().values() if one.scoring]
every_form = pytest.mark.parametrize("instrument", SCORED, ids=lambda one: one.id)


def rule_of(instrument: Instrument) -> Scoring:
    assert instrument.scoring is not None
    return instrument.scoring


@cache
def lots(count: int) -> st.SearchStrategy[bytes]:
    """A number below 256 for each item, drawn at once: one by one takes most of the time."""
    return st.binary(min_size=count, max_size=count)


def answers_to(instrument: Instrument) -> st.SearchStrategy[tuple[int, ...]]:
    highest = rule_of(instrument).highest
    return lots(len(highest)).map(
        lambda drawn: tuple(luck % (most + 1) for luck, most in zip(drawn, highest, strict=True))
    )


# Few answers missing, or many: forms are prorated by how many.
how_many = st.sampled_from([0, 32, 128, 240])


def left_out(data: st.DataObject, answers: tuple[int, ...]) -> tuple[int | None, ...]:
    """The same form with some answers missing, at least one and not all."""
    first = data.draw(st.integers(0, len(answers) - 1))
    missing, drawn = data.draw(how_many), list(data.draw(lots(len(answers))))
    drawn[first], drawn[first - 1] = -1, 256
    return tuple(
        None if luck < missing else answer for luck, answer in zip(drawn, answers, strict=True)
    )


@every_form
@examples(60)
@given(st.data())
def test_a_complete_form_has_a_total_that_the_instrument_admits(
    instrument: Instrument, data: Any
) -> None:
    answers = data.draw(answers_to(instrument))
    reached = tally(instrument.id, total=None, answers=answers)
    assert reached.total is not None
    assert instrument.admits(reached.total)
    assert reached.prorated is None
    assert tally(instrument.id, total=reached.total, answers=answers) == reached


@every_form
@examples(60)
@given(st.data())
def test_raising_one_answer_never_lowers_the_total(instrument: Instrument, data: Any) -> None:
    # On every form here more points are more of what it measures: symptoms, or well-being.
    answers = data.draw(answers_to(instrument))
    nth = data.draw(st.integers(0, len(answers) - 1))
    raised = data.draw(st.integers(answers[nth], rule_of(instrument).highest[nth]))
    more = (*answers[:nth], raised, *answers[nth + 1 :])
    rule = rule_of(instrument)
    assert rule.total(more) >= rule.total(answers)


@every_form
def test_both_ends_are_reached(instrument: Instrument) -> None:
    rule = rule_of(instrument)
    nothing, everything = tuple(0 for _ in rule.highest), rule.highest
    assert rule.total(nothing) == instrument.minimum
    assert rule.total(everything) == instrument.maximum


@every_form
@given(st.data())
def test_an_incomplete_form_never_has_a_total(instrument: Instrument, data: Any) -> None:
    partly = left_out(data, data.draw(answers_to(instrument)))
    reached = tally(instrument.id, total=None, answers=partly)
    assert reached.total is None
    few = partly.count(None) <= rule_of(instrument).missing_allowed
    assert (reached.prorated is not None) == few
    if reached.prorated is not None:
        assert instrument.spans(reached.prorated)


@every_form
@given(st.data())
def test_what_is_prorated_lies_among_the_totals_it_could_be(
    instrument: Instrument, data: Any
) -> None:
    rule = rule_of(instrument)
    partly = left_out(data, data.draw(answers_to(instrument)))
    estimate = tally(instrument.id, total=None, answers=partly).prorated
    if estimate is not None:
        least = tuple(0 if answer is None else answer for answer in partly)
        most = tuple(
            highest if answer is None else answer
            for answer, highest in zip(partly, rule.highest, strict=True)
        )
        assert rule.total(least) <= estimate <= rule.total(most)


@every_form
@examples(60)
@given(st.data())
def test_a_form_with_nothing_missing_is_prorated_to_its_total(
    instrument: Instrument, data: Any
) -> None:
    rule = rule_of(instrument)
    answers = data.draw(answers_to(instrument))
    assert prorated(rule, answers) == (None if rule.groups else rule.total(answers))


@every_form
def test_a_blank_form_is_none(instrument: Instrument) -> None:
    with pytest.raises(ScoreMissing):
        tally(instrument.id, total=None, answers=(None,) * rule_of(instrument).count)


@every_form
@given(st.data())
def test_only_the_safety_items_endorse_and_any_of_them_does(
    instrument: Instrument, data: Any
) -> None:
    answers = data.draw(answers_to(instrument))
    form: Any = left_out(data, answers) if data.draw(st.booleans()) else answers
    numbers = instrument.safety_item.numbers if instrument.safety_item else ()
    said = {number: form[number - 1] for number in numbers if form[number - 1]}
    found = endorsed(instrument.id, form)
    if said:
        assert found is not None
        assert said[found.item] == found.answer == max(said.values())
    else:
        assert found is None

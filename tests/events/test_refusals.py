"""What every refusal in events/ has in common, and how several are told at once."""

import importlib
import pkgutil
from collections.abc import Callable

import pytest

import events
from events.deadline import DeadlineBeforeTheStart
from events.goal_decisions import GoalNotActive
from events.instruments import AnswerOutsideTheItem
from events.measure_soundness import TargetNotTowardsHealth, TargetOutsideTheInstrument
from events.moment import TimeOutOfRange
from events.refusals import (
    NotFound,
    Refusals,
    Rejected,
    StateRefused,
    ValueRefused,
    refuse,
    require_all,
    require_first,
)

for module in pkgutil.walk_packages(events.__path__, "events."):
    importlib.import_module(module.name)


def kinds_of(kind: type[Rejected]) -> list[type[Rejected]]:
    return [one for child in kind.__subclasses__() for one in (child, *kinds_of(child))]


SHAPES = {ValueRefused, StateRefused, NotFound}
REFUSALS = sorted(
    (
        one
        for one in kinds_of(Rejected)
        if one not in SHAPES and one.__module__.startswith("events.")
    ),
    key=lambda one: one.__name__,
)


def raising(refusal: Rejected) -> Callable[[], None]:
    def rule() -> None:
        raise refusal

    return rule


class TestRequireAll:
    def test_raises_the_first_refusal_with_the_others_beside_it(self) -> None:
        first, second, third = (TimeOutOfRange(field=name) for name in ("a", "b", "c"))
        first.others = (second,)
        with pytest.raises(TimeOutOfRange) as refused:
            require_all(lambda: 1, raising(first), lambda: None, raising(third))
        assert refused.value is first
        assert [*refused.value.others] == [second, third]

    def test_raises_nothing_where_every_rule_is_kept(self) -> None:
        require_all(lambda: 1, lambda: None)
        refuse([])

    def test_gathers_nothing_about_the_state_of_the_record(self) -> None:
        with pytest.raises(GoalNotActive) as refused:
            require_all(raising(TimeOutOfRange()), raising(GoalNotActive()))
        assert refused.value.others == ()


class TestRequireFirst:
    def test_asks_nothing_else_where_it_is_kept(self) -> None:
        require_first(lambda: None, raising(TimeOutOfRange()))

    def test_tells_the_others_beside_it_where_it_is_broken(self) -> None:
        first, second = TimeOutOfRange(field="a"), TimeOutOfRange(field="b")
        with pytest.raises(TimeOutOfRange) as refused:
            require_first(raising(first), lambda: None, raising(second))
        assert refused.value is first
        assert refused.value.others == (second,)

    def test_comes_before_what_the_state_of_the_record_refuses(self) -> None:
        first, last = TimeOutOfRange(field="a"), TimeOutOfRange(field="b")
        with pytest.raises(TimeOutOfRange) as refused:
            require_first(raising(first), raising(GoalNotActive()), raising(last))
        assert refused.value.others == (last,)

    def test_raises_at_once_what_is_no_refusal_of_a_value(self) -> None:
        with pytest.raises(GoalNotActive):
            require_first(raising(GoalNotActive()), raising(TimeOutOfRange()))


class TestRefusals:
    def test_know_whether_a_rule_was_kept_and_whether_all_were(self) -> None:
        refusals = Refusals()
        assert refusals.ask(lambda: None)
        assert not refusals
        assert not refusals.ask(raising(TimeOutOfRange()), lambda: None)
        assert refusals.ask(lambda: None)
        assert refusals

    def test_let_everything_else_pass(self) -> None:
        with pytest.raises(ZeroDivisionError), Refusals():
            raise ZeroDivisionError


class TestRejected:
    def test_is_named_in_addresses_by_its_class(self) -> None:
        assert GoalNotActive.slug() == "goal-not-active"
        assert DeadlineBeforeTheStart.slug() == "deadline-before-the-start"

    def test_says_its_docstring_on_one_line(self) -> None:
        assert str(TargetOutsideTheInstrument()) == TargetOutsideTheInstrument.sentence()
        assert "\n" not in TargetOutsideTheInstrument.sentence()

    def test_says_its_facts_where_it_has_any(self) -> None:
        assert str(AnswerOutsideTheItem()) == AnswerOutsideTheItem.sentence()
        told = AnswerOutsideTheItem(item=3, highest=4.0).told()
        assert told.startswith("Item 3 is answered from 0 to 4: ")
        side = TargetNotTowardsHealth(side="lower")
        assert "the lower one" in side.told()
        assert side.facts == {"side": "lower"}

    def test_is_of_another_field_where_it_says_so(self) -> None:
        assert TimeOutOfRange().pointer == "/occurred_at"
        assert TimeOutOfRange(field="due_on").pointer == "/due_on"

    def test_says_nothing_where_nothing_is_written(self) -> None:
        class Bare(Rejected):
            __doc__ = None

        assert Bare.sentence() == ""


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.__name__)
class TestEveryRefusal:
    def test_has_a_sentence_of_its_own(self, refusal: type[Rejected]) -> None:
        sentence = refusal.sentence()
        assert refusal.__doc__ not in {parent.__doc__ for parent in refusal.__bases__}
        assert sentence.endswith(".")
        assert sentence[0].isupper()
        assert 20 < len(sentence) <= 160

    def test_says_its_facts_in_a_sentence(self, refusal: type[Rejected]) -> None:
        if refusal.detail is not None:
            assert refusal.detail.endswith(".")
            assert "{" in refusal.detail
            assert len(refusal.detail) <= 200

    def test_is_of_one_kind(self, refusal: type[Rejected]) -> None:
        assert sum(issubclass(refusal, shape) for shape in SHAPES) == 1

    def test_names_the_field_at_fault_where_a_value_is(self, refusal: type[Rejected]) -> None:
        assert (refusal.field is not None) is issubclass(refusal, ValueRefused)

    def test_has_an_address_of_its_own(self, refusal: type[Rejected]) -> None:
        assert [one for one in REFUSALS if one.slug() == refusal.slug()] == [refusal]

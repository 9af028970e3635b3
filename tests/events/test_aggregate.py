"""An aggregate as one value: how it is folded, and its streams."""

from events.aggregate import Aggregate, Stream
from tests.controls import ANNA, ENTRY, PRACTICE

COUNT: Aggregate[int, int, int] = Aggregate(
    category="count",
    initial=1,
    evolve=lambda state, event: 10 * state + event,
    decide=lambda state, ask: [ask],
)


class TestAnAggregate:
    def test_folds_in_order(self) -> None:
        assert COUNT.fold(iter([2, 3])) == 123

    def test_starts_at_the_beginning(self) -> None:
        assert COUNT.fold([]) == 1

    def test_names_its_streams(self) -> None:
        assert COUNT.stream(PRACTICE, ENTRY, client_id=ANNA) == Stream(
            practice_id=PRACTICE, stream_id=ENTRY, category="count", client_id=ANNA
        )

    def test_unfolded_has_the_same_streams_and_no_state(self) -> None:
        unfolded = COUNT.unfolded
        assert unfolded.stream(PRACTICE, ENTRY) == COUNT.stream(PRACTICE, ENTRY)
        assert unfolded.fold([2, 3]) is None

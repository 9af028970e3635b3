"""What a subscription tells of an event: no position, wherever in the event there is one."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from events.catalogue import types
from projections.told_event import NumberedEvent, with_token, without_positions
from tests.controls import ANNA, NOON, PRACTICE, WALK
from tests.events.test_samples import SAMPLES
from tests.projections.test_told_position import SEALED


def names_in(said: Any) -> set[str]:
    """The names of all fields, those within fields included."""
    match said:
        case dict():
            return {*said, *(name for value in said.values() for name in names_in(value))}
        case list():
            return {name for value in said for name in names_in(value)}
        case _:
            return set()


class TestWithoutPositions:
    @pytest.mark.parametrize("type_", types())
    def test_leaves_none_in_any_type(self, type_: str):
        for sample in SAMPLES[type_]:
            told = without_positions(sample)
            assert {name for name in names_in(told) if "position" in name} == set()

    def test_leaves_everything_else(self):
        offered = SAMPLES["suggestion.offered.v1"][0]
        told = without_positions(offered)
        assert offered.keys() == told.keys()
        assert offered["evidence"].keys() - told["evidence"].keys() == {"position", "positions"}
        assert without_positions({"position": "of a chair"}) == {"position": "of a chair"}


class TestWithToken:
    def test_tells_the_same_of_an_event_each_time(self):
        event = NumberedEvent(
            position=42,
            type="goal.reached.v1",
            category="goal",
            stream_id=WALK,
            version=9,
            client_id=ANNA,
            occurred_at=NOON,
            recorded_at=NOON,
            link=f"/v1/goals/{WALK}",
            number=7,
        )
        told = with_token(event, SEALED, PRACTICE)
        assert told == with_token(event, SEALED, PRACTICE) == with_token(told, SEALED, PRACTICE)
        assert isinstance(told.position, str)
        assert SEALED.position(PRACTICE, told.position) == 42
        assert told == msgspec.structs.replace(event, position=told.position)
        # Told by another subscription it is the same; another event at its place is not.
        assert with_token(renumbered(event), SEALED, PRACTICE).position == told.position
        elsewhere = msgspec.structs.replace(event, stream_id=UUID(int=9))
        assert with_token(elsewhere, SEALED, PRACTICE).position != told.position


def renumbered(event: NumberedEvent) -> NumberedEvent:
    return msgspec.structs.replace(event, number=1)

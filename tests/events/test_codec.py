"""The form in bytes of a log's events, whatever they say."""

import msgspec
import pytest

from events.codec import Codec, type_of


class Rained(msgspec.Struct, frozen=True, tag_field="type", tag="weather.rained.v1"):
    millimetres: float


class Shone(msgspec.Struct, frozen=True, tag_field="type", tag="weather.shone.v1"):
    hours: int


class TestCodec:
    def test_reads_what_it_wrote(self) -> None:
        codec = Codec(Rained, Shone)
        for event in (Rained(2.5), Shone(7)):
            assert codec.decode(codec.encode(event)) == event

    def test_of_one_type_needs_no_other(self) -> None:
        assert Codec(Shone).decode(b'{"type":"weather.shone.v1","hours":7}') == Shone(7)

    def test_knows_its_types_by_their_tags(self) -> None:
        types = {"weather.rained.v1": Rained, "weather.shone.v1": Shone}
        assert Codec(*types.values()).types == types

    def test_refuses_a_type_that_it_was_not_given(self) -> None:
        with pytest.raises(ValueError, match=r"weather\.rained\.v1"):
            Codec(Shone).decode(Codec(Rained).encode(Rained(2.5)))


class TestTypeOf:
    def test_is_the_tag_of_an_event_and_of_its_class(self) -> None:
        assert type_of(Shone(7)) == type_of(Shone) == "weather.shone.v1"

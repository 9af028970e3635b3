"""The list of everything that can be in the log: its names, and what its codec reads."""

import importlib
import pkgutil
import re
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

import events
from events.aggregate import Aggregate
from events.catalogue import decode, encode, types
from events.two_clocks import PracticeClockCorrected
from tests.controls import goal_set, mood_logged

TAG = re.compile(r"(?P<category>[a-z]+(_[a-z]+)*)\.(?P<fact>[a-z]+(_[a-z]+)*)\.v[1-9]\d*")


CATEGORIES = {
    one.category
    for module in pkgutil.walk_packages(events.__path__, "events.")
    for one in vars(importlib.import_module(module.name)).values()
    if isinstance(one, Aggregate)
}


def tagged() -> dict[str, type[msgspec.Struct]]:
    """Every Struct of events/ whose tag has the form of an event's."""
    found = [
        one
        for module in pkgutil.walk_packages(events.__path__, "events.")
        for one in vars(importlib.import_module(module.name)).values()
        if isinstance(one, type) and issubclass(one, msgspec.Struct)
    ]
    return {
        str(one.__struct_config__.tag): one
        for one in found
        if TAG.fullmatch(str(one.__struct_config__.tag))
    }


class TestTypes:
    def test_leave_no_event_out(self) -> None:
        assert types() == tagged()

    def test_are_each_named_once(self) -> None:
        assert len(types()) == len(set(types().values()))

    @pytest.mark.parametrize(("tag", "kind"), types().items(), ids=list(types()))
    def test_are_named_like_their_class(self, tag: str, kind: type[msgspec.Struct]) -> None:
        name = TAG.fullmatch(tag)
        assert name is not None
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()
        assert words == f"{name['category']}_{name['fact']}"

    @pytest.mark.parametrize(("tag", "kind"), types().items(), ids=list(types()))
    def test_are_named_after_their_category(self, tag: str, kind: type[msgspec.Struct]) -> None:
        category = tag.partition(".")[0]
        assert category in CATEGORIES
        if kind is not PracticeClockCorrected:  # The log's own.
            assert kind.__module__.rpartition(".")[2].startswith(category)

    @pytest.mark.parametrize("kind", types().values(), ids=list(types()))
    def test_never_change_once_made(self, kind: type[msgspec.Struct]) -> None:
        assert kind.__struct_config__.frozen
        # An older release reads past a field that it does not know yet.
        assert not kind.__struct_config__.forbid_unknown_fields


class TestDecode:
    def test_reads_what_was_encoded(self) -> None:
        assert decode(encode(goal_set())) == goal_set()

    @pytest.mark.parametrize("minutes", [-720, -570, 0, 345, 840, 1439, -1439])
    def test_keeps_the_offset_of_a_time(self, minutes: int) -> None:
        zone = timezone(timedelta(minutes=minutes))
        there = datetime(2026, 3, 2, 7, 30, 0, 123456, tzinfo=zone)
        read = decode(encode(mood_logged(occurred_at=there)))
        assert read.occurred_at.isoformat() == there.isoformat()

    @pytest.mark.parametrize("year", [1900, 2200])
    def test_keeps_times_at_both_ends(self, year: int) -> None:
        at = datetime(year, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
        assert decode(encode(mood_logged(occurred_at=at))).occurred_at == at

    @pytest.mark.parametrize("note", ["", 'naïve 😀 \x00\n\t"\\', "\u202eright to left", "\ufeff"])
    def test_keeps_every_letter(self, note: str) -> None:
        assert decode(encode(mood_logged(note=note))).note == note

    def test_reads_past_a_field_of_a_later_release(self) -> None:
        plain = msgspec.json.decode(encode(mood_logged())) | {"weather": "rain"}
        assert decode(msgspec.json.encode(plain)) == mood_logged()

    @pytest.mark.parametrize(
        "body",
        [
            b'{"type":"mood.guessed.v1"}',
            b'{"type":"mood.logged.v2"}',
            b'{"mood_id":"0198a000-0000-7000-8000-000000000020"}',
            b"{}",
            b"[]",
            b"null",
        ],
    )
    def test_fails_loudly_at_what_it_does_not_know(self, body: bytes) -> None:
        with pytest.raises(msgspec.ValidationError):
            decode(body)

    @pytest.mark.parametrize("body", [b"", b"\xff", b'{"type":"mood.logged.v1"'])
    def test_fails_loudly_at_what_is_not_whole(self, body: bytes) -> None:
        with pytest.raises(msgspec.DecodeError):
            decode(body)

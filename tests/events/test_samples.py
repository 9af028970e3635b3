"""Samples of every event ever released: each is read for ever, and nothing in it is lost.

A file of tests/samples/ is named after a type and holds a list of its events as they were stored.
Add a sample when a type gets a field; never change or remove one. Some lie at the edge of what may
be stored: limits may be widened later, never narrowed.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from events.catalogue import decode, encode, types
from events.codec import type_of

SAMPLES = {
    path.stem: msgspec.json.decode(path.read_bytes())
    for path in sorted((Path(__file__).parents[1] / "samples").glob("*.json"))
}
STORED = [(tag, sample) for tag, samples in SAMPLES.items() for sample in samples]


def is_kept(sample: Any, again: Any) -> bool:
    """Whether all of a stored value is there still; a later release may have added to it."""
    match sample, again:
        case dict(), dict():
            return all(name in again and is_kept(sample[name], again[name]) for name in sample)
        case list(), list():
            return len(sample) == len(again) and all(map(is_kept, sample, again))
        case _:
            return bool(sample == again) and type(sample) is type(again)


def test_there_is_one_for_every_type_and_for_no_other() -> None:
    assert set(SAMPLES) == set(types())


@pytest.mark.parametrize(("tag", "kind"), types().items(), ids=list(types()))
def test_every_field_of_a_type_is_in_one(tag: str, kind: type[msgspec.Struct]) -> None:
    shown = {name for sample in SAMPLES.get(tag, []) for name in sample}
    assert shown - {"type"} >= set(kind.__struct_encode_fields__)


@pytest.mark.parametrize(("tag", "sample"), STORED)
def test_is_read_and_written_again_without_loss(tag: str, sample: dict[str, Any]) -> None:
    event = decode(msgspec.json.encode(sample))
    assert type_of(event) == tag
    again = encode(event)
    assert decode(again) == event
    assert is_kept(sample, msgspec.json.decode(again))

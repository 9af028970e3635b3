"""What holds for everything that can be in the log: it comes back as it went in."""

from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from events.catalogue import decode, encode, types
from events.codec import type_of
from events.record import digest
from events.sealing import SealBroken, seal, unseal
from tests.examples import examples
from tests.properties.stored_values import values_of_type

KEY = AESGCM(b"a client's key of thirty-two byt")


@pytest.mark.parametrize(("tag", "kind"), types().items(), ids=list(types()))
@examples(60)
@given(data=st.data())
def test_an_event_comes_back_as_it_went_in(
    tag: str, kind: type[msgspec.Struct], data: st.DataObject
) -> None:
    event: Any = data.draw(values_of_type(kind))
    stored = encode(event)
    read = decode(stored)
    assert type(read) is kind
    assert type_of(event) == tag
    assert read == event
    # An offset from UTC is not part of a time's equality, but it is of what is stored.
    assert encode(read) == stored


@given(data=st.data())
def test_a_digest_tells_two_contents_apart(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(list(types().values())))
    one, two = data.draw(values_of_type(kind)), data.draw(values_of_type(kind))
    assert digest(decode(encode(one))) == digest(one)
    if one != two:
        assert digest(one) != digest(two)


@given(st.binary(max_size=200), st.lists(st.binary(max_size=20), max_size=4))
def test_what_is_sealed_opens_in_its_place(plain: bytes, place: list[bytes]) -> None:
    assert unseal(KEY, seal(KEY, plain, context=place), context=place) == plain


@given(st.binary(max_size=200))
def test_nothing_else_opens(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        unseal(KEY, sealed, context=[])

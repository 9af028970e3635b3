"""The limits on what people write."""

from typing import Any

import msgspec
import pytest

from events import text


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (text.Name, "A"),
        (text.Name, "Ñ" * 200),
        (text.Statement, "s" * 500),
        (text.Reason, "r" * 500),
        (text.OptionalReason, ""),
        (text.OptionalReason, "r" * 500),
        (text.Note, ""),
        (text.Note, "n" * 4000),
        (text.Note, "two\nlines and a null \0"),
        (text.Tag, "t" * 40),
        (text.Tags, ()),
        (text.Tags, ("a",) * 20),
        (text.ZoneName, "America/Argentina/ComodRivadavia"),
        *((text.Language, written) for written in ("de", "gsw", "de-CH", "gsw-CH")),
        (text.Country, "CH"),
    ],
)
def test_takes(kind: Any, written: Any) -> None:
    assert msgspec.convert(written, kind) == written


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (text.Name, ""),
        (text.Name, "x" * 201),
        (text.Statement, ""),
        (text.Statement, "x" * 501),
        (text.Reason, ""),
        (text.Reason, "x" * 501),
        (text.OptionalReason, "x" * 501),
        (text.Note, "x" * 4001),
        (text.Tag, ""),
        (text.Tag, "x" * 41),
        (text.Tags, ("a",) * 21),
        (text.Tags, ("",)),
        (text.ZoneName, ""),
        (text.ZoneName, "x" * 65),
        *(
            (text.Language, written)
            for written in ("", "d", "DE", "deut", "de-ch", "de_CH", "de-", "de-CHE", " de")
        ),
        # Python's $ would let these through.
        (text.Language, "de\n"),
        (text.Language, "de-CH\n"),
        (text.Country, "CH\n"),
        *((text.Country, written) for written in ("", "C", "ch", "CHE", "C1")),
        (text.Name, 7),
    ],
)
def test_does_not_take(kind: Any, written: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(written, kind)

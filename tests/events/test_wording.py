"""wording: numbers as people read them."""

import pytest

from events.wording import plain


@pytest.mark.parametrize(
    ("number", "language", "text"),
    [
        (3.0, "en", "3"),
        (2.5, "en", "2.5"),
        (2.5, "es", "2,5"),
        (2.5, "es-MX", "2.5"),
        (-1.25, "en", "-1.25"),
        (0.004, "en", "0"),
        # Nothing has no sign.
        (-0.0, "en", "0"),
        (-0.004, "en", "0"),
        (-0.004, "es", "0"),
        (-0.006, "en", "-0.01"),
    ],
)
def test_a_number_is_plain(number: float, language: str, text: str) -> None:
    assert plain(number, language) == text

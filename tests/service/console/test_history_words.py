"""The history on a screen: each value as people write it."""

import pytest

from service.console.history import words


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (True, "yes"),
        (2.0, "2"),
        ("2026-03-10", "2026-03-10"),
        (("None", "One", "Five", "Six", "More"), "None · One · Five · Six · More"),
        (["None", "One"], "None · One"),
        ({"type": "percent_change", "percent": -50.0}, "-50 %"),
        ({"type": "value", "value": 12.0}, "12 points"),
        ({"fraction": 0.4, "latest": 2.0}, "40% of the way, latest 2"),
        (-1, "-1"),
        ([], "[]"),
    ],
)
def test_are_those_of_people(value, told):
    assert words(value) == told

"""The lines of `cairn up`: on a terminal they fit, and in a file each step is one line."""

from io import StringIO

import pytest
from rich.console import Console

from service.steps import Steps, fitted

DETAIL = "var/cairn.key (keep a copy: without it the log is unreadable)"
FILE = "/srv/a-long-name/" * 5 + "postgres"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_step_fits_a_terminal_and_is_one_line_elsewhere(is_terminal: bool):
    screen = StringIO()
    steps = Steps(Console(file=screen, force_terminal=is_terminal, width=80, color_system=None))
    with steps.step("key") as step:
        step.detail, step.lacks = DETAIL, DETAIL
    lines = screen.getvalue().splitlines()
    assert " ".join(" ".join(lines).split()).count(DETAIL) == 2
    assert (max(map(len, lines)) <= 80) == is_terminal
    assert len(lines) == (3 if is_terminal else 2)


def test_a_file_is_never_broken():
    terminal = Console(file=StringIO(), force_terminal=True, width=80)
    assert FILE in fitted(terminal, f"the folder {FILE} cannot be used", beside=34).splitlines()[1]

"""The examples in docstrings are true."""

import doctest
from importlib import import_module

import pytest

from tests.house.tree import PACKAGES, modules, name

SHOWS = "    >>" + "> "  # Written so that this file does not show one.
SHOWN = [path for path in modules(*PACKAGES, "tests") if SHOWS in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", SHOWN, ids=name)
def test_an_example_shows_what_happens(path):
    module = import_module(name(path).removesuffix(".py").replace("/", "."))
    failed, tried = doctest.testmod(module)
    assert (failed, tried > 0) == (0, True)

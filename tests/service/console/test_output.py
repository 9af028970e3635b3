"""Tables and paragraphs fit into as many columns as there are; ids can be copied from them."""

import os
import shutil
from uuid import UUID

import pytest

from service.console.output import WIDE, print_table, print_text

ID = str(UUID(int=2**127))
WORDS = "a walk that ends with something good " * 5


@pytest.mark.parametrize("columns", [100, 80])
class TestAHundredColumnsAndLess:
    def test_hold_a_table_whose_ids_stay_whole(
        self,
        columns: int,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        print_table(("id", "words", "more"), [(f"{ID}\n{ID}", WORDS, WORDS)], whole=("id",))
        told = capsys.readouterr().out
        assert max(map(len, told.splitlines())) <= columns
        assert told.count(ID) == 2
        assert told.count("something") == 10

    def test_hold_a_paragraph(
        self,
        columns: int,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        print_text(WORDS)
        told = capsys.readouterr().out
        assert max(map(len, told.splitlines())) <= columns
        assert told.split() == WORDS.split()


def test_what_nobody_looks_at_on_a_terminal_is_wide(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", os.terminal_size)
    print_text(WORDS)
    assert len(capsys.readouterr().out.splitlines()[0]) > WIDE - 40

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


@pytest.mark.parametrize("columns", [60, 40, 20])
class TestTooFewColumnsForATable:
    def test_show_a_block_for_each_row_and_lose_nothing(
        self, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        row = (f"{ID}\n{ID}", WORDS, "extraordinarily " * 2, "")
        print_table(("id", "words", "more", "why"), [row, row], title="Two", whole=("id",))
        told = capsys.readouterr().out
        title, *lines = told.splitlines()
        assert title == "Two"
        assert max(len(line) for line in lines if ID not in line) <= columns
        for part in told.removeprefix("Two\n").split("\n\n"):
            assert part.count(ID) == 2
            assert part.count("something") == 5
            assert "".join(part.split()).count("extraordinarily") == 2
            assert [name for name in ("id:", "words:", "more:", "why:") if name in part] == [
                "id:", "words:", "more:", "why:",
            ]  # fmt: skip

    def test_keep_a_row_of_few_words_a_table(
        self, columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("COLUMNS", str(columns))
        print_table(("", "lines"), [("read", "3")])
        assert capsys.readouterr().out.splitlines()[-1].split() == ["read", "3"]


def test_steers_nobodys_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("what", "why"), [("a\x1b[31m", "b")])
    assert "\x1b" not in capsys.readouterr().out


def test_what_nobody_looks_at_on_a_terminal_is_wide(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", os.terminal_size)
    print_text(WORDS)
    assert len(capsys.readouterr().out.splitlines()[0]) > WIDE - 40


def test_a_sentence_breaks_no_id(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    id_of_letters = "abcdefab-cdef-4abc-8def-abcdefabcdef"  # Digits are never broken.
    said = f"Paused, so what happens waits: `cairn subscriptions resume {id_of_letters} --by I`."
    for columns in range(len(id_of_letters) + 4, len(said)):
        monkeypatch.setenv("COLUMNS", str(columns))
        print_text(said)
        assert id_of_letters in capsys.readouterr().out, columns

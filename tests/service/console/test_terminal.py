"""What a person sees on a terminal: short ids, colours that say nothing alone, harmless names."""

import asyncio
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import unicodedata

import click
import pytest
from rich.cells import cell_len
from rich.text import Text

from projections.caseload import Attention
from service.console import cells
from service.console.caseload import waits
from service.console.output import print_table, print_text
from tests.house.tree import ROOT
from tests.running import CAIRN
from tests.service.console.people import enrolled

RED = re.compile(r"\x1b\[(?:[0-9]+;)*[34]1m")
TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
HARMFUL = (
    "Eve\x1b]0;mine\x07\x1b[2J",
    "Mallory\nAnna K.  nothing waits",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnoL\N{FIRST STRONG ISOLATE}",
    "Trudy\x9b31m\r\x08",
)
MANY_CELLS = (
    "李小龍 司馬相如 諸葛亮",
    "👩‍👩‍👧 Núñez 🌈",
    "محمد علي بن عبد الله",
    "שרה כהן 7",
    " ".join(["Wolfeschlegelsteinhausen"] * 7),
)


def test_names_steer_no_terminal_and_fit(record, practice_id, terminal) -> None:
    people = (*HARMFUL, *MANY_CELLS)
    ids = asyncio.run(enrolled(practice_id, *people, flagged=True))
    screens: list[tuple[tuple[object, ...], tuple[str, ...]]] = [
        (("caseload",), people),
        (("safety",), people),
    ]
    screens += [(("client", ids[nth]), people[nth : nth + 1]) for nth in (0, 4)]
    for columns in (120, 80, 60):
        terminal(columns)
        for words, shown in screens:
            told = record(*words).out
            assert [letter for letter in told if steers(letter)] == []
            assert max(map(cell_len, told.splitlines())) <= columns, words
            for name in shown:
                for word in (parts := cells.printable(name).split()):
                    assert told.count(word) >= parts.count(word), (columns, words, word)


def test_an_endless_name_takes_no_room_of_others(record, practice_id, terminal) -> None:
    asyncio.run(enrolled(practice_id, "Ben", "W" * 200, flagged=True))
    assert record("caseload").out.count("W" * 200) == 1
    terminal(80)
    for words in (("caseload",), ("safety",)):
        told = record(*words).out
        assert f"{'W' * 23}…" in told
        assert len(told.splitlines()) <= 3 + 2 * 2, words  # A head, and two lines for each.


def steers(letter: str) -> bool:
    """A control, or one that turns the direction of what follows; a line break ends a line."""
    return unicodedata.bidirectional(letter) in TURNING or (
        unicodedata.category(letter) == "Cc" and letter != "\n"
    )


def test_a_name_is_one_line_whatever_is_in_it(capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_table(("who",), [(cells.stacked(cells.line("Mallory\nAnna"), "0198f0c2"),)])
    assert "Mallory Anna" in capsys.readouterr().out


def test_what_runs_from_right_to_left_takes_no_number_with_it(terminal) -> None:
    assert cells.line("שרה").plain == "שרה"
    terminal(80)
    assert cells.line("שרה").plain == f"שרה{cells.LEFT_TO_RIGHT}"
    assert cells.line("Ben").plain == "Ben"


@pytest.mark.parametrize("columns", [80, 40])
def test_wide_letters_are_counted_by_the_cells_that_they_take(columns, capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    wide = "諸葛亮" * 50
    print_text(wide)
    print_table(("who", "id"), [(wide, "0" * 36)], whole=("id",))
    told = capsys.readouterr().out
    assert max(map(cell_len, told.splitlines())) <= columns
    assert told.count("諸") == 100
    name = "諸葛亮司馬相如李小龍王安"
    print_table(("who", "what"), [(name, "a")])
    assert name in capsys.readouterr().out


class TestColours:
    def test_show_a_safety_flag_like_nothing_else(self) -> None:
        found = waits((Attention(kind="safety_flag"), Attention(kind="at_risk")))
        flag, risk = found.split("\n")
        assert flag.plain == "! safety flag"  # Without colours, too, it is not like the others.
        assert risk.plain == "at risk"
        assert [span.style for span in flag.spans] == [cells.FLAG]
        assert [span.style for span in risk.spans] == [cells.LOOK]
        styles = {name: value for name, value in vars(cells).items() if name.isupper()}
        assert [name for name, value in styles.items() if "red" in str(value)] == ["FLAG"]

    def test_are_on_a_terminal_and_not_where_nobody_wants_them(
        self, record, practice_id, monkeypatch
    ) -> None:
        (zoe,) = asyncio.run(enrolled(practice_id, "Zoe 李", flagged=True))
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        monkeypatch.setenv("TERM", "xterm-256color")
        coloured = on_a_terminal("caseload")
        assert RED.search(coloured)
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setenv("PYTHONIOENCODING", "latin-1")  # A name may have other letters.
        plain = on_a_terminal("caseload")
        assert "\x1b" not in plain
        assert all(word in plain for word in ("Zoe ?", "! safety flag", "assessment")), plain
        monkeypatch.delenv("NO_COLOR")
        monkeypatch.delenv("PYTHONIOENCODING")
        monkeypatch.setenv("FORCE_COLOR", "1")
        piped = subprocess.run([CAIRN, "caseload"], capture_output=True, text=True, check=True)
        assert "\x1b" not in piped.stdout
        assert str(zoe) in piped.stdout

    def test_of_a_row_stay_where_a_table_becomes_blocks(self, monkeypatch, capsys) -> None:
        monkeypatch.setenv("COLUMNS", "30")
        monkeypatch.setattr(cells, "has_colours", lambda: True)
        monkeypatch.setattr("service.console.output.has_colours", lambda: True)
        with click.Context(click.Command("so"), color=True):
            print_table(("a", "b"), [(Text("x" * 40, cells.FLAG), "y" * 40)], whole=("a", "b"))
        assert RED.search(capsys.readouterr().out)


def on_a_terminal(*words: str, columns: int = 80) -> str:
    """What a command sends to a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([CAIRN, *words], stdin=theirs, stdout=theirs, stderr=theirs) as command:
        os.close(theirs)
        told = b"".join(iter(lambda: read(ours), b""))
        os.close(ours)
        assert command.wait(60) == 0, told
    return told.decode().replace("\r\n", "\n")


def read(terminal: int) -> bytes:
    """What is there next; nothing once the other side has ended, which Linux says by an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""

"""What the README shows, beside what is printed now: dates, ids and places in the log masked."""

import re
from itertools import pairwise

from tests.house.test_readme import section

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_MASKS = (
    # An id may be cut short with an ellipsis.
    (re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){0,3}(?:[0-9a-f]{12})?"), "ID"),
    (
        re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?"),
        "DATE",
    ),
    # Of another year than this one the year is named.
    (re.compile(rf"\b\d{{1,2}} (?:{_MONTHS})(?: \d{{4}})?"), "DAY"),
    (re.compile(r'"next":"[^"]*"'), '"next":CURSOR'),
    (re.compile(r'"(position|days_left)":-?\d+'), r'"\1":N'),
)
BLOCK = re.compile(r"```(\w+)\n(.*?)```", flags=re.DOTALL)


def blocks(title: str) -> list[tuple[str, str]]:
    """The blocks of a section, each with its kind."""
    return BLOCK.findall(section(title))


def scripts_with_answers(title: str) -> list[tuple[str, str]]:
    """Each shell block that is followed by a block of what it prints, and that one."""
    return [
        (script, printed)
        for (kind, script), (next_kind, printed) in pairwise(blocks(title))
        if (kind, next_kind) == ("sh", "text")
    ]


def quotes(title: str) -> list[str]:
    """The paragraphs that a section quotes."""
    return [
        " ".join(line.removeprefix("> ") for line in found.splitlines())
        for found in re.findall(r"(?:^> .*\n)+", section(title), flags=re.MULTILINE)
    ]


def masked(text: str) -> str:
    text = " ".join(text.split())
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return re.sub(r"[\s─]", "", text)


def not_printed(shown: str, printed: str) -> str | None:
    """The first piece of what is shown, between ellipses, that is not printed in this order."""
    rest = masked(printed)
    for piece in masked(shown).split("…"):
        before, found, rest = rest.partition(piece)
        if not found and piece:
            return f"{piece} is not in {before}"
    return None

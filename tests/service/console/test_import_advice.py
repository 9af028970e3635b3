"""What `cairn import` advises about answers about suicide works when followed to the word."""

import re
from pathlib import Path

import pytest

ITEMS = "one,two,three,four,five,six,seven,eight,nine"
BY_ITEM = ("--answers", ITEMS, "--instrument", "phq9", "--at", "when")
BY_TOTAL = ("--total", "total", "--suicide-item", "item", "--instrument", "phq9", "--at", "when")
GOAL = ("--goal-percent=-50", "--goal-weeks", "8")
HEADER = f"who,when,{ITEMS}\n"
# Each has one line with 2 for item 9 that can not be taken: nobody is on duty, or it has a fault.
FILES = {
    "nobody_on_duty": (BY_ITEM, f"{HEADER}anna,2026-03-02,0,0,0,0,0,0,0,0,2\n"),
    "date_that_is_none": (BY_TOTAL, "who,total,when,item\nanna,9,not a day,2\n"),
    "total_that_disagrees": (
        (*BY_ITEM, "--total", "total"),
        f"{HEADER.strip()},total\nanna,2026-03-02,0,0,0,0,0,0,0,0,2,20\n",
    ),
    "a_cell_too_few": (BY_ITEM, f"{HEADER}anna,2026-03-02,0,0,0,0,0,0,0,2\n"),
    "with_a_goal": (
        (*BY_TOTAL, *GOAL),
        "who,total,when,item\nanna,x,2026-03-02,2\nben,12,2026-03-02,0\n",
    ),
}
OPTIONS = (
    (),
    ("--enrol",),
    ("--raise-refused",),
    ("--dry-run",),
    ("--enrol", "--dry-run"),
    ("--raise-refused", "--dry-run"),
    ("--enrol", "--raise-refused", "--dry-run"),
)


def advised(said: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """The options of the import that was advised."""
    (advice,) = set(re.findall(r"[Ii]mport again ([^.,]*?)(?: to put|[.,])", said))
    dropped = re.findall(r"without (--[a-z-]+)", advice)
    added = [one for one in re.findall(r"--[a-z-]+", advice) if one not in dropped]
    return tuple(one for one in dict.fromkeys((*options, *added)) if one not in dropped)


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: " ".join(options) or "none")
def test_the_import_that_is_advised_raises_the_flag(record, practice_id, options):
    for name, (columns, text) in FILES.items():
        who = name.replace("_", "-")
        path = Path(f"{name}.csv")
        path.write_text(text.replace("anna", who).replace("ben", f"ben-{who}"))
        words = ("import", "assessments", path, "--client", "who", *columns)
        told = record(*words, *options)
        assert told.code == 1
        assert "answered above 0" in told.err
        followed = record(*words, *advised(told.err, options))
        assert "1 refused line is now on the queue of safety flags" in followed.err, name
        assert "mport again" not in followed.err
        # And again: it is on the queue, once.
        again = record(*words, *advised(told.err, options))
        assert "1 refused line is now on the queue of safety flags" in again.err
    record("project", "--once")
    flags = record("safety", "--json").answer
    assert [(one["unfiled"], one["answer"]) for one in flags] == [(True, 2)] * len(FILES)


@pytest.mark.parametrize("options", [(), ("--enrol", "--raise-refused")])
def test_who_is_not_named_can_be_named(record, practice_id, options):
    words = ("import", "assessments", "file.csv", "--client", "who", *BY_TOTAL)
    Path("file.csv").write_text("who,total,when,item\n,x,2026-03-02,2\n")
    told = record(*words, *options)
    assert "line 2: no safety flag" in told.err
    assert record("safety", "--json").answer == []
    Path("file.csv").write_text("who,total,when,item\nanna,x,2026-03-02,2\n")
    record(*words, *advised(told.err, options))
    assert len(record("safety", "--json").answer) == 1

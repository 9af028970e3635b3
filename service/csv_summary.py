"""What came of an import: how many lines, and which were refused, in the order they are told in."""

from collections.abc import Iterable

import msgspec

from service.csv_rows import Refused

KEPT_REFUSALS = 1000


class NotRaised(msgspec.Struct, frozen=True, kw_only=True):
    """A refused line that endorses an item about suicide, why it raised no flag, and what helps."""

    line: int
    why: str


class Summary(msgspec.Struct, kw_only=True):
    """What came of an import.

    `missing` lines had no value. `refusals` are those lines first that answer an item about suicide
    with more than 0 (`endorsed_refused`), every one; then the first thousand of the others.
    `refusals_left_out` more are counted alone. Each line is counted once: as written, as already
    there, as missing or as refused. Of those taken, `goals_refused` were to give their client a
    goal, which was refused; these are among the refusals as well.

    Where that was asked for, `unfiled_raised` of the endorsed lines have an open flag now, and the
    others are named in `unfiled_not_raised`. Where it was not asked for, and on a dry run, those
    are named there that the import can not raise, whatever it is told; of the others
    `endorsed_not_enrolled` need their client enrolled for it. `enrolled_from_broken` are lines that
    have enrolled a client, though their cells are not those of the header.

    `suicide_items_added` are totals that had been taken without that item, and have it now; their
    flags are among `flags_raised`. Of those written, `incomplete` forms have answers missing and so
    no total, `flags_raised` say more than 0 to an item about suicide, and of
    `suicide_item_not_recorded` the total alone is known, which hides it.
    """

    dry_run: bool
    lines: int = 0
    written: int = 0
    already_there: int = 0
    missing: int = 0
    refused: int = 0
    endorsed_refused: int = 0
    unfiled_raised: int = 0
    unfiled_not_raised: list[NotRaised] = msgspec.field(default_factory=list)
    endorsed_not_enrolled: int = 0
    enrolled_from_broken: list[int] = msgspec.field(default_factory=list)
    suicide_items_added: int = 0
    incomplete: int = 0
    flags_raised: int = 0
    suicide_item_not_recorded: int = 0
    clients_enrolled: int = 0
    goals_set: int = 0
    goals_refused: int = 0
    refusals: list[Refused] = msgspec.field(default_factory=list)
    refusals_left_out: int = 0

    def note(self, refusals: Iterable[Refused]) -> None:
        """Keep refusals: every one that endorses an item about suicide, and so many others."""
        for refusal in sorted(refusals, key=lambda one: one.line):
            self.refused += not refusal.is_taken
            self.goals_refused += refusal.is_taken
            self.endorsed_refused += refusal.endorsed is not None
            others = self.refused + self.goals_refused - self.endorsed_refused
            if refusal.endorsed is not None or others <= KEPT_REFUSALS:
                self.refusals.append(refusal)
            else:
                self.refusals_left_out += 1

    def sort(self) -> None:
        """Put the refusals into the order in which they are told."""
        self.refusals.sort(key=lambda one: (one.endorsed is None, one.line))

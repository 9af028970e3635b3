"""What a refused form says about death or self-harm, however badly the rest of it is put.

Whatever door has refused a form, an API or an import, what can be read of it is read here. It is
read so that nothing is missed: a flag too many costs a person a look, a flag too few may cost more.
"""

import math
import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from events import instruments
from events.instruments import Endorsed

# What is recorded of a form that does not say which one it is, and of an item without a number.
UNKNOWN_INSTRUMENT: Final = "unknown"
UNKNOWN_ITEM: Final = 0
# The questionnaire that is sent most, by the number of its answers: also where a form names none.
BY_NUMBER_OF_ANSWERS: Final = {9: "phq9"}
# More points than any item has: what lies beyond is not told apart.
MOST_POINTS: Final = 999
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,300}(?:[.,][0-9]{1,300})?")


class EndorsedForm(msgspec.Struct, frozen=True, kw_only=True):
    """The item that a refused form endorses, and the id of its instrument."""

    instrument: str
    found: Endorsed


def points(said: Any) -> float | None:
    """The points that a value stands for, be it a number, a text or true; None where it is none.

    From -999 to 999: what lies beyond counts as the end.
    """
    if isinstance(said, str) and _NUMBER.fullmatch(said.strip()):
        said = float(said.strip().replace(",", "."))
    if not isinstance(said, int | float) or (isinstance(said, float) and math.isnan(said)):
        return None
    return float(max(-MOST_POINTS, min(said, MOST_POINTS)))


def whole_points(said: Any) -> int | None:
    """The points of an answer to one item. Half a point more than 0 is more than 0."""
    found = points(said)
    return None if found is None else math.ceil(found)


def instrument_meant(said: Any) -> str | None:
    """The id of the instrument that a text stands for, however it is spelled; None for no known."""
    if not isinstance(said, str):
        return None
    return next(
        (
            id_
            for id_, instrument in instruments.known().items()
            if bare(said) in {bare(id_), bare(instrument.name)}
        ),
        None,
    )


def bare(text: str) -> str:
    """The letters and digits of a name: `PHQ-9` and `phq9` are the same."""
    return re.sub(r"[^a-z0-9]", "", text[:80].casefold())


def endorsed_in_refused(
    instrument: Any,
    answers: Sequence[int | None] | None = None,
    suicide_item: int | None = None,
    total: float | None = None,
) -> EndorsedForm | None:
    """The item that a refused form answers with more than 0; None where none can be read.

    Whatever endorses counts: the answers, the item beside a total, a total that no other answers
    come to. Of several it is the highest. An item that is said of an instrument without one, or of
    none, counts as well; so do the answers of a form that has as many as the PHQ-9.
    """
    meant = instrument_meant(instrument)
    asking = asking_instrument(meant, answers)
    if asking is None:
        if suicide_item is None or suicide_item <= 0:
            return None
        found = Endorsed(item=UNKNOWN_ITEM, answer=suicide_item)
        return EndorsedForm(instrument=meant or UNKNOWN_INSTRUMENT, found=found)
    said = (
        instruments.endorsed(asking, answers),
        instruments.endorsed(asking, None, suicide_item, total=total),
    )
    highest = max(filter(None, said), key=lambda one: one.answer, default=None)
    return None if highest is None else EndorsedForm(instrument=asking, found=highest)


def asking_instrument(meant: str | None, answers: Sequence[int | None] | None) -> str | None:
    """The id of the instrument about death or self-harm that a form is; None where it is none."""
    if meant is not None:
        instrument = instruments.named(meant)
        if instrument.safety_item is not None:
            return meant
        if instrument.scoring is not None and instrument.scoring.count == len(answers or ()):
            return None
    return BY_NUMBER_OF_ANSWERS.get(len(answers or ()))

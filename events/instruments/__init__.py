"""The questionnaires a score may come from, read from one data file each."""

from functools import lru_cache
from importlib.resources import files
from typing import Literal

import msgspec

from events.decider import ValueRefused


class UnknownInstrument(ValueRefused):
    """No instrument of this name is known here: see the list of instruments in the README."""

    field = "instrument"


class ScoreOutsideTheInstrument(ValueRefused):
    """The total lies outside this instrument's range, or between two of its steps."""

    field = "total"


class AnswersDoNotFit(ValueRefused):
    """The answers must be as many as the instrument has items, each in its range, and the total must be theirs."""  # noqa: E501 - one sentence, read by people

    field = "answers"


class AnswersNotKept(ValueRefused):
    """For this instrument the total alone is kept: its licence does not cover item answers here."""

    field = "answers"


class Items(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How answers add up: `count` answers of 0 to `highest` each, summed and multiplied."""

    count: int
    highest: int
    multiplier: int = 1


class Instrument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What Cairn knows of a questionnaire. `minimum` and `maximum` are totals, in points."""

    id: str
    name: str
    minimum: float
    maximum: float
    better: Literal["lower", "higher"]
    step: float
    source: str
    items: Items | None = None

    def spans(self, value: float) -> bool:
        """Whether a value, whole or not, lies within the range."""
        return self.minimum <= value <= self.maximum

    def admits(self, total: float) -> bool:
        """Whether a total can come out of this instrument."""
        steps = (total - self.minimum) / self.step
        return self.spans(total) and abs(steps - round(steps)) < 1e-6


@lru_cache(maxsize=1)
def known() -> dict[str, Instrument]:
    """Every instrument by its id, in alphabetical order."""
    decode = msgspec.json.Decoder(Instrument).decode
    data = (file for file in files(__name__).iterdir() if file.name.endswith(".json"))
    loaded = [decode(file.read_bytes()) for file in data]
    return {instrument.id: instrument for instrument in sorted(loaded, key=lambda one: one.id)}


def named(instrument_id: str) -> Instrument:
    """The instrument of this id. Raises UnknownInstrument."""
    try:
        return known()[instrument_id]
    except KeyError:
        raise UnknownInstrument from None


def require_score(instrument_id: str, total: float, answers: tuple[int, ...] | None) -> None:
    """Raises a ValueRefused unless this total, with these answers, can come from the instrument."""
    instrument = named(instrument_id)
    if not instrument.admits(total):
        raise ScoreOutsideTheInstrument
    if answers is None:
        return
    items = instrument.items
    if items is None:
        raise AnswersNotKept
    fits = len(answers) == items.count and all(0 <= answer <= items.highest for answer in answers)
    if not fits or sum(answers) * items.multiplier != total:
        raise AnswersDoNotFit

"""The instruments there are, read from their files once, and with a practice's own numbers."""

from functools import lru_cache
from importlib.resources import files

import msgspec

from events.decider import ValueRefused
from events.instruments.definition import Instrument
from events.practice_choices import Norms

# The numbers that a practice may lay its own over; what else its norms say is about them.
NORMS = tuple(
    name for name in Norms.__struct_fields__ if name not in {"source", "reliability_kind"}
)


class UnknownInstrument(ValueRefused):
    """No instrument of this name is known here: ask for the list of instruments."""

    field = "instrument"


@lru_cache(maxsize=1)
def known() -> dict[str, Instrument]:
    """Every instrument by its id, in alphabetical order."""
    decode = msgspec.json.Decoder(Instrument).decode
    data = (file for file in files(__package__).iterdir() if file.name.endswith(".json"))
    loaded = sorted((decode(file.read_bytes()) for file in data), key=lambda one: one.id)
    return {
        one.id: msgspec.structs.replace(
            one, defaults=tuple(name for name in NORMS if getattr(one, name) is not None)
        )
        for one in loaded
    }


def named(instrument_id: str) -> Instrument:
    """The instrument of this id. Raises UnknownInstrument."""
    try:
        return known()[instrument_id]
    except KeyError:
        raise UnknownInstrument from None


def with_norms(instrument: Instrument, norms: Norms | None) -> Instrument:
    """The instrument with a practice's numbers laid over its own, and their source with them.

    A standard deviation or reliability of the practice's own sets the instrument's fixed
    reliable change aside, unless the practice fixes one: it is then computed from the two. Where
    one of the two is not known, the fixed one stays: without either no change could be judged.
    How a practice's reliability was found is what it says of it, and not what the data say of
    another.
    """
    said = {name: getattr(norms, name, None) for name in NORMS}
    laid = {name: number for name, number in said.items() if number is not None}
    if norms is None or not laid:
        return instrument
    both = {"standard_deviation", "reliability"}
    known_then = all(name in laid or getattr(instrument, name) is not None for name in both)
    if laid.keys() & both and known_then:
        instrument = msgspec.structs.replace(instrument, reliable_change=None)
    if "reliability" in laid:
        instrument = msgspec.structs.replace(instrument, reliability_kind=norms.reliability_kind)
    return msgspec.structs.replace(
        instrument,
        **laid,
        sources={**instrument.sources, **dict.fromkeys(laid, norms.source)},
        defaults=tuple(name for name in instrument.defaults if name not in laid),
    )

"""The instruments there are, read from their files once, and with a practice's own numbers."""

from functools import lru_cache
from importlib.resources import files
from typing import Any

import msgspec

from events.instruments.definition import Instrument
from events.practice_choices import Band, Norms
from events.refusals import ValueRefused

# The numbers that a practice may lay its own over; what else its norms say is about them.
NORMS = tuple(
    name for name in Norms.__struct_fields__ if name not in {"source", "reliability_kind"}
)


# Word for word as the licence asks for it (loinc.org/license).
LOINC_NOTICE = (
    "This material contains content from LOINC (http://loinc.org). LOINC is copyright (c) "
    "Regenstrief Institute, Inc. and the Logical Observation Identifiers Names and Codes (LOINC) "
    "Committee and is available at no cost under the license at http://loinc.org/license. LOINC(R) "
    "is a registered United States trademark of Regenstrief Institute, Inc."
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
            one,
            codes_notice=LOINC_NOTICE if one.has_loinc else "",
            defaults=tuple(name for name in NORMS if getattr(one, name) not in (None, ())),
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
    another. Bands that say nothing but the cut-off move with it, unless the practice has its own.
    """
    said = {name: getattr(norms, name, None) for name in NORMS}
    laid: dict[str, Any] = {name: one for name, one in said.items() if one is not None}
    if norms is None or not laid:
        return instrument
    both = {"standard_deviation", "reliability"}
    known_then = all(name in laid or getattr(instrument, name) is not None for name in both)
    if laid.keys() & both and known_then:
        instrument = msgspec.structs.replace(instrument, reliable_change=None)
    if "reliability" in laid:
        instrument = msgspec.structs.replace(instrument, reliability_kind=norms.reliability_kind)
    fields = {name: one for name, one in laid.items() if name != "missing_allowed"}
    if "missing_allowed" in laid and instrument.scoring is not None:
        fields["scoring"] = msgspec.structs.replace(
            instrument.scoring, missing_allowed=laid["missing_allowed"]
        )
    if "cut_off" in laid and "bands" not in laid and is_split_at_the_cut_off(instrument):
        laid["bands"] = fields["bands"] = split_at_the_cut_off(
            msgspec.structs.replace(instrument, **fields)
        )
    return msgspec.structs.replace(
        instrument,
        **fields,
        sources={**instrument.sources, **dict.fromkeys(laid, norms.source)},
        defaults=tuple(name for name in instrument.defaults if name not in laid),
    )


def is_split_at_the_cut_off(instrument: Instrument) -> bool:
    """Whether the bands say no more than on which side of the cut-off a total lies (PHQ-2)."""
    if len(instrument.bands) != 2 or instrument.cut_off is None:
        return False
    low, high = instrument.bands
    return instrument.is_clinical(low.maximum) is not instrument.is_clinical(high.minimum)


def split_at_the_cut_off(instrument: Instrument) -> tuple[Band, ...]:
    """The two bands with their border where the cut-off is; as they are where it leaves one empty.

    Such a cut-off is refused, but an earlier release may have taken it.
    """
    low, high = instrument.bands
    healthy = instrument.non_clinical
    if healthy is None:
        return instrument.bands
    ends = healthy if instrument.better == "lower" else healthy - instrument.step
    begins = round(ends + instrument.step, 6)
    if not (instrument.spans(ends) and instrument.spans(begins)):
        return instrument.bands
    return (
        msgspec.structs.replace(low, maximum=ends),
        msgspec.structs.replace(high, minimum=begins),
    )

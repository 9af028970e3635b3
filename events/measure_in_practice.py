"""Measures as they are set: a band becomes the score that it stands for in this practice."""

from uuid import UUID

from events import instruments
from events.measure import Measure, Score, TargetBand
from events.measure_soundness import require_band_value, resolved
from events.practice_reading import read_practice
from events.store import EventStore


async def measure_as_set(store: EventStore, practice_id: UUID, measure: Measure) -> Measure:
    """The measure to be set; a band has its score by the instrument and the practice's norms.

    Raises UnknownInstrument, UnknownBand, CutOffUnknown, and BandValueDiffers where another score
    was sent with the band.
    """
    if not (isinstance(measure, Score) and isinstance(measure.target, TargetBand)):
        return measure
    instrument = instruments.named(measure.instrument)
    practice = await read_practice(store, practice_id)
    instrument = instruments.with_norms(instrument, practice.norms.get(instrument.id))
    require_band_value(measure, instrument)
    return resolved(measure, instrument)

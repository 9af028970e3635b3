"""Measures as they are asked for: a band becomes the score that it stands for in this practice."""

from events import instruments, practice
from events.measure import Measure, Score, TargetBand
from events.measure_soundness import require_band_value, resolved
from events.store import Stream, read_state
from service.asked import Asked


async def measure_as_set(asked: Asked, measure: Measure) -> Measure:
    """The measure to be set; a band has its score by the instrument and the practice's norms.

    Raises UnknownInstrument, UnknownBand, CutOffUnknown, and BandValueDiffers where another score
    was sent with the band.
    """
    if not (isinstance(measure, Score) and isinstance(measure.target, TargetBand)):
        return measure
    instrument = instruments.named(measure.instrument)
    stream = Stream(
        practice_id=asked.practice_id, stream_id=asked.practice_id, category=practice.CATEGORY
    )
    # Settings are few and count at once: they are read from the log, and not from a view.
    settings = await read_state(asked.cairn.store, practice.decider, stream)
    norms = settings.state.norms.get(instrument.id)
    instrument = instruments.with_norms(instrument, norms)
    require_band_value(measure, instrument)
    return resolved(measure, instrument)

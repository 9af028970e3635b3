"""Appends that come again: what an append came to that was made before."""

from collections.abc import Sequence

from events.record import Cause, Receipt, Recorded, Step, Unreadable
from events.store import ContentMismatch, RecordBroken, VersionConflict


def repeated(past: Sequence[Recorded], step: Step, cause: Cause) -> Receipt:
    """The receipt of an append that was made before.

    `past` is the stream as it is. Raises VersionConflict where what follows the expected version
    came of another command, ContentMismatch where it came of the same one, or began the same
    stream, and somebody else asked or something else was asked, RecordBroken where nobody can tell,
    because it does not open.
    """
    if len(past) <= step.expected:
        raise VersionConflict
    there = past[step.expected]
    if isinstance(there.event, Unreadable) and there.event.why is not None:
        raise RecordBroken
    if step.expected > 0 and not cause.is_id_of(there):
        raise VersionConflict
    if not cause.is_repeated_by(there):
        raise ContentMismatch
    mine = [one for one in past[step.expected :] if one.command_id == there.command_id]
    return Receipt(position=mine[-1].position, version=mine[-1].version, repeated=True)

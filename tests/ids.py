"""Ids as a practice in memory computes them, for tests that name what the system names."""

from uuid import UUID

from events import safety_flag
from events.ids import DerivedIds
from tests.controls import PRACTICE

IN_MEMORY = DerivedIds.known_to_all(f"memory {PRACTICE}")


def flags_id(client_id: UUID) -> UUID:
    """The stream of all of a client's flags."""
    return safety_flag.stream_ids(IN_MEMORY, client_id)[0]


def former_flags_id(client_id: UUID) -> UUID:
    """The same as an earlier release computed it: whatever a practice's key is."""
    return safety_flag.stream_ids(IN_MEMORY, client_id)[1]


def raised_id(assessment_id: UUID, version: int) -> UUID:
    """The flag that a version of a form raises."""
    return safety_flag.flag_ids(IN_MEMORY, assessment_id, version)[0]

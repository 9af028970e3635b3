"""Ids as a practice in memory computes them, for tests that name what the system names."""

from uuid import UUID

from events import safety_flag
from events.ids import public_ids
from tests.controls import PRACTICE

IN_MEMORY = public_ids(f"memory {PRACTICE}")


def flags_id(client_id: UUID) -> UUID:
    """The stream of all of a client's flags."""
    return safety_flag.stream_ids(IN_MEMORY, client_id)[0]


def raised_id(assessment_id: UUID, version: int) -> UUID:
    """The flag that a version of a form raises."""
    return safety_flag.flag_ids(IN_MEMORY, assessment_id, version)[0]

"""Ids that are drawn: UUID version 7 (RFC 9562), ordered by time, so that indexes stay small."""

import os
import time
from uuid import UUID

VERSION_7 = 0x7 << 76
VARIANT = 0b10 << 62


def drawn_id() -> UUID:
    """A new id: 48 bits of milliseconds since 1970, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    high, low = (random >> 68) & 0xFFF, random & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=(milliseconds << 80) | VERSION_7 | (high << 64) | VARIANT | low)

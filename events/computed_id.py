"""Ids that are computed and that nobody can choose: UUIDv8, where chosen ones are v4 or v7."""

from hashlib import sha256
from uuid import UUID


def computed_id(kind: str, *parts: bytes) -> UUID:
    """A UUIDv8 (RFC 9562, section 5.8) by SHA-256 of a kind and of parts of 16 bytes each.

    Two kinds never answer the same id: each is a space of its own.
    """
    hashed = bytearray(sha256(b"cairn " + kind.encode() + b"\0" + b"".join(parts)).digest()[:16])
    hashed[6] = 0x80 | hashed[6] & 0x0F
    hashed[8] = 0x80 | hashed[8] & 0x3F
    return UUID(bytes=bytes(hashed))

"""Ids: which a caller may choose for something new, and how the system computes its own.

A caller chooses a UUID of version 4 or 7, which are drawn (RFC 9562, sections 5.4 and 5.7). The
system computes UUIDs of version 8 (section 5.8) from a key that the practice alone has. So nobody
can name an id that the system is going to use, and nobody who does not hold the key can tell from
an id what it was computed from.
"""

import hmac
from hashlib import sha256
from typing import Final, Literal
from uuid import RFC_4122, UUID

import msgspec

from events.refusals import ValueRefused

CHOOSABLE_VERSIONS: Final = frozenset({4, 7})
KEY_HEADER: Final = "Idempotency-Key"
KEY_BYTES: Final = 32
VERSION_8: Final = 0x8 << 76
VARIANT: Final = 0b10 << 62
DRAWN_BITS: Final = ((1 << 128) - 1) ^ (0xF << 76) ^ (0b11 << 62)

# What ids are computed for. No two spaces have an id in common.
Space = Literal[
    "safety_flags",
    "safety_flag",
    "safety_flag_afterwards",
    "unfiled_form",
    "template_library",
    "import_client",
    "import_entry",
    "import_goal",
    "import_refused",
    "import_command",
    "suggestion",
    "offer",
    "withdrawal",
    "notice",
    "deadline_run",
    "following",
    "escalation",
    "disabling",
    "order_of_test",
    "demonstration",
    "clock_correction",
]


class IdNotChoosable(ValueRefused):
    """An id or Idempotency-Key for something new is a UUID of version 4 or 7 (RFC 9562): draw a new one."""  # noqa: E501 - one sentence, read by people

    field = "id"


def is_choosable(chosen: UUID) -> bool:
    """Whether a caller may choose this id for something new."""
    return chosen.variant == RFC_4122 and chosen.version in CHOOSABLE_VERSIONS


def require_choosable(chosen: UUID, *, field: str) -> None:
    """Raises IdNotChoosable, of this field."""
    if not is_choosable(chosen):
        raise IdNotChoosable(field=field)


class DerivedIds(msgspec.Struct, frozen=True):
    """Computes ids from 32 secret bytes that never change: the same cause has the same id for ever.

    HMAC-SHA-256 (RFC 2104) of the space and what the id is about, cut to the 122 bits of a UUIDv8.
    """

    key: bytes

    @classmethod
    def known_to_all(cls, name: str) -> "DerivedIds":
        """By a key that is no secret, but the hash of a name: anybody can compute these ids.

        For what is public, as the people of the demonstration are.
        """
        return cls(sha256(f"cairn {name}".encode()).digest())

    def of(self, space: Space, *about: object) -> UUID:
        """The one id of this space for these things, each told apart by its text."""
        told = msgspec.msgpack.encode([space, *map(str, about)])
        digest = hmac.digest(self.key, told, "sha256")
        return version_8(digest)

    def __repr__(self) -> str:
        """Without the key: this may end up in a traceback."""
        return "DerivedIds(...)"


def version_8(digest: bytes) -> UUID:
    """The first 128 bits of a digest, as a UUIDv8."""
    return UUID(int=(int.from_bytes(digest[:16], "big") & DRAWN_BITS) | VERSION_8 | VARIANT)


def public_id(kind: str, *parts: bytes) -> UUID:
    """A UUIDv8 that anybody can compute and nobody can choose: of a kind, and parts of 16 bytes.

    Two kinds never answer the same id: each is a space of its own. By SHA-256.
    """
    return version_8(sha256(b"cairn " + kind.encode() + b"\0" + b"".join(parts)).digest())

"""A position of the log as clients and apps are told it: a token, which Cairn alone can read.

Positions have no holes. Whoever is told of everything but safety flags, with positions, sees from
the holes when a flag was raised. A token has the length of every other one. It is sealed with
AES-256-GCM (NIST SP 800-38D) and bound to its practice, so its holder can not read it, make one,
or compare two of them, and can only send it back. It carries the epoch in which it was told: after
a restore from a backup another event may lie at the position.
"""

import base64
import os
import re
from hashlib import blake2b
from typing import Annotated, Final
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.sealing import NONCE_BYTES, MasterKey, SealBroken

# The tag of an epoch, and the position in it. The tag of the first epoch is 0, so that tokens from
# before there were epochs read as tokens of the first.
TAG_BYTES: Final = 3
POSITION_BYTES: Final = 5
DRAWN_BYTES: Final = 16
# 12 bytes of nonce, 8 of tag and position, 16 of the seal, in base64: no padding, no spare bits.
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{48}")

PositionToken = Annotated[str, msgspec.Meta(pattern=f"^{TOKEN.pattern}$")]
# A number for clinicians and auditors, a token for clients, apps and webhooks.
ToldPosition = int | PositionToken


def event_named(stream_id: UUID, version: int) -> str:
    """What the token of an event's own position is made of, wherever the event is told."""
    return f"event {stream_id} {version}"


class OpenedToken(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says: a position, and the tag of the epoch in which it was told."""

    position: int
    tag: int


class SealedPositions:
    """Makes tokens of positions in one epoch, by its tag, and reads those of any.

    >>> sealed = SealedPositions(MasterKey(bytes(32)))
    >>> token = sealed.token(UUID(int=1), 1684)
    >>> len(token), sealed.position(UUID(int=1), token)
    (48, 1684)
    """

    def __init__(self, master: MasterKey, *, tag: int = 0) -> None:
        self._tag = tag.to_bytes(TAG_BYTES)
        self._seal = AESGCM(master.derive("positions"))
        self._nonce_key = master.derive("nonces of positions")

    def token(self, practice_id: UUID, position: int, *, of: str | None = None) -> str:
        """A position as a token.

        The token is another one each time. With `of`, the name of something that was recorded once
        and for all, it is the same each time, so that an answer is the same when it is repeated.
        Two names never have the same token, also where they lie at one position.
        """
        plain = self._tag + position.to_bytes(POSITION_BYTES)
        nonce = self._nonce(practice_id.bytes + plain, of=of)
        sealed = self._seal.encrypt(nonce, plain, practice_id.bytes)
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def position(self, practice_id: UUID, token: str) -> int:
        """The position alone, of whichever epoch. Raises SealBroken as `opened` does."""
        return self.opened(practice_id, token).position

    def opened(self, practice_id: UUID, token: str) -> OpenedToken:
        """Raises SealBroken for what is no token, and for a token of another practice."""
        if TOKEN.fullmatch(token) is None:
            raise SealBroken
        sealed = base64.urlsafe_b64decode(token)
        nonce, closed = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            plain = self._seal.decrypt(nonce, closed, practice_id.bytes)
        except InvalidTag:
            raise SealBroken from None
        return OpenedToken(
            position=int.from_bytes(plain[TAG_BYTES:]), tag=int.from_bytes(plain[:TAG_BYTES])
        )

    def _nonce(self, sealed: bytes, *, of: str | None) -> bytes:
        """Another one for each thing that is sealed, and for each time unless it has a name."""
        name = b"drawn" + os.urandom(DRAWN_BYTES) if of is None else b"named" + of.encode()
        return blake2b(sealed + name, key=self._nonce_key, digest_size=NONCE_BYTES).digest()

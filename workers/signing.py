"""How a webhook is signed, so that its receiver knows that it is ours and unaltered.

Standard Webhooks 1.0.0 (github.com/standard-webhooks/standard-webhooks, spec, «Signature scheme»):
every message carries an HMAC for those who share a secret with us, and an Ed25519 signature for
those who would rather keep none.
"""

import base64
import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from events.sealing import MasterKey

# A full stop in an id would let one message pass for another: id.timestamp.body is what is signed.
MESSAGE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")


class SigningKeys:
    """One generation of a subscription's keys: derived when they are needed, and never stored.

    Not a Struct, because those show and encode their fields.
    """

    __slots__ = ("_hmac_key", "_private_key")

    def __init__(self, *, hmac_key: bytes, ed25519_seed: bytes) -> None:
        self._hmac_key = hmac_key
        self._private_key = Ed25519PrivateKey.from_private_bytes(ed25519_seed)

    @property
    def secret(self) -> str:
        """The secret that a receiver shares with us: whsec_ and base64 of 32 bytes."""
        return f"whsec_{in_base64(self._hmac_key)}"

    @property
    def public_key(self) -> str:
        """The Ed25519 key that anybody may know: whpk_ and base64 of 32 bytes."""
        return f"whpk_{in_base64(self._private_key.public_key().public_bytes_raw())}"

    def sign(self, content: bytes) -> str:
        """Both signatures of the same content, by their identifiers in the specification."""
        digest = hmac.digest(self._hmac_key, content, sha256)
        return f"v1,{in_base64(digest)} v1a,{in_base64(self._private_key.sign(content))}"

    def __repr__(self) -> str:
        return "SigningKeys(…)"  # This ends up in tracebacks.


def signing_keys(
    master: MasterKey, practice_id: UUID, subscription_id: UUID, generation: int
) -> SigningKeys:
    """The keys of one subscription; a rotation goes on to the next generation.

    The practice is part of it: another one may choose the same id.
    """
    purpose = f"webhook {practice_id} {subscription_id} {generation}"
    return SigningKeys(
        hmac_key=master.derive(f"{purpose} hmac"), ed25519_seed=master.derive(f"{purpose} ed25519")
    )


def signed_headers(
    keys: Sequence[SigningKeys], *, message_id: str, at: datetime, body: bytes
) -> dict[str, str]:
    """The three headers of a message, signed with each of the keys: the new ones first.

    `at` is the instant of this attempt, not of the event: a receiver refuses what is minutes old.
    Raises ValueError for an id that is not 1 to 256 letters, digits, - and _, for an instant
    without its offset, and where there are no keys.
    """
    if not MESSAGE_ID.fullmatch(message_id):
        raise ValueError("a message id is 1 to 256 letters, digits, - and _")
    if at.utcoffset() is None:
        raise ValueError("the instant of an attempt needs its offset from UTC")
    if not keys:
        raise ValueError("a message is signed with at least one generation of keys")
    timestamp = str(int(at.timestamp()))
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(each.sign(content) for each in keys),
    }


def in_base64(plain: bytes) -> str:
    return base64.b64encode(plain).decode()

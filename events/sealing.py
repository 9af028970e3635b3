"""Sealing: what is written to disk can be read with the client's key and not otherwise.

AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. A data key per client is wrapped by the
practice's key, which HKDF (RFC 5869) derives from one master key; another KeyWrap can put a key
management service in its place.

A length can tell a score: "9.0" is a byte shorter than "10.0". So bodies and rows are padded before
they are encrypted, and their length is told in units of 256 bytes only.
"""

import os
import stat
import struct
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
# The first byte of what is sealed. AS_IS is how keys are wrapped, and how bodies and rows were
# sealed before they were padded: both formats open for ever.
AS_IS: Final = b"\x01"
PADDED: Final = b"\x02"
PADDED_TO_BYTES: Final = 256
LENGTH_BYTES: Final = 4
# Whom an entry in a list of rights is about (acl(5)): the owner, one account, the mask.
ACL_OWNER_AND_MASK: Final = (0x01, 0x10)
ACL_ACCOUNT: Final = 0x02


class SealBroken(Exception):
    """A sealed body does not open with its key: it was altered, moved, or the key is another."""


class KeyFileRefused(Exception):
    """The key file must hold 32 bytes and be readable by its owner only (chmod 600)."""


class KeyIsAnother(Exception):
    """This key does not open the record in this database: use the key that it was made with."""


class KeyMissing(Exception):
    """The database holds a record, but the key file is not there: put back the key it was made with."""  # noqa: E501 - one sentence, read by people


class KeyWrap(Protocol):
    """Wraps the data keys of a practice."""

    def wrap(self, practice_id: UUID, subject_id: UUID, key: bytes) -> bytes: ...

    def unwrap(self, practice_id: UUID, subject_id: UUID, wrapped: bytes) -> bytes:
        """Raises SealBroken."""
        ...


class Key(Protocol):
    """What seals and opens: AES-GCM with a key, or what stands for one that is not to be had."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None, /) -> bytes: ...


class MasterKey:
    """The default KeyWrap: every practice's key is derived from one master key of 32 bytes."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise KeyFileRefused
        self._master = master
        self._of_practice = lru_cache(maxsize=10_000)(self._derive_practice)

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for one other purpose, such as signing tokens."""
        info = b"cairn " + purpose.encode()
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(self._master)

    def _derive_practice(self, practice_id: UUID) -> AESGCM:
        return AESGCM(self.derive(f"practice {practice_id}"))

    def wrap(self, practice_id: UUID, subject_id: UUID, key: bytes) -> bytes:
        # All keys have one length, which tells nothing about any of them.
        return AS_IS + encrypt(self._of_practice(practice_id), key, place=subject_id.bytes)

    def unwrap(self, practice_id: UUID, subject_id: UUID, wrapped: bytes) -> bytes:
        return unseal(self._of_practice(practice_id), wrapped, context=[subject_id.bytes])


def seal(key: Key, plain: bytes, *, context: Sequence[bytes]) -> bytes:
    """Version byte, nonce, ciphertext with tag: 29 bytes more than a multiple of 256.

    `context` binds the body to its place.
    """
    return PADDED + encrypt(key, pad(plain), place=b"".join(context) + PADDED)


def unseal(key: Key, sealed: bytes, *, context: Sequence[bytes]) -> bytes:
    """What was sealed in this place, in either format. Raises SealBroken."""
    version, closed, place = sealed[:1], sealed[1:], b"".join(context)
    if version == PADDED:
        # The version is part of the place: a body does not open in the name of the other format.
        return unpad(decrypt(key, closed, place=place + PADDED))
    if version == AS_IS:
        return decrypt(key, closed, place=place)
    raise SealBroken


def pad(plain: bytes) -> bytes:
    """Its length in four bytes, itself, and zeros up to a multiple of 256 bytes."""
    length = len(plain).to_bytes(LENGTH_BYTES, "big")
    return length + plain + bytes(-(LENGTH_BYTES + len(plain)) % PADDED_TO_BYTES)


def unpad(padded: bytes) -> bytes:
    """What was padded. Raises SealBroken for what `pad` does not make."""
    end = LENGTH_BYTES + int.from_bytes(padded[:LENGTH_BYTES], "big")
    if end > len(padded) or padded[end:] != bytes(-end % PADDED_TO_BYTES):
        raise SealBroken
    return padded[LENGTH_BYTES:end]


def encrypt(key: Key, plain: bytes, *, place: bytes) -> bytes:
    """A new nonce, then the ciphertext with its tag."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + key.encrypt(nonce, plain, place)


def decrypt(key: Key, closed: bytes, *, place: bytes) -> bytes:
    """What was encrypted in this place. Raises SealBroken."""
    nonce, ciphertext = closed[:NONCE_BYTES], closed[NONCE_BYTES:]
    if len(nonce) < NONCE_BYTES:
        raise SealBroken
    try:
        return key.decrypt(nonce, ciphertext, place)
    except InvalidTag:
        raise SealBroken from None


def new_data_key() -> bytes:
    return AESGCM.generate_key(bit_length=8 * KEY_BYTES)


def load_or_create_master_key(path: Path) -> bytes:
    """The 32 bytes in a key file, made with mode 0600 where there is none yet.

    Raises KeyFileRefused for a file of another size, or that others may read.
    """
    if not path.exists():
        make_master_key(path)
    return load_master_key(path)


def make_master_key(path: Path) -> None:
    """Make a key file, unless somebody else makes it first.

    The file appears whole or not at all: it is written under another name and linked to its own,
    so that no other process, and no restart after a crash, meets half a key.
    """
    draft, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)  # Its mode is 0600.
    try:
        with os.fdopen(draft, "wb") as file:
            file.write(new_data_key())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def load_master_key(path: Path) -> bytes:
    """The 32 bytes in a key file. Raises KeyFileRefused, FileNotFoundError."""
    if others_may_open(path):
        raise KeyFileRefused
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise KeyFileRefused
    return key


def others_may_open(path: Path) -> bool:
    """Whether another account than ours and root may open a file.

    A list of rights (ACL) is read where there is one: the bits of the group are then no right of a
    group, but the most that the list may give. systemd hands out credentials so: mode 0440, and a
    list that names our account alone.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & 0o077:
        return False
    try:
        rights = os.getxattr(path, "system.posix_acl_access") if hasattr(os, "getxattr") else b""
    except OSError:
        rights = b""  # The file system keeps none, or this file has none.
    if mode & 0o007 or not rights:
        return True
    # A number for the version (4 bytes); then who (2 bytes), what (2 bytes), which account (4).
    return any(
        what and not (who in ACL_OWNER_AND_MASK or (who == ACL_ACCOUNT and which == os.geteuid()))
        for who, what, which in struct.iter_unpack("<HHI", rights[4:])
    )

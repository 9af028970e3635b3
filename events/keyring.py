"""The data keys of clients and practices: made once, kept wrapped, and cached in this process."""

from collections import OrderedDict
from collections.abc import Collection, Iterable
from uuid import UUID

import asyncpg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.ids import DerivedIds, version_8
from events.sealing import Key, KeyIsAnother, KeyWrap, SealBroken, new_data_key
from events.sql import statement

CACHED_KEYS = 50_000
CACHED_PRACTICES = 10_000
# In whose name a practice's key of ids is wrapped: no client has an id of version 8.
IDS_SUBJECT = version_8(b"cairn key of ids")
LOAD = statement("load_data_keys")
KEEP = statement("keep_data_key")
ANY = statement("any_data_key")
LOAD_ID_KEY = statement("load_id_key")
KEEP_ID_KEY = statement("keep_id_key")


async def first_kept(pool: asyncpg.Pool) -> asyncpg.Record | None:
    """Any key of the record, wrapped; None where nothing has been recorded, or no table is yet."""
    try:
        return await pool.fetchrow(ANY)
    except asyncpg.UndefinedTableError:
        return None


def require_key(wrap: KeyWrap, kept: asyncpg.Record | None) -> None:
    """Raises KeyIsAnother where this is not the key that the record was made with.

    Written with another key, a record would be unreadable from there on for good.
    """
    if kept is None:
        return
    try:
        wrap.unwrap(kept["practice_id"], kept["subject_id"], kept["wrapped"])
    except SealBroken:
        raise KeyIsAnother from None


class ShutKey:
    """Stands for a key that does not unwrap: it opens nothing, and seals nothing."""

    def encrypt(self, *_: object) -> bytes:
        """Raises SealBroken: what it sealed could never be opened."""
        raise SealBroken

    def decrypt(self, *_: object) -> bytes:
        """Raises InvalidTag, as a key does that was not the one."""
        raise InvalidTag


class Keyring:
    """Finds the key of a subject: a client, or the practice for what is its own."""

    def __init__(self, pool: asyncpg.Pool, wrap: KeyWrap) -> None:
        self._pool = pool
        self._wrap = wrap
        self._cached: OrderedDict[tuple[UUID, UUID], Key] = OrderedDict()
        self._ids: OrderedDict[UUID, DerivedIds] = OrderedDict()

    def cached(self, practice_id: UUID, subject_id: UUID) -> Key | None:
        """The key, if this process has met it."""
        return self._cached.get((practice_id, subject_id))

    async def find(self, practice_id: UUID, subject_id: UUID) -> Key | None:
        """The key, or None where there is none (any more). Raises SealBroken."""
        if (key := self.cached(practice_id, subject_id)) is not None:
            return key
        found = (await self.load(practice_id, [subject_id])).get(subject_id)
        if isinstance(found, ShutKey):
            raise SealBroken
        return found

    async def load(self, practice_id: UUID, subject_ids: Iterable[UUID]) -> dict[UUID, Key]:
        """The keys of many subjects at once; those that have none are left out.

        One that does not unwrap shuts out its own subject alone: nothing opens with it.
        """
        found: dict[UUID, Key] = {}
        unknown: list[UUID] = []
        for subject_id in set(subject_ids):
            key = self.cached(practice_id, subject_id)
            if key is None:
                unknown.append(subject_id)
            else:
                found[subject_id] = key
        if unknown:
            for subject_id, key in (await self.load_anew(self._pool, practice_id, unknown)).items():
                found[subject_id] = key
                if not isinstance(key, ShutKey):
                    self._remember((practice_id, subject_id), key)
        return found

    async def load_anew(
        self,
        connection: asyncpg.Connection | asyncpg.pool.PoolConnectionProxy | asyncpg.Pool,
        practice_id: UUID,
        subject_ids: Collection[UUID],
    ) -> dict[UUID, Key]:
        """The keys that are kept now, whatever this process remembers; read on this connection."""
        found: dict[UUID, Key] = {}
        for row in await connection.fetch(LOAD, practice_id, list(subject_ids)):
            try:
                key = AESGCM(self._wrap.unwrap(practice_id, row["subject_id"], row["wrapped"]))
            except SealBroken:
                found[row["subject_id"]] = ShutKey()
                continue
            found[row["subject_id"]] = key
        return found

    async def find_or_make(self, practice_id: UUID, subject_id: UUID) -> Key | None:
        """The key of a subject, made now if need be; two makers agree on one.

        None for a client of whom something is in the log, and whose key is gone: nobody gets
        another.
        """
        key = await self.find(practice_id, subject_id)
        if key is None:
            wrapped = self._wrap.wrap(practice_id, subject_id, new_data_key())
            await self._pool.execute(KEEP, practice_id, subject_id, wrapped)
            key = await self.find(practice_id, subject_id)
        return key

    async def ids(self, practice_id: UUID) -> DerivedIds:
        """What computes a practice's ids; its key is made when it is first asked for.

        Where there is no such practice the ids are of a key that nobody keeps: they find nothing.
        """
        known = self._ids.get(practice_id)
        if known is None:
            wrapped = await self._pool.fetchval(LOAD_ID_KEY, practice_id)
            if wrapped is None:
                made = self._wrap.wrap(practice_id, IDS_SUBJECT, new_data_key())
                await self._pool.execute(KEEP_ID_KEY, practice_id, made)
                wrapped = await self._pool.fetchval(LOAD_ID_KEY, practice_id)
            if wrapped is None:
                return DerivedIds(new_data_key())
            known = DerivedIds(self._wrap.unwrap(practice_id, IDS_SUBJECT, wrapped))
            self._ids[practice_id] = known
            while len(self._ids) > CACHED_PRACTICES:
                self._ids.popitem(last=False)
        return known

    def _remember(self, name: tuple[UUID, UUID], key: Key) -> None:
        self._cached[name] = key
        while len(self._cached) > CACHED_KEYS:
            self._cached.popitem(last=False)

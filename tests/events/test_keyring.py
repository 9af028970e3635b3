"""The keys of clients: one for each, the same for all who ask, and for nobody who may not."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.keyring import Keyring
from events.sealing import Key, MasterKey, SealBroken, seal, unseal
from tests.controls import ANNA, PRACTICE

MASTER = MasterKey(b"a master key of 32 bytes, for us")


def are_one(*keys: Key | None) -> bool:
    """Whether what one of the keys has sealed all of them open."""
    made = [key for key in keys if key is not None]
    if len(made) < len(keys):
        return False
    sealed = seal(made[0], b"4", context=[])
    try:
        return [unseal(key, sealed, context=[]) for key in made] == [b"4"] * len(made)
    except SealBroken:
        return False


class TestKeyring:
    async def test_has_no_key_before_one_is_made(self, pool: asyncpg.Pool) -> None:
        keyring = Keyring(pool, MASTER)
        assert await keyring.find(PRACTICE, ANNA) is None
        assert await keyring.load(PRACTICE, [ANNA]) == {}
        assert keyring.cached(PRACTICE, ANNA) is None

    async def test_finds_what_another_process_has_made(self, pool: asyncpg.Pool) -> None:
        made = await Keyring(pool, MASTER).find_or_make(PRACTICE, ANNA)
        other = Keyring(pool, MASTER)
        assert are_one(made, await other.find(PRACTICE, ANNA), other.cached(PRACTICE, ANNA))

    async def test_looks_again_where_it_found_none(self, pool: asyncpg.Pool) -> None:
        keyring = Keyring(pool, MASTER)
        assert await keyring.find(PRACTICE, ANNA) is None
        made = await Keyring(pool, MASTER).find_or_make(PRACTICE, ANNA)
        assert are_one(made, await keyring.find(PRACTICE, ANNA))

    async def test_agrees_on_one_key_whoever_makes_it(self, pool: asyncpg.Pool) -> None:
        keyrings = [Keyring(pool, MASTER) for _ in range(16)]
        keys = await asyncio.gather(*(one.find_or_make(PRACTICE, ANNA) for one in keyrings))
        assert are_one(*keys)

    async def test_has_a_key_for_each_client(self, pool: asyncpg.Pool) -> None:
        keyring = Keyring(pool, MASTER)
        other, elsewhere = uuid4(), uuid4()
        names = [(PRACTICE, ANNA), (PRACTICE, other), (elsewhere, ANNA)]
        keys = [await keyring.find_or_make(*name) for name in names]
        assert not any(are_one(keys[0], key) for key in keys[1:])
        found = await Keyring(pool, MASTER).load(PRACTICE, [ANNA, other, elsewhere])
        assert found.keys() == {ANNA, other}
        assert are_one(keys[0], found[ANNA])
        assert are_one(keys[1], found[other])

    async def test_opens_for_no_other_master(self, pool: asyncpg.Pool) -> None:
        await Keyring(pool, MASTER).find_or_make(PRACTICE, ANNA)
        with pytest.raises(SealBroken):
            await Keyring(pool, MasterKey(b"another master key of 32 bytes!!")).find(PRACTICE, ANNA)

    async def test_a_key_that_does_not_unwrap_shuts_out_nobody_else(
        self, pool: asyncpg.Pool
    ) -> None:
        keyring, other = Keyring(pool, MASTER), uuid4()
        made = await keyring.find_or_make(PRACTICE, ANNA)
        assert made is not None
        sealed = seal(made, b"4", context=[])
        await pool.execute(
            "INSERT INTO data_key (practice_id, subject_id, wrapped) VALUES ($1, $2, 'broken')",
            PRACTICE, other,
        )  # fmt: skip
        found = await Keyring(pool, MASTER).load(PRACTICE, [ANNA, other])
        assert are_one(made, found[ANNA])
        with pytest.raises(SealBroken):
            unseal(found[other], sealed, context=[])
        with pytest.raises(SealBroken):
            seal(found[other], b"4", context=[])
        with pytest.raises(SealBroken):
            await Keyring(pool, MASTER).find(PRACTICE, other)

    async def test_keeps_no_key_in_clear(self, pool: asyncpg.Pool) -> None:
        keyring = Keyring(pool, MASTER)
        await keyring.find_or_make(PRACTICE, ANNA)
        wrapped = await pool.fetchval("SELECT wrapped FROM data_key")
        key = MASTER.unwrap(PRACTICE, ANNA, wrapped)
        assert key not in wrapped
        assert are_one(AESGCM(key), keyring.cached(PRACTICE, ANNA))

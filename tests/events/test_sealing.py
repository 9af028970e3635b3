"""Sealing: what opens, what does not, and the one file that everything hangs on."""

import os
import stat
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.sealing import (
    AS_IS,
    KEY_BYTES,
    PADDED,
    KeyFileRefused,
    MasterKey,
    SealBroken,
    encrypt,
    load_master_key,
    load_or_create_master_key,
    new_data_key,
    pad,
    seal,
    unseal,
)
from tests.controls import ANNA, PRACTICE

KEY = AESGCM(b"a client's key of thirty-two byt")
PLAIN = b'{"type":"mood.logged.v1","rating":4}'
PLACE = [PRACTICE.bytes, ANNA.bytes, b"\x00\x00\x00\x01", b"mood.logged.v1"]
MASTER = b"a master key of 32 bytes, for us"
OTHER = UUID(int=7)

# As the releases before wrote them: they open for ever. The first release did not pad.
SEALED_ONCE = bytes.fromhex(
    "013725ad3d1ba6a9e4ee998ccca6f102fb8f1941b636e5f4deebc92adfb07f0b0e7c7f7c"
    "84cbdb8697e48d0b2794e334ba55ef673138f37b34faa4284de450ecb2"
)
WRAPPED_ONCE = bytes.fromhex(
    "0108f426480d55fc576c4e0972e8dabfceb739cadefc15d4bf3dab1b780959a4b08bb7c9"
    "e2d63c4ef25ddcb55e33eb22130afaf0b51762529d8b8cd712"
)
PADDED_ONCE = bytes.fromhex(
    "021b50492b8d72ab7396a397b2d5ab17ce6301e069bd924312979778342638b011ff2add"
    "0d0b3cc1c8711209dca4440d766b1771183a818dffaece85e09f7e8fdeb90183d486667c"
    "672865cbbc3eaf04e7211c28eda6e95344fccba1a1424a65689c029eb106b357002c10ec"
    "b4378d43fdedf6df7fb680b0771b8fd51c7f9c4b3b7c1c3b39abf86c8e0791964f34deb9"
    "4f1aec5d82a026a91957b3d7722fb021de2a83a1cf32dd03dda8c46ff2a8f198ca5f95a1"
    "766a95f24b4e68c935bbdf522cf7b115015146da97f77d0e41435d204b26c0da4bbabe94"
    "bbfe5a403e7263c77ba3141c9f8c81006f467bea1bca84436c5eb54356a8efdfbaed77e6"
    "4c2d1d454968865cdabe565ee55df244b6a617d495b2625c6a6fc289ae745cdcc1"
)


class TestSeal:
    @pytest.mark.parametrize("plain", [b"", b"\x00", PLAIN, os.urandom(100_000)], ids=len)
    def test_opens_in_its_place(self, plain: bytes) -> None:
        assert unseal(KEY, seal(KEY, plain, context=PLACE), context=PLACE) == plain

    def test_shows_nothing_of_what_is_in_it(self) -> None:
        sealed = seal(KEY, PLAIN, context=PLACE)
        assert b"mood" not in sealed

    @pytest.mark.parametrize(
        ("shortest", "longest", "sealed"),
        [(0, 252, 285), (253, 508, 541), (509, 764, 797), (65_277, 65_532, 65_565)],
    )
    def test_tells_its_length_in_units_of_256_bytes(
        self, shortest: int, longest: int, sealed: int
    ) -> None:
        lengths = range(shortest, longest + 1)
        assert {len(seal(KEY, bytes(length), context=PLACE)) for length in lengths} == {sealed}

    def test_is_another_each_time(self) -> None:
        # The same nonce twice would give the key away.
        sealed = {seal(KEY, PLAIN, context=PLACE) for _ in range(1000)}
        assert len({one[1:13] for one in sealed}) == 1000

    def test_does_not_open_with_another_key(self) -> None:
        with pytest.raises(SealBroken):
            unseal(AESGCM(new_data_key()), seal(KEY, PLAIN, context=PLACE), context=PLACE)

    @pytest.mark.parametrize("moved", range(len(PLACE)))
    def test_does_not_open_in_another_place(self, moved: int) -> None:
        place = [part[::-1] if nth == moved else part for nth, part in enumerate(PLACE)]
        with pytest.raises(SealBroken):
            unseal(KEY, seal(KEY, PLAIN, context=PLACE), context=place)

    def test_does_not_open_once_any_bit_is_altered(self) -> None:
        sealed = seal(KEY, PLAIN, context=PLACE)
        for nth in range(len(sealed)):
            for bit in range(8):
                altered = bytearray(sealed)
                altered[nth] ^= 1 << bit
                with pytest.raises(SealBroken):
                    unseal(KEY, bytes(altered), context=PLACE)

    def test_does_not_open_once_it_is_cut_short_or_drawn_out(self) -> None:
        sealed = seal(KEY, PLAIN, context=PLACE)
        for length in range(len(sealed)):
            with pytest.raises(SealBroken):
                unseal(KEY, sealed[:length], context=PLACE)
        with pytest.raises(SealBroken):
            unseal(KEY, sealed + b"\x00", context=PLACE)

    def test_opens_what_the_first_release_sealed(self) -> None:
        assert unseal(KEY, SEALED_ONCE, context=PLACE) == PLAIN

    def test_opens_what_was_padded_once(self) -> None:
        assert unseal(KEY, PADDED_ONCE, context=PLACE) == PLAIN

    @pytest.mark.parametrize(
        "sealed",
        [
            SEALED_ONCE,
            AS_IS + encrypt(KEY, pad(PLAIN), place=b"".join(PLACE)),
            seal(KEY, PLAIN, context=PLACE),
        ],
        ids=["as it is", "as it is, though it looks padded", "padded"],
    )
    def test_does_not_open_in_the_name_of_another_format(self, sealed: bytes) -> None:
        assert unseal(KEY, sealed, context=PLACE)
        for version in range(256):
            if version != sealed[0]:
                with pytest.raises(SealBroken):
                    unseal(KEY, bytes([version]) + sealed[1:], context=PLACE)

    @pytest.mark.parametrize(
        "padded",
        [
            b"",
            b"\x00\x00\x00",
            (0).to_bytes(4, "big"),
            pad(PLAIN)[:-1],
            pad(PLAIN) + bytes(1),
            pad(PLAIN) + bytes(256),
            pad(PLAIN)[:-1] + b"\x01",
            (253).to_bytes(4, "big") + bytes(252),
            (2**32 - 1).to_bytes(4, "big") + bytes(252),
        ],
        ids=[
            "nothing", "half a length", "nothing after the length", "a byte short", "a byte more",
            "a unit more", "no zero at the end", "longer than it is", "as long as can be said",
        ],
    )  # fmt: skip
    def test_does_not_open_where_the_padding_is_another(self, padded: bytes) -> None:
        sealed = PADDED + encrypt(KEY, padded, place=b"".join(PLACE) + PADDED)
        with pytest.raises(SealBroken):
            unseal(KEY, sealed, context=PLACE)


class TestMasterKey:
    def test_unwraps_what_it_wrapped(self) -> None:
        key = new_data_key()
        wrapped = MasterKey(MASTER).wrap(PRACTICE, ANNA, key)
        assert key not in wrapped
        # Not padded, because all keys have one length.
        assert len(wrapped) == len(WRAPPED_ONCE)
        assert MasterKey(MASTER).unwrap(PRACTICE, ANNA, wrapped) == key

    @pytest.mark.parametrize(
        ("master", "practice_id", "subject_id"),
        [(MASTER[::-1], PRACTICE, ANNA), (MASTER, OTHER, ANNA), (MASTER, PRACTICE, OTHER)],
        ids=["another master", "another practice", "another client"],
    )
    def test_unwraps_nobody_elses(self, master: bytes, practice_id: UUID, subject_id: UUID) -> None:
        wrapped = MasterKey(MASTER).wrap(PRACTICE, ANNA, new_data_key())
        with pytest.raises(SealBroken):
            MasterKey(master).unwrap(practice_id, subject_id, wrapped)

    def test_unwraps_what_the_first_release_wrapped(self) -> None:
        unwrapped = MasterKey(MASTER).unwrap(PRACTICE, ANNA, WRAPPED_ONCE)
        assert unwrapped == b"k" * KEY_BYTES

    def test_derives_a_key_for_each_purpose(self) -> None:
        master = MasterKey(MASTER)
        derived = {master.derive(purpose) for purpose in ("tokens", "cursors", "")}
        assert len(derived) == 3
        assert {len(key) for key in derived} == {KEY_BYTES}
        assert MASTER not in derived
        assert MasterKey(MASTER).derive("tokens") == master.derive("tokens")

    @pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
    def test_has_32_bytes(self, size: int) -> None:
        with pytest.raises(KeyFileRefused):
            MasterKey(b"k" * size)


class TestNewDataKey:
    def test_is_drawn_anew(self) -> None:
        assert len({new_data_key() for _ in range(100)}) == 100
        assert len(new_data_key()) == KEY_BYTES


def load_in_a_process(path: Path) -> subprocess.Popen[bytes]:
    program = (
        "import sys, pathlib, events.sealing as sealing\n"
        "sys.stdin.read(1)\n"
        "sys.stdout.buffer.write(sealing.load_or_create_master_key(pathlib.Path(sys.argv[1])))\n"
    )
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=root,
    )


class TestLoadOrCreateMasterKey:
    def test_makes_a_file_for_its_owner_only(self, tmp_path: Path) -> None:
        path = tmp_path / "cairn.key"
        mask = os.umask(0)
        try:
            key = load_or_create_master_key(path)
        finally:
            os.umask(mask)
        assert len(key) == KEY_BYTES
        assert path.read_bytes() == key
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert list(tmp_path.iterdir()) == [path]

    def test_finds_its_file_again(self, tmp_path: Path) -> None:
        path = tmp_path / "cairn.key"
        assert load_or_create_master_key(path) == load_or_create_master_key(path)

    def test_makes_another_key_elsewhere(self, tmp_path: Path) -> None:
        assert load_or_create_master_key(tmp_path / "one") != load_or_create_master_key(
            tmp_path / "two"
        )

    @pytest.mark.parametrize("size", [0, 31, 33])
    def test_refuses_and_keeps_a_file_of_another_size(self, tmp_path: Path, size: int) -> None:
        path = tmp_path / "cairn.key"
        path.write_bytes(b"k" * size)
        path.chmod(0o600)
        with pytest.raises(KeyFileRefused):
            load_or_create_master_key(path)
        assert path.read_bytes() == b"k" * size

    @pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o610])
    def test_refuses_a_file_that_others_may_open(self, tmp_path: Path, mode: int) -> None:
        path = tmp_path / "cairn.key"
        load_or_create_master_key(path)
        path.chmod(mode)
        with pytest.raises(KeyFileRefused):
            load_or_create_master_key(path)

    @pytest.mark.parametrize("mode", [0o600, 0o400])
    def test_takes_a_file_that_its_owner_alone_may_open(self, tmp_path: Path, mode: int) -> None:
        path = tmp_path / "cairn.key"
        key = load_or_create_master_key(path)
        path.chmod(mode)
        assert load_or_create_master_key(path) == key

    def test_needs_its_folder(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            load_or_create_master_key(tmp_path / "nowhere" / "cairn.key")

    def test_gives_one_key_to_all_who_start_at_once(self, tmp_path: Path) -> None:
        together = Barrier(4)

        def load(path: Path) -> bytes:
            together.wait(timeout=10)
            return load_or_create_master_key(path)

        with ThreadPoolExecutor(4) as pool:
            for nth in range(50):
                path = tmp_path / f"{nth}.key"
                assert len(set(pool.map(load, [path] * 4))) == 1
        assert all(path.suffix == ".key" for path in tmp_path.iterdir())

    def test_gives_one_key_to_all_processes(self, tmp_path: Path) -> None:
        processes = [load_in_a_process(tmp_path / "cairn.key") for _ in range(3)]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"!")
            process.stdin.flush()
        keys = {process.communicate(timeout=30)[0] for process in processes}
        assert keys == {(tmp_path / "cairn.key").read_bytes()}


class TestLoadMasterKey:
    def test_makes_none(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            load_master_key(tmp_path / "cairn.key")
        assert not (tmp_path / "cairn.key").exists()

    def test_reads_what_is_there(self, tmp_path: Path) -> None:
        path = tmp_path / "cairn.key"
        path.write_bytes(MASTER)
        path.chmod(0o600)
        assert load_master_key(path) == MASTER


# acl(5): whom an entry is about.
OWNER, ACCOUNT, OWNING_GROUP, GROUP, MASK, OTHERS = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
NOBODY, US, NONE, READ = 2**32 - 1, os.geteuid(), 0, 4


def give_rights(path: Path, *more: tuple[int, int, int], group: int = NONE) -> None:
    """A list of rights as systemd writes it for a credential, and more: who, what, which account.

    Skips the test on a file system that keeps no lists.
    """
    entries = [
        (OWNER, READ, NOBODY), (ACCOUNT, READ, US), *more, (OWNING_GROUP, group, NOBODY),
        (MASK, READ, NOBODY), (OTHERS, NONE, NOBODY),
    ]  # fmt: skip
    told = b"".join(struct.pack("<HHI", *entry) for entry in sorted(entries))
    try:
        os.setxattr(path, "system.posix_acl_access", struct.pack("<I", 2) + told)
    except OSError:
        pytest.skip("this file system keeps no lists of rights")


@pytest.mark.skipif(sys.platform != "linux", reason="lists of rights are read on Linux alone")
class TestLoadMasterKeyWithAListOfRights:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "cairn.key"
        path.write_bytes(MASTER)
        path.chmod(0o400)
        return path

    def test_takes_a_credential_of_systemd(self, path: Path) -> None:
        give_rights(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o440
        assert load_master_key(path) == MASTER

    def test_refuses_what_another_account_may_open(self, path: Path) -> None:
        give_rights(path, (ACCOUNT, READ, US + 1))
        with pytest.raises(KeyFileRefused):
            load_master_key(path)

    def test_refuses_what_another_group_may_open(self, path: Path) -> None:
        give_rights(path, (GROUP, READ, 1))
        with pytest.raises(KeyFileRefused):
            load_master_key(path)

    def test_refuses_what_its_own_group_may_open(self, path: Path) -> None:
        give_rights(path, group=READ)
        with pytest.raises(KeyFileRefused):
            load_master_key(path)

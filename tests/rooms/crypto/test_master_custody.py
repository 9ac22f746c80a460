"""Shares of a software master key, and the passphrase that seals it."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.keys import (
    AssuranceLevel,
    MasterShare,
    Stretching,
    create_master_file,
    open_master_file,
    open_share,
    restore_master_file,
    seal_share,
    share_master_file,
)
from tallystick.crypto.keys.master_custody import read_share
from tallystick.crypto.mechanisms import stretch_with_argon2id
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret

FIRST, SECOND = Secret(b"the first passphrase"), Secret(b"the second passphrase")


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallystick.crypto.keys.sealed._COST_N", 2**10)
    monkeypatch.setattr("tallystick.crypto.keys.sealed._MEMORY_KIB", 64)


@pytest.fixture
def shares(tmp_path: Path) -> list[MasterShare]:
    create_master_file(tmp_path, FIRST)
    return share_master_file(tmp_path, FIRST, needed=2, of=3)


def folder(path: Path, name: str) -> Path:
    (path / name).mkdir()
    return path / name


def test_any_two_of_three_make_the_master_key_again(
    tmp_path: Path, shares: list[MasterShare]
) -> None:
    master = open_master_file(tmp_path, FIRST, level=AssuranceLevel.S1)
    sealed = master.seal(b"a key", bound=b"header")
    for pair in (*combinations(shares, 2), shares):
        home = folder(tmp_path, "-".join(str(share.number) for share in pair))
        assert restore_master_file(home, pair, SECOND) == master.fingerprint
        again = open_master_file(home, SECOND, level=AssuranceLevel.S1)
        assert again.open(sealed, bound=b"header") == b"a key"


def test_one_alone_or_one_of_another_key_makes_nothing(
    tmp_path: Path, shares: list[MasterShare]
) -> None:
    other = folder(tmp_path, "other")
    create_master_file(other, FIRST)
    strangers = share_master_file(other, FIRST, needed=2, of=3)
    again = share_master_file(tmp_path, FIRST, needed=2, of=3)
    wrong: list[list[MasterShare]] = [
        [],
        shares[:1],
        [shares[0], shares[0]],
        [shares[0], strangers[1]],
        [shares[0], again[1]],
        [shares[0], replace(strangers[1], master=shares[0].master)],
        [shares[0], replace(shares[1], octets=bytes(32))],
    ]
    home = folder(tmp_path, "home")
    for given_ in wrong:
        with pytest.raises(Misconfigured):
            restore_master_file(home, given_, SECOND)
    assert list(home.iterdir()) == []
    with pytest.raises(Misconfigured, match="never overwritten"):
        restore_master_file(tmp_path, shares, SECOND)


@pytest.mark.parametrize(("needed", "of"), [(1, 3), (4, 3), (2, 17), (0, 0)])
def test_a_share_that_is_the_key_is_not_made(tmp_path: Path, needed: int, of: int) -> None:
    create_master_file(tmp_path, FIRST)
    with pytest.raises(Misconfigured):
        share_master_file(tmp_path, FIRST, needed=needed, of=of)


def test_a_share_is_under_its_custodian_s_passphrase(
    tmp_path: Path, shares: list[MasterShare]
) -> None:
    path = tmp_path / "share-1"
    seal_share(shares[0], path, SECOND)
    assert shares[0].octets.hex().encode() not in path.read_bytes()
    assert open_share(path, SECOND) == shares[0]
    with pytest.raises(Misconfigured):
        open_share(path, FIRST)
    with pytest.raises(Misconfigured):
        seal_share(shares[1], tmp_path / "share-2", Secret(b"short"))
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        other = tmp_path / f"altered-{at}"
        other.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        other.chmod(0o600)
        with pytest.raises(Misconfigured, match="does not open"):
            open_share(other, SECOND)
    assert shares[0].octets.hex() not in repr(shares[0])


def test_a_mistyped_share_is_noticed() -> None:
    # Not drawn: of 16 million mistyped digits one fits to the check value.
    share = MasterShare(master="0123456789abcdef", needed=2, number=1, octets=bytes(range(32)))
    line = share.line()
    assert read_share(line) == share
    for at, digit in enumerate(line):
        if digit in "0123456789abcdef" and 20 < at < 85:
            with pytest.raises(Misconfigured):
                read_share(line[:at] + ("1" if digit != "1" else "2") + line[at + 1 :])


@given(st.text(max_size=120))
def test_any_text_is_a_share_or_refused(text: str) -> None:
    with pytest.raises(Misconfigured):
        read_share(text)


def test_argon2id_seals_and_opens_as_scrypt_does(tmp_path: Path) -> None:
    create_master_file(tmp_path, FIRST, stretching=Stretching.ARGON2ID)
    file = tmp_path / "master.key"
    assert file.read_bytes().startswith(b"tallystick-master-key 1 argon2id ")
    master = open_master_file(tmp_path, FIRST, level=AssuranceLevel.S1)
    assert master.open(master.seal(b"x", bound=b"h"), bound=b"h") == b"x"
    with pytest.raises(Misconfigured):
        open_master_file(tmp_path, SECOND, level=AssuranceLevel.S1)
    file.write_bytes(file.read_bytes().replace(b" argon2id", b"", 1))
    with pytest.raises(Misconfigured):
        open_master_file(tmp_path, FIRST, level=AssuranceLevel.S1)


def test_argon2id_makes_the_published_key() -> None:
    # phc-winner-argon2, src/test.c (Argon2id, version 0x13: t 2, m 2^16, p 1).
    made = stretch_with_argon2id(
        Secret(b"password"), salt=b"somesalt", iterations=2, lanes=1, memory_kib=65536
    )
    assert made.hex() == "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"

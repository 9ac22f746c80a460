"""The sealed key file: durable, private, and opened by its passphrase alone."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.keys import KeyPurpose, create_key_file, create_keys, read_key_file
from tallystick.crypto.keys import key_file as sealed_file
from tallystick.crypto.keys import sealed as under_passphrase
from tallystick.ground.clock import ManualClock
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret
from tests.rooms.crypto.made import PASSPHRASE


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stretch that costs nothing; the real one is tested with published numbers."""

    def stretch(passphrase: Secret, salt: bytes) -> bytes:
        return hashlib.sha256(salt + passphrase.reveal()).digest()

    scrypt = under_passphrase.Stretching.SCRYPT
    monkeypatch.setattr(under_passphrase, "_STRETCH", {scrypt: stretch})


@pytest.fixture
def path(tmp_path: Path, quick: None, clock: ManualClock) -> Path:
    created = tmp_path / "module.keys"
    create_key_file(created, PASSPHRASE, clock=clock)
    return created


def test_the_real_file_opens_with_its_passphrase_only(key_file: Path) -> None:
    assert read_key_file(key_file, PASSPHRASE).records
    with pytest.raises(Misconfigured, match="wrong passphrase or altered file"):
        read_key_file(key_file, Secret(b"correct horse battery stapl"))


def _cost() -> tuple[int, int, int]:
    return under_passphrase._COST_N, under_passphrase._COST_R, under_passphrase._COST_P


def test_the_real_stretch_costs_what_it_should() -> None:
    assert _cost() == (2**15, 8, 3)


def test_the_keys_come_back(path: Path, clock: ManualClock) -> None:
    first, second = read_key_file(path, PASSPHRASE), read_key_file(path, PASSPHRASE)
    for purpose in KeyPurpose:
        assert first.material(purpose).matches(second.material(purpose))
    assert {record.created_ms for record in first.records} == {clock.now_ms()}


def test_every_file_has_other_keys_and_another_salt(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.keys"
    create_key_file(other, PASSPHRASE)
    mine, theirs = read_key_file(path, PASSPHRASE), read_key_file(other, PASSPHRASE)
    for purpose in KeyPurpose:
        assert not mine.material(purpose).matches(theirs.material(purpose))
    assert path.read_bytes().split(b"\n")[0] != other.read_bytes().split(b"\n")[0]


def test_only_the_owner_may_read_it_whatever_the_umask(tmp_path: Path, quick: None) -> None:
    before = os.umask(0)
    try:
        create_key_file(tmp_path / "keys", PASSPHRASE)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666])
def test_a_file_that_others_may_read_is_refused(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(Misconfigured, match="may be read by others") as refusal:
        read_key_file(path, PASSPHRASE)
    assert refusal.value.allowed == "mode 0600"


def test_links_folders_pipes_and_large_files_are_refused(path: Path, tmp_path: Path) -> None:
    link, large, pipe = tmp_path / "link", tmp_path / "large", tmp_path / "pipe"
    link.symlink_to(path)
    large.write_bytes(bytes(sealed_file.KEY_FILE_MAX + 1))
    large.chmod(0o600)
    os.mkfifo(pipe, 0o600)
    for wrong in (link, tmp_path, large, pipe, tmp_path / "absent"):
        with pytest.raises(Misconfigured) as refusal:
            read_key_file(wrong, PASSPHRASE)
        assert refusal.value.where == str(wrong)


def test_a_key_file_is_never_overwritten(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(Misconfigured, match="never overwritten"):
        create_key_file(path, PASSPHRASE)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_folder_that_is_not_there_is_the_operators_to_mend(tmp_path: Path, quick: None) -> None:
    with pytest.raises(Misconfigured, match="cannot be written"):
        create_key_file(tmp_path / "absent" / "keys", PASSPHRASE)


@pytest.mark.parametrize("passphrase", [b"", b"short", b"elevenchars"])
def test_a_short_passphrase_is_refused(tmp_path: Path, passphrase: bytes) -> None:
    with pytest.raises(Misconfigured, match="too short"):
        create_key_file(tmp_path / "keys", Secret(passphrase))
    assert list(tmp_path.iterdir()) == []


def test_file_and_folder_are_synced_before_and_after_the_name(
    tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, link = os.fsync, os.link

    def note_fsync(descriptor: int) -> None:
        folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        steps.append("folder" if folder else f"file of {os.fstat(descriptor).st_size > 0}")
        fsync(descriptor)

    def note_link(source: Path, target: Path) -> None:
        steps.append("name")
        link(source, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "link", note_link)
    create_key_file(tmp_path / "keys", PASSPHRASE)
    assert steps == ["file of True", "name", "folder"]


def test_a_write_that_fails_leaves_nothing(
    tmp_path: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Misconfigured, match="No space left"):
        create_key_file(tmp_path / "keys", PASSPHRASE)
    assert list(tmp_path.iterdir()) == []


def test_every_altered_octet_is_refused_with_the_same_words(quick: None) -> None:
    sealed = sealed_file.seal_keys(create_keys(created_ms=0), PASSPHRASE)
    for place in range(len(sealed)):
        altered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(Misconfigured) as refusal:
            sealed_file.open_keys(altered, PASSPHRASE)
        assert str(refusal.value) == "the key file does not open: wrong passphrase or altered file"


@given(
    st.binary(max_size=200) | st.binary(max_size=99).map(lambda rest: b"tallystick-keys 1 " + rest)
)
def test_any_octets_are_only_ever_refused(quick: None, octets: bytes) -> None:
    with pytest.raises(Misconfigured):
        sealed_file.open_keys(octets, PASSPHRASE)


@pytest.mark.parametrize("cut", [0, 1, 20, 60, 63, 100, -1, -16])
def test_a_cut_file_is_refused(quick: None, cut: int) -> None:
    sealed = sealed_file.seal_keys(create_keys(created_ms=0), PASSPHRASE)
    with pytest.raises(Misconfigured):
        sealed_file.open_keys(sealed[:cut], PASSPHRASE)


def test_the_file_holds_nothing_in_clear_but_its_header(path: Path) -> None:
    header, _, rest = path.read_bytes().partition(b"\n")
    assert header.startswith(b"tallystick-keys 1 ")
    for word in (b"purpose", b"checkpoint", b"material", PASSPHRASE.reveal()):
        assert word not in rest

"""The signing key of a person: private, optionally sealed, and refused in every other shape."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tallystick.crypto.keys import create_signer_file, read_signer_file, sealed
from tallystick.crypto.mechanisms import ed25519_verify
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret

PASSPHRASE = Secret(b"a long enough passphrase")


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_a_key_signs_after_it_was_read_back(tmp_path: Path, passphrase: Secret | None) -> None:
    path = tmp_path / "amina.key"
    public = create_signer_file(path, passphrase)
    assert path.stat().st_mode & 0o777 == 0o600
    key = read_signer_file(path, passphrase)
    assert key.public == public
    ed25519_verify(public, b"text", key.sign(b"text"))


def test_two_keys_are_never_the_same(tmp_path: Path) -> None:
    assert create_signer_file(tmp_path / "one") != create_signer_file(tmp_path / "two")


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "amina.key"
    create_signer_file(path)
    before = path.read_bytes()
    with pytest.raises(Misconfigured, match="never overwritten"):
        create_signer_file(path)
    assert path.read_bytes() == before


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "amina.key"
    create_signer_file(path)
    path.chmod(0o640)
    with pytest.raises(Misconfigured, match="read by others"):
        read_signer_file(path)


def test_a_link_is_refused(tmp_path: Path) -> None:
    create_signer_file(tmp_path / "amina.key")
    (tmp_path / "link.key").symlink_to(tmp_path / "amina.key")
    with pytest.raises(Misconfigured):
        read_signer_file(tmp_path / "link.key")


def test_a_sealed_key_takes_its_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "amina.key"
    create_signer_file(path, PASSPHRASE)
    with pytest.raises(Misconfigured, match="is sealed"):
        read_signer_file(path)
    with pytest.raises(Misconfigured, match="wrong passphrase"):
        read_signer_file(path, Secret(b"another long passphrase"))


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="too short"):
        create_signer_file(tmp_path / "amina.key", Secret(b"short"))
    assert list(tmp_path.iterdir()) == []


def test_every_altered_octet_of_a_sealed_key_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stretch(passphrase: Secret, salt: bytes) -> bytes:
        return hashlib.sha256(salt + passphrase.reveal()).digest()

    monkeypatch.setitem(sealed._STRETCH, sealed.Stretching.SCRYPT, stretch)  # type: ignore[index]
    path = tmp_path / "amina.key"
    create_signer_file(path, PASSPHRASE)
    octets = path.read_bytes()
    for place in range(len(octets)):
        path.write_bytes(octets[:place] + bytes([octets[place] ^ 1]) + octets[place + 1 :])
        with pytest.raises(Misconfigured):
            read_signer_file(path, PASSPHRASE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tallystick-signer 1 open \n",
        "tallystick-signer 1 open AAAA\n",
        "tallystick-signer 2 open " + "A" * 43 + "\n",
        "tallystick-signer 1 sealed AAAA\n",
        "tallystick-signer 1 sealed AAAA AAAA AAAA\n",
        "-----BEGIN SOMETHING-----\n",
        "tallystick-signer 1 open \xff\n",
        "x" * 2000,
    ],
)
def test_what_is_no_signing_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "amina.key"
    path.write_bytes(text.encode("latin-1"))
    path.chmod(0o600)
    with pytest.raises(Misconfigured) as caught:
        read_signer_file(path, PASSPHRASE)
    assert str(path) in str(caught.value)

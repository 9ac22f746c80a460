"""The keys towards a hub: sealed in one file, and nothing else opens them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.keys import HubKeys, create_hub_file, read_hub_file
from tallystick.crypto.mechanisms import (
    PublicKey,
    RsaPublicKey,
    RsaSigningKey,
    SignatureRefused,
    read_public_pem,
    verify_as,
)
from tallystick.crypto.mechanisms.refusals import KeyRefused
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.ground.secret import Secret

PASSPHRASE = Secret(b"a passphrase of its own")
P256 = b"""-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt
6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
-----END PUBLIC KEY-----
"""
"""The base point of P-256 (SEC 2 §2.4.2) as a public key: its private key is one."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, HubKeys]:
    path = tmp_path_factory.mktemp("keys") / "hub.keys"
    return path, create_hub_file(path, PASSPHRASE)


def test_what_was_sealed_is_what_opens(made: tuple[Path, HubKeys]) -> None:
    path, keys = made
    again = read_hub_file(path, PASSPHRASE)
    assert again.fulfilment.matches(keys.fulfilment)
    keys.signing.public.verify(octets=b"x", signature=again.signing.sign(b"x"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"fulfilment" not in path.read_bytes()


@pytest.mark.parametrize("place", [0, 10, 30, 60, 200, -1])
def test_every_altered_octet_is_one_refusal(
    made: tuple[Path, HubKeys], tmp_path: Path, place: int
) -> None:
    octets = bytearray(made[0].read_bytes())
    octets[place] ^= 1
    path = tmp_path / "hub.keys"
    path.touch(0o600)
    path.write_bytes(octets)
    with pytest.raises(Misconfigured, match="do not open"):
        read_hub_file(path, PASSPHRASE)


def test_another_passphrase_and_a_taken_name_are_refused(made: tuple[Path, HubKeys]) -> None:
    with pytest.raises(Misconfigured, match="do not open"):
        read_hub_file(made[0], Secret(b"another passphrase"))
    with pytest.raises(Misconfigured, match="never overwritten"):
        create_hub_file(made[0], PASSPHRASE)


def test_keys_of_others_are_read_from_pem(made: tuple[Path, HubKeys]) -> None:
    key = read_public_pem(made[1].signing.public.pem().encode())
    assert isinstance(key, RsaPublicKey)
    assert isinstance(read_public_pem(P256), PublicKey)
    with pytest.raises(KeyRefused):
        read_public_pem(P256.replace(b"MFkw", b"MFkx"))


@given(st.binary(max_size=300))
def test_no_other_octets_are_a_key(octets: bytes) -> None:
    for text in (octets, b"-----BEGIN CERTIFICATE-----\n" + octets, b"-----BEGIN PUBLIC KEY-----"):
        with pytest.raises(KeyRefused):
            read_public_pem(text)


def test_a_header_cannot_choose_the_algorithm(made: tuple[Path, HubKeys]) -> None:
    key = made[1].signing
    signature = key.sign(b"x")
    verify_as("RS256", key=key.public, octets=b"x", signature=signature)
    for algorithm in ("none", "HS256", "ES256", "RS512", None, 7):
        with pytest.raises(SignatureRefused):
            verify_as(algorithm, key=key.public, octets=b"x", signature=signature)
    with pytest.raises(SignatureRefused):
        verify_as("RS256", key=key.public, octets=b"y", signature=signature)
    p256 = read_public_pem(P256)
    for algorithm in ("RS256", "ES256"):
        with pytest.raises(SignatureRefused):
            verify_as(algorithm, key=p256, octets=b"x", signature=signature[:64])


def test_a_signing_key_says_nothing_and_is_not_copied(made: tuple[Path, HubKeys]) -> None:
    import pickle

    assert repr(made[1].signing) == "RsaSigningKey(hidden)"
    with pytest.raises(Defect):
        pickle.dumps(made[1].signing)
    with pytest.raises(KeyRefused):
        RsaSigningKey.from_secret(Secret(b"nothing"))

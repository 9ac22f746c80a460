"""Published numbers; where each comes from stands in tests/vectors/SOURCES.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tallystick.crypto.mechanisms import (
    AgreementKey,
    PublicKey,
    SigningKey,
    concat_kdf,
    decrypt_gcm,
    ed25519_verify,
    encrypt_gcm,
    es256_verify,
    hkdf_sha256,
    hmac_sha256,
    public_key_from_jwk,
    stretch_passphrase,
    thumbprint,
)
from tallystick.crypto.mechanisms.nist_curve import hash_members
from tallystick.ground.identifiers import from_base64url
from tallystick.ground.secret import Secret

VECTORS = Path(__file__).parents[2] / "vectors"


def published(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


JOSE, SIGNATURES, SYMMETRIC = map(published, ("jose.json", "signatures.json", "symmetric.json"))
_h = bytes.fromhex


def test_es256_verifies_rfc_7515() -> None:
    vector = JOSE["RFC 7515 A.3"]
    octets, _, signature = vector["token"].rpartition(".")
    es256_verify(
        public=public_key_from_jwk(vector["jwk"]),
        octets=octets.encode(),
        signature=from_base64url(signature),
    )


@pytest.mark.parametrize("vector", SIGNATURES["RFC 6979 A.2.5, SHA-256"])
def test_es256_verifies_rfc_6979(vector: dict[str, str]) -> None:
    public = PublicKey.from_point(_h(vector["point"]))
    es256_verify(public=public, octets=_h(vector["octets"]), signature=_h(vector["signature"]))


def test_concat_kdf_gives_rfc_7518() -> None:
    vector = JOSE["RFC 7518 C"]
    alice = AgreementKey.from_secret(Secret(from_base64url(vector["alice"])))
    bob = AgreementKey.from_secret(Secret(from_base64url(vector["bob"])))
    assert alice.public.jwk() == vector["alice_jwk"]
    assert bob.public.jwk() == vector["bob_jwk"]
    shared = alice.agree(public_key_from_jwk(vector["bob_jwk"]))
    assert shared == bob.agree(alice.public) == _h(vector["shared_hex"])
    derived = concat_kdf(
        shared,
        algorithm=vector["algorithm"].encode(),
        bits=vector["bits"],
        apu=vector["apu"].encode(),
        apv=vector["apv"].encode(),
    )
    assert derived == from_base64url(vector["derived"])


def test_thumbprints_are_those_of_rfc_7638_and_rfc_8037() -> None:
    vector = JOSE["RFC 7638 3.1"]
    assert hash_members(vector["required"]) == vector["thumbprint"]
    vector = JOSE["RFC 8037 A.3"]
    assert thumbprint(vector["jwk"]) == vector["thumbprint"]


@pytest.mark.parametrize("vector", SIGNATURES["RFC 8032 7.1"])
def test_ed25519_gives_rfc_8032(vector: dict[str, str]) -> None:
    key = SigningKey.from_secret(Secret(_h(vector["seed"])))
    octets, signature = _h(vector["octets"]), _h(vector["signature"])
    assert key.public == _h(vector["public"])
    assert key.sign(octets) == signature
    ed25519_verify(_h(vector["public"]), octets, signature)


@pytest.mark.parametrize("name", ["RFC 4231 4.2", "RFC 4231 4.3"])
def test_hmac_gives_rfc_4231(name: str) -> None:
    vector = SYMMETRIC[name]
    assert hmac_sha256(Secret(_h(vector["key"])), _h(vector["octets"])) == _h(vector["mac"])


@pytest.mark.parametrize("name", ["RFC 5869 A.1", "RFC 5869 A.3"])
def test_hkdf_gives_rfc_5869(name: str) -> None:
    vector = SYMMETRIC[name]
    derived = hkdf_sha256(
        Secret(_h(vector["secret"])),
        salt=_h(vector["salt"]),
        info=_h(vector["info"]),
        octets=vector["octets"],
    )
    assert derived.reveal() == _h(vector["okm"])


@pytest.mark.parametrize("name", ["GCM 14", "GCM 16"])
def test_gcm_gives_its_authors_test_cases(name: str) -> None:
    key, iv, plaintext, aad, sealed = (
        _h(SYMMETRIC[name][part]) for part in ("key", "iv", "plaintext", "aad", "sealed")
    )
    assert encrypt_gcm(key, iv=iv, plaintext=plaintext, aad=aad) == sealed
    assert decrypt_gcm(key, iv=iv, ciphertext=sealed, aad=aad) == plaintext


@pytest.mark.parametrize("vector", SYMMETRIC["RFC 7914 12 (first 32 octets)"])
def test_scrypt_gives_rfc_7914(vector: dict[str, Any]) -> None:
    stretched = stretch_passphrase(
        Secret(vector["passphrase"].encode()),
        salt=vector["salt"].encode(),
        n=vector["n"],
        r=vector["r"],
        p=vector["p"],
    )
    assert stretched == _h(vector["key"])

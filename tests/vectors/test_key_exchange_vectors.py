"""Agreement, derivation and the hybrid KEM against published numbers (SOURCES-key-exchange.md)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x25519

from tallystick.crypto.mechanisms import (
    Derivation,
    HashName,
    HybridKeyPair,
    HybridSuite,
    KeyPair,
    PublicHalf,
    derive_agreed,
)

VECTORS = json.loads((Path(__file__).parent / "key_exchange.json").read_text(encoding="utf-8"))
X25519_LABEL = b"\\.//^\\"
"""Of the combiner of X-Wing; a drawing of its name."""


@pytest.mark.parametrize("vector", VECTORS["agreements"])
def test_the_shared_secret_is_the_published_one(vector: dict[str, str]) -> None:
    curve = ec.SECP256R1()
    x, y, private = (int(vector[name], 16) for name in ("x", "y", "private"))
    peer = PublicHalf(ec.EllipticCurvePublicNumbers(x, y, curve).public_key())
    pair = KeyPair(ec.derive_private_key(private, curve))
    assert pair.algorithm == peer.algorithm == vector["curve"]
    assert pair.agree(peer).hex() == vector["shared"]


@pytest.mark.parametrize("vector", VECTORS["derivations"])
def test_the_derived_key_is_the_published_one(vector: dict[str, str]) -> None:
    key = derive_agreed(
        bytes.fromhex(vector["shared"]),
        derivation=Derivation(vector["derivation"]),
        hashed=HashName(vector["hash"]),
        information=bytes.fromhex(vector["information"]),
        octets=len(vector["key"]) // 2,
    )
    assert key.hex() == vector["key"]


def _expand(vector: dict[str, Any]) -> bytes:
    """X-Wing makes both seeds of one; we keep both."""
    return hashlib.shake_256(bytes.fromhex(vector["seed"])).digest(96)


@pytest.mark.parametrize("vector", VECTORS["xwing"])
def test_the_hybrid_public_key_is_the_published_one(vector: dict[str, str]) -> None:
    pair = HybridKeyPair(HybridSuite.MLKEM768_X25519, _expand(vector))
    assert pair.public.octets.hex() == vector["public"]


@pytest.mark.parametrize("vector", VECTORS["xwing"])
def test_both_halves_give_the_published_secret(vector: dict[str, str]) -> None:
    """What HPKE does inside, done by hand with the same two mechanisms."""
    seed, sent = _expand(vector), bytes.fromhex(vector["encapsulation"])
    public, ephemeral = bytes.fromhex(vector["public"])[1184:], sent[1088:]
    lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(seed[:64]).decapsulate(sent[:1088])
    curve = x25519.X25519PrivateKey.from_private_bytes(seed[64:])
    agreed = curve.exchange(x25519.X25519PublicKey.from_public_bytes(ephemeral))
    whole = hashlib.sha3_256(lattice + agreed + ephemeral + public + X25519_LABEL)
    assert whole.hexdigest() == vector["shared"]

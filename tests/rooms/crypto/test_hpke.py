"""HPKE base mode against RFC 9180 written down a second time, from its text."""

from __future__ import annotations

import hmac
import os

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tallystick.crypto.mechanisms import HpkeKey, KeyRefused, Undecipherable, hpke_seal

_KEM = b"KEM" + (0x0020).to_bytes(2, "big")
_HPKE = b"HPKE" + b"".join(n.to_bytes(2, "big") for n in (0x0020, 0x0001, 0x0002))


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, octets: int) -> bytes:
    labelled = octets.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labelled + b"\x01", "sha256")[:octets]


def _context(shared: bytes, shares: bytes, info: bytes) -> tuple[AESGCM, bytes]:
    """The key and the base nonce (RFC 9180 §4.1 and §5.1)."""
    eae = _extract(_KEM, b"", b"eae_prk", shared)
    secret = _expand(_KEM, eae, b"shared_secret", shares, 32)
    context = b"\0" + _extract(_HPKE, b"", b"psk_id_hash", b"")
    context += _extract(_HPKE, b"", b"info_hash", info)
    prk = _extract(_HPKE, secret, b"secret", b"")
    return AESGCM(_expand(_HPKE, prk, b"key", context, 32)), _expand(
        _HPKE, prk, b"base_nonce", context, 12
    )


def test_what_we_seal_is_hpke() -> None:
    private = X25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    sealed = hpke_seal(public, b"4111111111111111", info=b"purpose")
    share, ciphertext = sealed[:32], sealed[32:]
    shared = private.exchange(X25519PublicKey.from_public_bytes(share))
    aead, nonce = _context(shared, share + public, b"purpose")
    assert aead.decrypt(nonce, ciphertext, b"") == b"4111111111111111"


def test_we_open_what_is_hpke() -> None:
    key = HpkeKey.generate()
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(key.public))
    aead, nonce = _context(shared, share + key.public, b"purpose")
    sealed = share + aead.encrypt(nonce, b"secret", b"")
    assert key.open(sealed, info=b"purpose") == b"secret"
    assert HpkeKey(key.private_octets()).open(sealed, info=b"purpose") == b"secret"


def test_another_key_info_or_octet_is_refused() -> None:
    key = HpkeKey.generate()
    sealed = hpke_seal(key.public, b"secret", info=b"purpose")
    spoilt = [sealed[:end] for end in range(len(sealed))]
    spoilt += [
        sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))
    ]
    spoilt += [bytes(32) + sealed[32:], sealed + b"\0", os.urandom(100)]
    for octets in spoilt:
        with pytest.raises(Undecipherable):
            key.open(octets, info=b"purpose")
    with pytest.raises(Undecipherable):
        key.open(sealed, info=b"purpose2")
    with pytest.raises(Undecipherable):
        HpkeKey.generate().open(sealed, info=b"purpose")


@pytest.mark.parametrize("public", [b"", bytes(32), bytes([1]) + bytes(31), bytes(31), bytes(33)])
def test_a_key_that_gives_no_secret_is_refused(public: bytes) -> None:
    with pytest.raises(KeyRefused):
        hpke_seal(public, b"secret", info=b"")


def test_a_private_key_is_32_octets_and_not_shown() -> None:
    with pytest.raises(KeyRefused):
        HpkeKey(bytes(31))
    assert repr(HpkeKey.generate()) == "HpkeKey(hidden)"

"""The hybrid transport and its mechanisms; held against another implementation of the lattices."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from typing import Any

import pytest
from Crypto.PublicKey import MLDSA, MLKEM
from Crypto.Signature import mldsa
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.crypto.key_blocks import (
    HybridSigner,
    KeyAlgorithm,
    KeyAttributes,
    KeyTokenRefused,
    der,
    make_transport,
    open_transport,
)
from tallystick.crypto.mechanisms import (
    HybridKeyPair,
    HybridPublicKey,
    HybridSuite,
    KeyPair,
    KeyRefused,
    LatticeSigningKey,
    SignatureRefused,
    Undecipherable,
    verify_lattice,
)
from tests.rooms.crypto.exchange.people import attributes
from tests.vectors.test_key_exchange_vectors import X25519_LABEL

SUITES = list(HybridSuite)
PAIRS = {suite: HybridKeyPair.generate(suite) for suite in SUITES}
SIGNER = HybridSigner(pair=KeyPair.generate("ECC_NIST_P384"), lattice=LatticeSigningKey.generate())
OTHER = HybridSigner(pair=KeyPair.generate("ECC_NIST_P384"), lattice=LatticeSigningKey.generate())
KEY, NONCE = bytes(range(16)), bytes(16)


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_sealed_opens_for_its_info_alone(suite: HybridSuite) -> None:
    pair = HybridKeyPair(suite, PAIRS[suite].secret())
    public = HybridPublicKey.read(suite, pair.public.octets)
    sealed = public.seal(b"a key", info=b"for this")
    assert pair.open(sealed, info=b"for this") == b"a key"
    for wrong, info in ((sealed, b"for that"), (sealed[:-1], b"for this"), (b"", b"for this")):
        with pytest.raises(Undecipherable):
            pair.open(wrong, info=info)
    assert "hidden" in repr(pair)


def _open_by_hand(seeds: bytes, public: bytes, sealed: bytes, info: bytes) -> bytes:
    """HPKE in base mode (RFC 9180 §5.1, §6.1), with the lattice of another library."""
    lattice = MLKEM.construct(param_set=MLKEM.ML_KEM_768, seed=seeds[:64])
    curve = x25519.X25519PrivateKey.from_private_bytes(seeds[64:])
    sent, ephemeral, ciphertext = sealed[:1088], sealed[1088:1120], sealed[1120:]
    agreed = curve.exchange(x25519.X25519PublicKey.from_public_bytes(ephemeral))
    secret = lattice._decaps(sent) + agreed + ephemeral + public[1184:] + X25519_LABEL
    shared = hashlib.sha3_256(secret).digest()
    suite = b"HPKE" + bytes.fromhex("647a00010002")

    def extract(salt: bytes, label: bytes, keyed: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + keyed, "sha256")

    def expand(secret: bytes, label: bytes, context: bytes, octets: int) -> bytes:
        told = octets.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context + b"\x01"
        return hmac.digest(secret, told, "sha256")[:octets]

    context = b"\x00" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(shared, b"secret", b"")
    key, iv = expand(secret, b"key", context, 32), expand(secret, b"base_nonce", context, 12)
    return AESGCM(key).decrypt(iv, ciphertext, b"")


@given(st.binary(max_size=64), st.binary(max_size=40))
@settings(max_examples=20)
def test_another_lattice_opens_what_we_seal(plaintext: bytes, info: bytes) -> None:
    pair = HybridKeyPair.generate(HybridSuite.MLKEM768_X25519)
    sealed = pair.public.seal(plaintext, info=info)
    assert _open_by_hand(pair.secret(), pair.public.octets, sealed, info) == plaintext


@given(st.binary(max_size=100), st.binary(max_size=40))
@settings(max_examples=20)
def test_another_lattice_signs_and_verifies_as_we_do(octets: bytes, context: bytes) -> None:
    ours = LatticeSigningKey.generate()
    theirs = MLDSA.construct(param_set=MLDSA.ML_DSA_65, seed=ours.secret())
    signed = mldsa.new(theirs, context=context).sign(octets)
    verify_lattice(ours.public, octets, signed, context=context)
    mldsa.new(theirs.public_key(), context=context).verify(
        octets, ours.sign(octets, context=context)
    )


def test_a_lattice_signature_is_for_its_octets_and_context() -> None:
    key = SIGNER.lattice
    signature = key.sign(b"this", context=b"here")
    verify_lattice(key.public, b"this", signature, context=b"here")
    for public, octets, signed, context in (
        (OTHER.lattice.public, b"this", signature, b"here"),
        (key.public, b"that", signature, b"here"),
        (key.public, b"this", signature, b"there"),
        (key.public, b"this", signature[:-1], b"here"),
        (key.public[:-1], b"this", signature, b"here"),
        (key.public, b"this", bytes(len(signature)), b"here"),
    ):
        with pytest.raises(SignatureRefused):
            verify_lattice(public, octets, signed, context=context)


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("octets", [0, 10, 1216, 1665, 3000])
def test_strangers_public_keys_are_refused(suite: HybridSuite, octets: int) -> None:
    with pytest.raises(KeyRefused):
        HybridPublicKey.read(suite, b"\xff" * octets)


def _make(**changed: Any) -> bytes:
    wanted: dict[str, Any] = {
        "recipient": PAIRS[HybridSuite.MLKEM768_X25519].public,
        "signer": SIGNER,
        "nonce": NONCE,
    } | changed
    key = wanted.pop("key", KEY)
    return make_transport(key, wanted.pop("attributes", attributes()), **wanted)


def _open(transport: bytes, **changed: Any) -> tuple[bytes, KeyAttributes]:
    wanted: dict[str, Any] = {
        "recipient": PAIRS[HybridSuite.MLKEM768_X25519],
        "signer": SIGNER.verifier(),
        "nonce": NONCE,
    }
    return open_transport(transport, **(wanted | changed))


def _refused(transport: bytes, **changed: Any) -> None:
    with pytest.raises(KeyTokenRefused, match=r"^the key token was refused$"):
        _open(transport, **changed)


@pytest.mark.parametrize("suite", SUITES)
def test_a_key_arrives_with_its_attributes(suite: HybridSuite) -> None:
    transport = _make(recipient=PAIRS[suite].public)
    assert _open(transport, recipient=PAIRS[suite]) == (KEY, attributes())


def test_the_larger_suite_carries_larger_keys() -> None:
    large = attributes(KeyAlgorithm.AES_256)
    key = bytes(range(32))
    with pytest.raises(KeyTokenRefused):
        _make(key=key, attributes=large)
    suite = HybridSuite.MLKEM1024_P384
    transport = _make(key=key, attributes=large, recipient=PAIRS[suite].public)
    assert _open(transport, recipient=PAIRS[suite]) == (key, large)


def test_a_transport_is_for_one_recipient_nonce_and_signer() -> None:
    transport = _make()
    _refused(transport, recipient=HybridKeyPair.generate())
    _refused(transport, recipient=PAIRS[HybridSuite.MLKEM1024_P384])
    _refused(transport, nonce=bytes(15) + b"\x01")
    _refused(transport, signer=OTHER.verifier())


@pytest.mark.parametrize("half", ["pair", "lattice"])
def test_one_good_signature_is_not_enough(half: str) -> None:
    forger = HybridSigner(
        pair=SIGNER.pair if half == "pair" else OTHER.pair,
        lattice=SIGNER.lattice if half == "lattice" else OTHER.lattice,
    )
    _refused(_make(signer=forger))


def test_nothing_is_opened_before_both_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    told, by_pair, _ = der.inside(
        der.read_element(_make()), der.SEQUENCE, der.OCTET_STRING, der.OCTET_STRING
    )
    broken = der.sequence(told.whole, by_pair.whole, der.octet_string(bytes(3309)))

    def opened(*_: object, **__: object) -> bytes:
        raise AssertionError("opened")

    monkeypatch.setattr(HybridKeyPair, "open", opened)
    _refused(broken)


TRANSPORT = _make()


@settings(max_examples=200)
@given(at=st.integers(0, len(TRANSPORT) - 1), change=st.integers(1, 255))
def test_one_altered_octet_is_enough(at: int, change: int) -> None:
    octets = bytearray(TRANSPORT)
    octets[at] ^= change
    _refused(bytes(octets))


@given(st.binary(max_size=300))
def test_strangers_transports_are_refused(octets: bytes) -> None:
    with contextlib.suppress(KeyTokenRefused):
        _open(octets)

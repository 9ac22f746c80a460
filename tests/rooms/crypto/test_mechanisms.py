"""The register, the keys and the single calls: what they promise and what they refuse."""

from __future__ import annotations

import copy
import pickle
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.mechanisms import (
    MECHANISMS,
    AgreementKey,
    KeyRefused,
    MechanismRefused,
    SignatureRefused,
    SigningKey,
    Undecipherable,
    concat_kdf,
    decrypt_gcm,
    demand_strength,
    ed25519_verify,
    encrypt_gcm,
    es256_verify,
    hkdf_sha256,
    public_key_from_jwk,
)
from tallystick.crypto.mechanisms.edwards import _SMALL_ORDER
from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import (
    NotAnIdentifier,
    decode_base64url,
    from_base64url,
    to_base64url,
)
from tallystick.ground.secret import Secret
from tests.rooms.crypto.made import device_key, public_jwk, signed_token

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def test_every_mechanism_is_strong_enough_for_the_default_policy() -> None:
    for name in MECHANISMS:
        assert demand_strength(name, 128).source


@pytest.mark.parametrize(
    ("name", "bits", "year"),
    [("TDES", 112, None), ("ES256", 129, None), ("ES256", 128, 2036), ("none", 0, None)],
)
def test_weak_old_and_unknown_mechanisms_are_refused(
    name: str, bits: int, year: int | None
) -> None:
    with pytest.raises(MechanismRefused):
        demand_strength(name, bits, year=year)


def test_a_mechanism_is_used_until_the_end_of_its_last_year() -> None:
    assert demand_strength("ES256", 128, year=2035).not_after == 2035


def test_the_register_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        MECHANISMS["none"] = MECHANISMS["ES256"]  # type: ignore[index]


@given(st.binary(max_size=80))
def test_base64url_reads_what_it_writes(octets: bytes) -> None:
    assert decode_base64url(to_base64url(octets).encode()) == octets


@given(st.text(alphabet="AQgwEIMZaz09-_+/= \n\x00é", max_size=12))
def test_base64url_has_one_spelling(text: str) -> None:
    try:
        found = from_base64url(text)
    except NotAnIdentifier:
        return
    assert to_base64url(found) == text


@given(st.binary(max_size=12))
def test_base64url_is_what_the_standard_library_writes(octets: bytes) -> None:
    assert to_base64url(octets) == urlsafe_b64encode(octets).rstrip(b"=").decode()


def _signature() -> tuple[dict[str, str], bytes, bytes]:
    key = device_key()
    octets, _, signature = signed_token({"alg": "ES256"}, b"payload", key).rpartition(".")
    return public_jwk(key), octets.encode(), from_base64url(signature)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda s: b"",
        lambda s: s[:63],
        lambda s: s + b"\0",
        lambda s: bytes(64),
        lambda s: s[:32] + bytes(32),
        lambda s: bytes(32) + s[32:],
        lambda s: s[32:] + s[:32],
        lambda s: s[:32] + ORDER.to_bytes(32, "big"),
        lambda s: ORDER.to_bytes(32, "big") + s[32:],
        lambda s: b"\xff" * 64,
    ],
)
def test_es256_refuses_what_is_not_the_signature(spoil) -> None:  # type: ignore[no-untyped-def]
    jwk, octets, signature = _signature()
    with pytest.raises(SignatureRefused):
        es256_verify(public=public_key_from_jwk(jwk), octets=octets, signature=spoil(signature))


def test_es256_refuses_other_octets_and_another_key() -> None:
    jwk, octets, signature = _signature()
    with pytest.raises(SignatureRefused):
        es256_verify(public=public_key_from_jwk(jwk), octets=octets + b"x", signature=signature)
    other = public_key_from_jwk(public_jwk(device_key()))
    with pytest.raises(SignatureRefused):
        es256_verify(public=other, octets=octets, signature=signature)


@given(st.integers(0, 511))
def test_ed25519_refuses_any_flipped_bit(bit: int) -> None:
    key = SigningKey.from_secret(Secret(bytes(range(32))))
    signature = bytearray(key.sign(b"octets"))
    signature[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureRefused):
        ed25519_verify(key.public, b"octets", bytes(signature))


FIELD = 2**255 - 19
CURVE_D = -121665 * pow(121666, -1, FIELD) % FIELD


def _order_divides_eight(y: int) -> bool:
    """Double a point of the curve three times by the affine formulas of RFC 8032 §5.1.4."""
    x2 = (y * y - 1) * pow(CURVE_D * y * y + 1, -1, FIELD) % FIELD
    x = pow(x2, (FIELD + 3) // 8, FIELD)
    if (x * x - x2) % FIELD:
        x = x * pow(2, (FIELD - 1) // 4, FIELD) % FIELD
    assert (x * x - x2) % FIELD == 0, "not a point of the curve"
    for _ in range(3):
        product = CURVE_D * x * x * y * y % FIELD
        x, y = (
            2 * x * y * pow(1 + product, -1, FIELD) % FIELD,
            (y * y + x * x) * pow(1 - product, -1, FIELD) % FIELD,
        )
    return (x, y) == (0, 1)


@pytest.mark.parametrize("octets", sorted(_SMALL_ORDER), ids=lambda octets: octets.hex()[:8])
def test_an_ed25519_key_of_small_order_is_no_key(octets: bytes) -> None:
    assert _order_divides_eight(int.from_bytes(octets, "little") % FIELD)
    for key in (octets, octets[:-1] + bytes([octets[-1] | 0x80])):
        with pytest.raises(KeyRefused):
            ed25519_verify(key, b"any text", bytes(64))


def test_ed25519_refuses_other_lengths() -> None:
    key = SigningKey.generate()
    with pytest.raises(SignatureRefused):
        ed25519_verify(key.public, b"", key.sign(b"")[:63])
    with pytest.raises(KeyRefused):
        ed25519_verify(key.public[:31], b"", key.sign(b""))


@pytest.mark.parametrize("scalar", [0, ORDER, ORDER + 1, 2**256 - 1])
def test_a_scalar_outside_the_group_is_no_key(scalar: int) -> None:
    with pytest.raises(KeyRefused):
        AgreementKey.from_secret(Secret(scalar.to_bytes(32, "big")))


@pytest.mark.parametrize("octets", [b"", b"\1", bytes(31) + b"\1\1", b"\0" * 32 + b"\1"])
def test_a_private_key_of_another_length_is_no_key(octets: bytes) -> None:
    with pytest.raises(KeyRefused):
        AgreementKey.from_secret(Secret(octets))
    with pytest.raises(KeyRefused):
        SigningKey.from_secret(Secret(octets))


def test_private_keys_come_back_from_their_secret() -> None:
    agreement, signing = AgreementKey.generate(), SigningKey.generate()
    assert AgreementKey.from_secret(agreement.secret()).public == agreement.public
    assert SigningKey.from_secret(signing.secret()).public == signing.public


@pytest.mark.parametrize("key", [AgreementKey.generate(), SigningKey.generate()])
def test_private_keys_are_neither_shown_nor_serialised(key: AgreementKey | SigningKey) -> None:
    assert "hidden" in repr(key)
    assert key.secret().reveal().hex() not in repr(key)
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(Defect):
            leak(key)


@given(st.binary(max_size=48), st.integers(0, 10**6))
def test_gcm_refuses_any_flipped_bit(plaintext: bytes, place: int) -> None:
    key, iv = bytes(32), bytes(12)
    sealed = bytearray(encrypt_gcm(key, iv=iv, plaintext=plaintext, aad=b"header"))
    sealed[place // 8 % len(sealed)] ^= 1 << place % 8
    with pytest.raises(Undecipherable):
        decrypt_gcm(key, iv=iv, ciphertext=bytes(sealed), aad=b"header")


@pytest.mark.parametrize(
    ("key", "iv", "ciphertext"),
    [
        (bytes(16), bytes(12), bytes(16)),
        (bytes(32), bytes(8), bytes(16)),
        (bytes(32),) * 2 + (b"",),
    ],
)
def test_gcm_refuses_other_sizes(key: bytes, iv: bytes, ciphertext: bytes) -> None:
    with pytest.raises(Undecipherable):
        decrypt_gcm(key, iv=iv, ciphertext=ciphertext, aad=b"")


def test_weak_requests_of_our_own_are_defects() -> None:
    with pytest.raises(Defect):
        encrypt_gcm(bytes(16), iv=bytes(12), plaintext=b"", aad=b"")
    with pytest.raises(Defect):
        concat_kdf(bytes(32), algorithm=b"A256GCM", bits=512)
    with pytest.raises(Defect):
        hkdf_sha256(Secret(b"x"), salt=b"", info=b"", octets=0)

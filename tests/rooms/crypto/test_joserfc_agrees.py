"""Another implementation of JOSE as oracle, in both directions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from tallystick.crypto.envelopes import (
    EnvelopeRefused,
    open_sealed,
    parse_sealed,
    parse_signed,
    seal,
)
from tallystick.crypto.mechanisms import AgreementKey, public_key_from_jwk
from tallystick.ground.identifiers import from_base64url, to_base64url
from tallystick.ground.secret import Secret
from tests.rooms.crypto.made import (
    device_key,
    opened_token,
    public_jwk,
    sealed_token,
    signed_token,
)

TYP = "tallystick-message+jwe"
THEIRS = device_key()
OURS = AgreementKey.from_secret(Secret(from_base64url(str(THEIRS.as_dict(private=True)["d"]))))
KID = OURS.public.thumbprint


def test_both_hold_the_same_key() -> None:
    assert OURS.public.jwk() == public_jwk(THEIRS)


@given(st.binary(max_size=1000))
def test_they_open_what_we_seal(plaintext: bytes) -> None:
    token = seal(plaintext, to=OURS.public, kid=KID, typ=TYP, cty="JWT")
    header, opened = opened_token(token, THEIRS)
    assert opened == plaintext
    assert header["typ"] == TYP


@given(st.binary(max_size=1000))
def test_we_open_what_they_seal(plaintext: bytes) -> None:
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": KID, "typ": TYP, "cty": "JWT"}
    token = sealed_token(header, plaintext, THEIRS)
    assert open_sealed(parse_sealed(token, typ=TYP, cty="JWT"), OURS) == plaintext


@given(st.binary(max_size=1000))
def test_we_verify_what_they_sign(payload: bytes) -> None:
    key = device_key()
    header = {"alg": "ES256", "typ": "tallystick-message+jws", "kid": "device-1"}
    signed = parse_signed(signed_token(header, payload, key), typ="tallystick-message+jws")
    assert signed.verify(public_key_from_jwk(public_jwk(key))) == payload


@given(payload=st.binary(max_size=200), place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_we_refuse_what_they_refuse(payload: bytes, place: int, bit: int) -> None:
    header = {"alg": "ES256", "typ": "tallystick-message+jws", "kid": "device-1"}
    token = signed_token(header, payload, THEIRS)
    signed_part, _, signature = token.rpartition(".")
    altered = bytearray(from_base64url(signature))
    altered[place % 64] ^= 1 << bit
    token = f"{signed_part}.{to_base64url(bytes(altered))}"
    with pytest.raises(Exception, match="bad_signature"):
        jws.deserialize_compact(token, THEIRS, algorithms=["ES256"])
    with pytest.raises(EnvelopeRefused):
        parse_signed(token, typ="tallystick-message+jws").verify(OURS.public)


def test_their_key_is_a_key_of_ours() -> None:
    for _ in range(20):
        key: ECKey = device_key()
        assert public_key_from_jwk(public_jwk(key)).jwk() == public_jwk(key)

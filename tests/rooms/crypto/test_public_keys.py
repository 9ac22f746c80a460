"""A public key is exactly a point on P-256 in exactly one spelling."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.mechanisms import KeyRefused, PublicKey, public_key_from_jwk, thumbprint
from tallystick.ground.identifiers import from_base64url, to_base64url
from tests.rooms.crypto.made import device_key, public_jwk
from tests.rooms.crypto.test_vectors import JOSE

PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
JWK: dict[str, str] = JOSE["RFC 7515 A.3"]["jwk"]
ED25519: dict[str, str] = JOSE["RFC 8037 A.3"]["jwk"]


def _coordinate(number: int) -> str:
    return to_base64url(number.to_bytes(32, "big"))


def _minus_y() -> str:
    return _coordinate(PRIME - int.from_bytes(from_base64url(JWK["y"]), "big"))


NOT_KEYS: list[Any] = [
    None,
    [],
    "text",
    {},
    {**JWK, "d": "AAAA"},
    {**JWK, "kid": "a"},
    {**JWK, "alg": "ES256"},
    {name: JWK[name] for name in ("kty", "crv", "x")},
    {**JWK, "kty": "ec"},
    {**JWK, "kty": "RSA"},
    {**JWK, "crv": "P-384"},
    {**JWK, "crv": "secp256k1"},
    {**JWK, "crv": ["P-256"]},
    {**JWK, "x": JWK["y"], "y": JWK["x"]},
    {**JWK, "x": 7},
    {**JWK, "y": None},
    {**JWK, "x": JWK["x"] + "="},
    {**JWK, "x": JWK["x"][:-1]},
    {**JWK, "x": "A" + JWK["x"]},
    {**JWK, "x": JWK["x"][:-1] + "V"},  # the same octets, with unused bits that are not zero
    {**JWK, "y": JWK["y"].replace("_", "/")},
    {**JWK, "x": JWK["x"][:-1] + "\u0660"},
    {**JWK, "x": _coordinate(0), "y": _coordinate(0)},
    {**JWK, "x": _coordinate(PRIME)},
    {**JWK, "y": _coordinate(2**256 - 1)},
    {**JWK, "x": _coordinate(int.from_bytes(from_base64url(JWK["x"]), "big") ^ 1)},
]


@pytest.mark.parametrize("jwk", NOT_KEYS, ids=range(len(NOT_KEYS)))
def test_what_is_not_exactly_a_key_is_refused(jwk: Any) -> None:
    for remember in (True, False):
        with pytest.raises(KeyRefused):
            public_key_from_jwk(jwk, remember=remember)
    with pytest.raises(KeyRefused):
        thumbprint(jwk)


def test_a_coordinate_has_one_spelling() -> None:
    # U and V differ in the two bits that base64url leaves unused at the end of 32 octets.
    assert JWK["x"].endswith("U")
    assert public_key_from_jwk(JWK).jwk() == JWK


@pytest.mark.parametrize("length", [0, 1, 33, 64, 66])
def test_points_of_other_shapes_are_refused(length: int) -> None:
    with pytest.raises(KeyRefused):
        PublicKey.from_point(b"\x02" * length)


@pytest.mark.parametrize("first", [0, 2, 3, 5, 6, 7])
def test_only_the_uncompressed_form_is_read(first: int) -> None:
    point = from_base64url(JWK["x"]) + from_base64url(JWK["y"])
    with pytest.raises(KeyRefused):
        PublicKey.from_point(bytes([first]) + point)


def test_a_key_is_remembered_and_equal_by_its_point() -> None:
    first, second = public_key_from_jwk(JWK), public_key_from_jwk(dict(reversed(JWK.items())))
    assert first is second
    once = public_key_from_jwk(JWK, remember=False)
    assert once is not first
    assert once == first
    assert hash(once) == hash(first)
    assert public_key_from_jwk({**JWK, "y": _minus_y()}) != first
    assert first != JWK
    assert first.thumbprint in repr(first)


def test_thumbprints_agree_with_joserfc() -> None:
    for _ in range(20):
        key = device_key()
        assert thumbprint(public_jwk(key)) == key.thumbprint()


@pytest.mark.parametrize(
    "spoilt",
    [
        {**ED25519, "crv": "X25519"},
        {**ED25519, "y": ED25519["x"]},
        {**ED25519, "x": ED25519["x"] + "A"},
        {**ED25519, "x": None},
        {"kty": "OKP", "crv": "Ed25519"},
    ],
)
def test_thumbprints_of_spoilt_ed25519_keys_are_refused(spoilt: dict[str, Any]) -> None:
    with pytest.raises(KeyRefused):
        thumbprint(spoilt)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


@given(_json)
def test_anything_else_is_only_ever_refused(value: Any) -> None:
    with pytest.raises(KeyRefused):
        public_key_from_jwk(value)


@given(member=st.sampled_from(sorted(JWK)), value=_json)
def test_a_replaced_member_is_only_ever_refused(member: str, value: Any) -> None:
    if value == JWK[member]:
        return
    with pytest.raises(KeyRefused):
        public_key_from_jwk({**JWK, member: value})


@given(x=st.binary(min_size=32, max_size=32), y=st.binary(min_size=32, max_size=32))
def test_a_pair_of_numbers_is_almost_never_a_point(x: bytes, y: bytes) -> None:
    with pytest.raises(KeyRefused):
        public_key_from_jwk(
            json.loads(json.dumps({**JWK, "x": to_base64url(x), "y": to_base64url(y)}))
        )

"""Signed envelopes: what is verified, and that everything else is refused in one way."""

from __future__ import annotations

import hashlib
import hmac
import json
import pickle
from typing import Any

import pytest

from tallystick.crypto.envelopes import EnvelopeRefused, Signed, parse_signed
from tallystick.crypto.mechanisms import public_key_from_jwk
from tallystick.ground.errors import Defect
from tallystick.ground.identifiers import to_base64url
from tests.rooms.crypto.made import device_key, encoded, public_jwk, signed_token

MESSAGE, PROOF = "tallystick-message+jws", "dpop+jwt"
KEY, OTHER = device_key(), device_key()
JWK = public_jwk(KEY)
PUBLIC = public_key_from_jwk(JWK)
PAYLOAD = b'{"ctr":7,"op":"remote.pay"}'
BY_NAME: dict[str, Any] = {"alg": "ES256", "typ": MESSAGE, "kid": "device-1"}
BY_KEY: dict[str, Any] = {"typ": PROOF, "alg": "ES256", "jwk": JWK}
NAMED = signed_token(BY_NAME, PAYLOAD, KEY)
KEYED = signed_token(BY_KEY, PAYLOAD, KEY)


def _verified(token: str, typ: str = MESSAGE) -> bytes:
    return parse_signed(token, typ=typ).verify(PUBLIC)


def _signed_header(header: object) -> str:
    """Any header at all, truly signed by the device: only strictness can refuse it."""
    signed = KEYED.split(".")
    return ".".join([encoded(header), *signed[1:]])


def test_a_message_names_its_device_and_is_verified() -> None:
    signed = parse_signed(NAMED, typ=MESSAGE)
    assert signed.header == BY_NAME
    assert signed.key is None
    assert signed.verify(PUBLIC) == PAYLOAD


def test_a_proof_brings_its_key_and_is_verified() -> None:
    signed = parse_signed(KEYED, typ=PROOF)
    assert signed.key == PUBLIC
    assert signed.header["jwk"] == JWK
    assert signed.verify(PUBLIC) == PAYLOAD


def test_a_header_that_comes_back_is_the_same_and_cannot_be_changed() -> None:
    first, again = parse_signed(KEYED, typ=PROOF), parse_signed(KEYED, typ=PROOF)
    assert (first.header, first.key) == (again.header, again.key)
    with pytest.raises(TypeError):
        first.header["alg"] = "none"  # type: ignore[index]
    for _ in range(2):  # what was in order for one type is still refused for another
        with pytest.raises(EnvelopeRefused):
            parse_signed(KEYED, typ=MESSAGE)


def test_another_key_is_refused() -> None:
    with pytest.raises(EnvelopeRefused) as refusal:
        parse_signed(NAMED, typ=MESSAGE).verify(public_key_from_jwk(public_jwk(OTHER)))
    assert refusal.value.reason == "signature"


@pytest.mark.parametrize(("token", "typ"), [(NAMED, MESSAGE), (KEYED, PROOF)])
def test_any_flipped_bit_is_refused_with_the_same_error(token: str, typ: str) -> None:
    for place in range(len(token)):
        for bit in range(7):
            altered = token[:place] + chr(ord(token[place]) ^ 1 << bit) + token[place + 1 :]
            with pytest.raises(EnvelopeRefused) as refusal:
                _verified(altered, typ)
            assert type(refusal.value) is EnvelopeRefused
            assert str(refusal.value) == "the envelope was refused"


NAMED_HEADERS: list[tuple[str, object]] = [
    ("header.alg", {**BY_NAME, "alg": "none"}),
    ("header.alg", {**BY_NAME, "alg": "None"}),
    ("header.alg", {**BY_NAME, "alg": "HS256"}),
    ("header.alg", {**BY_NAME, "alg": "ES384"}),
    ("header.alg", {**BY_NAME, "alg": "EdDSA"}),
    ("header.alg", {**BY_NAME, "alg": None}),
    ("header.members", {**BY_NAME, "jwk": JWK}),
    ("header.members", {"alg": "ES256", "typ": MESSAGE, "jwk": JWK}),
    ("header.members", {**BY_NAME, "jku": "https://example.com"}),
    ("header.members", {**BY_NAME, "x5c": []}),
    ("header.members", {**BY_NAME, "crit": ["b64"], "b64": False}),
    ("header.members", {**BY_NAME, "b64": True}),
    ("header.members", {**BY_NAME, "zip": "DEF"}),
    ("header.members", {"alg": "ES256", "typ": MESSAGE}),
    ("header.members", {"typ": MESSAGE, "kid": "device-1"}),
    ("header.typ", {**BY_NAME, "typ": "tallystick-session+jws"}),
    ("header.typ", {**BY_NAME, "typ": "JWT"}),
    ("header.typ", {**BY_NAME, "typ": 1}),
    ("kid", {**BY_NAME, "kid": "device 1"}),
    ("kid", {**BY_NAME, "kid": "' OR 1=1 --"}),
    ("kid", {**BY_NAME, "kid": None}),
    ("json", json.dumps(BY_NAME).replace("{", '{"kid": "device-2", ', 1).encode()),
    ("json", b"null"),
]


@pytest.mark.parametrize(("reason", "header"), NAMED_HEADERS, ids=range(len(NAMED_HEADERS)))
def test_a_header_that_is_not_exactly_ours_is_refused(reason: str, header: object) -> None:
    with pytest.raises(EnvelopeRefused) as refusal:
        _verified(_signed_header(header))
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("reason", "header"),
    [
        ("header.members", {**BY_KEY, "kid": "device-1"}),
        ("header.members", {"alg": "ES256", "typ": PROOF, "kid": "device-1"}),
        ("jwk", {**BY_KEY, "jwk": {**JWK, "d": "AA"}}),
        ("jwk", {**BY_KEY, "jwk": {**JWK, "kid": "a"}}),
        ("jwk", {**BY_KEY, "jwk": {**JWK, "y": JWK["x"]}}),
        ("jwk", {**BY_KEY, "jwk": JWK["x"]}),
        ("json", json.dumps(BY_KEY).replace('"x"', '"crv": "P-256", "x"').encode()),
    ],
)
def test_a_key_that_is_not_exactly_a_key_is_refused(reason: str, header: object) -> None:
    with pytest.raises(EnvelopeRefused) as refusal:
        _verified(_signed_header(header), PROOF)
    assert refusal.value.reason == reason


def test_an_unsigned_token_is_refused() -> None:
    for alg in ("none", "ES256"):
        token = f"{encoded({**BY_NAME, 'alg': alg})}.{encoded(PAYLOAD)}."
        with pytest.raises(EnvelopeRefused):
            _verified(token)


def test_the_public_key_is_not_taken_for_a_shared_key() -> None:
    signing_input = f"{encoded({**BY_NAME, 'alg': 'HS256'})}.{encoded(PAYLOAD)}"
    for secret in (json.dumps(JWK).encode(), PUBLIC.thumbprint.encode()):
        mac = hmac.digest(secret, signing_input.encode(), hashlib.sha256)
        with pytest.raises(EnvelopeRefused):
            _verified(f"{signing_input}.{to_base64url(mac)}")


def test_a_der_signature_is_refused() -> None:
    der = b"\x30\x44\x02\x20" + b"\x01" * 32 + b"\x02\x20" + b"\x01" * 32
    with pytest.raises(EnvelopeRefused):
        _verified(f"{NAMED.rpartition('.')[0]}.{to_base64url(der)}")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "..",
        "a.b",
        NAMED + ".",
        NAMED + "." + NAMED,
        NAMED + "=",
        NAMED.replace(".", ".\n", 1),
        "\u0661" + NAMED,
        f"{encoded(BY_NAME)}.{'A' * 17_000}.AA",
    ],
)
def test_a_token_of_another_shape_is_refused(token: str) -> None:
    with pytest.raises(EnvelopeRefused):
        _verified(token)


def test_a_token_of_one_type_is_not_taken_for_another() -> None:
    session = signed_token({**BY_NAME, "typ": "tallystick-session+jws"}, PAYLOAD, KEY)
    assert _verified(session, "tallystick-session+jws") == PAYLOAD
    with pytest.raises(EnvelopeRefused):
        _verified(session)
    with pytest.raises(EnvelopeRefused):
        _verified(KEYED, "tallystick-enrolment+jws")


def test_a_type_that_the_wire_has_not_is_our_own_mistake() -> None:
    with pytest.raises(Defect):
        parse_signed(NAMED, typ="JWT")


def test_an_unverified_payload_is_not_shown() -> None:
    signed = parse_signed(NAMED, typ=MESSAGE)
    assert isinstance(signed, Signed)
    assert "remote.pay" not in repr(signed)


def test_the_refusal_survives_a_pickle_and_keeps_its_reason() -> None:
    again = pickle.loads(pickle.dumps(EnvelopeRefused("tag")))  # noqa: S301
    assert again.reason == "tag"
    assert str(again) == str(EnvelopeRefused("kid"))

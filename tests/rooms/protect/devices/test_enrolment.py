"""Enrolments and session requests: read exactly, signed by whom they must be, or refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tallystick.handset.jose import sign, write_signed
from tallystick.handset.keys import DeviceKey, HandsetKeys
from tallystick.handset.messages import sign_session
from tallystick.protect.devices import (
    Activation,
    EnrolmentRefused,
    bind_device,
    read_enrolment,
    read_session,
    session_kid,
)
from tests.rooms.protect.made import (
    AUDIENCE,
    DEVICE,
    NOW_MS,
    NOW_S,
    REQUEST,
    altered,
    device_of,
    enrolment_claims,
    paths,
    public,
    signed_enrolment,
    twice,
    without,
)

KEYS = HandsetKeys.create()
OTHER = HandsetKeys.create()
CLAIMS = enrolment_claims(KEYS)
SESSION: dict[str, Any] = {
    "aud": AUDIENCE,
    "iat": NOW_S,
    "jti": REQUEST,
    "challenge": "challenge-0",
    "application": CLAIMS["application"],
}


def enrolment(claims: dict[str, Any], keys: HandsetKeys = KEYS) -> bytes:
    return signed_enrolment(msgspec.json.encode(claims), keys)


def test_an_honest_enrolment_is_read() -> None:
    read = read_enrolment(enrolment(CLAIMS))
    assert (read.request, read.audience, read.issued_s) == (REQUEST, AUDIENCE, NOW_S)
    assert read.session == public(KEYS.session)
    assert read.signature == public(KEYS.signature)
    assert read.agreement == public(KEYS.agreement)
    assert read.attestation.secure_environment == "tee"


@pytest.mark.parametrize("path", paths(CLAIMS))
def test_every_member_is_needed_once(path: str) -> None:
    for payload in (msgspec.json.encode(without(CLAIMS, path)), twice(CLAIMS, path)):
        with pytest.raises(EnrolmentRefused):
            read_enrolment(signed_enrolment(payload, KEYS))


@pytest.mark.parametrize("path", ["", "keys.", "attestation.", "application.", "keys.session."])
def test_unknown_members_are_refused(path: str) -> None:
    with pytest.raises(EnrolmentRefused):
        read_enrolment(enrolment(altered(CLAIMS, f"{path}more", "x")))


WRONG: list[tuple[str, Any]] = [
    ("aud", 5),
    ("aud", "a" * 129),
    ("iat", "1700000000"),
    ("iat", 1.5),
    ("iat", 2**60),
    ("jti", "short"),
    ("jti", "a" * 65),
    ("jti", "no spaces in here"),
    ("challenge", "another"),  # the possession was proven over the first one
    ("keys.session", OTHER.session.jwk),  # not the key that signed
    ("keys.signature", OTHER.signature.jwk),  # whose possession was not proven
    ("keys.signature", KEYS.session.jwk),  # one key for two purposes
    ("keys.agreement", KEYS.session.jwk),
    ("keys.agreement", KEYS.signature.jwk),
    ("keys.agreement", {**KEYS.agreement.jwk, "y": KEYS.session.jwk["y"]}),  # off the curve
    ("keys.agreement", {**KEYS.agreement.jwk, "crv": "P-384"}),
    ("keys.agreement", {**KEYS.agreement.jwk, "d": "AAAA"}),
    ("possession", ""),
    ("possession", "A" * 86),
    ("possession", "not base64url!"),
    ("attestation.platform", "nokia"),
    ("attestation.secure_environment", "hsm"),
    ("application.version", "3"),
    ("application.version", True),
    ("application.debuggable", 0),
    ("pin", "x" * 1025),
    ("pin", None),
]


@pytest.mark.parametrize(("path", "value"), WRONG, ids=lambda v: str(v)[:24])
def test_every_wrong_member_is_refused(path: str, value: Any) -> None:
    with pytest.raises(EnrolmentRefused):
        read_enrolment(enrolment(altered(CLAIMS, path, value)))


def test_possession_is_proven_by_the_signature_key_over_this_session() -> None:
    swapped = HandsetKeys(session=KEYS.session, signature=OTHER.signature, agreement=KEYS.agreement)
    copied = enrolment_claims(KEYS) | {"keys": swapped.jwks()}
    with pytest.raises(EnrolmentRefused):
        read_enrolment(enrolment(copied))
    read_enrolment(enrolment(enrolment_claims(swapped), swapped))


def test_an_enrolment_signed_by_another_key_is_refused() -> None:
    payload = msgspec.json.encode(CLAIMS)
    with pytest.raises(EnrolmentRefused):
        read_enrolment(signed_enrolment(payload, KEYS, by=OTHER.session))
    header = {"alg": "ES256", "typ": "tallystick-enrolment+jws", "jwk": KEYS.session.jwk}
    forged = sign(payload, header=header, key=OTHER.session).encode()
    with pytest.raises(EnrolmentRefused):
        read_enrolment(forged)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "typ": "tallystick-enrolment+jws", "jwk": KEYS.session.jwk},
        {"alg": "HS256", "typ": "tallystick-enrolment+jws", "jwk": KEYS.session.jwk},
        {"alg": "ES256", "typ": "tallystick-session+jws", "jwk": KEYS.session.jwk},
        {"alg": "ES256", "typ": "tallystick-enrolment+jws", "kid": "dev-1"},
        {"alg": "ES256", "typ": "tallystick-enrolment+jws"},
        {"alg": "ES256", "typ": "tallystick-enrolment+jws", "jwk": None},
        {
            "alg": "ES256",
            "typ": "tallystick-enrolment+jws",
            "jwk": KEYS.session.jwk,
            "crit": ["exp"],
        },
    ],
)
def test_other_headers_are_refused(header: dict[str, Any]) -> None:
    payload = msgspec.json.encode(CLAIMS)
    with pytest.raises(EnrolmentRefused):
        read_enrolment(sign(payload, header=header, key=KEYS.session).encode())
    with pytest.raises(EnrolmentRefused):
        read_enrolment(write_signed(payload, header=header, signature=b"").encode())


@pytest.mark.parametrize(
    "token", [b"", b".", b"..", b"a.b.c", b"\xff\xfe", "é.é.é".encode(), b"." * 100_000]
)
def test_what_is_no_token_is_refused(token: bytes) -> None:
    with pytest.raises(EnrolmentRefused):
        read_enrolment(token)


def test_one_session_key_is_one_device_for_ever() -> None:
    offer = Activation(
        customer=device_of(KEYS).customer,
        account=device_of(KEYS).account,
        role="customer",
        expires_ms=NOW_MS + 1,
    )
    first = bind_device(
        read_enrolment(enrolment(CLAIMS)), offer=offer, vouched="software", now_ms=NOW_MS
    )
    again = bind_device(
        read_enrolment(enrolment(CLAIMS)), offer=offer, vouched="software", now_ms=NOW_MS + 5
    )
    assert first.id == again.id
    other = bind_device(
        read_enrolment(enrolment(enrolment_claims(OTHER), OTHER)),
        offer=offer,
        vouched="software",
        now_ms=NOW_MS,
    )
    assert other.id != first.id


# ---- session requests ---------------------------------------------------------------------------


def session(claims: dict[str, Any], key: DeviceKey = KEYS.session) -> str:
    return sign_session(msgspec.json.encode(claims), key=key, device=DEVICE)


def test_an_honest_session_request_is_read() -> None:
    read = read_session(session(SESSION), device=device_of(KEYS))
    assert (read.audience, read.issued_s, read.challenge) == (AUDIENCE, NOW_S, "challenge-0")
    assert session_kid(session(SESSION)) == DEVICE


@pytest.mark.parametrize("path", paths(SESSION))
def test_every_member_of_a_session_request_is_needed_once(path: str) -> None:
    for payload in (msgspec.json.encode(without(SESSION, path)), twice(SESSION, path)):
        token = sign_session(payload, key=KEYS.session, device=DEVICE)
        with pytest.raises(EnrolmentRefused):
            read_session(token, device=device_of(KEYS))


def test_a_session_request_is_signed_by_the_session_key() -> None:
    for key in (KEYS.signature, KEYS.agreement, OTHER.session):
        with pytest.raises(EnrolmentRefused):
            read_session(session(SESSION, key), device=device_of(KEYS))


def test_what_names_no_device_is_refused() -> None:
    for token in ("", "a.b.c", enrolment(CLAIMS).decode()):
        with pytest.raises(EnrolmentRefused):
            session_kid(token)

"""A financial message: every claim is needed once, compared, and fresh."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tallystick.handset.jose import sign
from tallystick.handset.keys import DeviceKey
from tallystick.handset.messages import sign_message
from tallystick.protect.messages import (
    COUNTERS,
    FinancialMessage,
    MessageRefused,
    OutOfWindow,
    Replayed,
    accept_counter,
    accept_message,
    read_signed,
    verify_message,
)
from tests.rooms.protect.made import (
    AUDIENCE,
    DEVICE,
    NOW_MS,
    NOW_S,
    REQUEST,
    altered,
    public,
    twice,
    without,
)

KEY, OTHER = DeviceKey.create(), DeviceKey.create()
WINDOW_S = 120
CLAIMS: dict[str, Any] = {
    "aud": AUDIENCE,
    "url": "/v1/messages",
    "iat": NOW_S,
    "jti": REQUEST,
    "ctr": 7,
    "op": "remote.pay",
    "body": {"a": {"b": [1, {"c": None}]}, "z": "é"},
}


def opened(claims: dict[str, Any] | bytes = CLAIMS, key: DeviceKey = KEY) -> FinancialMessage:
    payload = claims if isinstance(claims, bytes) else msgspec.json.encode(claims)
    token = sign_message(payload, key=key, device=DEVICE)
    return verify_message(read_signed(token.encode()), device=DEVICE, key=public(KEY))


def accept(message: FinancialMessage, *, seen: int = 6, now_ms: int = NOW_MS) -> int:
    mark = accept_message(
        message, audience=AUDIENCE, seen=seen, now_ms=now_ms, window_s=WINDOW_S, skip_max=1000
    )
    assert (mark.register, mark.key) == (COUNTERS, DEVICE)
    return mark.value


def test_an_honest_message_is_read_and_accepted() -> None:
    message = opened()
    assert (message.device, message.request, message.counter) == (DEVICE, REQUEST, 7)
    assert (message.operation, msgspec.json.decode(message.body)) == ("remote.pay", CLAIMS["body"])
    assert accept(message) == 7


@pytest.mark.parametrize("name", CLAIMS)
def test_every_claim_is_needed_once(name: str) -> None:
    for payload in (msgspec.json.encode(without(CLAIMS, name)), twice(CLAIMS, name)):
        with pytest.raises(MessageRefused):
            opened(payload)


@pytest.mark.parametrize("path", ["body.a", "body.a.b", "body.z"])
def test_no_member_of_an_order_stands_twice(path: str) -> None:
    with pytest.raises(MessageRefused):
        opened(twice(CLAIMS, path))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("aud", 7),
        ("aud", "a" * 129),
        ("iat", "now"),
        ("iat", 1.5),
        ("iat", 2**53),
        ("jti", "short"),
        ("jti", "a" * 65),
        ("jti", "spaces are refused"),
        ("jti", None),
        ("ctr", 0),
        ("ctr", -1),
        ("ctr", 2**53),
        ("ctr", "7"),
        ("ctr", True),
        ("ctr", 7.0),
        ("op", "o" * 33),
        ("op", None),
        ("more", 1),
        ("body", {"a": 1.5}),
        ("body", {"a": 2**60}),
    ],
)
def test_every_wrong_claim_is_refused(name: str, value: Any) -> None:
    with pytest.raises(MessageRefused):
        opened(altered(CLAIMS, name, value))


@pytest.mark.parametrize(
    "body", [b"NaN", b"[" * 5000 + b"]" * 5000, b'{"a":"\\ud800"}', b'{"a":"\xff"}', b"{", b""]
)
def test_what_is_no_json_of_ours_is_refused(body: bytes) -> None:
    honest = msgspec.json.encode(without(CLAIMS, "body"))
    with pytest.raises(MessageRefused):
        opened(honest[:-1] + b',"body":' + body + b"}")


@pytest.mark.parametrize(
    ("name", "value"),
    [("aud", "tallystick:other"), ("aud", ""), ("url", "/v1/enrolments"), ("url", "/v1/messages/")],
)
def test_a_message_for_somebody_else_is_refused(name: str, value: str) -> None:
    with pytest.raises(MessageRefused, match="somebody else"):
        accept(opened(altered(CLAIMS, name, value)))


@pytest.mark.parametrize(
    ("offset_ms", "inside"),
    [
        (0, True),
        (WINDOW_S * 1000, True),
        (-WINDOW_S * 1000, True),
        (WINDOW_S * 1000 + 1, False),
        (-WINDOW_S * 1000 - 1, False),
        (10**12, False),
    ],
)
def test_a_message_has_its_time(offset_ms: int, inside: bool) -> None:
    if inside:
        accept(opened(), now_ms=NOW_MS + offset_ms)
        return
    with pytest.raises(OutOfWindow):
        accept(opened(), now_ms=NOW_MS + offset_ms)


@given(seen=st.integers(0, 2**53), step=st.integers(-50, 1100))
@example(seen=6, step=1000)
@example(seen=6, step=1001)
@example(seen=6, step=1)
@example(seen=6, step=0)
def test_a_counter_only_rises_and_not_too_far(seen: int, step: int) -> None:
    if 0 < step <= 1000:
        kept = accept_counter(seen + step, seen, 1000)
        assert kept == seen + step
        with pytest.raises(Replayed):
            accept_counter(seen + step, kept, 1000)
    else:
        with pytest.raises(Replayed if step <= 0 else OutOfWindow):
            accept_counter(seen + step, seen, 1000)


def test_a_message_of_another_device_or_key_is_refused() -> None:
    payload = msgspec.json.encode(CLAIMS)
    stranger = sign_message(payload, key=KEY, device="dev-somebody-else")
    for token in (stranger, sign_message(payload, key=OTHER, device=DEVICE)):
        with pytest.raises(MessageRefused):
            verify_message(read_signed(token.encode()), device=DEVICE, key=public(KEY))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "typ": "tallystick-message+jws", "kid": DEVICE},
        {"alg": "ES256", "typ": "tallystick-session+jws", "kid": DEVICE},
        {"alg": "ES256", "typ": "tallystick-message+jws"},
        {"alg": "ES256", "typ": "tallystick-message+jws", "jwk": KEY.jwk},
        {"alg": "ES256", "typ": "tallystick-message+jws", "kid": DEVICE, "b64": False},
    ],
)
def test_other_headers_are_refused(header: dict[str, Any]) -> None:
    token = sign(msgspec.json.encode(CLAIMS), header=header, key=KEY)
    with pytest.raises(MessageRefused):
        read_signed(token.encode())


@given(st.binary(max_size=200))
def test_random_octets_are_refused(octets: bytes) -> None:
    with pytest.raises(MessageRefused):
        read_signed(octets)
    with pytest.raises(MessageRefused):
        opened(octets)


def test_the_order_is_operation_and_body_and_nothing_else() -> None:
    first = opened()
    retried = opened(CLAIMS | {"ctr": 8, "iat": NOW_S + 5})
    assert retried.order == first.order
    for change in ({"op": "merchant.pay"}, {"body": {}}, {"body": CLAIMS["body"] | {"z": "e"}}):
        assert opened(CLAIMS | change).order != first.order

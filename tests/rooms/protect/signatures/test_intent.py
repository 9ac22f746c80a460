"""The mobile digital signature stands for exactly the octets that were shown and signed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.ground.canonical import digest
from tallystick.ground.identifiers import RequestId, from_base64url, to_base64url
from tallystick.ground.limits import TRANSACTION_DATA_MAX
from tallystick.ground.money import EXPONENTS, format_minor
from tallystick.handset.keys import DeviceKey
from tallystick.protect.signatures import (
    AmountMalformed,
    CurrencyMismatch,
    Intent,
    IntentRefused,
    read_amount,
    verify_intent,
)
from tests.rooms.protect.made import DEVICE, REQUEST, altered, paths, public, twice, without

KEY, OTHER = DeviceKey.create(), DeviceKey.create()
PLAIN: dict[str, Any] = {
    "type": "tallystick:payment:1",
    "credential_ids": [DEVICE],
    "payload": {
        "transaction_id": REQUEST,
        "date_time": "2026-01-31T12:00:00Z",
        "payee": {"name": "Mama Njeri", "id": "acc-njeri"},
        "currency": "KES",
        "amount": "1500.00",
    },
}


def written(plain: dict[str, Any] | bytes) -> str:
    return to_base64url(plain if isinstance(plain, bytes) else msgspec.json.encode(plain))


def signed(text: str, key: DeviceKey = KEY) -> str:
    return to_base64url(key.sign(text.encode()))


def verify(text: str, signature: str | None = None, **changes: Any) -> Intent:
    usual = {
        "key": public(KEY),
        "device": DEVICE,
        "request": RequestId(REQUEST),
        "currency": "KES",
    }
    return verify_intent(
        transaction_data=text,
        signature=signed(text) if signature is None else signature,
        **usual | changes,
    )


def test_what_was_signed_is_read() -> None:
    text = written(PLAIN)
    intent = verify(text)
    assert (intent.payee_id, intent.payee_name) == ("acc-njeri", "Mama Njeri")
    assert (intent.amount.minor, intent.amount.currency) == (150_000, "KES")
    assert intent.instruction == digest(text.encode())


@pytest.mark.parametrize("path", paths(PLAIN))
def test_a_member_altered_behind_the_signature_is_refused(path: str) -> None:
    honest = written(PLAIN)
    for value in ("x", "1501.00", "acc-other", "UGX", [], None, 0):
        with pytest.raises(IntentRefused):
            verify(written(altered(PLAIN, path, value)), signed(honest))


@pytest.mark.parametrize("path", paths(PLAIN))
def test_every_member_is_needed_once_although_it_is_signed(path: str) -> None:
    for plain in (without(PLAIN, path), twice(PLAIN, path)):
        with pytest.raises(IntentRefused):
            verify(written(plain))


@pytest.mark.parametrize("path", ["more", "payload.more", "payload.payee.more"])
def test_unknown_members_are_refused_although_they_are_signed(path: str) -> None:
    with pytest.raises(IntentRefused):
        verify(written(altered(PLAIN, path, "x")))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("type", "tallystick:payment:2"),
        ("type", "Tallystick:payment:1"),
        ("credential_ids", []),
        ("credential_ids", ["dev-other"]),
        ("credential_ids", [DEVICE, DEVICE]),
        ("credential_ids", DEVICE),
        ("payload.transaction_id", "another-0000-001"),
        ("payload.transaction_id", REQUEST + "1"),
        ("payload.payee.name", ""),
        ("payload.payee.name", "x" * 141),
        ("payload.payee.id", ""),
        ("payload.payee.id", "x" * 65),
        ("payload.amount", 1500),
        ("payload.amount", "1" * 21),
        ("payload.date_time", "x" * 33),
    ],
)
def test_an_object_of_another_order_or_shape_is_refused(path: str, value: Any) -> None:
    with pytest.raises(IntentRefused):
        verify(written(altered(PLAIN, path, value)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "é",
        "A" * (TRANSACTION_DATA_MAX + 1),
        "not base64url at all!",
        written(b""),
        written(b"null"),
        written(b"[" * 1000),
        written(b'{"type":1.5}'),
        written(b"\xff\xfe"),
        written(PLAIN) + "=",
        written(PLAIN) + "\n",
    ],
    ids=range(12),
)
def test_what_is_no_transaction_object_is_refused(text: str) -> None:
    with pytest.raises(IntentRefused):
        verify(text)


def test_an_object_is_read_up_to_its_size_limit() -> None:
    """Octets of JSON behind which white space fills up to the limit, and one more."""
    bare = msgspec.json.encode(PLAIN)
    octets = TRANSACTION_DATA_MAX * 3 // 4
    assert len(written(bare.ljust(octets))) == TRANSACTION_DATA_MAX
    verify(written(bare.ljust(octets)))
    with pytest.raises(IntentRefused, match="too long"):
        verify(written(bare.ljust(octets + 1)))


@pytest.mark.parametrize(
    "signature",
    ["", "A" * 86, "A" * 85, "not base64url!", signed(written(PLAIN)) + "=", "é"],
    ids=range(6),
)
def test_what_is_no_signature_is_refused(signature: str) -> None:
    with pytest.raises(IntentRefused):
        verify(written(PLAIN), signature)


def test_a_signature_is_over_the_text_and_by_the_signature_key() -> None:
    text = written(PLAIN)
    for signature in (
        signed(text, OTHER),
        to_base64url(KEY.sign(from_base64url(text))),  # over what the text stands for
        to_base64url(KEY.sign(b"")),
    ):
        with pytest.raises(IntentRefused):
            verify(text, signature)


@given(st.binary(max_size=300))
def test_random_octets_are_refused_even_when_signed(octets: bytes) -> None:
    with pytest.raises(IntentRefused):
        verify(written(octets))


# ---- amounts ------------------------------------------------------------------------------------


@given(minor=st.integers(1, 2**53 - 1), currency=st.sampled_from(sorted(EXPONENTS)))
def test_every_positive_amount_is_read_from_its_one_spelling(minor: int, currency: str) -> None:
    text = format_minor(minor, currency)
    assert read_amount(text, currency, currency).minor == minor
    for other in (f"0{text}", f"+{text}", f" {text}", f"{text} ", f"-{text}", f"{text}."):
        with pytest.raises(AmountMalformed):
            read_amount(other, currency, currency)


@pytest.mark.parametrize(
    "text",
    [
        "0.00",
        "-1.00",
        "1",
        "1.0",
        "1.000",
        ".50",
        "1,00",
        "1e2",
        ".",
        "١.٠٠",
        "0x10",
        "NaN",
        "90071992547409.92",
        "1_000.00",
        "00.50",
        "1..00",
    ],
)
def test_other_amounts_are_malformed(text: str) -> None:
    with pytest.raises(AmountMalformed):
        read_amount(text, "KES", "KES")


@pytest.mark.parametrize("text", ["1.", "1.0", "0", "01"])
def test_a_currency_without_decimals_takes_whole_numbers(text: str) -> None:
    with pytest.raises(AmountMalformed):
        read_amount(text, "UGX", "UGX")
    assert read_amount("7", "UGX", "UGX").minor == 7


@pytest.mark.parametrize("stated", ["UGX", "kes", "", "KES "])
def test_another_currency_is_said_so(stated: str) -> None:
    with pytest.raises(CurrencyMismatch):
        verify(written(altered(PLAIN, "payload.currency", stated)))

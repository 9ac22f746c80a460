"""Whatever a partner or a stranger sends: it is read, or refused in a word of ours."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.crypto.mechanisms import public_key_from_jwk
from tallystick.ground.canonical import canonical_json
from tallystick.ground.identifiers import DeviceId, RequestId, from_base64url, to_base64url
from tallystick.ground.money import Amount, format_minor
from tallystick.handset.errors import Malformed
from tallystick.handset.keys import DeviceKey
from tallystick.handset.terms import Terms, describe_terms, sign_terms, write_terms
from tallystick.protect.signatures import (
    AmountMalformed,
    CurrencyMismatch,
    IntentRefused,
    verify_terms,
)
from tallystick.serve.mobile_money.amounts import read_sum
from tallystick.serve.mobile_money.arrivals import read_instant
from tallystick.serve.mobile_money.errors import ApiRefused
from tallystick.serve.mobile_money.identifiers import read_path
from tallystick.serve.mobile_money.shapes import (
    BatchBody,
    QuotationBody,
    ReversalBody,
    TransactionBody,
    plain,
    read_shape,
)
from tallystick.serve.mobile_money.tokens import basic

KEY = DeviceKey.create()
PUBLIC = public_key_from_jwk(KEY.jwk)
REQUEST, DEVICE = RequestId("r" * 16), DeviceId("dev-1")
GOOD = write_terms(
    Terms(
        kind="mandate",
        partner=("Duka", "acc-7"),
        amount=Amount(minor=150_000, currency="KES"),
        expires_ms=90_000_000,
        per_period=Amount(minor=300_000, currency="KES"),
        period_days=30,
    ),
    request=REQUEST,
    device=DEVICE,
    at_ms=0,
)

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)


def signed(data: str) -> str:
    return to_base64url(KEY.sign(data.encode("ascii")))


def verified(data: str, signature: str) -> Any:
    return verify_terms(
        transaction_data=data,
        signature=signature,
        key=PUBLIC,
        device=DEVICE,
        request=REQUEST,
        currency="KES",
    )


def altered(name: str, value: Any) -> str:
    whole = json.loads(from_base64url(GOOD))
    whole["payload"][name] = value
    return to_base64url(json.dumps(whole).encode())


def test_both_sides_read_the_same_terms() -> None:
    terms = verified(GOOD, sign_terms(GOOD, shown=describe_terms(GOOD), key=KEY))
    assert (terms.kind, terms.partner_id, terms.amount.minor) == ("mandate", "acc-7", 150_000)
    assert (terms.per_period.minor, terms.period_days) == (300_000, 30)
    assert terms.expires_ms == 90_000_000


@given(st.text(max_size=60), st.text(max_size=100))
def test_what_is_not_signed_is_refused(data: str, signature: str) -> None:
    with pytest.raises(IntentRefused):
        verified(data, signature)
    with pytest.raises(IntentRefused):
        verified(GOOD, signature)


@given(
    st.sampled_from(list(json.loads(from_base64url(GOOD))["payload"])),
    values,
)
def test_signed_terms_are_whole_or_refused(name: str, value: Any) -> None:
    data = altered(name, value)
    try:
        terms = verified(data, signed(data))
    except (IntentRefused, AmountMalformed, CurrencyMismatch):
        return
    assert terms.amount.minor > 0
    assert (terms.per_period is not None) == (terms.kind == "mandate")
    assert terms.kind == "code" or terms.partner_id


@given(st.sampled_from(list(json.loads(from_base64url(GOOD))["payload"])), values)
def test_a_handset_shows_terms_or_refuses_them(name: str, value: Any) -> None:
    try:
        shown = describe_terms(altered(name, value))
    except Malformed:
        return
    assert shown.isprintable() or "\n" in shown


def test_a_lone_surrogate_is_refused() -> None:
    body = b'{"amount":"5","currency":"KES","descriptionText":"\\ud800"}'
    with pytest.raises(ApiRefused):
        read_shape(body, TransactionBody)


SHAPES = (TransactionBody, ReversalBody, BatchBody, QuotationBody)


@given(
    st.sampled_from(SHAPES), st.binary(max_size=200) | values.map(lambda v: json.dumps(v).encode())
)
def test_a_body_is_read_or_refused(kind: Any, octets: bytes) -> None:
    with suppress(ApiRefused):
        assert json.dumps(plain(read_shape(octets, kind)))


@given(
    st.dictionaries(
        st.sampled_from(["amount", "currency", "creditParty", "descriptionText", "customData"]),
        values,
    )
)
def test_a_transaction_is_read_or_refused(body: dict[str, Any]) -> None:
    whole = {"amount": "5", "currency": "KES"} | body
    with suppress(ApiRefused):
        assert canonical_json(plain(read_shape(json.dumps(whole).encode(), TransactionBody)))


@given(st.text(max_size=30))
def test_every_text_is_an_amount_or_a_refusal(text: str) -> None:
    try:
        found = read_sum(text, "KES", ours="KES")
    except ApiRefused:
        return
    minor = int(found.replace(".", ""))
    assert minor > 0
    assert format_minor(minor, "KES") == found


@given(st.integers(1, 10**18), st.sampled_from(["KES", "UGX", "KWD"]))
def test_our_own_spelling_of_an_amount_comes_back(minor: int, currency: str) -> None:
    text = format_minor(minor, currency)
    assert read_sum(text, currency, ours=currency) == text


@given(st.text(max_size=40), st.none() | st.text(max_size=40))
def test_other_texts_are_read_or_refused(first: str, second: str | None) -> None:
    for read in (
        lambda: read_path(first, second),
        lambda: read_instant(first, "X-Date"),
        lambda: basic(first),
    ):
        with suppress(ApiRefused):
            assert read() is not None

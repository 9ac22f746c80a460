"""The orders of this room as strangers' octets: read or refused."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.protect.corridor import read_body
from tallystick.protect.enforcement import OrderMalformed
from tallystick.protect.interop import Inquiry, InquiryState, Quote, orders
from tallystick.protect.interop.records import (
    INQUIRIES,
    QUOTES,
    WAITING,
    QuoteExpired,
    TermsRefused,
    payee_name_of,
)

EVERY_ORDER = [
    kind for kind in vars(orders).values()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    and kind.__module__ == orders.__name__
]  # fmt: skip

OFFER = Quote(
    id="q" * 36,
    transaction="t" * 36,
    payee="acc-1",  # type: ignore[arg-type]
    amount_minor=100,
    payer_fsp="payerfsp",
    payer_name="Mary Njeri",
    expires_ms=1_000,
)


@given(
    st.dictionaries(
        st.sampled_from(["quote", "inquiry", "amount", "party", "reason", "hold", "type", "id"]),
        st.none() | st.integers() | st.text(max_size=40) | st.lists(st.text(max_size=3)),
    ),
    st.sampled_from(EVERY_ORDER),
)
def test_any_order_is_read_or_refused(said: dict[str, Any], kind: type[msgspec.Struct]) -> None:
    try:
        read_body(json.dumps(said).encode(), kind)
    except OrderMalformed:
        return


def test_records_read_back() -> None:
    assert QUOTES.decode(QUOTES.encode(OFFER)) == OFFER
    inquiry = Inquiry(
        id="i" * 36,
        transfer="t" * 36,
        account="acc-1",  # type: ignore[arg-type]
        hub="dev-1",  # type: ignore[arg-type]
        hub_account="acc-2",  # type: ignore[arg-type]
        party_type="MSISDN",
        party_id="2547",
        amount_minor=5,
        asked_ms=7,
        state=InquiryState.OFFERED,
    )
    assert INQUIRIES.decode(INQUIRIES.encode(inquiry)) == inquiry
    assert WAITING.decode(WAITING.encode(["a", "b"])) == ["a", "b"]
    assert inquiry.payee == payee_name_of("MSISDN", "2547")
    assert inquiry.failed("3204").state is InquiryState.FAILED


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, None),
        ({"amount_minor": 101}, TermsRefused),
        ({"payer_fsp": "other"}, TermsRefused),
        ({"now_ms": 1_001}, QuoteExpired),
    ],
)
def test_a_transfer_repeats_its_quote(changes: dict[str, Any], refusal: Any) -> None:
    said: dict[str, Any] = {"amount_minor": 100, "payer_fsp": "payerfsp", "now_ms": 1_000} | changes
    if refusal is None:
        OFFER.demand_fit(**said)
    else:
        with pytest.raises(refusal):
            OFFER.demand_fit(**said)

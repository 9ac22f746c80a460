"""A voucher is read in one spelling, from one purse; the provider's side and the handset's agree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("cbor2", reason="the extra [purses] is not installed")

import cbor2

from tallystick.crypto.envelopes import write_cbor
from tallystick.crypto.envelopes.cose import signature_input
from tallystick.ground.identifiers import AccountId
from tallystick.handset.keys import DeviceKey
from tallystick.protect.purses import Purse, VoucherRefused, purse_id, read_voucher
from tests.spoilt import flipped

KEY = DeviceKey.create()
PURSE = Purse(
    id=purse_id(KEY.thumbprint),
    account=AccountId("acc-a"),
    customer="cus-a",
    key=KEY.jwk,
    cap_minor=10_000,
    loaded_minor=5_000,
    expires_ms=2_000_000_000_000,
    grace_ms=0,
)
MEMBERS: dict[int, Any] = {
    1: PURSE.id, 2: 1, 3: "acc-b", 4: 100, 5: "KES", 6: bytes(32), 7: 1_700_000_000,
}  # fmt: skip
HEADER = {1: -7, 3: "tallystick-voucher"}


def signed(
    members: Any = MEMBERS,
    header: dict[int, Any] = HEADER,
    unprotected: dict[int, Any] | None = None,
) -> bytes:
    head, payload = write_cbor(header), write_cbor(members)
    signature = KEY.sign(signature_input(head, payload))
    return write_cbor(cbor2.CBORTag(18, [head, unprotected or {}, payload, signature]))


def test_a_voucher_is_read() -> None:
    voucher = read_voucher(signed(), PURSE)
    assert (voucher.counter, voucher.amount_minor, voucher.payee) == (1, 100, "acc-b")


@pytest.mark.parametrize(
    "octets",
    [
        signed({**MEMBERS, 8: 1}),
        signed({k: v for k, v in MEMBERS.items() if k != 7}),
        signed({**MEMBERS, 4: "100"}),
        signed({**MEMBERS, 4: 0}),
        signed({**MEMBERS, 4: -1}),
        signed({**MEMBERS, 4: 2**53}),
        signed({**MEMBERS, 4: 2**70}),
        signed({**MEMBERS, 4: 1.5}),
        signed({**MEMBERS, 4: True}),
        signed({**MEMBERS, 2: 0}),
        signed({**MEMBERS, 6: bytes(31)}),
        signed({**MEMBERS, 1: "purse:other"}),
        signed([1, 2]),
        signed(header={1: -7}),
        signed(header={**HEADER, 4: b"kid"}),
        signed(header={1: -8, 3: "tallystick-voucher"}),
        signed(unprotected={4: b"kid"}),
        signed({**MEMBERS, 3: "a" * 300}),
    ],
    ids=range(18),
)
def test_anything_else_is_refused(octets: bytes) -> None:
    with pytest.raises(VoucherRefused):
        read_voucher(octets, PURSE)


def test_an_unknown_purse_is_refused_in_the_same_words() -> None:
    with pytest.raises(VoucherRefused) as unknown:
        read_voucher(signed(), None)
    with pytest.raises(VoucherRefused) as broken:
        read_voucher(flipped(signed()), PURSE)
    assert str(unknown.value) == str(broken.value)


ITEMS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats()
    | st.binary(max_size=80) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.integers(0, 9) | st.text(max_size=3), inner, max_size=4)
    | st.tuples(
        st.sampled_from([0, 1, 2, 4, 5, 18, 28, 29, 30, 35, 37, 100, 258, 260, 55799]), inner
    ).map(lambda both: cbor2.CBORTag(*both)),
    max_leaves=10,
)  # fmt: skip


@given(item=ITEMS, payload=ITEMS)
def test_any_item_is_no_voucher(item: Any, payload: Any) -> None:
    header, other = write_cbor(HEADER), write_cbor(payload)
    for octets in (
        write_cbor(item),
        write_cbor(cbor2.CBORTag(18, item)),
        write_cbor(cbor2.CBORTag(18, [header, {}, other, bytes(64)])),
        write_cbor(cbor2.CBORTag(18, [other, {}, header, bytes(64)])),
        write_cbor(cbor2.CBORTag(18, [header, {1: payload}, write_cbor(MEMBERS), bytes(64)])),
    ):
        with pytest.raises(VoucherRefused):
            read_voucher(octets, PURSE)


@given(place=st.integers(0, 500), octets=st.binary(max_size=3))
def test_a_voucher_that_was_touched_is_refused(place: int, octets: bytes) -> None:
    at = place % len(HONEST)
    changed = HONEST[:at] + octets + HONEST[at + 1 :]
    if changed == HONEST:
        return
    with pytest.raises(VoucherRefused):
        read_voucher(changed, PURSE)


HONEST = signed()

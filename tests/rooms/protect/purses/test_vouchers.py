"""A voucher is read in one spelling, from one purse; the provider's side and the handset's agree."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("cbor2", reason="the extra [purses] is not installed")

import cbor2

from tallystick.crypto.envelopes import write_cbor
from tallystick.crypto.envelopes.cose import signature_input
from tallystick.ground.identifiers import AccountId
from tallystick.handset.keys import DeviceKey
from tallystick.protect.purses import Purse, VoucherRefused, purse_id, read_voucher

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
        read_voucher(signed()[:-1] + b"\x00", PURSE)
    assert str(unknown.value) == str(broken.value)

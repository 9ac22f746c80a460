"""However a purse is copied: the pool pays no more than was loaded, the loss no more than the cap."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("cbor2", reason="the extra [purses] is not installed")

import cbor2

from tallystick.crypto.envelopes import write_cbor
from tallystick.ground.identifiers import AccountId, to_base64url
from tallystick.handset.purse import Purse as HandsetPurse
from tallystick.protect.purses import (
    Deposited,
    Purse,
    Voucher,
    VoucherDeposited,
    VoucherRefused,
    VoucherUncovered,
    cover,
    read_voucher,
)

NOW = 1_000_000_000


def voucher(counter: int, minor: int, payee: int) -> Voucher:
    members = ("purse:x", counter, f"acc-{payee}", minor, "KES", bytes(32), NOW // 1000)
    header, payload = {1: -7, 3: "tallystick-voucher"}, dict(enumerate(members, 1))
    parts = [write_cbor(header), {}, write_cbor(payload), bytes(64)]
    return Voucher(
        purse="purse:x",
        counter=counter,
        payee=f"acc-{payee}",
        amount_minor=minor,
        currency="KES",
        previous=bytes(32),
        at_s=NOW // 1000,
        octets=write_cbor(cbor2.CBORTag(18, parts)),
    )


@given(
    loaded=st.integers(1, 1000),
    cap=st.integers(1, 1000),
    vouchers=st.lists(
        st.tuples(st.integers(1, 6), st.integers(1, 1200), st.integers(0, 2)), max_size=40
    ),
)
def test_what_is_paid_is_bounded(
    loaded: int, cap: int, vouchers: list[tuple[int, int, int]]
) -> None:
    loaded = min(loaded, cap)
    purse = Purse(
        id="purse:x",
        account=AccountId("acc-owner"),
        customer="cus-owner",
        key={},
        cap_minor=cap,
        loaded_minor=loaded,
        expires_ms=NOW + 10_000,
        grace_ms=10_000,
    )
    taken: dict[int, Deposited] = {}
    pool = loss = 0
    for counter, minor, payee in vouchers:
        one = voucher(counter, minor, payee)
        try:
            found = cover(one, purse, taken.get(counter), now_ms=NOW, currency="KES")
        except (VoucherDeposited, VoucherRefused, VoucherUncovered):
            continue
        purse = found.purse
        pool, loss = (pool, loss + minor) if found.lost else (pool + minor, loss)
        taken.setdefault(
            counter,
            Deposited(
                voucher=to_base64url(one.octets), payee=AccountId(one.payee), amount_minor=minor
            ),
        )
    assert pool == purse.paid_minor <= loaded
    assert loss == purse.lost_minor <= cap
    assert (purse.state == "revoked") == (loss > 0)


@settings(deadline=None)
@given(octets=st.binary(max_size=420))
def test_any_octets_are_no_voucher(octets: bytes) -> None:
    with pytest.raises(VoucherRefused):
        read_voucher(octets, None)


def test_a_fresh_purse_has_nothing() -> None:
    assert HandsetPurse.create().rest_minor == 0

"""What covers a voucher: the purse's own money, else the provider's loss up to the purse's cap."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tallystick.ground.identifiers import from_base64url, to_base64url
from tallystick.protect.purses.records import Deposited, DoubleSpend, Purse, rest_of
from tallystick.protect.purses.refusals import (
    VoucherDeposited,
    VoucherRefused,
    VoucherUncovered,
)
from tallystick.protect.purses.vouchers import Voucher, said_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Whether the purse pays or the provider's loss, and how the purse stands afterwards.

    `proof` is there when the counter was taken by another voucher: a double spend.
    """

    lost: bool
    purse: Purse
    proof: DoubleSpend | None = None


def cover(
    voucher: Voucher, purse: Purse, first: Deposited | None, *, now_ms: int, currency: str
) -> Cover:
    """Decide one deposit. `first` is the voucher that has this counter already.

    The pool pays as long as the purse has money in it, and never more than was loaded. A second
    voucher under one counter, and whatever goes beyond, only a copied or broken purse can sign: the
    purse is revoked, and the payee is paid from the provider's loss, up to the purse's cap.
    Refuses: VoucherRefused out of its time or currency; VoucherDeposited; VoucherUncovered.
    """
    if voucher.currency != currency or voucher.amount_minor > purse.cap_minor:
        raise VoucherRefused("amount")
    if voucher.at_s * 1000 >= purse.expires_ms or now_ms >= purse.expires_ms + purse.grace_ms:
        raise VoucherRefused("expired")
    if purse.state == "closed":
        raise VoucherRefused("closed")
    if first is None and rest_of(purse) >= voucher.amount_minor:
        paid = replace(purse, paid_minor=purse.paid_minor + voucher.amount_minor)
        return Cover(lost=False, purse=paid)
    return _lost(voucher, purse, first)


def proof_key(voucher: Voucher) -> str:
    """The name of a second voucher's proof."""
    return f"{voucher.purse}.{voucher.counter}.{voucher.said[7:39]}"


def _lost(voucher: Voucher, purse: Purse, first: Deposited | None) -> Cover:
    if first is not None and said_by(from_base64url(first.voucher)) == voucher.said:
        raise VoucherDeposited("this voucher was deposited before")
    if purse.lost_minor + voucher.amount_minor > purse.cap_minor:
        raise VoucherUncovered("the loss of this purse is at its bound")
    proof = None
    if first is not None:
        proof = DoubleSpend(first=first.voucher, second=to_base64url(voucher.octets))
    lost = replace(purse, lost_minor=purse.lost_minor + voucher.amount_minor, state="revoked")
    return Cover(lost=True, purse=lost, proof=proof)

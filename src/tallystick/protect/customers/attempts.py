"""Transaction PIN attempts: counted in the same commit as the refusal, locked after a few."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tallystick.crypto.modules import PinNotVerified
from tallystick.ground.identifiers import CustomerId, from_base64url, to_base64url
from tallystick.protect.enforcement import (
    CountedRefusal,
    Mark,
    Register,
    decode_record,
    encode_record,
)


class CustomerNotVerified(CountedRefusal):
    """The transaction PIN is missing or wrong."""

    code, clause, public_code = "customer.not_verified", "7.1", "customer.not_verified"


class CustomerLocked(CustomerNotVerified):
    """Too many wrong PINs; right or wrong makes no difference until the lock has passed."""

    code = "customer.locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinRecord:
    """A customer's reference PIN value (from the crypto module) and the attempts since."""

    reference: bytes
    wrong: int = 0
    locked_until_ms: int = 0


def _encode(record: PinRecord) -> bytes:
    return encode_record(
        {
            "reference": to_base64url(record.reference),
            "wrong": record.wrong,
            "locked_until_ms": record.locked_until_ms,
        }
    )


def _decode(octets: bytes) -> PinRecord:
    plain = decode_record(octets)
    return PinRecord(**plain | {"reference": from_base64url(plain["reference"])})


PIN_RECORDS: Register[PinRecord] = Register("pin", _encode, _decode)
"""By customer."""


def authenticate_by_pin(
    *,
    customer: CustomerId,
    record: PinRecord,
    verify: Callable[[], None],
    now_ms: int,
    tries_max: int,
    lock_s: int,
) -> tuple[Mark[Any], ...]:
    """Verify the transaction PIN and count; the work is the same whether locked or not.

    `verify` asks the crypto module and raises PinNotVerified. Gives the marks to commit.
    Refuses: CustomerLocked, CustomerNotVerified; both carry the marks that count the attempt.
    """
    try:
        verify()
        right = True
    except PinNotVerified:
        right = False
    if now_ms < record.locked_until_ms:
        raise CustomerLocked("too many wrong PINs", marks=())
    if not right:
        counted = _count_wrong(record, now_ms=now_ms, tries_max=tries_max, lock_s=lock_s)
        raise CustomerNotVerified(
            "the PIN was not verified", marks=(Mark(PIN_RECORDS, customer, counted),)
        )
    if record.wrong == 0:
        return ()
    cleared = replace(record, wrong=0, locked_until_ms=0)
    return (Mark(PIN_RECORDS, customer, cleared),)


def _count_wrong(record: PinRecord, *, now_ms: int, tries_max: int, lock_s: int) -> PinRecord:
    wrong = record.wrong + 1
    if wrong < tries_max:
        return replace(record, wrong=wrong)
    return replace(record, wrong=0, locked_until_ms=now_ms + lock_s * 1000)

"""Reservations: a payer's money is held for a merchant, who takes it once or lets it go.

What nobody takes until its instant, the provider gives back. Each of the three resolves the hold,
and the tables let a hold be resolved once.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import AccountId
from tallystick.protect.emoney.core import HoldUnknown
from tallystick.protect.emoney.fees import FEE, FEES
from tallystick.protect.emoney.moves import move
from tallystick.protect.enforcement import (
    Mark,
    Register,
    Transfer,
    TransferKind,
    decode_record,
    encode_record,
)

RESERVE, CAPTURE, RELEASE = "reservation.make", "reservation.capture", "reservation.release"
EXPIRE = "reservation.expire"
"""What the provider does by itself when a reservation's time is over."""
PRICED_AS = "merchant.pay"
"""A capture costs its merchant what a payment of this kind costs."""
SHORTEST_MS = 60_000
_DIGITS = 16


class HoldRefused(Refused):
    """Held too short or too long, or more is taken than is held."""

    code, clause = "hold.refused", "13"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The day and the month in which an amount counts against somebody's limits."""

    day: str
    month: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """So much of the payer's money for one merchant until an instant.

    `sent` and `received` say where it counts against the limits of payer and merchant; None where
    nothing is counted. `resolved` is the transfer that ended it, `taken_minor` what was captured.
    """

    id: str
    payer: AccountId
    payee: AccountId
    amount_minor: int
    made_ms: int
    expires_ms: int
    sent: Counted | None = None
    received: Counted | None = None
    resolved: str = ""
    taken_minor: int = 0

    @property
    def state(self) -> str:
        """`open`, `captured`, `released` by the merchant or `expired`."""
        if not self.resolved:
            return "open"
        if self.taken_minor:
            return "captured"
        return "expired" if self.resolved == expiry_of(self.id) else "released"


RESERVATIONS: Register[Reservation] = Register(
    "reservation",
    lambda one: encode_record(asdict(one)),
    lambda octets: _reservation(decode_record(octets)),
)
DUE: Register[str] = Register("reservation_due", str.encode, bytes.decode)
"""The reservations in the order in which they end; see `due_key`."""
SWEPT: Register[str] = Register("reservation_swept", str.encode, bytes.decode, proven=False)
"""Under SWEPT_KEY: no key of DUE up to this one needs to be looked at again. A bookmark."""
SWEPT_KEY = "newest"


def due_key(instant_ms: int, name: str = "") -> str:
    """Where a reservation stands among those that end; without a name, before all of its instant.

    >>> due_key(1_700_000_000_000, "dev-1.request")
    '0001700000000000 dev-1.request'
    """
    return f"{instant_ms:0{_DIGITS}} {name}"


def due_at(key: str) -> tuple[int, str]:
    """Instant and name of a key of DUE."""
    instant, _, name = key.partition(" ")
    return int(instant), name


def make_reservation(
    reservation: Reservation, *, longest_ms: int, due_from_ms: int
) -> tuple[Transfer, tuple[Mark[Any], ...]]:
    """Hold the money. `due_from_ms`: it is looked for in no earlier place among those that end.

    Refuses: HoldRefused for a time that is too short or too long.
    """
    lasts_ms = reservation.expires_ms - reservation.made_ms
    if not SHORTEST_MS <= lasts_ms <= longest_ms:
        raise HoldRefused("money is reserved for a minute at least, and not for so long")
    transfer = Transfer(
        id=reservation.id,
        kind=TransferKind.HOLD,
        debit=reservation.payer,
        credit=reservation.payee,
        amount_minor=reservation.amount_minor,
        purpose=RESERVE,
        expires_ms=reservation.expires_ms,
    )
    key = due_key(max(reservation.expires_ms, due_from_ms), reservation.id)
    return transfer, (
        Mark(RESERVATIONS, reservation.id, reservation),
        Mark(DUE, key, reservation.id),
    )


def find_reservation(known: Reservation | None, *, payee: AccountId, now_ms: int) -> Reservation:
    """An open reservation that this merchant may end now.

    Refuses: HoldUnknown, with one answer for none, another's, one that was ended, one that is over.
    """
    if known is None or known.payee != payee or known.resolved or now_ms >= known.expires_ms:
        raise HoldUnknown("no open reservation of that name")
    return known


def capture_reservation(
    reservation: Reservation, *, transfer: str, amount_minor: int, fee_minor: int = 0
) -> tuple[tuple[Transfer, ...], Mark[Reservation]]:
    """The merchant takes the money or a part of it; the rest is free in the same transfer.

    `fee_minor` of the amount goes to the provider, as of a payment whose payee bears the fee: the
    customer parts with the amount and no more. Refuses: HoldRefused for more than is held.
    """
    if amount_minor > reservation.amount_minor:
        raise HoldRefused("more is taken than is held")
    posted, mark = _resolve(
        reservation, transfer, TransferKind.POST, CAPTURE, taken_minor=amount_minor
    )
    if not fee_minor:
        return (posted,), mark
    fee = move(f"{transfer}.{FEE}", reservation.payer, FEES, fee_minor, FEE)
    return (replace(posted, amount_minor=amount_minor - fee_minor), fee), mark


def release_reservation(
    reservation: Reservation, *, transfer: str
) -> tuple[Transfer, Mark[Reservation]]:
    """The merchant lets all of it go."""
    return _resolve(reservation, transfer, TransferKind.VOID, RELEASE)


def expire_reservation(reservation: Reservation) -> tuple[Transfer, Mark[Reservation]]:
    """The clock gives all of it back."""
    return _resolve(reservation, expiry_of(reservation.id), TransferKind.EXPIRE, EXPIRE)


def expiry_of(name: str) -> str:
    """The transfer by which the provider ends a reservation."""
    return f"{name}.expired"


def _resolve(
    held: Reservation, transfer: str, kind: TransferKind, purpose: str, *, taken_minor: int = 0
) -> tuple[Transfer, Mark[Reservation]]:
    resolving = Transfer(
        id=transfer,
        kind=kind,
        debit=held.payer,
        credit=held.payee,
        amount_minor=taken_minor or held.amount_minor,
        purpose=purpose,
        pending=held.id,
        reserved_minor=held.amount_minor if taken_minor else None,
    )
    ended = replace(held, resolved=transfer, taken_minor=taken_minor)
    return resolving, Mark(RESERVATIONS, held.id, ended)


def _reservation(plain: dict[str, Any]) -> Reservation:
    counted = {name: plain[name] and Counted(**plain[name]) for name in ("sent", "received")}
    return Reservation(**plain | counted)

"""The trust account by the books of a home: what came, what left, what is under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tallystick.assembly.readers import Reading, open_reading
from tallystick.protect.emoney import HOLDS, REFERENCES, TRUST, BankCredit, Hold, end_to_end_id
from tallystick.protect.enforcement import COLUMNS
from tallystick.protect.safeguarding import (
    NEWEST,
    RECONCILIATIONS,
    BookItem,
    Reconciliation,
)

_MOVED = ("id", "at_ms", "kind", "pending", "currency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """A redemption and what became of it: `open`, `paid` or `failed`."""

    hold: Hold
    end_to_end: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustAccount:
    """What the books say of the trust account. `payouts` stand under their end-to-end ids."""

    items: tuple[BookItem, ...]
    payouts: Mapping[str, Payout]
    credits: Mapping[str, BankCredit]
    newest: Reconciliation | None
    currency: str


def read_trust_account(home: str | Path) -> TrustAccount:
    """Read it from a home, whether or not it is served. Reads only. Refuses: Misconfigured."""
    with open_reading(home) as reading:
        return _read(reading)


def _read(reading: Reading) -> TrustAccount:
    holds: dict[str, Hold] = {}
    credited: dict[str, BankCredit] = {}
    newest: Reconciliation | None = None
    for name, key, value in reading.books.rows("register"):
        if name == HOLDS.name:
            holds[key] = HOLDS.decode(value)
        elif name == REFERENCES.name:
            credited[key] = REFERENCES.decode(value)
        elif (name, key) == (RECONCILIATIONS.name, NEWEST):
            newest = RECONCILIATIONS.decode(value)
    currency = next(str(row[2]) for row in reading.books.rows("account") if row[0] == TRUST)
    references = {one.transfer: key for key, one in credited.items()}
    at_ms, kinds = _moved(reading, holds, references, currency)
    payouts = {
        end_to_end_id(hold.id): Payout(
            hold=hold, end_to_end=end_to_end_id(hold.id), state=kinds.get(hold.id, "open")
        )
        for hold in holds.values()
    }
    came = [
        BookItem(key=key, amount_minor=one.amount_minor, credit=True, at_ms=at_ms[key])
        for key, one in credited.items()
        if key in at_ms
    ]
    left = [
        BookItem(
            key=one.end_to_end,
            amount_minor=one.hold.amount_minor,
            credit=False,
            at_ms=at_ms[one.hold.id],
        )
        for one in payouts.values()
        if one.state == "paid"
    ]
    return TrustAccount(
        items=tuple(came + left),
        payouts=payouts,
        credits=credited,
        newest=newest,
        currency=currency,
    )


def _moved(
    reading: Reading, holds: Mapping[str, Hold], references: Mapping[str, str], currency: str
) -> tuple[dict[str, int], dict[str, str]]:
    """When each credit came and each hold was resolved, and how the latter was."""
    at_ms: dict[str, int] = {}
    kinds: dict[str, str] = {}
    place = [COLUMNS["transfer"].index(name) for name in _MOVED]
    for row in reading.books.rows("transfer"):
        transfer, when, kind, pending, moved = (row[at] for at in place)
        if moved != currency:
            continue
        if transfer in references:
            at_ms[references[transfer]] = when
        elif pending in holds:
            at_ms[pending] = when
            kinds[pending] = "paid" if kind == "post" else "failed"
    return at_ms, kinds

"""The ledger as the core sees it: accounts with their sums, and the holds that are open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from tallystick.ground.identifiers import AccountId
from tallystick.protect.enforcement import AccountRow, NewAccount


@dataclass(frozen=True, slots=True)
class Terms:
    """What of an account does not move: shared by all its versions."""

    id: AccountId
    owner: str
    currency: str
    floor: int
    cap: int


Account = tuple[Terms, int, int, int, int]
"""An account and its sums in minor units: terms, debits, credits, debits held, credits held.

A plain tuple: a ledger makes two of them for each transfer, and nothing else is made so cheaply.
What stands in a state is replaced, never changed.
"""


def opened(new: NewAccount) -> Account:
    """A fresh account: everything at zero."""
    return Terms(new.id, new.owner, new.currency, new.floor, new.cap), 0, 0, 0, 0


def account_of(row: AccountRow) -> Account:
    """An account as the books hold it."""
    terms = Terms(row.id, row.owner, row.currency, row.floor, row.cap)
    return terms, row.debits, row.credits, row.debits_held, row.credits_held


def row_of(account: Account) -> AccountRow:
    """The account as the books would say it."""
    terms, debits, credits_, debits_held, credits_held = account
    return AccountRow(
        id=terms.id,
        owner=terms.owner,
        currency=terms.currency,
        floor=terms.floor,
        cap=terms.cap,
        debits=debits,
        credits=credits_,
        debits_held=debits_held,
        credits_held=credits_held,
    )


@dataclass(frozen=True, slots=True)
class Held:
    """A hold that is open: both accounts, what is reserved, and when the clock gives it back."""

    id: str
    debit: AccountId
    credit: AccountId
    amount_minor: int
    expires_ms: int | None = None


@dataclass(slots=True)
class State:
    """A ledger between two batches.

    `claimed` says that holds may be open that are not listed here, because memory was read anew:
    then a resolution is taken at its word, and the tables compare it with the hold itself. Of a
    hold that was resolved since, such a state keeps None.
    """

    accounts: dict[AccountId, Account] = field(default_factory=dict)
    holds: dict[str, Held | None] = field(default_factory=dict)
    claimed: bool = False

    @classmethod
    def of(cls, accounts: Iterable[Account], holds: Iterable[Held] = ()) -> State:
        return cls({a[0].id: a for a in accounts}, {hold.id: hold for hold in holds})


def due_holds(state: State, now_ms: int) -> list[Held]:
    """The holds whose time is over, oldest first: each is given back by one EXPIRE."""
    due = [(h.expires_ms, h.id, h) for h in state.holds.values()
           if h is not None and h.expires_ms is not None and h.expires_ms <= now_ms]  # fmt: skip
    return [hold for _, _, hold in sorted(due, key=lambda one: one[:2])]

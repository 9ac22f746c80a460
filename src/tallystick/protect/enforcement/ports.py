"""What enforcement needs from storage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tallystick.ground.identifiers import AccountId, DeviceId, RequestId
from tallystick.protect.enforcement.settlement import Committed, Recorded, Settlement


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account as the books hold it; all sums in minor units and never negative."""

    id: AccountId
    owner: str
    currency: str
    floor: int
    cap: int
    debits: int
    credits: int
    debits_held: int
    credits_held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRow:
    """A transfer as it was posted; `seq` is its place in the total order.

    `balance_minor` is what the account that was asked about holds after it (credits minus debits,
    holds left out); None when nobody asked about one account.
    """

    seq: int
    id: str
    at_ms: int
    kind: str
    debit: AccountId
    credit: AccountId
    amount_minor: int
    purpose: str
    device: str
    pending: str | None = None
    balance_minor: int | None = None


class OrderedRecords(Protocol):
    """The records of one register in the order of their keys.

    Reads see what was committed and nothing else.
    """

    def records(
        self, name: str, *, after: str, until: str, limit: int
    ) -> Sequence[tuple[str, bytes]]:
        """Key and record of at most so many, behind one key and up to another, that one included.

        Keys are compared octet by octet. Costs what it gives, not what the register holds.
        """
        ...


class Books(Protocol):
    """Where everything that a payment decides is kept.

    Reads see what was committed and nothing else.
    """

    def commit(self, batch: Sequence[Settlement]) -> Sequence[Committed | None]:
        """Write a batch in one durable transaction; when it returns, a power cut loses nothing.

        All of the batch or none of it. None stands for a settlement that had no leaf.
        Refuses: Defect when an invariant of the ledger would break; nothing is then written.
        """
        ...

    def recorded(self, requests: Sequence[tuple[DeviceId, RequestId]]) -> Sequence[Recorded | None]:
        """The first answers to requests, each with its proof against the newest checkpoint.

        One question for all of them; None stands for a request that was never answered.
        """
        ...

    def register(self, name: str, key: str) -> bytes | None:
        """One record of a register."""
        ...

    def account(self, account: AccountId) -> AccountRow | None: ...

    def transfers(
        self,
        *,
        since_ms: int = 0,
        account: AccountId | None = None,
        newest: int | None = None,
        before_seq: int | None = None,
    ) -> Iterable[TransferRow]:
        """Transfers in their total order, of one account or all.

        `before_seq` leaves out that one and later ones; of what remains only the `newest` so many.
        A page of an account costs what the page holds, not what the account went through.
        """
        ...


class OrderedBooks(Books, OrderedRecords, Protocol):
    """Books whose registers can also be read in the order of their keys."""

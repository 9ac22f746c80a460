"""What bank files say, as plain values; one message is one file."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.ground.money import Amount

END_TO_END_NONE = "NOTPROVIDED"
"""What an end-to-end id says when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountParty:
    """Whose account: name, IBAN or another identification, BIC of its bank; empty when unknown."""

    name: str = ""
    account: str = ""
    bic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditTransfer:
    """One payment to be made. `uetr` is a UUID of version 4, or empty."""

    end_to_end: str
    amount: Amount
    payee: AccountParty
    uetr: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditTransfers:
    """pain.001 or pacs.008: payments from one account. `created` is RFC 3339, whole seconds."""

    kind: str
    message: str
    created: str
    payer: AccountParty
    transfers: tuple[CreditTransfer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The status of one payment: its code (ACSC, RJCT, ...) and the codes of the reasons."""

    end_to_end: str
    status: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """pain.002 or pacs.002 about one message; `group` is the status of all of it, or empty."""

    kind: str
    message: str
    created: str
    about: str
    about_kind: str
    group: str = ""
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """A payment that came back after it was paid."""

    id: str
    end_to_end: str
    amount: Amount
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """pacs.004."""

    kind: str
    message: str
    created: str
    returns: tuple[Return, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One booked or pending movement on an account.

    `reference` is the bank's own, `end_to_end` the payer's; either may be empty. `status` is BOOK,
    PDNG, FUTR or INFO. `returned` holds when the bank says that a payment came back.
    """

    reference: str
    amount: Amount
    credit: bool
    day: str
    status: str = "BOOK"
    end_to_end: str = ""
    returned: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One account of a camt.053 (both balances in minor units, signed) or camt.054 (no balance)."""

    id: str
    account: str
    currency: str
    movements: tuple[Movement, ...]
    day: str = ""
    opening_minor: int | None = None
    closing_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """camt.053 or camt.054."""

    kind: str
    message: str
    created: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """A request to give one payment back; nobody has to."""

    id: str
    about: str
    about_kind: str
    end_to_end: str
    amount: Amount
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalls:
    """camt.056: from the one who asks (BIC) to the one who is asked."""

    kind: str
    message: str
    created: str
    asks: str
    asked: str
    recalls: tuple[Recall, ...]


Message = CreditTransfers | StatusReport | Returns | Statements | Recalls

"""Electronic money: issued against confirmed funds, moved, held, redeemed at par."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import AccountId
from tallystick.protect.emoney.core import HoldUnknown
from tallystick.protect.enforcement import (
    CAP_NONE,
    FLOOR_NONE,
    Mark,
    NewAccount,
    Register,
    Transfer,
    TransferKind,
    decode_record,
    encode_record,
)

TRUST = AccountId("trust.float")
"""The safeguarded money at the bank: an asset, so its credits never exceed its debits."""
UNISSUED = AccountId("emoney.unissued")
"""Confirmed funds for which no e-money is out yet. Its floor is zero: the safeguarding rule."""


class HoldListed(Refused):
    """This redemption stands in another payment file already: it would be paid twice."""

    code, clause = "hold.listed", "13"


class ReferenceUsed(Refused):
    """This bank reference was confirmed before."""

    code, clause = "reference.used", "13"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A redemption on its way to a bank account.

    `name` is whose account it is, as the payer signed it. `message` and `listed_ms` say in which
    payment file to the bank it stands, and since when; a hold stands in one file only.
    """

    id: str
    account: AccountId
    amount_minor: int
    bank: str
    name: str = ""
    message: str = ""
    listed_ms: int = 0
    resolved: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankCredit:
    """A credit on the trust account that was confirmed: how much, and by which transfer."""

    amount_minor: int
    transfer: str


HOLDS: Register[Hold] = Register(
    "hold",
    lambda hold: encode_record(
        {
            "id": hold.id,
            "account": hold.account,
            "amount_minor": hold.amount_minor,
            "bank": hold.bank,
            "name": hold.name,
            "message": hold.message,
            "listed_ms": hold.listed_ms,
            "resolved": hold.resolved,
        }
    ),
    lambda octets: Hold(**decode_record(octets)),
)
REFERENCES: Register[BankCredit] = Register(
    "bank_reference",
    lambda credit: encode_record(
        {"amount_minor": credit.amount_minor, "transfer": credit.transfer}
    ),
    lambda octets: BankCredit(**decode_record(octets)),
)
"""Bank references that were confirmed: each counts once."""


def system_accounts(currency: str) -> tuple[NewAccount, ...]:
    """The two accounts that every set of books starts with."""
    return (
        NewAccount(id=TRUST, owner="provider", currency=currency, floor=FLOOR_NONE, cap=0),
        NewAccount(id=UNISSUED, owner="provider", currency=currency, floor=0, cap=CAP_NONE),
    )


def confirm_funds(
    *, transfer: str, amount_minor: int, reference: str, known: BankCredit | None
) -> tuple[Transfer, Mark[BankCredit]]:
    """Book a credit seen on the trust account. Refuses: ReferenceUsed."""
    if known is not None:
        raise ReferenceUsed("the bank reference was confirmed before")
    return (
        _move(transfer, TRUST, UNISSUED, amount_minor, "funds.confirm"),
        Mark(REFERENCES, reference, BankCredit(amount_minor=amount_minor, transfer=transfer)),
    )


def issue(*, transfer: str, account: AccountId, amount_minor: int) -> Transfer:
    """Issue e-money at par against confirmed funds; the floor of UNISSUED refuses more."""
    return _move(transfer, UNISSUED, account, amount_minor, "emoney.issue")


def pay(
    *, transfer: str, payer: AccountId, payee: AccountId, amount_minor: int, operation: str
) -> Transfer:
    """Move e-money between two holders."""
    return _move(transfer, payer, payee, amount_minor, operation)


def hold_redemption(
    *, transfer: str, account: AccountId, amount_minor: int, bank: str, name: str = ""
) -> tuple[Transfer, Mark[Hold]]:
    """Reserve e-money while the bank pays it out."""
    held = Transfer(
        id=transfer,
        kind=TransferKind.HOLD,
        debit=account,
        credit=TRUST,
        amount_minor=amount_minor,
        purpose="banking.transfer",
    )
    hold = Hold(id=transfer, account=account, amount_minor=amount_minor, bank=bank, name=name)
    return held, Mark(HOLDS, transfer, hold)


def settle_hold(*, transfer: str, hold: Hold | None, paid: bool) -> tuple[Transfer, Mark[Hold]]:
    """Post a hold that the bank paid, void one that it did not. Refuses: HoldUnknown."""
    if hold is None or hold.resolved:
        raise HoldUnknown("no open hold of that name")
    settled = Transfer(
        id=transfer,
        kind=TransferKind.POST if paid else TransferKind.VOID,
        debit=hold.account,
        credit=TRUST,
        amount_minor=hold.amount_minor,
        purpose="emoney.settle",
        pending=hold.id,
    )
    return settled, Mark(HOLDS, hold.id, replace(hold, resolved=transfer))


def end_to_end_id(hold: str) -> str:
    """What the bank calls a redemption: 35 letters and digits, always the same for one hold.

    >>> end_to_end_id("dev-1.abc")
    'TLY205BB096A69E2FEA3EF4DA705D4FE1FA'
    """
    return f"TLY{hashlib.sha256(hold.encode('utf-8')).hexdigest()[:32].upper()}"


def list_payout(*, hold: Hold | None, message: str, now_ms: int) -> Mark[Hold]:
    """Put an open hold into a payment file, once. Refuses: HoldUnknown, HoldListed."""
    if hold is None or hold.resolved:
        raise HoldUnknown("no open hold of that name")
    if hold.message not in ("", message):
        raise HoldListed("this hold stands in another payment file")
    listed = hold if hold.message else replace(hold, message=message, listed_ms=now_ms)
    return Mark(HOLDS, hold.id, listed)


def _move(name: str, debit: AccountId, credit: AccountId, minor: int, purpose: str) -> Transfer:
    return Transfer(
        id=name,
        kind=TransferKind.MOVE,
        debit=debit,
        credit=credit,
        amount_minor=minor,
        purpose=purpose,
    )

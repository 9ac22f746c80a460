"""Electronic money: issued against confirmed funds, moved, held, redeemed at par."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import AccountId
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


class HoldUnknown(Refused):
    """No such hold, or it was resolved before."""

    code, clause = "hold.unknown", "13"


class ReferenceUsed(Refused):
    """This bank reference was confirmed before."""

    code, clause = "reference.used", "13"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A redemption on its way to a bank account."""

    id: str
    account: AccountId
    amount_minor: int
    bank: str
    resolved: str = ""


HOLDS: Register[Hold] = Register(
    "hold",
    lambda hold: encode_record(
        {
            "id": hold.id,
            "account": hold.account,
            "amount_minor": hold.amount_minor,
            "bank": hold.bank,
            "resolved": hold.resolved,
        }
    ),
    lambda octets: Hold(**decode_record(octets)),
)
REFERENCES: Register[int] = Register(
    "bank_reference", lambda amount: b"%d" % amount, lambda octets: int(octets)
)
"""Bank references that were confirmed, with their amount: each counts once."""


def system_accounts(currency: str) -> tuple[NewAccount, ...]:
    """The two accounts that every set of books starts with."""
    return (
        NewAccount(id=TRUST, owner="provider", currency=currency, floor=FLOOR_NONE, cap=0),
        NewAccount(id=UNISSUED, owner="provider", currency=currency, floor=0, cap=CAP_NONE),
    )


def confirm_funds(
    *, transfer: str, amount_minor: int, reference: str, known: int | None
) -> tuple[Transfer, Mark[int]]:
    """Book a credit seen on the trust account. Refuses: ReferenceUsed."""
    if known is not None:
        raise ReferenceUsed("the bank reference was confirmed before")
    return (
        _move(transfer, TRUST, UNISSUED, amount_minor, "funds.confirm"),
        Mark(REFERENCES, reference, amount_minor),
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
    *, transfer: str, account: AccountId, amount_minor: int, bank: str
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
    hold = Hold(id=transfer, account=account, amount_minor=amount_minor, bank=bank)
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
    resolved = Hold(
        id=hold.id,
        account=hold.account,
        amount_minor=hold.amount_minor,
        bank=hold.bank,
        resolved=transfer,
    )
    return settled, Mark(HOLDS, hold.id, resolved)


def _move(name: str, debit: AccountId, credit: AccountId, minor: int, purpose: str) -> Transfer:
    return Transfer(
        id=name,
        kind=TransferKind.MOVE,
        debit=debit,
        credit=credit,
        amount_minor=minor,
        purpose=purpose,
    )

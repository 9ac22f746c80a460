"""Electronic money: issued against confirmed funds, moved, held, redeemed at par."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import AccountId
from tallystick.protect.emoney.core import HoldUnknown
from tallystick.protect.emoney.exchange import position
from tallystick.protect.emoney.fees import FEE, FEES
from tallystick.protect.emoney.moves import move
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
PURSE_POOL = AccountId("purse.pool")
"""The money in all offline purses: it left its owners and has not reached a payee yet."""
PURSE_LOSS = AccountId("purse.loss")
"""What the provider put aside for vouchers that no purse covers; it cannot fall below zero."""


class HoldListed(Refused):
    """This redemption stands in another payment file already: it would be paid twice."""

    code, clause = "hold.listed", "13"


class HoldOpen(Refused):
    """The hold has not expired: the bank may still pay it."""

    code, clause, public_code = "hold.open", "13", "hold.unknown"


class ReferenceUsed(Refused):
    """This bank reference was confirmed before."""

    code, clause = "reference.used", "13"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A redemption on its way to a bank account.

    `name` is whose account it is, as the payer signed it. `message` and `listed_ms` say in which
    payment file to the bank it stands, and since when; a hold stands in one file only.

    `fee_minor` is held beside it, and given back with it. After `expires_ms` a hold that stands
    in no file may be given back (0: never by the clock).
    """

    id: str
    account: AccountId
    amount_minor: int
    bank: str
    name: str = ""
    message: str = ""
    listed_ms: int = 0
    resolved: str = ""
    fee_minor: int = 0
    expires_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BankCredit:
    """A credit on the trust account that was confirmed: how much, and by which transfer."""

    amount_minor: int
    transfer: str


HOLDS: Register[Hold] = Register(
    "hold",
    lambda hold: encode_record(asdict(hold)),
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


def trust(currency: str, *, home: str) -> AccountId:
    """The safeguarded money in a currency."""
    return TRUST if currency == home else AccountId(f"{TRUST}.{currency.lower()}")


def unissued(currency: str, *, home: str) -> AccountId:
    """The confirmed funds in a currency for which no e-money is out yet."""
    return UNISSUED if currency == home else AccountId(f"{UNISSUED}.{currency.lower()}")


def system_accounts(
    currency: str, *, fees: bool = False, foreign: Iterable[str] = (), purses: bool = False
) -> tuple[NewAccount, ...]:
    """The provider's accounts that a set of books starts with: two, and what the terms need."""
    made = list(_safeguarded(currency, home=currency))
    if fees:
        made.append(_provider(FEES, currency))
    if purses:
        made += [_provider(PURSE_POOL, currency), _provider(PURSE_LOSS, currency)]
    others = [name for name in foreign if name != currency]
    for name in others:
        made += _safeguarded(name, home=currency)
    made += [_provider(position(name), name) for name in (currency, *others) if others]
    return tuple(made)


def provider_account(account: AccountId, currency: str) -> NewAccount | None:
    """A provider's account as it must have been opened; None for a name that is not one."""
    known = (
        *system_accounts(currency, fees=True, purses=True),
        _provider(position(currency), currency),
        *_safeguarded(currency, home=""),
    )
    return next((own for own in known if own.id == account), None)


def _safeguarded(currency: str, *, home: str) -> tuple[NewAccount, NewAccount]:
    name = trust(currency, home=home)
    return (
        NewAccount(id=name, owner="provider", currency=currency, floor=FLOOR_NONE, cap=0),
        _provider(unissued(currency, home=home), currency),
    )


def _provider(account: AccountId, currency: str) -> NewAccount:
    return NewAccount(id=account, owner="provider", currency=currency, floor=0, cap=CAP_NONE)


def confirm_funds(
    *,
    transfer: str,
    amount_minor: int,
    reference: str,
    known: BankCredit | None,
    accounts: tuple[AccountId, AccountId] = (TRUST, UNISSUED),
) -> tuple[Transfer, Mark[BankCredit]]:
    """Book a credit seen on the trust account. Refuses: ReferenceUsed."""
    if known is not None:
        raise ReferenceUsed("the bank reference was confirmed before")
    return (
        move(transfer, *accounts, amount_minor, "funds.confirm"),
        Mark(REFERENCES, reference, BankCredit(amount_minor=amount_minor, transfer=transfer)),
    )


def issue(
    *, transfer: str, account: AccountId, amount_minor: int, against: AccountId = UNISSUED
) -> Transfer:
    """Issue e-money at par against confirmed funds; the floor of UNISSUED refuses more."""
    return move(transfer, against, account, amount_minor, "emoney.issue")


def reserve_losses(*, transfer: str, amount_minor: int) -> Transfer:
    """Put confirmed money of the provider's own aside for what copied purses may cost."""
    return move(transfer, UNISSUED, PURSE_LOSS, amount_minor, "purse.reserve")


def pay(
    *, transfer: str, payer: AccountId, payee: AccountId, amount_minor: int, operation: str
) -> Transfer:
    """Move e-money between two holders."""
    return move(transfer, payer, payee, amount_minor, operation)


def hold_redemption(
    *,
    transfer: str,
    account: AccountId,
    amount_minor: int,
    bank: str,
    name: str = "",
    fee_minor: int = 0,
    expires_ms: int = 0,
) -> tuple[Transfer, Mark[Hold]]:
    """Reserve e-money while the bank pays it out; `held_fee` reserves its fee."""
    hold = Hold(
        id=transfer,
        account=account,
        amount_minor=amount_minor,
        bank=bank,
        name=name,
        fee_minor=fee_minor,
        expires_ms=expires_ms,
    )
    held = _on_hold(hold, transfer, TransferKind.HOLD, "banking.transfer")
    return held, Mark(HOLDS, transfer, hold)


def settle_hold(*, transfer: str, hold: Hold | None, paid: bool) -> tuple[Transfer, Mark[Hold]]:
    """Post a hold that the bank paid, void one that it did not. Refuses: HoldUnknown."""
    kind = TransferKind.POST if paid else TransferKind.VOID
    return _resolve(transfer, hold, kind, "emoney.settle")


def expire_hold(*, transfer: str, hold: Hold | None, now_ms: int) -> tuple[Transfer, Mark[Hold]]:
    """Give back a hold whose time is over. Refuses: HoldUnknown, HoldOpen.

    What stands in a payment file may still be paid: only the bank's answer settles that.
    """
    waiting = hold is not None and not hold.resolved
    if hold is not None and waiting and (hold.message or not 0 < hold.expires_ms <= now_ms):
        raise HoldOpen("the bank may still pay this hold")
    return _resolve(transfer, hold, TransferKind.VOID, "emoney.expire")


def held_fee(fee_minor: int, of: Transfer) -> tuple[Transfer, ...]:
    """The fee beside a hold: held, posted or voided as the hold itself is; none without a fee."""
    if not fee_minor:
        return ()
    pending = None if of.pending is None else f"{of.pending}.{FEE}"
    return (replace(of, id=f"{of.id}.{FEE}", credit=FEES, amount_minor=fee_minor, pending=pending),)


def _resolve(
    transfer: str, hold: Hold | None, kind: TransferKind, purpose: str
) -> tuple[Transfer, Mark[Hold]]:
    if hold is None or hold.resolved:
        raise HoldUnknown("no open hold of that name")
    settled = _on_hold(hold, transfer, kind, purpose)
    return settled, Mark(HOLDS, hold.id, replace(hold, resolved=transfer))


def _on_hold(hold: Hold, transfer: str, kind: TransferKind, purpose: str) -> Transfer:
    return Transfer(
        id=transfer,
        kind=kind,
        debit=hold.account,
        credit=TRUST,
        amount_minor=hold.amount_minor,
        purpose=purpose,
        pending=None if kind is TransferKind.HOLD else hold.id,
    )


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

"""Who asks, whom it is about, and how much: the same questions for every order of a partner."""

from __future__ import annotations

from tallystick.ground.facts import PAYEE_RESOLVED
from tallystick.ground.identifiers import AccountId, NotAnIdentifier, account_id
from tallystick.ground.money import Amount
from tallystick.protect.corridor import (
    PayeeUnknown,
    Visit,
)
from tallystick.protect.diligence import ALIASES
from tallystick.protect.enforcement import OperationForbidden
from tallystick.protect.partners import PARTNERS, Partner
from tallystick.protect.signatures import read_amount


def partner_of(visit: Visit) -> Partner:
    """The partner whose server asks. Refuses: OperationForbidden outside of its scopes."""
    partner = visit.desk.registers.get(PARTNERS, visit.device.id)
    if partner is None or not partner.may(visit.message.operation):
        raise OperationForbidden("this partner was not let do that")
    return partner


def amount_of(visit: Visit, text: str, currency: str) -> Amount:
    """Refuses: CurrencyMismatch, AmountMalformed."""
    return read_amount(text, currency, visit.desk.policy.currency)


def account_named(visit: Visit, name: str) -> AccountId:
    """The account behind an account id or `msisdn:<digits>`. Refuses: PayeeUnknown."""
    if name.startswith("msisdn:"):
        target = visit.desk.registers.get(ALIASES, name)
        if target is None:
            raise PayeeUnknown("no such account")
        return AccountId(target)
    try:
        return account_id(name)
    except NotAnIdentifier:
        raise PayeeUnknown("no such account") from None


def payee_named(visit: Visit, name: str) -> AccountId:
    """The payee of a partner's payment, who is not the partner. Refuses: PayeeUnknown."""
    account = account_named(visit, name)
    if account == visit.device.account:
        raise PayeeUnknown("nobody pays oneself")
    if visit.tally.demands(PAYEE_RESOLVED):
        visit.tally.notch(PAYEE_RESOLVED, "C-PAYEE-RESOLVE")
    return account


def write_down(visit: Visit, payer: AccountId, payee: AccountId, amount: Amount) -> None:
    """What the receipt says of the payment."""
    visit.slip.payer, visit.slip.payee = payer, payee
    visit.slip.amount_minor, visit.slip.currency = amount.minor, amount.currency

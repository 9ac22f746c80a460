"""A holder's other accounts: one for each currency that the terms exchange, and the wake-up."""

from __future__ import annotations

import msgspec

from tallystick.ground.clock import day_of
from tallystick.ground.errors import Refused
from tallystick.ground.facts import ACCOUNT_OPENED, CUSTOMER_AUTHENTICATED
from tallystick.ground.identifiers import AccountId
from tallystick.ground.money import Amount
from tallystick.protect import emoney
from tallystick.protect.corridor import (
    Decision,
    OpenBody,
    PaymentBody,
    ReactivateBody,
    Visit,
    authenticate_customer,
    authorise_amount,
    customer_of,
    post,
    read_body,
    signed_intent,
)
from tallystick.protect.diligence import limits_of
from tallystick.protect.enforcement import NewAccount


class AccountKnown(Refused):
    """The holder has an account in this currency."""

    code, clause = "account.known", "13"


def open_account(visit: Visit) -> Decision:
    """Open an account in another currency, with as much room as the tier gives, at today's rate."""
    currency = read_body(visit.message.body, OpenBody).currency
    policy, holder = visit.desk.policy, customer_of(visit)
    pair = emoney.pair_of(policy.terms.pairs, policy.currency, currency, today=day_of(visit.now_ms))
    name = account_in(visit, currency)
    if _is_open(visit, name):
        raise AccountKnown("this account is open")
    limits = limits_of(
        policy.tiers[holder.tier],
        role=holder.role,
        agent_float_minor=policy.terms.agent_float_minor,
    )
    room = Amount(minor=limits.balance_minor, currency=policy.currency)
    cap = emoney.exchanged(pair, room).minor
    visit.slip.payee = name
    visit.tally.notch(
        ACCOUNT_OPENED, "C-LEDGER-DOUBLE", owner=holder.id, currency=currency, cap=cap
    )
    opened = NewAccount(id=name, owner=holder.id, currency=currency, cap=cap)
    return Decision(accounts=(opened,), data=msgspec.json.encode({"account": name}))


def exchange(visit: Visit) -> Decision:
    """Sell one currency for another, for exactly what the customer signed to receive."""
    policy = visit.desk.policy
    body = read_body(visit.message.body, PaymentBody)
    intent = signed_intent(visit, body, also=policy.terms.currencies())
    sold, bought = intent.amount, intent.receives
    if bought is None or intent.refunds is not None or intent.fee_minor:
        raise emoney.RateMismatch("an exchange says what it gives, and has no other price")
    pair = emoney.pair_of(
        policy.terms.pairs, sold.currency, bought.currency, today=day_of(visit.now_ms)
    )
    if emoney.exchanged(pair, sold) != bought:
        raise emoney.RateMismatch("the rate gives another amount")
    source, target = (account_in(visit, one.currency) for one in (sold, bought))
    if intent.payee_id != target or not (_is_open(visit, source) and _is_open(visit, target)):
        raise emoney.AccountUnknown("an exchange goes to the holder's own account")
    visit.slip.payer = source
    worth = emoney.worth(pair, sold, home=policy.currency)
    authorise_amount(visit, worth, sealed_pin=body.pin)
    legs = emoney.exchange(
        transfer=visit.transfer_id,
        account=visit.device.account,
        sold=sold,
        bought=bought,
        home=policy.currency,
    )
    return post(visit, *legs)


def reactivate(visit: Visit) -> Decision:
    """Wake a sleeping account: always with the PIN."""
    body = read_body(visit.message.body, ReactivateBody)
    customer_of(visit)
    visit.slip.payer = visit.device.account
    if visit.tally.demands(CUSTOMER_AUTHENTICATED):
        authenticate_customer(visit, with_pin=True, sealed_pin=body.pin)
    return Decision()


def account_in(visit: Visit, currency: str | None) -> AccountId:
    """The holder's own account in a currency; without one, in the service's own."""
    home = visit.desk.policy.currency
    return emoney.own_account(visit.device.account, currency or home, home=home)


def _is_open(visit: Visit, account: AccountId) -> bool:
    try:
        visit.desk.ledger.account(account)
    except emoney.AccountUnknown:
        return False
    return True

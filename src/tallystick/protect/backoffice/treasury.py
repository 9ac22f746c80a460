"""Treasury: e-money comes into being against confirmed funds and leaves when the bank has paid."""

from __future__ import annotations

from tallystick.ground.identifiers import AccountId, NotAnIdentifier, account_id
from tallystick.ground.money import Amount
from tallystick.protect import emoney
from tallystick.protect.corridor import (
    AmountBody,
    ConfirmBody,
    Decision,
    ExpireBody,
    IssueBody,
    SettleBody,
    Visit,
    demand_room,
    post,
    read_body,
)
from tallystick.protect.diligence import CUSTOMERS
from tallystick.protect.enforcement import Mark, Transfer
from tallystick.protect.safeguarding import NEWEST, RECONCILIATIONS, demand_no_open_break
from tallystick.protect.signatures import CurrencyMismatch, read_amount


def confirm(visit: Visit) -> Decision:
    """Book a credit seen on the trust account; each bank reference counts once."""
    body = read_body(visit.message.body, ConfirmBody)
    amount, home = _amount(visit, body.amount, body.currency), visit.desk.policy.currency
    transfer, mark = emoney.confirm_funds(
        transfer=visit.transfer_id,
        amount_minor=amount.minor,
        reference=body.reference,
        known=visit.desk.registers.get(emoney.REFERENCES, body.reference),
        accounts=(
            emoney.trust(amount.currency, home=home),
            emoney.unissued(amount.currency, home=home),
        ),
    )
    visit.marks.append(mark)
    return _posted(visit, transfer, currency=amount.currency)


def issue(visit: Visit) -> Decision:
    """Issue e-money to a holder's account; more than the confirmed funds is refused,
    and so is everything while the bank's statement and the books differ (if the policy says so)."""
    body = read_body(visit.message.body, IssueBody)
    demand_no_open_break(
        visit.desk.registers.get(RECONCILIATIONS, NEWEST),
        breaks_max=visit.desk.policy.parameters.get("safeguarding.breaks_max"),
    )
    amount = _amount(visit, body.amount, body.currency)
    transfer = emoney.issue(
        transfer=visit.transfer_id,
        account=_holder(visit, body.account, amount),
        amount_minor=amount.minor,
        against=emoney.unissued(amount.currency, home=visit.desk.policy.currency),
    )
    return _posted(visit, transfer, currency=amount.currency)


def reserve(visit: Visit) -> Decision:
    """Put confirmed money aside for what copied purses may cost the provider."""
    body = read_body(visit.message.body, AmountBody)
    transfer = emoney.reserve_losses(
        transfer=visit.transfer_id, amount_minor=_amount(visit, body.amount, None).minor
    )
    return _posted(visit, transfer)


def settle(visit: Visit) -> Decision:
    """Post a redemption that the bank paid, or give the money back; its fee goes the same way."""
    body = read_body(visit.message.body, SettleBody)
    transfer, mark = emoney.settle_hold(
        transfer=visit.transfer_id,
        hold=visit.desk.registers.get(emoney.HOLDS, body.hold),
        paid=body.verdict == "paid",
    )
    return _resolved(visit, transfer, mark)


def expire(visit: Visit) -> Decision:
    """Give back a redemption that nobody settled in time; while the bank may pay it is refused."""
    body = read_body(visit.message.body, ExpireBody)
    transfer, mark = emoney.expire_hold(
        transfer=visit.transfer_id,
        hold=visit.desk.registers.get(emoney.HOLDS, body.hold),
        now_ms=visit.now_ms,
    )
    return _resolved(visit, transfer, mark)


def _resolved(visit: Visit, transfer: Transfer, mark: Mark[emoney.Hold]) -> Decision:
    visit.marks.append(mark)
    return _posted(visit, transfer, *emoney.held_fee(mark.value.fee_minor, transfer))


def _holder(visit: Visit, text: str, amount: Amount) -> AccountId:
    """An account of somebody registered whose tier may hold so much more, or the provider's own."""
    try:
        row = visit.desk.ledger.account(account_id(text))
    except NotAnIdentifier as refusal:
        raise emoney.AccountUnknown("no such account") from refusal
    if row.currency != amount.currency:
        raise CurrencyMismatch("the account is in another currency")
    if row.id in (emoney.FEES, emoney.position(row.currency)):
        return row.id
    holder = visit.desk.registers.get(CUSTOMERS, row.owner)
    if holder is None:
        raise emoney.AccountUnknown("nobody holds this account")
    if row.currency == visit.desk.policy.currency:
        demand_room(visit, holder, row.id, amount.minor)
    return row.id


def _amount(visit: Visit, text: str, stated: str | None) -> Amount:
    """An amount in the service's currency, or in another one that its terms exchange."""
    policy = visit.desk.policy
    currency = stated or policy.currency
    known = currency == policy.currency or currency in policy.terms.currencies()
    return read_amount(text, currency, currency if known else policy.currency)


def _posted(
    visit: Visit, transfer: Transfer, *linked: Transfer, currency: str | None = None
) -> Decision:
    visit.slip.payer, visit.slip.payee = transfer.debit, transfer.credit
    visit.slip.amount_minor = transfer.amount_minor
    visit.slip.currency = currency or visit.desk.policy.currency
    return post(visit, transfer, *linked)

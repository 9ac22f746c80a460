"""Treasury: e-money comes into being against confirmed funds and leaves when the bank has paid."""

from __future__ import annotations

from tallystick.ground.identifiers import AccountId, NotAnIdentifier, account_id
from tallystick.protect import emoney
from tallystick.protect.corridor import (
    ConfirmBody,
    Decision,
    IssueBody,
    SettleBody,
    Visit,
    post,
    read_body,
)
from tallystick.protect.diligence import CUSTOMERS, check_balance
from tallystick.protect.enforcement import Transfer
from tallystick.protect.safeguarding import NEWEST, RECONCILIATIONS, demand_no_open_break
from tallystick.protect.signatures import read_amount


def confirm(visit: Visit) -> Decision:
    """Book a credit seen on the trust account; each bank reference counts once."""
    body = read_body(visit.message.body, ConfirmBody)
    transfer, mark = emoney.confirm_funds(
        transfer=visit.transfer_id,
        amount_minor=_amount(visit, body.amount),
        reference=body.reference,
        known=visit.desk.registers.get(emoney.REFERENCES, body.reference),
    )
    visit.marks.append(mark)
    return _posted(visit, transfer)


def issue(visit: Visit) -> Decision:
    """Issue e-money to a holder's account; more than the confirmed funds is refused,
    and so is everything while the bank's statement and the books differ (if the policy says so)."""
    body = read_body(visit.message.body, IssueBody)
    demand_no_open_break(
        visit.desk.registers.get(RECONCILIATIONS, NEWEST),
        breaks_max=visit.desk.policy.parameters.get("safeguarding.breaks_max"),
    )
    minor = _amount(visit, body.amount)
    transfer = emoney.issue(
        transfer=visit.transfer_id,
        account=_holder(visit, body.account, minor),
        amount_minor=minor,
    )
    return _posted(visit, transfer)


def settle(visit: Visit) -> Decision:
    """Post a redemption that the bank paid, or give the money back."""
    body = read_body(visit.message.body, SettleBody)
    transfer, mark = emoney.settle_hold(
        transfer=visit.transfer_id,
        hold=visit.desk.registers.get(emoney.HOLDS, body.hold),
        paid=body.verdict == "paid",
    )
    visit.marks.append(mark)
    return _posted(visit, transfer)


def _holder(visit: Visit, text: str, amount_minor: int) -> AccountId:
    """An account of somebody registered whose tier may hold so much more."""
    try:
        row = visit.desk.ledger.account(account_id(text))
    except NotAnIdentifier as refusal:
        raise emoney.AccountUnknown("no such account") from refusal
    holder = visit.desk.registers.get(CUSTOMERS, row.owner)
    if holder is None:
        raise emoney.AccountUnknown("nobody holds this account")
    held = row.credits + row.credits_held - row.debits
    check_balance(limits=visit.desk.policy.tiers[holder.tier], balance_minor=held + amount_minor)
    return row.id


def _amount(visit: Visit, text: str) -> int:
    currency = visit.desk.policy.currency
    return read_amount(text, currency, currency).minor


def _posted(visit: Visit, transfer: Transfer) -> Decision:
    visit.slip.payer, visit.slip.payee = transfer.debit, transfer.credit
    visit.slip.amount_minor = transfer.amount_minor
    visit.slip.currency = visit.desk.policy.currency
    return post(visit, transfer)

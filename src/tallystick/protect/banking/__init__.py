"""Mobile banking: balance, statement, and money to a bank account.

Clauses: 12.
Enters:  enquiries and transfer orders of a customer about the customer's own account.
Leaves:  balances and statement lines; a hold that the treasury settles.
Refuses: PayeeUnknown for anything that is not a bank account, and what the rooms refuse.
Proof:   tests/journeys/test_banking.py.
"""

from __future__ import annotations

import re

import msgspec

from tallystick.ground.clock import iso_instant
from tallystick.ground.facts import CUSTOMER_AUTHENTICATED, PAYEE_RESOLVED
from tallystick.ground.money import format_minor
from tallystick.protect import emoney
from tallystick.protect.banking.statement import StatementLine, read_statement, statement_lines
from tallystick.protect.corridor import (
    Decision,
    EmptyBody,
    PayeeUnknown,
    PaymentBody,
    StatementBody,
    Visit,
    authorise_payment,
    clear_payment,
    post,
    read_body,
)

__all__ = [
    "StatementLine",
    "read_statement",
    "show_balance",
    "show_statement",
    "statement_lines",
    "transfer_to_bank",
]

_BANK_ACCOUNT = re.compile(r"bank:[a-z]{2}\d{2}[a-z0-9]{10,30}")


def show_balance(visit: Visit) -> Decision:
    """What may be spent and what is reserved."""
    read_body(visit.message.body, EmptyBody)
    _own_account(visit)
    row = visit.desk.ledger.account(visit.device.account)
    return _answer(
        {
            "currency": row.currency,
            "available": format_minor(row.credits - row.debits - row.debits_held, row.currency),
            "reserved": format_minor(row.debits_held, row.currency),
        }
    )


def show_statement(visit: Visit) -> Decision:
    """The newest transfers with the balance after each."""
    body = read_body(visit.message.body, StatementBody)
    _own_account(visit)
    account, currency = visit.device.account, visit.desk.policy.currency
    lines = read_statement(visit.desk.books, account=account, limit=body.limit)
    return _answer(
        {
            "lines": [
                {
                    "at": iso_instant(line.at_ms),
                    "kind": line.purpose,
                    "amount": format_minor(line.amount_minor, currency),
                    "balance": format_minor(line.balance_minor, currency),
                    "counterparty": line.counterparty,
                    "reference": line.reference,
                }
                for line in reversed(lines)
            ]
        }
    )


def transfer_to_bank(visit: Visit) -> Decision:
    """Redeem e-money at par into a bank account: held now, posted when the bank has paid."""
    intent = authorise_payment(visit, read_body(visit.message.body, PaymentBody))
    if not _BANK_ACCOUNT.fullmatch(intent.payee_id):
        raise PayeeUnknown("not a bank account")
    if visit.tally.demands(PAYEE_RESOLVED):
        visit.tally.notch(PAYEE_RESOLVED, "C-PAYEE-RESOLVE", register="bank")
    clear_payment(visit, intent, None)
    transfer, mark = emoney.hold_redemption(
        transfer=visit.transfer_id,
        account=visit.device.account,
        amount_minor=intent.amount.minor,
        bank=intent.payee_id,
        name=intent.payee_name,
    )
    visit.marks.append(mark)
    return post(visit, transfer)


def _own_account(visit: Visit) -> None:
    """An enquiry about one's own account: the device is the factor."""
    visit.slip.payer = visit.device.account
    if visit.tally.demands(CUSTOMER_AUTHENTICATED):
        visit.tally.notch(CUSTOMER_AUTHENTICATED, "C-CUST-PIN", factor="device")


def _answer(data: dict[str, object]) -> Decision:
    return Decision(data=msgspec.json.encode(data))

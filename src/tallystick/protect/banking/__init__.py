"""Mobile banking: balance, statement, money to a bank account, and to another currency.

Clauses: 12.
Enters:  enquiries and transfer orders of a customer about the customer's own account.
Leaves:  balances and statement lines; a hold that the treasury settles.
Refuses: PayeeUnknown for anything that is not a bank account, and what the rooms refuse.
Proof:   tests/journeys/test_banking.py, tests/journeys/test_exchange.py.
"""

from __future__ import annotations

import re

import msgspec

from tallystick.ground.clock import DAY_MS, iso_instant
from tallystick.ground.facts import CUSTOMER_AUTHENTICATED, PAYEE_RESOLVED
from tallystick.ground.identifiers import AccountId
from tallystick.ground.money import format_minor
from tallystick.protect import emoney
from tallystick.protect.banking.accounts import (
    account_in,
    exchange,
    open_account,
    reactivate,
)
from tallystick.protect.banking.quotes import quote
from tallystick.protect.banking.statement import StatementLine, read_statement, statement_lines
from tallystick.protect.corridor import (
    BalanceBody,
    Decision,
    PayeeUnknown,
    PaymentBody,
    StatementBody,
    Visit,
    authorise_payment,
    clear_payment,
    post,
    price_signed,
    read_body,
)

__all__ = [
    "account_in",
    "exchange",
    "open_account",
    "quote",
    "reactivate",
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
    body = read_body(visit.message.body, BalanceBody)
    row = visit.desk.ledger.account(_own_account(visit, body.currency))
    return _answer(
        {
            "currency": row.currency,
            "available": format_minor(row.credits - row.debits - row.debits_held, row.currency),
            "reserved": format_minor(row.debits_held, row.currency),
        }
    )


def show_statement(visit: Visit) -> Decision:
    """The newest transfers with the balance after each; `next` leads on to the older ones."""
    body = read_body(visit.message.body, StatementBody)
    account = _own_account(visit, body.currency)
    currency = visit.desk.ledger.account(account).currency
    page = read_statement(
        visit.desk.books, account=account, limit=body.limit + 1, before_seq=body.before
    )
    shown = page[-body.limit :]
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
                    "payment": line.payment,
                }
                for line in reversed(shown)
            ],
            "next": shown[0].seq if len(page) > len(shown) else None,
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
    fee_minor = price_signed(visit, intent).on_top_minor
    transfer, mark = emoney.hold_redemption(
        transfer=visit.transfer_id,
        account=visit.device.account,
        amount_minor=intent.amount.minor,
        bank=intent.payee_id,
        name=intent.payee_name,
        fee_minor=fee_minor,
        expires_ms=visit.now_ms + visit.desk.policy.terms.hold_days * DAY_MS,
    )
    visit.marks.append(mark)
    return post(visit, transfer, *emoney.held_fee(fee_minor, transfer), fee_minor=fee_minor)


def _own_account(visit: Visit, currency: str | None) -> AccountId:
    """An enquiry about one's own account: the device is the factor. Refuses: AccountUnknown."""
    visit.slip.payer = account_in(visit, currency)
    if visit.tally.demands(CUSTOMER_AUTHENTICATED):
        visit.tally.notch(CUSTOMER_AUTHENTICATED, "C-CUST-PIN", factor="device")
    return account_in(visit, currency)


def _answer(data: dict[str, object]) -> Decision:
    return Decision(data=msgspec.json.encode(data))

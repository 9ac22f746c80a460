"""What bank files, days and the state of the trust account look like on the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tallystick.assembly import TrustAccount
from tallystick.decide import SecurityPolicy
from tallystick.ground.money import Amount, format_minor
from tallystick.ground.shown import shown_text
from tallystick.serve.bank import (
    CreditTransfers,
    Message,
    Recalls,
    Returns,
    Statement,
    Statements,
    StatusReport,
)


def show_message(message: Message) -> Iterator[str]:
    """A file of the bank, line by line; text of strangers without control characters."""
    yield f"{message.kind} {shown_text(message.message)} of {message.created or 'no date'}"
    if isinstance(message, CreditTransfers):
        yield f"from {_party(message.payer.name, message.payer.account)}"
        for transfer in message.transfers:
            payee = _party(transfer.payee.name, transfer.payee.account)
            yield f"  {shown_text(transfer.end_to_end)}  {_money(transfer.amount)}  to {payee}"
    elif isinstance(message, StatusReport):
        yield f"about {shown_text(message.about)} {message.group}".rstrip()
        for verdict in message.verdicts:
            reasons = " ".join(verdict.reasons)
            yield f"  {shown_text(verdict.end_to_end)}  {verdict.status} {reasons}".rstrip()
    elif isinstance(message, Returns):
        for one in message.returns:
            yield f"  {shown_text(one.end_to_end)}  {_money(one.amount)}  {one.reason}".rstrip()
    elif isinstance(message, Recalls):
        yield f"from {message.asks or 'nobody named'} to {message.asked or 'nobody named'}"
        for recall in message.recalls:
            yield f"  {shown_text(recall.end_to_end)}  {_money(recall.amount)}  {recall.reason}"
    elif isinstance(message, Statements):
        for statement in message.statements:
            yield from _statement(statement)


def show_day(report: Mapping[str, Any]) -> Iterator[str]:
    """A day as it was compared."""
    currency = str(report["currency"])

    def money(name: str) -> str:
        return f"{format_minor(int(report[name]), currency)} {currency}"

    breaks = report["breaks"]
    yield f"day       {report['day']}, account {report['account']}"
    yield f"bank      {money('opening_minor')} -> {money('closing_minor')}"
    late = money("late_credit_minor"), money("late_debit_minor")
    yield f"books     {money('book_minor')}; after the day's end {late[0]} in, {late[1]} out"
    yield f"entries   {len(report['entries'])}, {report['matched']} matched"
    for kind, count in sorted(Counter(one["kind"] for one in breaks).items()):
        yield f"break     {kind}: {count}"
    for one in breaks:
        amount = format_minor(int(one["amount_minor"]), currency)
        yield f"  {one['kind']}  {shown_text(one['key'])}  {amount}  {one['what']}"
    yield f"breaks    {len(breaks) or 'none'}"


def show_status(trust: TrustAccount, policy: SecurityPolicy) -> Iterator[str]:
    """How bank and books stand."""
    newest, most = trust.newest, policy.parameters.get("safeguarding.breaks_max")
    if newest is None:
        yield "reconciled  never"
    else:
        stopped = most is not None and newest.breaks > most
        word = "issuance is stopped" if stopped else "issuance goes on"
        yield f"reconciled  {newest.day}, {newest.breaks} break(s); {word}"
        if newest.shortfall_minor:
            yield f"short by    {format_minor(newest.shortfall_minor, policy.currency)}"
    for payout in sorted(trust.payouts.values(), key=lambda one: one.end_to_end):
        if payout.state == "open":
            amount = format_minor(payout.hold.amount_minor, policy.currency)
            listed = payout.hold.message or "in no payment file"
            yield f"redemption  {payout.end_to_end}  {amount}  {listed}"


def _statement(one: Statement) -> Iterator[str]:
    yield f"account {shown_text(one.account)} {one.currency} {one.day}".rstrip()
    if one.opening_minor is not None and one.closing_minor is not None:
        yield f"  opens {format_minor(one.opening_minor, one.currency)}"
    for movement in one.movements:
        side = "+" if movement.credit else "-"
        name = shown_text(movement.reference or movement.end_to_end or "no reference")
        amount = format_minor(movement.amount.minor, movement.amount.currency)
        yield f"  {movement.day}  {side}{amount}  {name}  {movement.status}"
    if one.closing_minor is not None:
        yield f"  closes {format_minor(one.closing_minor, one.currency)}"


def _money(amount: Amount) -> str:
    return str(amount)


def _party(name: str, account: str) -> str:
    return shown_text(f"{name} {account}".strip())

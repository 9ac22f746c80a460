"""What a file of the bank means for the books: to be ordered, done before, to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tallystick.assembly import Payout, TrustAccount
from tallystick.ground.money import format_minor
from tallystick.serve.bank import (
    Message,
    Movement,
    Recalls,
    Returns,
    Statements,
    StatusReport,
)

PAID = ("ACSC", "ACCC")
"""Settled on the payer's side, or on the payee's account: the money has left."""
FAILED = ("RJCT",)
ORDER, DONE, WAIT, LOOK = "order", "before", "waits", "look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that a file says: what follows from it, and the orders for it, in this order.

    `state`: `order` (to be ordered), `before` (the books have it), `waits` (the bank is not done),
    `look` (a person has to look).
    """

    state: str
    what: str
    orders: tuple[tuple[str, dict[str, object], str], ...] = field(default=())


def steps_of(message: Message, trust: TrustAccount) -> list[Step]:
    """What follows from a bank's file, by what the books have now."""
    if isinstance(message, StatusReport):
        return list(_statuses(message, trust))
    if isinstance(message, Returns):
        return list(_returns(message, trust))
    if isinstance(message, Statements):
        return [
            _movement(one, trust)
            for statement in message.statements
            for one in statement.movements
            if one.status == "BOOK"
        ]
    if isinstance(message, Recalls):
        return list(_recalls(message, trust))
    return [Step(state=LOOK, what=f"a {message.kind} orders payments and says no result")]


def _statuses(report: StatusReport, trust: TrustAccount) -> Iterator[Step]:
    if report.verdicts:
        for verdict in report.verdicts:
            yield _verdict(verdict.end_to_end, verdict.status, ",".join(verdict.reasons), trust)
        return
    listed = [p for p in trust.payouts.values() if p.hold.message == report.about]
    if not listed:
        yield Step(state=LOOK, what=f"{report.about}: no payment file of ours has this name")
    for payout in listed:
        yield _verdict(payout.end_to_end, report.group, "", trust)


def _verdict(end_to_end: str, status: str, reasons: str, trust: TrustAccount) -> Step:
    payout = trust.payouts.get(end_to_end)
    what = f"{end_to_end} {status}{' ' + reasons if reasons else ''}"
    if payout is None:
        return Step(state=LOOK, what=f"{what}: no redemption of ours has this name")
    if status in PAID:
        return _settled(payout, "paid", what)
    if status in FAILED:
        return _settled(payout, "failed", what)
    return Step(state=WAIT, what=f"{what}: not final")


def _settled(payout: Payout, verdict: str, what: str) -> Step:
    if payout.state == verdict:
        return Step(state=DONE, what=f"{what}: {verdict} in the books")
    if payout.state != "open":
        return Step(state=LOOK, what=f"{what}: the books say {payout.state}")
    return Step(
        state=ORDER, what=f"{what}: settle as {verdict}", orders=(_settle(payout, verdict),)
    )


def _settle(payout: Payout, verdict: str) -> tuple[str, dict[str, object], str]:
    body: dict[str, object] = {"hold": payout.hold.id, "verdict": verdict}
    return "emoney.settle", body, f"{payout.hold.id}/{verdict}"


def _returns(message: Returns, trust: TrustAccount) -> Iterator[Step]:
    """A return is of a payment that was settled. The money itself comes with the account's own
    notification, and is confirmed from that alone: else it could be counted twice."""
    for one in message.returns:
        payout = trust.payouts.get(one.end_to_end)
        what = f"{one.end_to_end} came back {one.reason}".rstrip()
        if payout is None:
            yield Step(state=LOOK, what=f"{what}: no redemption of ours has this name")
        elif payout.state == "open":
            step = _settled(payout, "paid", what)
            more = "; issued again once the account's camt.054 or camt.053 has the credit"
            yield Step(state=ORDER, what=step.what + more, orders=step.orders)
        else:
            yield Step(state=DONE, what=f"{what}: {payout.state} in the books; await the credit")


def _movement(one: Movement, trust: TrustAccount) -> Step:
    shown = format_minor(one.amount.minor, one.amount.currency)
    name = one.reference or one.end_to_end
    what = f"{name} {'credit' if one.credit else 'debit'} {shown} {one.amount.currency}"
    if one.amount.currency != trust.currency:
        return Step(state=LOOK, what=f"{what}: files in {trust.currency} alone are taken in")
    if one.credit:
        return _credit(one, trust, what)
    payout = trust.payouts.get(one.end_to_end)
    if payout is None:
        return Step(state=LOOK, what=f"{what}: no redemption of ours has this name")
    if payout.hold.amount_minor != one.amount.minor:
        return Step(state=LOOK, what=f"{what}: the redemption has another amount")
    return _settled(payout, "paid", what)


def _credit(one: Movement, trust: TrustAccount, what: str) -> Step:
    if not one.reference or len(one.reference) > 64:
        return Step(state=LOOK, what=f"{what}: has no reference of the bank")
    known = trust.credits.get(one.reference)
    if known is not None and known.amount_minor != one.amount.minor:
        return Step(state=LOOK, what=f"{what}: confirmed before with another amount")
    amount = format_minor(one.amount.minor, one.amount.currency)
    confirm: dict[str, object] = {"amount": amount, "reference": one.reference}
    ordered = [] if known else [("funds.confirm", confirm, one.reference)]
    payout = trust.payouts.get(one.end_to_end) if one.returned else None
    if payout is None:
        if known:
            return Step(state=DONE, what=f"{what}: confirmed in the books")
        return Step(state=ORDER, what=f"{what}: confirm", orders=tuple(ordered))
    if payout.state == "failed" or one.amount.minor > payout.hold.amount_minor:
        return Step(state=LOOK, what=f"{what}: comes back, and the books say {payout.state}")
    settle = [_settle(payout, "paid")] if payout.state == "open" else []
    issue: dict[str, object] = {"account": payout.hold.account, "amount": amount}
    orders = (*settle, *ordered, ("emoney.issue", issue, f"came back {one.reference}"))
    return Step(state=ORDER, what=f"{what}: came back, confirm and issue again", orders=orders)


def _recalls(message: Recalls, trust: TrustAccount) -> Iterator[Step]:
    for one in message.recalls:
        shown = format_minor(one.amount.minor, one.amount.currency)
        what = f"{message.asks or 'a bank'} wants {shown} back of {one.end_to_end} ({one.reason})"
        ours = "our own payment" if one.end_to_end in trust.payouts else "nothing moves by itself"
        yield Step(state=LOOK, what=f"{what}: {ours}; answer the bank")

"""The treasury and the bank: payment files, and what the bank's statements say of the books."""

from __future__ import annotations

import logging

from tallystick.ground.facts import BOOKS_RECONCILED, SAFEGUARDING_BROKEN
from tallystick.protect import emoney
from tallystick.protect.corridor import (
    Decision,
    PayoutsBody,
    ReconcileBody,
    Visit,
    read_body,
)
from tallystick.protect.enforcement import Mark, OrderMalformed
from tallystick.protect.safeguarding import (
    NEWEST,
    RECONCILIATIONS,
    Claim,
    Reconciliation,
    TrustState,
    base_of,
    judge_claim,
)

log = logging.getLogger("tallystick.safeguarding")


def list_payouts(visit: Visit) -> Decision:
    """Put open redemptions into one payment file; a redemption stands in one file only."""
    body = read_body(visit.message.body, PayoutsBody)
    if len(set(body.holds)) != len(body.holds):
        raise OrderMalformed("a redemption is named twice")
    for name in body.holds:
        hold = visit.desk.registers.get(emoney.HOLDS, name)
        visit.marks.append(emoney.list_payout(hold=hold, message=body.message, now_ms=visit.now_ms))
    return Decision()


def reconcile(visit: Visit) -> Decision:
    """Record how the bank's statement of a day compares with the books, judged by the books."""
    body = read_body(visit.message.body, ReconcileBody)
    claim = _claim(body)
    base = base_of(visit.desk.registers.get(RECONCILIATIONS, NEWEST), until_ms=claim.until_ms)
    state = _trust_state(visit, base.base_until_ms, claim.until_ms)
    found = judge_claim(claim, base, state, now_ms=visit.now_ms)
    visit.marks.append(Mark(RECONCILIATIONS, NEWEST, found))
    _notch(visit, claim, found, state)
    return Decision()


def _claim(body: ReconcileBody) -> Claim:
    breaks = body.breaks
    return Claim(
        day=body.day,
        until_ms=body.until_ms,
        statement=body.statement,
        report=body.report,
        opening_minor=body.opening_minor,
        closing_minor=body.closing_minor,
        late_credit_minor=body.late_credit_minor,
        late_debit_minor=body.late_debit_minor,
        entries=body.entries,
        matched=body.matched,
        breaks={name: getattr(breaks, name) for name in breaks.__struct_fields__},
    )


def _trust_state(visit: Visit, base_ms: int, until_ms: int) -> TrustState:
    """The trust account since the base, from the books; what is decided and not yet written came
    after the day's end, because only a day that is over is reconciled."""
    moved = {"before": 0, "in": 0, "out": 0}
    for row in visit.desk.books.transfers(account=emoney.TRUST, since_ms=base_ms):
        if row.kind not in ("move", "post"):
            continue
        came = row.debit == emoney.TRUST
        if row.at_ms < until_ms:
            moved["before"] += row.amount_minor if came else -row.amount_minor
        else:
            moved["in" if came else "out"] += row.amount_minor
    trust, unissued = (
        visit.desk.ledger.account(account) for account in (emoney.TRUST, emoney.UNISSUED)
    )
    return TrustState(
        moved_minor=moved["before"],
        since_credit_minor=moved["in"],
        since_debit_minor=moved["out"],
        outstanding_minor=trust.debits - trust.credits - (unissued.credits - unissued.debits),
    )


def _notch(visit: Visit, claim: Claim, found: Reconciliation, state: TrustState) -> None:
    broken = found.breaks > 0 or found.shortfall_minor > 0
    if broken:
        log.error(
            "safeguarding: bank and books differ on %s: %d break(s), %d minor units short",
            claim.day, found.breaks, found.shortfall_minor,
        )  # fmt: skip
    counted: dict[str, str | int] = {f"break_{kind}": count for kind, count in claim.breaks.items()}
    visit.tally.notch(
        SAFEGUARDING_BROKEN if broken else BOOKS_RECONCILED,
        "C-RECONCILE",
        **counted,
        day=claim.day,
        until_ms=claim.until_ms,
        statement=claim.statement,
        report=claim.report,
        opening_minor=claim.opening_minor,
        closing_minor=claim.closing_minor,
        book_minor=found.book_minor,
        outstanding_minor=state.outstanding_minor,
        shortfall_minor=found.shortfall_minor,
        entries=claim.entries,
        matched=claim.matched,
        breaks=found.breaks,
    )

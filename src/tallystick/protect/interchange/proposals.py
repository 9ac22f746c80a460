"""Codes and mandates that a partner asks for: what it may propose, and what the customer signs."""

from __future__ import annotations

from dataclasses import replace

from tallystick.ground.clock import DAY_MS, iso_instant
from tallystick.ground.money import format_minor
from tallystick.protect.corridor import PayeeMismatch, ProposedBody, Visit
from tallystick.protect.enforcement import OrderMalformed
from tallystick.protect.interchange.parties import amount_of
from tallystick.protect.partners import MANDATE, PAYMENT, PaymentRequest
from tallystick.protect.signatures import Terms

CODE_DAYS_MAX = 7
MANDATE_DAYS_MAX = 5 * 366


def proposed(visit: Visit, request: PaymentRequest, said: ProposedBody) -> PaymentRequest:
    """The request with the terms that are to be signed.

    Refuses: OrderMalformed for terms that nobody could sign; AmountMalformed.
    """
    mandate = said.kind == MANDATE
    period = (said.per_period is not None, said.period_days is not None, said.until_ms is not None)
    alone = said.lifetime_s is not None
    if period != (mandate,) * 3 or alone == mandate or (said.payments and not mandate):
        raise OrderMalformed("a code has a lifetime; a mandate a period and an end")
    period_minor = 0
    if said.per_period is not None:
        currency = visit.desk.policy.currency
        period_minor = amount_of(visit, said.per_period, currency).minor
        if period_minor < request.amount_minor:
            raise OrderMalformed("a period allows at least one payment")
    until_ms = (said.until_ms or 0) // 1000 * 1000
    if mandate and not request.expires_ms < until_ms <= visit.now_ms + MANDATE_DAYS_MAX * DAY_MS:
        raise OrderMalformed(f"a mandate ends after its request and within {MANDATE_DAYS_MAX} days")
    return replace(
        request,
        kind=said.kind,
        period_minor=period_minor,
        period_days=said.period_days or 0,
        payments_max=said.payments or 0,
        lifetime_s=said.lifetime_s or 0,
        until_ms=until_ms,
    )


def shown_terms(request: PaymentRequest, currency: str) -> dict[str, str | int | None] | None:
    """The terms as the handset lists them; None of a request to pay."""
    if request.kind == PAYMENT:
        return None
    period = request.period_minor
    return {
        "per_period": format_minor(period, currency) if period else None,
        "period_days": request.period_days or None,
        "payments": request.payments_max or None,
        "lifetime_s": request.lifetime_s or None,
        "until": iso_instant(request.until_ms) if request.until_ms else None,
    }


def demand_as_asked(visit: Visit, terms: Terms, request: PaymentRequest) -> None:
    """What was signed is what was asked for, and ends no later. Refuses: PayeeMismatch."""
    signed = (
        terms.partner_id,
        terms.amount.minor,
        0 if terms.per_period is None else terms.per_period.minor,
        terms.period_days,
        terms.payments,
    )
    asked = (
        request.payee,
        request.amount_minor,
        request.period_minor,
        request.period_days,
        request.payments_max,
    )
    if signed != asked or terms.expires_ms > _latest_ms(visit, request):
        raise PayeeMismatch("what was signed is not what was requested")


def _latest_ms(visit: Visit, request: PaymentRequest) -> int:
    """A code lives from its signature on, by the handset's clock, which may be off by so much."""
    if request.until_ms:
        return request.until_ms
    return (
        visit.now_ms + (request.lifetime_s + visit.desk.policy.parameter("message.window_s")) * 1000
    )

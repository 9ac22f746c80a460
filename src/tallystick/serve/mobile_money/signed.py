"""Codes and mandates as the API shows them: what a customer signed for a partner."""

from __future__ import annotations

from typing import Any

from tallystick.ground.clock import iso_instant
from tallystick.ground.money import format_minor
from tallystick.protect.corridor import Partners
from tallystick.protect.partners import CODE, Authority


def authority_object(partners: Partners, found: Authority) -> dict[str, Any]:
    """One authority, in the words of the API for its kind."""
    shown = _code(partners, found) if found.kind == CODE else _mandate(partners, found)
    return shown | {"creationDate": iso_instant(found.created_ms)}


def authority_path(found: Authority) -> str:
    """Where an authority is, under the account of the customer who signed it."""
    kind = "authorisationcodes" if found.kind == CODE else "debitmandates"
    return f"/accounts/walletid/{found.account}/{kind}/{found.name}"


def _code(partners: Partners, found: Authority) -> dict[str, Any]:
    return {
        "authorisationCode": found.name,
        "codeState": "active" if found.open_at(partners.now_ms()) else "expired",
        "amount": format_minor(found.amount_minor, partners.currency),
        "currency": partners.currency,
        "amountType": "exact" if found.hold else "maximum",
        "holdFundsIndicator": bool(found.hold),
    }


def _mandate(partners: Partners, found: Authority) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "mandateReference": found.name,
        "mandateStatus": "active" if found.open_at(partners.now_ms()) else "inactive",
        "amountLimit": format_minor(found.amount_minor, partners.currency),
        "currency": partners.currency,
        "startDate": iso_instant(found.created_ms),
        "endDate": iso_instant(found.expires_ms),
        "payee": [{"key": "walletid", "value": found.partner}],
        "customData": [
            {"key": "periodLimit", "value": format_minor(found.period_minor, partners.currency)},
            {"key": "periodDays", "value": str(found.period_days)},
        ],
    }
    if found.payments_max:
        shown["numberOfPayments"] = found.payments_max
    return shown

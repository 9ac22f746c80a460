"""Amounts as the API spells them, into ours: decimals may be fewer than the currency has."""

from __future__ import annotations

import re

from tallystick.ground.money import EXPONENTS
from tallystick.serve.mobile_money.errors import ApiRefused, malformed

_AMOUNT = re.compile(r"(-?)([0-9]{1,19})(?:\.([0-9]{1,4}))?")


def read_sum(text: str, currency: str, *, ours: str) -> str:
    """The amount with exactly the currency's decimals. Refuses: ApiRefused.

    >>> read_sum("16.5", "KES", ours="KES"), read_sum("16", "KES", ours="KES")
    ('16.50', '16.00')
    """
    if currency != ours:
        raise ApiRefused("businessRule", "currencyNotSupported", f"currency: only {ours} here")
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise malformed("amount", "digits and at most four decimals")
    sign, whole, part = found.group(1), found.group(2), found.group(3) or ""
    if sign:
        raise ApiRefused("validation", "negativeValue", "amount: above zero")
    places = EXPONENTS[ours]
    if part[places:].strip("0"):
        raise malformed("amount", f"{ours} has {places} decimals")
    if not (whole + part).strip("0"):
        raise ApiRefused("businessRule", "lessThanTransactionMinValue", "amount: above zero")
    digits = whole.lstrip("0") or "0"
    return f"{digits}.{part[:places].ljust(places, '0')}" if places else digits

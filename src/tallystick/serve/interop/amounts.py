"""Amounts and instants as the API spells them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from tallystick.ground.errors import Refused
from tallystick.ground.money import AMOUNT_MINOR_MAX, EXPONENTS, format_minor

AMOUNT = r"^([0]|([1-9][0-9]{0,17}))([.][0-9]{0,3}[1-9])?$"
"""Digits without leading or trailing zeros; at most four decimals."""
INSTANT = (
    r"^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9][.][0-9]{3}"
    r"(Z|[+-][0-9]{2}:[0-9]{2})$"
)
_AMOUNT, _INSTANT = re.compile(AMOUNT[1:-1]), re.compile(INSTANT[1:-1])


class AmountRefused(Refused):
    """Not a positive amount in this currency's minor units."""

    code, clause = "amount.malformed", "11"


class InstantRefused(Refused):
    """Not an instant as the API writes it."""

    code, clause = "instant.malformed", "11"


def read_minor(text: str, currency: str) -> int:
    """Minor units of an amount. Refuses: AmountRefused, also for zero and for finer fractions.

    >>> read_minor("12.5", "KES"), read_minor("100", "UGX")
    (1250, 100)
    """
    if not _AMOUNT.fullmatch(text) or currency not in EXPONENTS:
        raise AmountRefused("an amount is digits without needless zeros")
    whole, _, part = text.partition(".")
    exponent = EXPONENTS[currency]
    if len(part) > exponent:
        raise AmountRefused(f"{currency} has {exponent} decimals")
    scale: int = 10**exponent
    minor = int(whole) * scale + int(part.ljust(exponent, "0") or "0")
    if not 0 < minor <= AMOUNT_MINOR_MAX:
        raise AmountRefused("an amount is positive and not beyond what books hold")
    return minor


def write_minor(minor: int, currency: str) -> str:
    """Minor units in the API's one spelling, without trailing zeros.

    >>> write_minor(10000, "USD"), write_minor(1250, "KES"), write_minor(7, "UGX")
    ('100', '12.5', '7')
    """
    text = format_minor(minor, currency)
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_instant(text: str) -> int:
    """Milliseconds since 1970 of an instant with its offset. Refuses: InstantRefused.

    >>> read_instant("1970-01-01T01:00:00.250+01:00")
    250
    """
    if not _INSTANT.fullmatch(text):
        raise InstantRefused("an instant has milliseconds and an offset")
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise InstantRefused("no such instant") from None


def write_instant(at_ms: int) -> str:
    """An instant in UTC with milliseconds.

    >>> write_instant(250)
    '1970-01-01T00:00:00.250Z'
    """
    at = datetime.fromtimestamp(at_ms / 1000, tz=UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def read_date(text: str) -> int:
    """Milliseconds since 1970 of an HTTP date (RFC 9110 §5.6.7). Refuses: InstantRefused."""
    try:
        at: datetime = parsedate_to_datetime(text)
        seconds: float = at.replace(tzinfo=at.tzinfo or UTC).timestamp()
        return int(seconds * 1000)
    except (ValueError, TypeError, OverflowError, IndexError):
        raise InstantRefused("not an HTTP date") from None


def write_date(at_ms: int) -> str:
    """An HTTP date.

    >>> write_date(0)
    'Thu, 01 Jan 1970 00:00:00 GMT'
    """
    return format_datetime(datetime.fromtimestamp(at_ms // 1000, tz=UTC), usegmt=True)

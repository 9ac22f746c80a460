"""Money: a whole number of minor units of one ISO 4217 currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from tallystick.ground.errors import Defect, Misconfigured

AMOUNT_MINOR_MAX = 2**53 - 1
"""Largest magnitude that every JSON reader keeps exactly (RFC 8785 §3.2.2.3)."""

EXPONENTS = {
    # ISO 4217 minor-unit exponents of the currencies that we accept in a service file.
    "BDT": 2, "BIF": 0, "CHF": 2, "DKK": 2, "ETB": 2, "EUR": 2, "GBP": 2, "GHS": 2, "GNF": 0,
    "INR": 2, "JPY": 0, "KES": 2, "KWD": 3, "MWK": 2, "MZN": 2, "NGN": 2, "NOK": 2, "PHP": 2,
    "RWF": 0, "SEK": 2, "TND": 3, "TZS": 2, "UGX": 0, "USD": 2, "XAF": 0, "XOF": 0, "ZAR": 2,
    "ZMW": 2,
}  # fmt: skip

NUMERIC_CODES = {
    # ISO 4217 numeric codes of the same currencies; QR codes carry these.
    "BDT": "050", "BIF": "108", "CHF": "756", "DKK": "208", "ETB": "230", "EUR": "978",
    "GBP": "826", "GHS": "936", "GNF": "324", "INR": "356", "JPY": "392", "KES": "404",
    "KWD": "414", "MWK": "454", "MZN": "943", "NGN": "566", "NOK": "578", "PHP": "608",
    "RWF": "646", "SEK": "752", "TND": "788", "TZS": "834", "UGX": "800", "USD": "840",
    "XAF": "950", "XOF": "952", "ZAR": "710", "ZMW": "967",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Money as a whole number of minor units of one ISO 4217 currency. Never a float."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in EXPONENTS:
            raise Defect(f"not a currency that we know: {self.currency!r}")
        if abs(self.minor) > AMOUNT_MINOR_MAX:
            raise Defect("amount beyond 2**53 - 1 minor units")

    def __add__(self, other: Amount) -> Amount:
        return Amount(minor=self.minor + self._same(other), currency=self.currency)

    def __sub__(self, other: Amount) -> Amount:
        return Amount(minor=self.minor - self._same(other), currency=self.currency)

    def __lt__(self, other: Amount) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Amount) -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: Amount) -> int:
        if other.currency != self.currency:
            raise Defect(f"cannot mix {other.currency} with {self.currency}")
        return other.minor

    def __str__(self) -> str:
        return f"{format_minor(self.minor, self.currency)} {self.currency}"


def format_minor(minor: int, currency: str) -> str:
    """Write minor units as a decimal string with the currency's own number of digits.

    >>> format_minor(150000, "KES"), format_minor(-5, "EUR"), format_minor(7, "UGX")
    ('1500.00', '-0.05', '7')
    """
    exponent = EXPONENTS[currency]
    if exponent == 0:
        return str(minor)
    whole, part = divmod(abs(minor), 10**exponent)
    return f"{'-' if minor < 0 else ''}{whole}.{part:0{exponent}d}"


def parse_amount(text: str, currency: str, *, where: str = "") -> Amount:
    """Read a plain decimal such as `1500` or `12.50` into minor units.

    Refuses: Misconfigured for anything but digits with at most the currency's number of decimals.

    >>> parse_amount("12.50", "KES").minor
    1250
    """
    if currency not in EXPONENTS:
        raise Misconfigured(
            f"unknown currency {currency!r}", where=where, allowed=", ".join(sorted(EXPONENTS))
        )
    allowed = f"a decimal with at most {EXPONENTS[currency]} decimals, such as 1500"
    if not text.isascii() or text.strip() != text or not text.replace(".", "", 1).isdigit():
        raise Misconfigured(f"{text!r} is not an amount", where=where, allowed=allowed)
    try:
        scaled = Decimal(text).scaleb(EXPONENTS[currency])
    except InvalidOperation:
        raise Misconfigured(f"{text!r} is not an amount", where=where, allowed=allowed) from None
    if scaled > AMOUNT_MINOR_MAX:
        most = f"at most {format_minor(AMOUNT_MINOR_MAX, currency)}"
        raise Misconfigured(f"{text!r} is too much", where=where, allowed=most)
    if scaled != scaled.to_integral_value():
        raise Misconfigured(f"{text!r} is not an amount", where=where, allowed=allowed)
    return Amount(minor=int(scaled), currency=currency)

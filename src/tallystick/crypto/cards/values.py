"""Card verification values that do not change: CVV and its kin, CAVV, and the American Express CSC.

One algorithm with one data layout; what makes them different values is the service code that goes
in: that of the track (CVV), 000 (CVV2, printed), 999 (iCVV, in the chip). The expiry goes in as the
caller has it, YYMM or MMYY: issuers differ, and both sides must do the same.
"""

from __future__ import annotations

from tallystick.crypto.cards.digits import decimalise, same
from tallystick.crypto.cards.pan import DIGITS_MAX, DIGITS_MIN, demand_between, demand_digits
from tallystick.crypto.cards.refusals import CardValueRefused
from tallystick.crypto.mechanisms import MacPadding, RetailMac

PRINTED, CHIP = "000", "999"
"""Service codes of CVV2 and of iCVV."""
_BLOCK_DIGITS = 32
_VALUE_DIGITS = (3, 5)
_AMEX_DIGITS = 15
_CSC_PLACES = {5: slice(0, 5), 4: slice(5, 9), 3: slice(9, 12)}


class CardVerificationKey:
    """One card verification key (16 octets, its halves A and B), with its schedules made once."""

    __slots__ = ("_mac",)

    def __init__(self, key: bytes) -> None:
        self._mac = RetailMac(key)

    def value(self, pan: str, expiry: str, service_code: str, *, digits: int = 3) -> str:
        """CVV or CVC; CVV2 with PRINTED, iCVV with CHIP as the service code.

        Takes:   pan 12 to 19 digits, expiry 4 digits, service code 3 digits; 3 to 5 digits out.
        Refuses: CardDataMalformed.
        Source:  Visa and Mastercard facts as published by IBM (CCA, CVV Generate) and psec 1.3.

        >>> key = CardVerificationKey(bytes.fromhex("0123456789abcdeffedcba9876543210"))
        >>> key.value("4123456789012345", "8701", "101")
        '561'
        """
        demand_digits(pan, "account number", DIGITS_MIN, DIGITS_MAX)
        return self._value(pan, expiry, service_code, digits)

    def overlaid(
        self, pan: str, head: str, expiry: str, service_code: str, *, digits: int = 3
    ) -> str:
        """The same value over an account number whose first digits a hex counter replaces."""
        demand_digits(pan, "account number", DIGITS_MIN, DIGITS_MAX)
        return self._value(head + pan[len(head) :], expiry, service_code, digits)

    def authentication_value(
        self, pan: str, *, transaction_number: str, result_code: str, factor_code: str
    ) -> str:
        """CAVV with an authentication tracking number, three digits: the CVV over other fields.

        Takes:  transaction_number, the last 4 digits of the tracking number; result_code 1 digit;
                factor_code 2 digits.
        Source: Visa 3-D Secure, CAVV usage 2 (CVV with ATN), as public implementations have it.
        """
        demand_digits(result_code, "authentication result", 1)
        demand_digits(factor_code, "second factor", 2)
        return self.value(pan, transaction_number, result_code + factor_code)

    def security_code(self, pan: str, expiry: str, *, digits: int) -> str:
        """The American Express CSC, version 1: of 5, 4 or 3 digits, three separate values.

        Takes:  pan 15 digits, expiry YYMM.
        Source: inferred from three public example values (tests/vectors/SOURCES-cards.md): the
                block is the expiry followed by digits 3 to 14 of the account number.

        >>> key = CardVerificationKey(bytes.fromhex("1234567890abcdef") * 2)
        >>> [key.security_code("371234567890123", "9912", digits=n) for n in (5, 4, 3)]
        ['70954', '4117', '283']
        """
        demand_digits(pan, "account number", _AMEX_DIGITS)
        demand_digits(expiry, "expiry", 4)
        demand_between(digits, "value length", *_VALUE_DIGITS)
        block = bytes.fromhex(expiry + pan[2:-1])
        return decimalise(self._mac.encrypt(block), digits=12)[_CSC_PLACES[digits]]

    def _value(self, head: str, expiry: str, service_code: str, digits: int) -> str:
        demand_digits(expiry, "expiry", 4)
        demand_digits(service_code, "service code", 3)
        demand_between(digits, "value length", *_VALUE_DIGITS)
        block = (head + expiry + service_code).ljust(_BLOCK_DIGITS, "0")
        return decimalise(
            self._mac.tag(bytes.fromhex(block), padding=MacPadding.ZEROS), digits=digits
        )

    def __repr__(self) -> str:
        return "CardVerificationKey(hidden)"


def demand_value(*, given: str, right: str) -> None:
    """Compare in constant time. Refuses: CardValueRefused, the same for every difference."""
    if not same(given, right):
        raise CardValueRefused("the card verification value was refused")

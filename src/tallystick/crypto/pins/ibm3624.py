"""The IBM 3624 method: a natural PIN computed from the account, and an offset to the chosen one.

A caller who may choose the decimalisation table learns digits of the PIN from which tables still
verify, fifteen guesses instead of five thousand (Bond and Zielinski, "Decimalisation table attacks
for PIN cracking", UCAM-CL-TR-560, 2003). So a table is a thing of its own here that whoever manages
keys registers; what a caller sends only selects among those.
"""

from __future__ import annotations

import hmac
from collections import Counter
from dataclasses import dataclass

from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.pins.enciphered import PinSide, read_pin
from tallystick.crypto.pins.formats import PIN_DIGITS_MAX, PIN_DIGITS_MIN, check_pin
from tallystick.crypto.pins.refusals import PinRefused, PinRuleRefused

_TABLE_DIGITS = 16
_DISTINCT_MIN = 8
_REPEATED_MAX = 4
_VALIDATION_MIN, _VALIDATION_MAX = 4, 16
_HEX = "0123456789abcdef"


@dataclass(frozen=True, slots=True, repr=False)
class DecimalisationTable:
    """Sixteen decimal digits, one for each hexadecimal one.

    Refuses: PinRuleRefused for fewer than 8 distinct digits or one that stands more than 4 times:
             such a table makes PINs that are guessed early (a rule of payShield devices).
    """

    digits: str

    def __post_init__(self) -> None:
        digits = self.digits
        if len(digits) != _TABLE_DIGITS or not (digits.isascii() and digits.isdecimal()):
            raise PinRuleRefused("a decimalisation table is 16 digits")
        counts = Counter(digits).values()
        if len(counts) < _DISTINCT_MIN or max(counts) > _REPEATED_MAX:
            raise PinRuleRefused("a decimalisation table has 8 different digits, none over 4 times")

    def apply(self, octets: bytes) -> str:
        """Every nibble as its digit of the table."""
        table = bytes.maketrans(_HEX.encode("ascii"), self.digits.encode("ascii"))
        return octets.hex().encode("ascii").translate(table).decode("ascii")


USUAL_TABLE = DecimalisationTable("0123456789012345")


def validation_block(data: str, *, pad: str) -> bytes:
    """Validation data (part of the account number, as a rule) filled up to 16 nibbles.

    Takes:   4 to 16 decimal digits; one hexadecimal digit to fill with.
    Refuses: PinRuleRefused.

    >>> validation_block("11223344556677", pad="F").hex()
    '11223344556677ff'
    """
    if not _VALIDATION_MIN <= len(data) <= _VALIDATION_MAX or not (
        data.isascii() and data.isdecimal()
    ):
        raise PinRuleRefused("validation data are 4 to 16 digits")
    if len(pad) != 1 or pad.lower() not in _HEX:
        raise PinRuleRefused("the pad is one hexadecimal digit")
    return bytes.fromhex(data.ljust(_VALIDATION_MAX, pad))


def natural_pin(
    count: int, *, cipher: BlockCipher, validation: bytes, table: DecimalisationTable
) -> str:
    """The natural PIN: the first digits of the enciphered validation block, decimalised.

    Takes:   4 to 12 digits; validation of 8 octets (`validation_block`); a TDEA key.
    Refuses: PinRuleRefused.        Source: IBM CCA, "3624 PIN generation algorithm".

    >>> key = BlockCipher.tdes(bytes.fromhex("0123456789abcdeffedcba9876543210"))
    >>> natural_pin(4, cipher=key, validation=validation_block("1122334455667788", pad="F"),
    ...             table=DecimalisationTable("1234567890123456"))
    '4524'
    """
    if cipher.octets != 8 or len(validation) != 8:
        raise PinRuleRefused("the IBM 3624 method is one block under a TDEA key")
    if not PIN_DIGITS_MIN <= count <= PIN_DIGITS_MAX:
        raise PinRuleRefused("a PIN is 4 to 12 digits")
    return table.apply(cipher.encrypt(validation))[:count]


def pin_from_offset(natural: str, offset: str) -> str:
    """Add an offset to a natural PIN, digit by digit modulo 10. Refuses: PinRefused.

    >>> pin_from_offset("4524", "7710")
    '1234'
    """
    _check_offset(offset, natural)
    return "".join([str((int(a) + int(b)) % 10) for a, b in zip(natural, offset, strict=True)])


def offset_of(pin: str, natural: str) -> str:
    """The offset that leads from the natural PIN to this one. Refuses: PinRefused.

    >>> offset_of("1234", "4524")
    '7710'
    """
    _check_offset(check_pin(pin), natural)
    return "".join([str((int(a) - int(b)) % 10) for a, b in zip(pin, natural, strict=True)])


def verify_offset(
    block: bytes,
    presented: PinSide,
    *,
    cipher: BlockCipher,
    validation: bytes,
    table: DecimalisationTable,
    offset: str,
) -> None:
    """Return when the PIN block holds natural PIN plus offset, else raise PinRefused.

    The PIN has as many digits as the offset. Both are computed and compared for every block.
    """
    count = min(max(len(offset), PIN_DIGITS_MIN), PIN_DIGITS_MAX)
    pin, wrong = read_pin(block, presented)
    natural = natural_pin(count, cipher=cipher, validation=validation, table=table)
    fits = len(offset) == count and offset.isascii() and offset.isdecimal()
    expected = pin_from_offset(natural, offset if fits else "0" * count)
    same = hmac.compare_digest(expected.encode("ascii"), pin.encode("ascii"))
    if wrong or not (fits and same):
        raise PinRefused(wrong or "value")


def _check_offset(offset: str, natural: str) -> None:
    if len(offset) != len(natural) or not (offset.isascii() and offset.isdecimal()):
        raise PinRefused("length")

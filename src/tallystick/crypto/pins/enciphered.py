"""PIN blocks as they travel: one block under a TDEA key, or format 4 under an AES key."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.pins.formats import (
    BINDING,
    PinFormat,
    Random,
    Read,
    check_account,
    check_pin,
    head_4,
    lay_out,
    read_clear,
    read_field_4,
)
from tallystick.crypto.pins.refusals import PinRefused, PinRuleRefused

_ISO_4 = PinFormat.ISO_4
_OCTETS = tuple(form.octets for form in PinFormat)
# By the number of digits of an account number: its length nibble, and how far left it stands.
_LENGTHS = tuple(f"{max(n - 12, 0):x}" for n in range(20))
_SHIFTS = tuple(4 * (31 - n) for n in range(20))


class AccountField(Enum):
    """What format 4 binds a PIN to."""

    WHOLE = "whole"
    """The whole account number with its length (ISO 9564-1:2017, 9.4.3)."""
    TWELVE = "twelve"
    """Its 12 right-most digits without the check digit, as some services still do."""


_number = int.from_bytes
_WHOLE = AccountField.WHOLE


class PinSide(NamedTuple):
    """How a PIN block is protected on one side: format, key, and the account number it is bound to.

    `field` matters for format 4 alone; `account` does not matter for formats 1 and 2.
    """

    form: PinFormat
    cipher: BlockCipher
    account: str = ""
    field: AccountField = AccountField.WHOLE

    def __repr__(self) -> str:
        return f"PinSide({self.form.name}, hidden)"


def account_field_4(account: str, *, field: AccountField = AccountField.WHOLE) -> bytes:
    """The plain text account number field of format 4: 16 octets.

    Takes: 8 to 19 digits; fewer than 12 are filled up with zeros on the left.
    Source: ISO 9564-1:2017, 9.4.3; the shorter form: the documentation of AWS Payment Cryptography.

    >>> account_field_4("112233445566778899").hex()
    '61122334455667788990000000000000'
    >>> account_field_4("112233445566778899", field=AccountField.TWELVE).hex()
    '03445566778890000000000000000000'
    """
    return account_number_4(check_account(account), field).to_bytes(16)


def account_number_4(digits: str, field: AccountField) -> int:
    """`account_field_4` as a number, for digits that were checked."""
    if field is not _WHOLE:
        digits = digits[-13:-1]
    count = len(digits)
    if count <= 12:
        return int(digits, 16) << 76
    return int(_LENGTHS[count] + digits, 16) << _SHIFTS[count]


def encipher_pin(pin: str, side: PinSide, *, random: Random) -> bytes:
    """Make the PIN block of a PIN: 8 octets, or 16 in format 4.

    Refuses: PinRefused for what is no PIN; PinRuleRefused for a key of the wrong algorithm.
    Source:  ISO 9564-1:2017, 9.3 and 9.4.4 (format 4: twice, the account number between).
    """
    return make_block(check_pin(pin), check_side(side), random)


def check_side(side: PinSide) -> PinSide:
    """The side, when its account number is one where it matters. Refuses: PinRuleRefused."""
    if side.form in BINDING:
        check_account(side.account)
    return side


def make_block(pin: str, side: PinSide, random: Random) -> bytes:
    """`encipher_pin` for a PIN and a side that were checked."""
    form, cipher, account, field = side
    if cipher.octets != _OCTETS[form]:
        raise wrong_cipher(form)
    if form is not _ISO_4:
        return cipher.encrypt(lay_out(pin, form, account, random))
    between = _number(cipher.encrypt(head_4(pin) + random(8)))
    return cipher.encrypt((between ^ account_number_4(account, field)).to_bytes(16))


def read_pin(block: bytes, side: PinSide) -> Read:
    """Decipher a PIN block and read it: digits, and what is wrong. Never tell either outside.

    Refuses: PinRuleRefused for a key of the wrong algorithm or no account number.
    """
    return read_checked(block, check_side(side))


def read_checked(block: bytes, side: PinSide) -> Read:
    """`read_pin` for a side that was checked."""
    form, cipher, account, field = side
    octets = cipher.octets
    if octets != _OCTETS[form]:
        raise wrong_cipher(form)
    whole = len(block) == octets
    clear = cipher.decrypt(block if whole else bytes(octets))
    if form is _ISO_4:
        between = _number(clear) ^ account_number_4(account, field)
        pin, wrong = read_field_4(cipher.decrypt(between.to_bytes(16)))
    else:
        pin, wrong = read_clear(clear, form, account)
    return pin, wrong if whole else "block"


def decipher_pin(block: bytes, side: PinSide) -> str:
    """The digits of a PIN block. Refuses: PinRefused, PinRuleRefused."""
    pin, wrong = read_pin(block, side)
    if wrong:
        raise PinRefused(wrong)
    return pin


def wrong_cipher(form: PinFormat) -> PinRuleRefused:
    """What is said of a key whose algorithm is not the one of the format."""
    named = "format 4 is under an AES" if form is _ISO_4 else "formats 0 to 3 is under a TDEA"
    return PinRuleRefused(f"a PIN block of {named} key")

"""The PIN block formats of ISO 9564-1, laid out and read in the clear.

    0   0 L P.. F..   xor  0000 + 12 digits of the account number       8 octets, TDEA
    1   1 L P.. R..   R: anything that makes the block unlike others    8 octets, TDEA
    2   2 L P.. F..   between a card and its terminal only              8 octets, TDEA
    3   3 L P.. R..   as 0, R drawn from A to F                         8 octets, TDEA
    4   4 L P.. A.. and 8 random octets; bound to the account number
        by the encipherment (tallystick.crypto.pins.enciphered)         16 octets, AES

Reading never raises: it gives the digits and what is wrong, and does the same steps for a block
that holds no PIN, with stand-in digits, so that who called decides at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from tallystick.crypto.pins.refusals import PinRefused, PinRuleRefused

Random = Callable[[int], bytes]
"""Gives that many unpredictable octets, as `os.urandom` does."""
Read = tuple[str, str]
"""Digits (stand-ins when nothing could be read), and what is wrong: an empty text when nothing."""

PIN_DIGITS_MIN, PIN_DIGITS_MAX = 4, 12
ACCOUNT_DIGITS_MIN, ACCOUNT_DIGITS_MAX = 8, 19
_FIELD_DIGITS = 14


class PinFormat(IntEnum):
    """A PIN block format; the number is its control field (ISO 9564-1:2017, 9.3.1)."""

    ISO_0 = 0
    ISO_1 = 1
    ISO_2 = 2
    ISO_3 = 3
    ISO_4 = 4

    @property
    def binds_account(self) -> bool:
        """Whether a block of this format is bound to an account number."""
        return self in BINDING

    @property
    def octets(self) -> int:
        return 16 if self is PinFormat.ISO_4 else 8


BINDING = frozenset({PinFormat.ISO_0, PinFormat.ISO_3, PinFormat.ISO_4})

_ISO_0, _ISO_1, _ISO_2, _ISO_3, _ISO_4 = PinFormat
_COUNTS = range(PIN_DIGITS_MIN, PIN_DIGITS_MAX + 1)
# Tables by format, so that laying out and reading take one look each. The first octet, of control
# field and length nibble, to the number of digits, and back; the fill after that many digits, where
# it is fixed.
_LENGTHS = tuple(
    bytes(n if n in _COUNTS else 0 for n in (head - 16 * form for head in range(256)))
    for form in PinFormat
)
_HEADS = tuple(tuple(f"{form:x}{n:x}" for n in range(PIN_DIGITS_MAX + 1)) for form in PinFormat)
_FILLS = tuple(
    tuple(sign * (_FIELD_DIGITS - n) for n in range(PIN_DIGITS_MAX + 1)) for sign in "f-f-a"
)
# What is cut out of a block that names no length: as much as of a block with a common one.
_STAND_IN_LENGTH = PIN_DIGITS_MIN
_STAND_IN = tuple("0" * n for n in range(PIN_DIGITS_MAX + 1))
# By whether the head, the digits and the fill are right: three bits, and no step that one block
# takes and another does not.
_WRONG = ("head", "head", "head", "head", "digits", "digits", "fill", "")
_NO_BLOCK = _STAND_IN[_STAND_IN_LENGTH], "block"
_number = int.from_bytes
_LETTERS = [a + b + c for a in "abcdef" for b in "abcdef" for c in "abcdef"]


def check_pin(pin: str) -> str:
    """The PIN when it is 4 to 12 decimal digits. Refuses: PinRefused."""
    if not (PIN_DIGITS_MIN <= len(pin) <= PIN_DIGITS_MAX and pin.isascii() and pin.isdecimal()):
        raise PinRefused("digits")
    return pin


def account_field(account: str) -> int:
    """The 12 right-most digits of an account number without its check digit, as 16 nibbles.

    Takes:    8 to 19 digits; fewer than 13 are filled up with zeros on the left.
    Refuses:  PinRuleRefused.      Source: ISO 9564-1:2017, 9.3.2 and 9.3.5.

    >>> f"{account_field('5432101234567891'):016x}"
    '0000210123456789'
    """
    return twelve_digits(check_account(account))


def twelve_digits(account: str) -> int:
    """`account_field` for digits that were checked."""
    return int(account[-13:-1], 16)


def check_account(account: str) -> str:
    """The account number when it is 8 to 19 digits. Refuses: PinRuleRefused."""
    if not (
        ACCOUNT_DIGITS_MIN <= len(account) <= ACCOUNT_DIGITS_MAX
        and account.isascii()
        and account.isdecimal()
    ):
        raise PinRuleRefused("an account number is 8 to 19 digits")
    return account


def encode_block(pin: str, *, form: PinFormat, account: str = "", random: Random) -> bytes:
    """Lay a PIN out as a clear block of format 0 to 3.

    Takes:   4 to 12 digits; the account number for formats 0 and 3.
    Gives:   8 octets, not enciphered: they stay inside the module.
    Refuses: PinRefused, PinRuleRefused.        Source: ISO 9564-1:2017, 9.3.2 to 9.3.5.

    >>> encode_block("1234", form=PinFormat.ISO_0, account="5544332211009966", random=bytes).hex()
    '041277cddeeff669'
    >>> encode_block("123456789012", form=PinFormat.ISO_2, random=bytes).hex()
    '2c123456789012ff'
    """
    if form is _ISO_4:
        raise PinRuleRefused("a block of format 4 is made with its key")
    if form in BINDING:
        check_account(account)
    return lay_out(check_pin(pin), form, account, random)


def lay_out(pin: str, form: PinFormat, account: str, random: Random) -> bytes:
    """`encode_block` for a PIN and an account number that were checked."""
    count = len(pin)
    if form is _ISO_3:
        fill = _letters(random)[: _FIELD_DIGITS - count]
    elif form is _ISO_1:
        fill = random(5).hex()[: _FIELD_DIGITS - count]
    else:
        fill = _FILLS[form][count]
    field = int(_HEADS[form][count] + pin + fill, 16)
    if form is _ISO_0 or form is _ISO_3:
        field ^= twelve_digits(account)
    return field.to_bytes(8)


def encode_field_4(pin: str, *, random: Random) -> bytes:
    """The plain text PIN field of format 4: 16 octets, the last 8 of them fresh chance.

    Source: ISO 9564-1:2017, 9.4.2.

    >>> encode_field_4("12345", random=bytes).hex()
    '4512345aaaaaaaaa0000000000000000'
    """
    return head_4(check_pin(pin)) + random(8)


def head_4(pin: str) -> bytes:
    """The first half of the PIN field of format 4, the one without chance; digits checked."""
    count = len(pin)
    return bytes.fromhex(_HEADS[4][count] + pin + _FILLS[4][count])


def decode_block(block: bytes, *, form: PinFormat, account: str = "") -> str:
    """The digits of a clear block of format 0 to 3, or PinRefused.

    >>> decode_block(bytes.fromhex("041277cddeeff669"), form=PinFormat.ISO_0,
    ...              account="5544332211009966")
    '1234'
    """
    pin, wrong = read_block(block, form=form, account=account)
    if wrong:
        raise PinRefused(wrong)
    return pin


def read_block(block: bytes, *, form: PinFormat, account: str = "") -> Read:
    """Read a clear block of format 0 to 3; see the head of this file.

    Refuses: PinRuleRefused for a format or an account number that cannot be meant.
    """
    if form is _ISO_4:
        raise PinRuleRefused("a block of format 4 is read with its key")
    if form in BINDING:
        check_account(account)
    return read_clear(block, form, account) if len(block) == 8 else _NO_BLOCK


def read_clear(block: bytes, form: PinFormat, account: str) -> Read:
    """`read_block` for 8 octets and an account number that was checked."""
    field = _number(block)
    if form is _ISO_0 or form is _ISO_3:
        field ^= twelve_digits(account)
    return _read(field.to_bytes(8), form)


def read_field_4(field: bytes) -> Read:
    """Read the plain text PIN field of format 4 (16 octets, or all is wrong)."""
    return _read(field, _ISO_4) if len(field) == 16 else _NO_BLOCK


def _read(field: bytes, form: PinFormat) -> Read:
    nibbles, count = field.hex(), _LENGTHS[form][field[0]]
    end = 2 + (count or _STAND_IN_LENGTH)
    digits, fill = nibbles[2:end], nibbles[end:16]
    decimal = digits.isdecimal()
    if form is _ISO_3:
        filled = not fill.strip("abcdef")
    else:
        filled = form is _ISO_1 or fill == _FILLS[form][end - 2]
    wrong = _WRONG[(count > 0) << 2 | decimal << 1 | filled]
    return _STAND_IN[end - 2] if wrong else digits, wrong


def _letters(random: Random) -> str:
    """Twelve letters a to f, each as likely as the others to within 2**-33."""
    drawn = int.from_bytes(random(8))
    return (
        _LETTERS[drawn % 216]
        + _LETTERS[drawn // 216 % 216]
        + _LETTERS[drawn // 46_656 % 216]
        + _LETTERS[drawn // 10_077_696 % 216]
    )

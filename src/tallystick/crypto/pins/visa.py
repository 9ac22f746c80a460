"""The PIN verification value (PVV) of Visa: four digits that go with a PIN and an account."""

from __future__ import annotations

import hmac

from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.pins.enciphered import PinSide, read_pin
from tallystick.crypto.pins.formats import check_account, check_pin
from tallystick.crypto.pins.refusals import PinRefused, PinRuleRefused

PVV_DIGITS = 4
KEY_INDEX_MAX = 6
_ACCOUNT_DIGITS = 11
_FIRST_SCAN = b"abcdef"
_SECOND_SCAN = b"0123456789"
_LESS_TEN = bytes.maketrans(b"abcdef", b"012345")


def pvv_of(pin: str, *, cipher: BlockCipher, account: str, key_index: int) -> str:
    """The PVV: decimal digits of the enciphered security parameter, then its letters less ten.

    Takes:   the first four digits of a PIN; an account number of 12 digits or more; key index 0 to
             6; a TDEA key.
    Refuses: PinRefused, PinRuleRefused.
    Source:  Visa PVV, as in IBM CCA "PVV generation algorithm".

    >>> key = BlockCipher.tdes(bytes.fromhex("0123456789abcdeffedcba9876543210"))
    >>> pvv_of("4524", cipher=key, account="1122334455667788", key_index=1)
    '8523'
    """
    if cipher.octets != 8:
        raise PinRuleRefused("a PVV is made with a TDEA key")
    if not 0 <= key_index <= KEY_INDEX_MAX:
        raise PinRuleRefused("the index of a PVV key is 0 to 6")
    digits = check_account(account)[-1 - _ACCOUNT_DIGITS : -1]
    if len(digits) < _ACCOUNT_DIGITS:
        raise PinRuleRefused("a PVV needs an account number of 12 digits or more")
    parameter = bytes.fromhex(f"{digits}{key_index}{check_pin(pin)[:PVV_DIGITS]}")
    scanned = cipher.encrypt(parameter).hex().encode("ascii")
    decimals = scanned.translate(None, _FIRST_SCAN) + scanned.translate(_LESS_TEN, _SECOND_SCAN)
    return decimals[:PVV_DIGITS].decode("ascii")


def verify_pvv(
    block: bytes, presented: PinSide, *, cipher: BlockCipher, account: str, key_index: int, pvv: str
) -> None:
    """Return when the PIN block holds the PIN that the PVV belongs to, else raise PinRefused.

    The PVV is computed and compared for every block, also for one that holds no PIN.
    """
    pin, wrong = read_pin(block, presented)
    computed = pvv_of(pin, cipher=cipher, account=account, key_index=key_index)
    same = hmac.compare_digest(computed.encode("ascii"), pvv.encode("utf-8", "replace"))
    if wrong or not same:
        raise PinRefused(wrong or "value")

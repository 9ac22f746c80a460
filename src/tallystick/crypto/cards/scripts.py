"""What an issuer sends into a card: confidential data and the PIN of an offline PIN change.

The MAC over the whole command is that of `CryptogramKey.script_mac`. PINs are digits here only
inside of the process that is the boundary.
"""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from tallystick.crypto.cards.digits import xor
from tallystick.crypto.cards.pan import demand_digits, demand_octets
from tallystick.crypto.cards.refusals import CardDataMalformed
from tallystick.crypto.mechanisms import BlockCipher, MacPadding, pad_message
from tallystick.ground.errors import Defect

PIN_CHANGE, PIN_CHANGE_WITH_CURRENT = bytes.fromhex("84240002"), bytes.fromhex("84240001")
"""CLA INS P1 P2 of PIN CHANGE without and with the current PIN (EMV Book 3, 6.5.10)."""
_PIN_DIGITS = (4, 12)
_DATA_OCTETS_MAX = 255


class ScriptCipher(StrEnum):
    """How confidential data are laid out and chained before they are enciphered."""

    VISA = "visa"
    """A length octet in front, padding 2, each block by itself."""
    MASTERCARD = "mastercard"
    """Padding 2 only where the last block is not whole, chained."""
    EMV = "emv"
    """Padding 2 always, chained."""


def encipher_data(session_key: bytes, data: bytes, how: ScriptCipher) -> bytes:
    """Confidential data of a script under a TDEA session key (16 octets).

    Takes:   data 1 to 255 octets.    Refuses: CardDataMalformed.
    Source:  EMV 4.3 Book 2, 9.3 and A1.1; the layouts of the schemes as published by pyemv 1.5.

    >>> key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    >>> encipher_data(key, bytes.fromhex("241234ffffffffff"), ScriptCipher.MASTERCARD).hex()
    '9859240ae52820c3'
    """
    match how:
        case ScriptCipher.VISA:
            return encipher_layout(session_key, data, chained=False, padded=True, length_first=True)
        case ScriptCipher.MASTERCARD:
            whole = len(data) % 8 == 0
            return encipher_layout(session_key, data, chained=True, padded=not whole)
        case ScriptCipher.EMV:
            return encipher_layout(session_key, data, chained=True, padded=True)
        case _:
            assert_never(how)


def encipher_layout(
    session_key: bytes, data: bytes, *, chained: bool, padded: bool, length_first: bool = False
) -> bytes:
    """The same, with each choice for itself: CBC from zero or ECB, padding 2, a length in front.

    Refuses: CardDataMalformed, also for what is not whole blocks without padding.
    """
    demand_octets(data, "script data", 1, _DATA_OCTETS_MAX)
    if len(session_key) != 16:
        raise Defect("a script session key of TDEA is 16 octets")
    field = bytes([len(data)]) + data if length_first else data
    if padded:
        field = pad_message(field, 8, MacPadding.ONE_AND_ZEROS)
    elif len(field) % 8:
        raise CardDataMalformed("without padding, script data are whole blocks")
    cipher = BlockCipher.tdes(session_key)
    return cipher.encrypt_cbc(field) if chained else cipher.encrypt(field)


def vis_pin_block(card_key: bytes, pin: str, current: str | None = None) -> bytes:
    """Visa's PIN block for a PIN change, 8 octets, with or without the current PIN laid over it.

    Takes:   card_key, the card's key for cryptograms, whose octets 5 to 8 are data here (so its
             parity matters); pin and current 4 to 12 digits.
    Refuses: CardDataMalformed.
    Source:  VIS facts as published by pyemv 1.5.

    >>> key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    >>> vis_pin_block(key, "1234").hex()
    '041234ff76543210'
    """
    demand_digits(pin, "PIN", *_PIN_DIGITS)
    if len(card_key) != 16:
        raise Defect("a card's key of TDEA is 16 octets")
    field = bytes.fromhex(f"{len(pin):02x}{pin}".ljust(16, "f"))
    block = xor(bytes(4) + card_key[4:8], field)
    if current is None:
        return block
    demand_digits(current, "current PIN", *_PIN_DIGITS)
    return xor(block, bytes.fromhex(current.ljust(16, "0")))

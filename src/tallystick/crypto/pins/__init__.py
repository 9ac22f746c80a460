"""Pins: PIN blocks, what verifies a PIN without storing it, and which block may become which.

Clauses: 8, Annex C (ISO 9564: PIN blocks, PIN verification; ISO 13491).
Enters:  enciphered PIN blocks from strangers, account numbers, keys as ciphers, chance.
Leaves:  enciphered PIN blocks, PIN verification values, offsets; a clear PIN only to the crypto
         module that called.
Refuses: PinRefused, one text whatever was wrong; PinRuleRefused for what no PIN may be asked.
Proof:   tests/rooms/crypto/pins, tests/vectors/test_pin_vectors.py.
"""

from tallystick.crypto.pins.batches import translate_pins
from tallystick.crypto.pins.digits import (
    Unwanted,
    demand_wanted,
    draw_pin,
    easily_guessed,
    nothing_unwanted,
    unwanted,
)
from tallystick.crypto.pins.enciphered import (
    AccountField,
    PinSide,
    account_field_4,
    decipher_pin,
    encipher_pin,
    read_pin,
)
from tallystick.crypto.pins.formats import (
    ACCOUNT_DIGITS_MAX,
    ACCOUNT_DIGITS_MIN,
    PIN_DIGITS_MAX,
    PIN_DIGITS_MIN,
    PinFormat,
    Random,
    account_field,
    check_account,
    check_pin,
    decode_block,
    encode_block,
    encode_field_4,
    read_block,
    read_field_4,
)
from tallystick.crypto.pins.ibm3624 import (
    USUAL_TABLE,
    DecimalisationTable,
    natural_pin,
    offset_of,
    pin_from_offset,
    validation_block,
    verify_offset,
)
from tallystick.crypto.pins.refusals import PinRefused, PinRuleRefused
from tallystick.crypto.pins.translation import (
    TRANSLATIONS,
    Allowance,
    Permission,
    check_translation,
    translate_pin,
)
from tallystick.crypto.pins.visa import KEY_INDEX_MAX, PVV_DIGITS, pvv_of, verify_pvv

__all__ = [
    "PinFormat",
    "AccountField",
    "PinSide",
    "Random",
    "PIN_DIGITS_MIN",
    "PIN_DIGITS_MAX",
    "ACCOUNT_DIGITS_MIN",
    "ACCOUNT_DIGITS_MAX",
    "check_pin",
    "check_account",
    "account_field",
    "account_field_4",
    "encode_block",
    "encode_field_4",
    "decode_block",
    "read_block",
    "read_field_4",
    "encipher_pin",
    "decipher_pin",
    "read_pin",
    "TRANSLATIONS",
    "Permission",
    "Allowance",
    "check_translation",
    "translate_pin",
    "translate_pins",
    "Unwanted",
    "nothing_unwanted",
    "easily_guessed",
    "unwanted",
    "draw_pin",
    "demand_wanted",
    "PVV_DIGITS",
    "KEY_INDEX_MAX",
    "pvv_of",
    "verify_pvv",
    "DecimalisationTable",
    "USUAL_TABLE",
    "validation_block",
    "natural_pin",
    "pin_from_offset",
    "offset_of",
    "verify_offset",
    "PinRefused",
    "PinRuleRefused",
]

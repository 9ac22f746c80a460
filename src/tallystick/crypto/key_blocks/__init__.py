"""Key blocks: what a key is for, bound to the key wherever it goes.

Clauses: 8, Annex C (ISO 11568: key attributes, key blocks; ANSI X9.143, ISO 20038, ANSI X9 TR-34).
Enters:  keys with their attributes; key blocks from strangers.
Leaves:  KeyAttributes; a key block that no other key or attribute fits.
Refuses: KeyRefused for attributes that do not go together; KeyTokenRefused.
Proof:   tests/rooms/crypto/test_key_attributes.py, tests/rooms/crypto/exchange.
"""

from tallystick.crypto.key_blocks.attributes import (
    OURS,
    Exportability,
    KeyAction,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.key_blocks.exchange_refusals import KeyTokenRefused
from tallystick.crypto.key_blocks.short_header import read_short_header, write_short_header
from tallystick.crypto.key_blocks.tr34 import (
    Freshness,
    OnePass,
    Opened,
    TwoPass,
    make_key_token,
    open_key_token,
)
from tallystick.crypto.key_blocks.tr34_tokens import (
    Tr34Form,
    read_random_token,
    write_random_token,
)

__all__ = [
    "KeyAttributes",
    "KeyUsage",
    "KeyAlgorithm",
    "KeyMode",
    "KeyAction",
    "Exportability",
    "OURS",
    "KeyTokenRefused",
    "write_short_header",
    "read_short_header",
    "Tr34Form",
    "TwoPass",
    "OnePass",
    "Freshness",
    "Opened",
    "make_key_token",
    "open_key_token",
    "read_random_token",
    "write_random_token",
]

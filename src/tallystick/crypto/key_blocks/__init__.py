"""Key blocks: what a key is for, bound to the key wherever it goes.

Clauses: 8, Annex C (ISO 11568: key attributes, key blocks; ANSI X9.143, ISO 20038, ANSI X9 TR-34).
Enters:  keys with their attributes; key blocks from strangers.
Leaves:  KeyAttributes; a key block that no other key or attribute fits.
Refuses: KeyRefused for attributes that do not go together.
Proof:   tests/rooms/crypto/test_key_attributes.py.
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

__all__ = [
    "KeyAttributes",
    "KeyUsage",
    "KeyAlgorithm",
    "KeyMode",
    "KeyAction",
    "Exportability",
    "OURS",
]

"""Keys: records with one purpose each, their life-cycle state, and the sealed key file.

Clauses: 8, Annex C (ISO 11568: single-purpose key usage, storage, destruction).
Enters:  a passphrase, a path.
Leaves:  KeyRecord, KeyRing: to the crypto module and to nobody else.
Refuses: Misconfigured: wrong passphrase, altered file, a file that others may read.
Proof:   tests/rooms/crypto/test_key_file.py, test_key_records.py.
"""

from tallystick.crypto.keys.key_file import create_key_file, read_key_file
from tallystick.crypto.keys.records import (
    MECHANISM_OF,
    KeyPurpose,
    KeyRecord,
    KeyRing,
    KeyState,
    create_key,
    create_keys,
    destroy_key,
)

__all__ = [
    "MECHANISM_OF",
    "create_key_file",
    "read_key_file",
    "create_key",
    "create_keys",
    "destroy_key",
    "KeyRing",
    "KeyRecord",
    "KeyPurpose",
    "KeyState",
]

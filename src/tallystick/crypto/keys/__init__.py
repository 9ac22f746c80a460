"""Keys: records with one purpose each, their life-cycle state, and the sealed key file.

Clauses: 8, Annex C (ISO 11568: single-purpose key usage, storage, destruction).
Enters:  a passphrase, a path.
Leaves:  KeyRecord, KeyRing: to the crypto module and to nobody else; the signing key of a person
         to the command that this person runs.
Refuses: Misconfigured: wrong passphrase, altered file, a file that others may read.
Proof:   tests/rooms/crypto/test_key_file.py, test_key_records.py,
         test_signer_file.py, test_hub_file.py.
"""

from tallystick.crypto.keys.hub_file import HubKeys, create_hub_file, read_hub_file
from tallystick.crypto.keys.key_file import create_key_file, read_key_file
from tallystick.crypto.keys.private_file import read_private, write_new_private
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
from tallystick.crypto.keys.signer_file import create_signer_file, read_signer_file

__all__ = [
    "MECHANISM_OF",
    "HubKeys",
    "create_hub_file",
    "read_hub_file",
    "read_private",
    "write_new_private",
    "create_key_file",
    "read_key_file",
    "create_signer_file",
    "read_signer_file",
    "create_key",
    "create_keys",
    "destroy_key",
    "KeyRing",
    "KeyRecord",
    "KeyPurpose",
    "KeyState",
]

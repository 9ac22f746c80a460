"""Transaction keys: a fresh key per transaction or session, from a key that two ends share.

Clauses: 8, Annex C (ISO 11568: DUKPT, master and session keys; ANSI X9.24-1 and X9.24-3).
Enters:  base derivation keys, initial keys, master keys; key serial numbers from strangers.
Leaves:  working keys for a PIN, a MAC, data or a key; the window of numbers that were used.
Refuses: SerialNumberRefused (not a number that a device sends), SerialNumberReplayed,
         KeysExhausted, WorkingKeyRefused (stronger than the key it comes from).
Proof:   tests/vectors/test_dukpt_vectors.py (see SOURCES-dukpt.md),
         tests/rooms/crypto/test_dukpt.py, tests/rooms/crypto/test_ksn_window.py,
         tests/rooms/crypto/test_sessions.py.
"""

from tallystick.crypto.transaction_keys.aes_dukpt import (
    AesDukpt,
    AesInitialKey,
    AesNode,
    WorkingKind,
    WorkingUsage,
    derivation_path,
)
from tallystick.crypto.transaction_keys.counters import AES_COUNTERS, TDES_COUNTERS, CounterRule
from tallystick.crypto.transaction_keys.devices import FutureKeys, aes_device, tdes_device
from tallystick.crypto.transaction_keys.paths import Path
from tallystick.crypto.transaction_keys.refusals import (
    KeysExhausted,
    SerialNumberRefused,
    SerialNumberReplayed,
    WorkingKeyRefused,
)
from tallystick.crypto.transaction_keys.serial_numbers import AesSerialNumber, TdesSerialNumber
from tallystick.crypto.transaction_keys.sessions import SessionMaster
from tallystick.crypto.transaction_keys.tdes_dukpt import (
    TdesDukpt,
    TdesInitialKey,
    TdesNode,
    TdesVariant,
)
from tallystick.crypto.transaction_keys.windows import KsnWindow

__all__ = [
    "AesDukpt",
    "AesInitialKey",
    "AesNode",
    "AesSerialNumber",
    "WorkingKind",
    "WorkingUsage",
    "derivation_path",
    "TdesDukpt",
    "TdesInitialKey",
    "TdesNode",
    "TdesSerialNumber",
    "TdesVariant",
    "CounterRule",
    "AES_COUNTERS",
    "TDES_COUNTERS",
    "FutureKeys",
    "aes_device",
    "tdes_device",
    "Path",
    "KsnWindow",
    "SessionMaster",
    "SerialNumberRefused",
    "SerialNumberReplayed",
    "KeysExhausted",
    "WorkingKeyRefused",
]

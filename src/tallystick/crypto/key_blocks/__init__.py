"""Key blocks: what a key is for, bound to the key wherever it goes.

Clauses: 8, Annex C (ISO 11568: key attributes, key blocks; ANSI X9.143, ISO 20038, ANSI X9 TR-34).
Enters:  keys with their attributes; key blocks from strangers.
Leaves:  KeyAttributes; a key block that no other key or attribute fits.
Refuses: KeyRefused for attributes that do not go together, and for a key that is not what it
         claims; KeyBlockRefused, KeyTokenRefused for every block and token that is not exactly
         right; WeakerKey.
Proof:   tests/rooms/crypto/test_key_attributes.py, test_key_blocks.py, test_key_block_traps.py,
         test_key_blocks_fuzz.py, test_key_material.py, tests/rooms/crypto/exchange.
"""

from tallystick.crypto.key_blocks.agreement import agree_key
from tallystick.crypto.key_blocks.attributes import (
    OURS,
    Exportability,
    KeyAction,
    KeyAlgorithm,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.key_blocks.bindings import ProtectionKey
from tallystick.crypto.key_blocks.cryptograms import make_cryptogram, open_cryptogram
from tallystick.crypto.key_blocks.exchange_refusals import KeyTokenRefused
from tallystick.crypto.key_blocks.header import BlockVersion, Header, KeyContext, read_header
from tallystick.crypto.key_blocks.hybrid import (
    HybridSigner,
    HybridVerifier,
    make_transport,
    open_transport,
)
from tallystick.crypto.key_blocks.material import (
    HASHES,
    check_method,
    check_value_of,
    demand_length,
    demand_not_weaker,
    demand_sound,
    with_odd_parity,
)
from tallystick.crypto.key_blocks.optional_blocks import OptionalBlock
from tallystick.crypto.key_blocks.refusals import KeyBlockRefused, WeakerKey
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
from tallystick.crypto.key_blocks.x9143 import WRITTEN, UnwrappedKey, unwrap_key, wrap_key

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
    "HASHES",
    "demand_length",
    "demand_not_weaker",
    "demand_sound",
    "with_odd_parity",
    "check_method",
    "check_value_of",
    "BlockVersion",
    "KeyContext",
    "Header",
    "OptionalBlock",
    "read_header",
    "ProtectionKey",
    "UnwrappedKey",
    "WRITTEN",
    "wrap_key",
    "unwrap_key",
    "KeyBlockRefused",
    "WeakerKey",
    "make_cryptogram",
    "open_cryptogram",
    "agree_key",
    "HybridSigner",
    "HybridVerifier",
    "make_transport",
    "open_transport",
]

"""Key blocks under the module's keys: which key protects which version, and how failures count."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tallystick.crypto.key_blocks import (
    WRITTEN,
    BlockVersion,
    KeyAction,
    KeyBlockRefused,
    KeyUsage,
    ProtectionKey,
    UnwrappedKey,
    unwrap_key,
)
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.refusals import CiphertextRefused

_EITHER = frozenset({KeyUsage.KEY_ENCRYPTION, KeyUsage.KEY_BLOCK_PROTECTION})
_ISO = frozenset({KeyUsage.ISO20038_PROTECTION})
PROTECTING: Mapping[BlockVersion, frozenset[KeyUsage]] = MappingProxyType(
    {
        BlockVersion.A: _EITHER,
        BlockVersion.B: _EITHER,
        BlockVersion.C: _EITHER,
        BlockVersion.D: _EITHER | _ISO,
        BlockVersion.E: _ISO,
    }
)
"""Version of a key block to the usages of keys that may protect it."""
_ANY = _EITHER | _ISO


def opening_key(bench: Bench, handle: str, block: str, *, where: str) -> OpenKey:
    """The key that a stranger's block says it is under, through the gate.

    Refuses: KeyNotFound, KeyUnusable, BudgetSpent after too many blocks that did not open.
    """
    try:
        usages = PROTECTING[BlockVersion(block[:1])]
    except ValueError:
        usages = _ANY  # the block is refused when it is read
    key = bench.key(handle, usages=usages, action=KeyAction.UNWRAP, where=where)
    bench.demand_budget(_failures(key), bench.policy.key_failures_max)
    return key


def writing_key(bench: Bench, handle: str, version: BlockVersion, *, where: str) -> OpenKey:
    """The key that a block of this version is made under. Refuses: KeyNotFound, KeyUnusable."""
    return bench.key(handle, usages=PROTECTING[version], action=KeyAction.WRAP, where=where)


def protection_of(key: OpenKey) -> ProtectionKey:
    """What is derived of a key to protect blocks, made once."""
    found: ProtectionKey | None = key.memo.get(ProtectionKey)
    if found is None:
        found = ProtectionKey(key.octets, key.record.attributes.algorithm)
        key.memo[ProtectionKey] = found
    return found


def open_block(bench: Bench, under: OpenKey, block: str) -> UnwrappedKey:
    """What is in a stranger's block. Refuses: CiphertextRefused, the same for all that is wrong."""
    accept = WRITTEN | {BlockVersion(letter) for letter in bench.policy.legacy_blocks}
    try:
        return unwrap_key(block, protection_key=protection_of(under), accept=accept)
    except KeyBlockRefused as refusal:
        bench.count_failures(_failures(under))
        raise CiphertextRefused(reason=refusal.reason) from None


def _failures(key: OpenKey) -> str:
    return f"block:{key.id}"

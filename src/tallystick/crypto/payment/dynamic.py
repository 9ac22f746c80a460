"""Keys that come with a call, in a key block: used for this one call and kept nowhere.

Only keys that encipher data (D0) or PINs (P0) come so. Everything else that a block could hold
(keys of keys, of derivation, of cards) is imported under dual control or not at all.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

import msgspec

from tallystick.crypto.key_blocks import KeyAction, KeyAlgorithm, KeyUsage, demand_sound
from tallystick.crypto.keys import LifeState, ManagedKey
from tallystick.crypto.mechanisms import KeyRefused
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.making import symmetric_check_value
from tallystick.crypto.payment.protecting import open_block, opening_key
from tallystick.crypto.payment.refusals import CiphertextRefused, KeyUnusable

BLOCK_MIN, BLOCK_MAX = 56, 9999
Block = Annotated[str, msgspec.Meta(min_length=BLOCK_MIN, max_length=BLOCK_MAX)]
"""A key block of X9.143 or ISO 20038, as text."""
WrappedKey = Annotated[str, msgspec.Meta(max_length=BLOCK_MAX)]
"""A key block that comes with a call; empty when the call names its key by handle."""
DYNAMIC = frozenset({KeyUsage.DATA_ENCRYPTION, KeyUsage.PIN_ENCRYPTION})
_INSIDE = frozenset({"HM", "KC", "KP", "LB", "PK", "TC", "TS", "WP"})


def working_key(
    bench: Bench,
    handle: str,
    wrapped: str,
    *,
    usages: Collection[KeyUsage],
    action: KeyAction,
    where: str = "key",
) -> OpenKey:
    """The key of a call: the one of this handle, or the one that came wrapped under it.

    Refuses: KeyNotFound, KeyUnusable; CiphertextRefused for a block that does not open;
             BudgetSpent.
    """
    if not wrapped:
        return bench.key(handle, usages=usages, action=action, where=where)
    return dynamic_key(bench, handle, wrapped, usages=usages, action=action, where=where)


def dynamic_key(
    bench: Bench,
    under: str,
    wrapped: str,
    *,
    usages: Collection[KeyUsage],
    action: KeyAction,
    where: str = "key",
) -> OpenKey:
    """A key out of the block that came with a call, as if it were opened from a record.

    Takes:   the handle of the key that protects the block; the block.
    Gives:   an open key that is in no store; its handle is the one of the key that protects it.
    Refuses: as `working_key`.
    """
    protecting = opening_key(bench, under, wrapped, where=where)
    found = open_block(bench, protecting, wrapped)
    attributes = found.attributes
    if attributes.usage not in DYNAMIC.intersection(usages):
        raise KeyUnusable("a key of this usage does not come with a call", where=where)
    if not attributes.mode.allows(action):
        raise KeyUnusable(f"the key's mode does not allow: {action}", where=where, reason="mode")
    if not _INSIDE.issuperset(block.id for block in found.optional):
        raise CiphertextRefused(reason="optional-block")
    record = protecting.record
    demand_fit(bench, found.key, attributes.algorithm, domain=record.domain, where=where)
    value, method = symmetric_check_value(attributes.algorithm, found.key)
    lent = ManagedKey(
        id=record.id,
        revision=record.revision,
        attributes=attributes,
        kind="symmetric",
        state=LifeState.ACTIVE,
        domain=record.domain,
        label="",
        origin="dynamic",
        created_ms=bench.clock.now_ms(),
        check_value=value,
        check_method=method,
        under=record.id,
    )
    return OpenKey(lent, found.key)


def demand_fit(
    bench: Bench, key: bytes, algorithm: KeyAlgorithm, *, domain: str, where: str
) -> None:
    """Refuse a key from outside that is weaker than the policy wants, or degenerate in production.

    Refuses: KeyUnusable.
    """
    if algorithm.strength_bits < bench.policy.strength_bits_min:
        raise KeyUnusable("the key is weaker than the policy wants", where=where, reason="strength")
    if domain == "production":
        try:
            demand_sound(key, algorithm)
        except KeyRefused:
            raise KeyUnusable("the key is degenerate", where=where, reason="degenerate") from None

"""Keys that come with a call, in a key block or by agreement: used for this one call, kept nowhere.

Only keys that encipher data (D0) or PINs (P0) come so. Everything else that a block could hold
(keys of keys, of derivation, of cards) is imported under dual control or not at all.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

import msgspec

from tallystick.crypto.key_blocks import (
    Exportability,
    KeyAction,
    KeyAttributes,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import LifeState, ManagedKey
from tallystick.crypto.payment.agreement_calls import Agreement, agreed_key
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.making import demand_fit, symmetric_check_value
from tallystick.crypto.payment.protecting import open_block, opening_key
from tallystick.crypto.payment.refusals import CallMalformed, CiphertextRefused, KeyUnusable

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
    agreement: Agreement | None = None,
) -> OpenKey:
    """The key of a call: the one of this handle, that came wrapped under it, or is agreed with it.

    Refuses: KeyNotFound, KeyUnusable; CiphertextRefused for a block that does not open;
             CallMalformed for an agreement that is not between these two; BudgetSpent.
    """
    if agreement is not None:
        if wrapped or agreement.pair != handle:
            raise CallMalformed("an agreed key is that of its pair alone", where=where)
        return agreed_working_key(bench, agreement, usages=usages, action=action, where=where)
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
    return _lent(bench, record, attributes, found.key, origin="dynamic")


def agreed_working_key(
    bench: Bench,
    agreement: Agreement,
    *,
    usages: Collection[KeyUsage],
    action: KeyAction,
    where: str = "key",
) -> OpenKey:
    """A key that is agreed with somebody else for one call (ECDH), of the usage the pair names.

    Gives:   an open key that is in no store; its handle is the one of the pair.
    Refuses: KeyUnusable, CallMalformed; ApprovalMissing for a peer of production that custodians
             did not take in, where the policy says `peers_approved`.
    """
    approved = bench.policy.peers_approved
    agreed = agreed_key(bench, agreement, usages=DYNAMIC.intersection(usages), approved=approved)
    attributes = KeyAttributes(
        usage=agreed.usage,
        algorithm=agreed.algorithm,
        mode=KeyMode.BOTH,
        exportability=Exportability.NOT_EXPORTABLE,
    )
    domain = agreed.domain
    demand_fit(bench, agreed.octets, agreed.algorithm, domain=domain, where=where)
    return _lent(bench, agreed.pair.record, attributes, agreed.octets, origin="agreed")


def _lent(
    bench: Bench, above: ManagedKey, attributes: KeyAttributes, octets: bytes, *, origin: str
) -> OpenKey:
    value, method = symmetric_check_value(attributes.algorithm, octets)
    lent = ManagedKey(
        id=above.id,
        revision=above.revision,
        attributes=attributes,
        kind="symmetric",
        state=LifeState.ACTIVE,
        domain=above.domain,
        label="",
        origin=origin,
        created_ms=bench.clock.now_ms(),
        check_value=value,
        check_method=method,
        under=above.id,
    )
    return OpenKey(lent, octets)

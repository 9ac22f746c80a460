"""The module's records of keys that live in its token: their state, cryptoperiod and count.

A record of kind `token` is kept as any other, journal and all. What is sealed in it is not a key
but the name that the token has for one: nothing but what asks the token may take it out. Its handle
follows from that name, so a key has one record for good, and one that was destroyed stays so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Protocol

from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.keys import (
    KeyId,
    LifeState,
    ManagedKey,
    TokenKey,
    TokenKeys,
    TokenWork,
    new_key_id,
)
from tallystick.crypto.payment.bench import IN_TOKEN, Bench
from tallystick.crypto.payment.making import demand_strong, keep_new
from tallystick.crypto.payment.refusals import Conflict, KeyNotFound, KeyUnusable, NotOffered

_PRODUCTION = "production"


class Token(TokenKeys, TokenWork, Protocol):
    """A master key that has a token around it."""


def token_of(bench: Bench) -> Token:
    """The token of the master key. Refuses: NotOffered without one."""
    master = bench.master
    if not hasattr(master, "token_mac"):
        raise NotOffered("this module's master key is not in a token", reason="no token")
    return master  # type: ignore[return-value]


def open_in_token(
    bench: Bench, key: str, *, usages: Collection[KeyUsage], action: KeyAction
) -> ManagedKey:
    """Pass a key of the token through the gate: usage, mode, state, cryptoperiod, operations.

    Refuses: KeyNotFound for one that the module has no record of; KeyUnusable.
    """
    handle = handle_of(key)
    if handle not in bench.journal.known:
        raise KeyNotFound("the module has no record of this key: adopt it", where="key")
    opened = bench.key(handle, usages=usages, action=action, inside=True)
    if opened.octets != key.encode("ascii"):
        raise KeyUnusable("the key cannot be used", where="key", reason="record")
    return opened.record


def handle_of(key: str) -> KeyId:
    """The handle of the record of a key of the token, whether there is one or not."""
    return new_key_id(hashlib.sha256(b"tallystick-token-key." + key.encode("ascii")).digest())


def demand_free(bench: Bench, key: TokenKey, domain: str) -> None:
    """Whether a key of the token may be given a record.

    Refuses: Conflict for one that has or had a record; KeyUnusable for one that was drawn for
             production, which nobody's word makes a test key.
    """
    if handle_of(key.id) in bench.journal.known:
        raise Conflict("the module has a record of this key", where="key")
    if domain == "test" and key.label.partition(" ")[0] == _PRODUCTION:
        raise KeyUnusable("the key is of another domain", where="key", reason="domain")


def keep_record(
    bench: Bench,
    key: TokenKey,
    *,
    domain: str,
    label: str,
    origin: str,
    expires_ms: int | None,
    uses_max: int | None,
    act: str,
    by: dict[str, object],
) -> ManagedKey:
    """Write the record of a key in the token, within what the policy allows."""
    demand_strong(bench, key.attributes)
    record = ManagedKey(
        id=handle_of(key.id),
        revision=1,
        attributes=key.attributes,
        kind=IN_TOKEN,
        state=LifeState.ACTIVE,
        domain=domain,
        label=label,
        origin=origin,
        created_ms=bench.clock.now_ms(),
        expires_ms=expires_ms,
        uses_max=uses_max,
        pinned={"token_key": key.id, "token": bench.master.fingerprint},
    )
    told = {"token_key": key.id, **by}
    return keep_new(bench, record, key.id.encode("ascii"), act=act, more=told)


def destroy_inside(bench: Bench, record: ManagedKey) -> None:
    """Destroy a key in the token; one that is not there any more is destroyed.

    The token comes first: a record that says "destroyed" is believed.
    Refuses: NotOffered without a token, and for a key in the token of another master key.
    """
    token, name = token_of(bench), bench.material(record).decode("ascii")
    if record.pinned.get("token") != bench.master.fingerprint:
        raise NotOffered("the key is in the token that the keys were moved from", reason="token")
    if name in {key.id for key in token.token_keys()}:
        token.destroy_key(name)

"""What every way of making or taking in a key shares: the policy's limits, the check value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tallystick.crypto.key_blocks import OURS, KeyAlgorithm, KeyAttributes, KeyUsage, demand_sound
from tallystick.crypto.keys import ManagedKey
from tallystick.crypto.mechanisms import (
    BlockCipher,
    CheckMethod,
    Cmac,
    KeyRefused,
    cmac_check_value,
    hmac_check_value,
    legacy_check_value,
)
from tallystick.crypto.payment.bench import Bench
from tallystick.crypto.payment.refusals import CallMalformed, KeyUnusable
from tallystick.ground.clock import DAY_MS


def keep_new(
    bench: Bench, record: ManagedKey, octets: bytes, *, act: str, more: Mapping[str, object]
) -> ManagedKey:
    """Write a key that was made or taken in, within what the policy allows.

    Refuses: CallMalformed for a key that is weaker than the policy wants, or degenerate in
             production, whichever way it came.
    """
    attributes, policy = record.attributes, bench.policy
    kept_for_use = record.kind == "symmetric" and record.domain == "production"
    if kept_for_use and not is_sound(octets, attributes.algorithm):
        raise CallMalformed("the key is degenerate", where="key")
    demand_strong(bench, attributes)
    days = policy.cryptoperiod_days.get(attributes.usage, 0)
    uses = policy.uses_max.get(attributes.usage, 0)
    record = replace(
        record,
        policy=policy.id,
        expires_ms=_least(record.expires_ms, record.created_ms + days * DAY_MS if days else None),
        uses_max=_least(record.uses_max, uses or None),
    )
    return bench.keep(record, octets, act=act, more=more)


def demand_strong(bench: Bench, attributes: KeyAttributes) -> None:
    """Refuses: CallMalformed for a key that is weaker than the policy wants."""
    least = bench.policy.strength_bits_min
    if attributes.algorithm.strength_bits < least:
        text = f"the policy wants {least} bits of strength or more"
        raise CallMalformed(text, where="algorithm")


def _least(asked: int | None, limit: int | None) -> int | None:
    values = [value for value in (asked, limit) if value is not None]
    return min(values, default=None)


def symmetric_check_value(algorithm: KeyAlgorithm, octets: bytes) -> tuple[str, str]:
    """The check value of a symmetric key in hex, and the method that it was made by."""
    match algorithm.letter:
        case "T":
            return legacy_check_value(BlockCipher.tdes(octets)), str(CheckMethod.LEGACY)
        case "A":
            return cmac_check_value(Cmac.aes(octets)), str(CheckMethod.CMAC)
        case _:
            hash_name = algorithm.removeprefix("HMAC_").lower()
            return hmac_check_value(octets, hash_name=hash_name), str(CheckMethod.HMAC)


def demand_fit(
    bench: Bench, key: bytes, algorithm: KeyAlgorithm, *, domain: str, where: str
) -> None:
    """Refuse a key from outside that is weaker than the policy wants, or degenerate in production.

    Refuses: KeyUnusable.
    """
    if algorithm.strength_bits < bench.policy.strength_bits_min:
        raise KeyUnusable("the key is weaker than the policy wants", where=where, reason="strength")
    if domain == "production" and not is_sound(key, algorithm):
        raise KeyUnusable("the key is degenerate", where=where, reason="degenerate")


def demand_known(usage: KeyUsage) -> None:
    """Refuse a key from outside whose usage is a number: ours are none that another could mean.

    Refuses: CallMalformed.
    """
    if usage in OURS:
        raise CallMalformed("a key of this usage is made here alone", where="block")


def is_sound(key: bytes, algorithm: KeyAlgorithm) -> bool:
    """Whether a key is none that its form betrays, as test keys are."""
    try:
        demand_sound(key, algorithm)
    except KeyRefused:
        return False
    return True

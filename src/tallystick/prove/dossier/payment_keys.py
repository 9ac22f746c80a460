"""How payment keys are kept, as the log has it, and what may be said of that and what not.

The levels are those that the payment module states (S0 to S4). None of them is a certificate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tallystick.ground.facts import KEYS_STATED
from tallystick.prove.evidence import Witnessed

NONE = "none"
"""No payment module was stated under this policy."""

SAYS: Mapping[str, str] = MappingProxyType(
    {
        NONE: "No payment module was stated: nothing is said of keys for PINs, cards and partners.",
        "S0": "Payment keys: software in the process of its callers. For tests only.",
        "S1": "Payment keys: software in a process of its own, under a master key in software. Who "
        "controls the machine can reach them, and any PIN that passes.",
        "S2": "Payment keys: the master key is in a hardware module and never leaves it. Working "
        "keys, PINs and card data are worked on by software in a process of its own, so this is "
        "not a secure cryptographic device, and does not meet the PIN security requirements of "
        "the card schemes.",
        "S3": "Payment keys: the keys that are used are inside a hardware module, for the "
        "operations that it can do whole; whether it is certified is not checked here.",
        "S4": "Payment keys: operations are done by a hardware module for payments or by a service "
        "with one, as its operator states; nobody here has checked that.",
    }
)
"""What a certificate says of each level."""


@dataclass(frozen=True, slots=True)
class PaymentKeys:
    """The weakest level that was stated, where, and the module's own sentence about its master key.

    `index` is None, `level` NONE and `said` empty when nothing was stated.
    """

    index: int | None = None
    level: str = NONE
    said: str = ""


def weakest_statement(evidence: Iterable[Witnessed], *, policy: str) -> PaymentKeys:
    """What was stated of a payment module under this policy; the weakest, of several the newest.

    A level that nobody knows counts as the lowest.
    """
    stated = [
        PaymentKeys(
            entry.index,
            level if (level := str(fact.detail.get("level", ""))) in SAYS else "S0",
            str(fact.detail.get("statement", "")),
        )
        for entry in evidence
        for fact in entry.facts
        if fact.kind == KEYS_STATED and fact.policy == policy
    ]
    return min(stated, key=lambda one: (one.level, -(one.index or 0)), default=PaymentKeys())


def say_keys(level: str, said: str) -> str:
    """What a certificate says of payment keys: the level's meaning, then the module's own words."""
    return SAYS[level] + (f" The module said: {said}." if said else "")

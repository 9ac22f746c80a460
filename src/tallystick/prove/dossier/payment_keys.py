"""How payment keys are kept, as the log has it, and what may be said of that and what not.

The levels are those that the payment module states (S0 to S4). None of them is a certificate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from tallystick.ground.facts import KEYS_STATED
from tallystick.prove.evidence import Witnessed

NONE = "none"
"""No payment module was stated under this policy."""

SAYS: Mapping[str, str] = MappingProxyType(
    {
        NONE: "No payment module was stated: nothing is said of keys for PINs, cards and partners.",
        "S0": "Payment keys: software in the process of its callers. For tests only.",
        "S1": "Payment keys: software in a process of its own, sealed under a master key in a "
        "file. Who controls the machine can reach them, and any PIN that passes.",
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


def weakest_statement(evidence: Iterable[Witnessed], *, policy: str) -> tuple[int | None, str]:
    """Where a payment module was stated under this policy, and the weakest level that was.

    The weakest wherever there was one, of several the newest; NONE when no entry says it. A level
    that nobody knows counts as the lowest.
    """
    stated = [
        (level if (level := str(fact.detail.get("level", ""))) in SAYS else "S0", entry.index)
        for entry in evidence
        for fact in entry.facts
        if fact.kind == KEYS_STATED and fact.policy == policy
    ]
    if not stated:
        return None, NONE
    level, index = min(stated, key=lambda one: (one[0], -one[1]))
    return index, level

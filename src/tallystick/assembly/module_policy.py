"""What a security policy means for the payment module of its service."""

from __future__ import annotations

from tallystick.crypto.key_blocks import KeyUsage
from tallystick.crypto.keys import AssuranceLevel
from tallystick.crypto.payment import AREAS, ModulePolicy
from tallystick.decide.policy import SecurityPolicy

_ACTS = ("create", "import", "export", "state", "setting")


def module_policy(policy: SecurityPolicy) -> ModulePolicy:
    """The parameters that a payment module is to enforce, by the policy in force.

    A parameter that no control sets leaves the module's own safe value. Hardware is demanded for
    every area where the policy chose it; a level beyond that is for `SetPolicy` to say.
    """
    given = policy.parameters
    level = AssuranceLevel(f"S{given.get('keys.level_min', 0)}")
    days = given.get("keys.cryptoperiod_days", 0)
    own = ModulePolicy()
    return ModulePolicy(
        id=policy.digest,
        level_min=dict.fromkeys(AREAS, level),
        cryptoperiod_days={str(usage): days for usage in KeyUsage} if days else {},
        quorum=dict.fromkeys(_ACTS, given["keys.quorum"]) if "keys.quorum" in given else {},
        serial_window=1,
        pin_failures_max=given.get("pin.tries_max", own.pin_failures_max),
        failures_window_s=max(given.get("pin.lock_s", 0), own.failures_window_s),
    )

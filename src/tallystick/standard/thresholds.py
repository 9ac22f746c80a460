"""Which way is stricter for each policy parameter, and where monitoring's thresholds start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LOWER, HIGHER, STATED = "lower", "higher", "stated"

STRICTER: Mapping[str, str] = {
    # `lower` and `higher`: the owner may move it that way only. `stated`: as the owner says.
    "challenge.lifetime_s": LOWER,
    "grant.lifetime_s": LOWER,
    "proof.window_s": LOWER,
    "message.window_s": LOWER,
    "counter.skip_max": LOWER,
    "pin.digits_min": HIGHER,
    "pin.tries_max": LOWER,
    "pin.lock_s": HIGHER,
    "keys.level_min": HIGHER,
    "keys.quorum": HIGHER,
    "keys.cryptoperiod_days": LOWER,
    "strength.bits_min": HIGHER,
    "screening.match_permille": LOWER,
    "application.version_min": HIGHER,
    "retention.tally_days": STATED,
    "retention.statement_days": STATED,
    "retention.customer_days": STATED,
    "evidence.checkpoint_s": LOWER,
    "safeguarding.breaks_max": LOWER,
    "purse.cap_permille": LOWER,
    "purse.lifetime_days": LOWER,
    "purse.grace_days": LOWER,
    "policy.validity_days": LOWER,
}

RETENTION_OF: Mapping[str, str] = {
    # The kind of data in a service file whose retention is the parameter.
    "retention.tally_days": "evidence",
    "retention.statement_days": "payments",
    "retention.customer_days": "kyc",
}

ACTIONS = ("refuse", "alert")


@dataclass(frozen=True, slots=True, kw_only=True)
class TypologyStart:
    """Where a typology starts before the owner tunes it: window, action, its own numbers."""

    window_s: int
    action: str
    numbers: Mapping[str, int]


TYPOLOGY_STARTS: Mapping[str, TypologyStart] = {
    "structuring": TypologyStart(
        window_s=86_400, action="refuse", numbers={"count_min": 3, "near_permille": 900}
    ),
    "velocity": TypologyStart(window_s=3_600, action="refuse", numbers={"count_max": 40}),
    "fan_in": TypologyStart(window_s=86_400, action="alert", numbers={"payers_max": 25}),
    "pass_through": TypologyStart(window_s=7_200, action="alert", numbers={"share_permille": 900}),
    "dormant": TypologyStart(
        window_s=86_400, action="alert", numbers={"idle_days": 90, "amount_permille": 800}
    ),
}

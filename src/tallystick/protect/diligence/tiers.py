"""May this tier pay so much, and hold so much? Limits per transaction, day, month and balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tallystick.decide.policy import TierLimits
from tallystick.ground.clock import day_of, month_of
from tallystick.ground.errors import Defect, Refused
from tallystick.protect.enforcement import Register, decode_record, encode_record


class TierExceeded(Refused):
    """More than this tier of due diligence allows. `detail` says which limit, in minor units."""

    code, clause = "tier.exceeded", "B"

    def __init__(
        self, limit: str, *, limits: TierLimits, asked_minor: int, most_minor: int
    ) -> None:
        super().__init__(f"{asked_minor} is more than the {limit} limit of tier {limits.tier}")
        self.detail: Mapping[str, str | int] = {
            "limit": limit,
            "tier": limits.tier,
            "asked_minor": asked_minor,
            "most_minor": most_minor,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was moved on an account's newest UTC day and in its newest month, in minor units."""

    day: str
    day_minor: int
    month: str
    month_minor: int


def _usages(name: str) -> Register[Usage]:
    return Register(
        name,
        lambda usage: encode_record(
            {
                "day": usage.day,
                "day_minor": usage.day_minor,
                "month": usage.month,
                "month_minor": usage.month_minor,
            }
        ),
        lambda octets: Usage(**decode_record(octets)),
    )


USAGES = _usages("usage")
"""What an account has sent."""
RECEIPTS = _usages("received")
"""What an account has received; kept where its tier limits that."""
UNPROVEN: Register[int] = Register(
    "unproven", lambda minor: b"%d" % minor, lambda octets: int(octets)
)
"""By customer: what was paid since the PIN was last verified; kept where the terms ask for it."""


def check_tier(
    *, limits: TierLimits, within: bool, amount_minor: int, usage: Usage | None, now_ms: int
) -> Usage:
    """The payer's side: what the usage becomes when this amount is sent.

    Takes:    `within`, what the policy's tables say of this payment alone; the usage so far (None
              before the first payment).
    Refuses:  TierExceeded; Defect for an amount that is not positive.
    """
    if amount_minor <= 0:
        raise Defect("an amount to check is positive")
    after = _count_in(usage, amount_minor, now_ms)
    if not within:
        most_minor = limits.per_transaction_minor
        raise TierExceeded(
            "per transaction", limits=limits, asked_minor=amount_minor, most_minor=most_minor
        )
    _demand("per day", limits, after.day_minor, limits.per_day_minor)
    _demand("per month", limits, after.month_minor, limits.per_month_minor)
    return after


def check_balance(*, limits: TierLimits, balance_minor: int, cap_minor: int | None = None) -> None:
    """The payee's side: the balance with everything that is on its way to it.

    Takes:   `cap_minor`, what the account itself may hold where the tier would allow more: a cap is
             set when an account is opened, and a tier may be raised later.
    Refuses: TierExceeded.
    """
    most_minor = limits.balance_minor
    if cap_minor is not None:
        most_minor = min(most_minor, cap_minor)
    _demand("balance", limits, balance_minor, most_minor)


def check_received(
    *, limits: TierLimits, amount_minor: int, usage: Usage | None, now_ms: int
) -> Usage | None:
    """The payee's side in time: what has come in when this amount has; None where nothing limits.

    Refuses: TierExceeded.
    """
    day, month = limits.receive_per_day_minor, limits.receive_per_month_minor
    if day is None and month is None:
        return None
    after = _count_in(usage, amount_minor, now_ms)
    if day is not None:
        _demand("receive per day", limits, after.day_minor, day)
    if month is not None:
        _demand("receive per month", limits, after.month_minor, month)
    return after


def give_back(usage: Usage, *, day: str, month: str, amount_minor: int) -> Usage:
    """What the usage becomes when an amount that was counted in then is not moved after all.

    A day or month that is not the newest any more is not counted any more: nothing is to be undone.
    """
    return replace(
        usage,
        day_minor=usage.day_minor - (amount_minor if usage.day == day else 0),
        month_minor=usage.month_minor - (amount_minor if usage.month == month else 0),
    )


def limits_of(limits: TierLimits, *, role: str, agent_float_minor: int | None) -> TierLimits:
    """The limits of one holder: an agent's account holds no more than the float of agents."""
    if role != "agent" or agent_float_minor is None:
        return limits
    return replace(limits, balance_minor=min(limits.balance_minor, agent_float_minor))


def _count_in(usage: Usage | None, amount_minor: int, now_ms: int) -> Usage:
    """Add to the newest day and month; a clock that went back does not open an old one again."""
    day, month = day_of(now_ms), month_of(now_ms)
    if usage is None:
        return Usage(day=day, day_minor=amount_minor, month=month, month_minor=amount_minor)
    new_day, new_month = day > usage.day, month > usage.month
    return Usage(
        day=max(day, usage.day),
        day_minor=amount_minor + (0 if new_day else usage.day_minor),
        month=max(month, usage.month),
        month_minor=amount_minor + (0 if new_month else usage.month_minor),
    )


def _demand(limit: str, limits: TierLimits, asked_minor: int, most_minor: int) -> None:
    if asked_minor > most_minor:
        raise TierExceeded(limit, limits=limits, asked_minor=asked_minor, most_minor=most_minor)

"""Each limit at its edge, the turn of day and month, and a clock that goes back."""

from __future__ import annotations

import pytest

from tallystick.decide.policy import TierLimits
from tallystick.ground.clock import DAY_MS
from tallystick.ground.errors import Defect
from tallystick.protect.diligence import USAGES, TierExceeded, Usage, check_balance, check_tier

LIMITS = TierLimits(
    tier="basic",
    per_transaction_minor=1_000,
    per_day_minor=2_500,
    per_month_minor=6_000,
    balance_minor=9_000,
)
NOON = 1_769_860_800_000  # 2026-01-31T12:00:00Z
MIDNIGHT = NOON + DAY_MS // 2


def pay(amount: int, usage: Usage | None = None, *, at: int = NOON) -> Usage:
    within = amount <= LIMITS.per_transaction_minor
    return check_tier(limits=LIMITS, within=within, amount_minor=amount, usage=usage, now_ms=at)


def used(day_minor: int, month_minor: int) -> Usage:
    return Usage(day="2026-01-31", day_minor=day_minor, month="2026-01", month_minor=month_minor)


def test_the_first_payment_opens_the_day_and_the_month() -> None:
    assert pay(1_000) == used(1_000, 1_000)


@pytest.mark.parametrize(
    ("amount", "usage", "limit", "asked", "most"),
    [
        (1_001, None, "per transaction", 1_001, 1_000),
        (501, used(2_000, 2_000), "per day", 2_501, 2_500),
        (501, used(0, 5_500), "per month", 6_001, 6_000),
    ],
)
def test_one_more_than_a_limit_is_refused(amount, usage, limit, asked, most) -> None:
    with pytest.raises(TierExceeded) as refused:
        pay(amount, usage)
    assert refused.value.outside == "tier.exceeded"
    assert refused.value.detail == {
        "limit": limit,
        "tier": "basic",
        "asked_minor": asked,
        "most_minor": most,
    }
    assert pay(amount - 1, usage)


def test_a_day_ends_at_midnight_utc_and_so_does_a_month() -> None:
    full = used(2_500, 2_500)
    with pytest.raises(TierExceeded):
        pay(1, full, at=MIDNIGHT - 1)
    after = pay(1_000, full, at=MIDNIGHT)
    assert after == Usage(day="2026-02-01", day_minor=1_000, month="2026-02", month_minor=1_000)


def test_a_new_day_in_the_same_month_keeps_the_month() -> None:
    usage = Usage(day="2026-01-30", day_minor=2_500, month="2026-01", month_minor=2_500)
    assert pay(1_000, usage) == used(1_000, 3_500)


def test_a_clock_that_goes_back_opens_no_old_day() -> None:
    full = pay(1, used(2_499, 2_499))
    with pytest.raises(TierExceeded):
        pay(1, full, at=NOON - 3 * DAY_MS)
    with pytest.raises(TierExceeded):
        pay(1_000, used(0, 6_000), at=NOON - 40 * DAY_MS)


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_that_is_not_positive_is_our_fault(amount: int) -> None:
    with pytest.raises(Defect):
        pay(amount)


def test_the_payee_may_hold_so_much_and_no_more() -> None:
    check_balance(limits=LIMITS, balance_minor=9_000)
    with pytest.raises(TierExceeded) as refused:
        check_balance(limits=LIMITS, balance_minor=9_001)
    assert refused.value.detail["limit"] == "balance"


def test_an_account_that_was_opened_under_a_lower_cap_holds_no_more_than_that() -> None:
    check_balance(limits=LIMITS, balance_minor=8_000, cap_minor=8_000)
    with pytest.raises(TierExceeded) as refused:
        check_balance(limits=LIMITS, balance_minor=8_001, cap_minor=8_000)
    assert refused.value.detail["most_minor"] == 8_000
    with pytest.raises(TierExceeded):
        check_balance(limits=LIMITS, balance_minor=9_001, cap_minor=10_000)


def test_usage_survives_its_octets() -> None:
    assert USAGES.decode(USAGES.encode(used(1, 2))) == used(1, 2)

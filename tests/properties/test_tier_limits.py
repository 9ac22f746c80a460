"""However payments are split and whenever they come, no day and no month exceeds its limit."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from tallystick.decide.policy import TierLimits
from tallystick.ground.clock import DAY_MS, day_of, month_of
from tallystick.protect.diligence import TierExceeded, Usage, check_tier

LIMITS = TierLimits(
    tier="basic",
    per_transaction_minor=400,
    per_day_minor=1_000,
    per_month_minor=3_000,
    balance_minor=10_000,
)
START = 1_767_225_600_000
steps = st.sampled_from((0, 1, DAY_MS // 3, DAY_MS, 9 * DAY_MS, -1, -DAY_MS))


@given(st.lists(st.tuples(steps, st.integers(1, 500)), max_size=60))
def test_no_sequence_of_payments_exceeds_a_limit(payments: list[tuple[int, int]]) -> None:
    usage: Usage | None = None
    now = newest = START
    sent_on, sent_in = defaultdict(int), defaultdict(int)
    for step, amount in payments:
        now = max(now + step, START)
        try:
            usage = check_tier(
                limits=LIMITS,
                within=amount <= LIMITS.per_transaction_minor,
                amount_minor=amount,
                usage=usage,
                now_ms=now,
            )
        except TierExceeded:
            continue
        newest = max(newest, now)  # a clock that went back opens no day and no month again
        sent_on[day_of(newest)] += amount
        sent_in[month_of(newest)] += amount
    assert all(total <= LIMITS.per_day_minor for total in sent_on.values())
    assert all(total <= LIMITS.per_month_minor for total in sent_in.values())


@given(st.lists(st.integers(1, 400), max_size=20))
def test_without_a_refusal_everything_is_counted(amounts: list[int]) -> None:
    usage, sent = None, 0
    for amount in amounts:
        try:
            usage = check_tier(
                limits=LIMITS,
                within=amount <= LIMITS.per_transaction_minor,
                amount_minor=amount,
                usage=usage,
                now_ms=START,
            )
        except TierExceeded:
            assert amount + sent > LIMITS.per_day_minor
            continue
        sent += amount
        assert (usage.day_minor, usage.month_minor) == (sent, sent)

"""However payments are split and whenever they come, no day and no month exceeds its limit."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from tallystick.decide.policy import TierLimits
from tallystick.ground.clock import DAY_MS, day_of, month_of
from tallystick.protect.diligence import TierExceeded, Usage, check_tier, give_back

LIMITS = TierLimits(
    tier="basic",
    per_transaction_minor=400,
    per_day_minor=1_000,
    per_month_minor=3_000,
    balance_minor=10_000,
)
START = 1_767_225_600_000
steps = st.sampled_from((0, 1, DAY_MS // 3, DAY_MS, 9 * DAY_MS, -1, -DAY_MS))


def _checked(amount: int, usage: Usage | None, now_ms: int) -> Usage:
    return check_tier(
        limits=LIMITS,
        within=amount <= LIMITS.per_transaction_minor,
        amount_minor=amount,
        usage=usage,
        now_ms=now_ms,
    )


@given(st.lists(st.tuples(steps, st.integers(1, 500)), max_size=60))
def test_no_sequence_of_payments_exceeds_a_limit(payments: list[tuple[int, int]]) -> None:
    usage: Usage | None = None
    now = newest = START
    sent_on, sent_in = defaultdict(int), defaultdict(int)
    for step, amount in payments:
        now = max(now + step, START)
        try:
            usage = _checked(amount, usage, now)
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
            usage = _checked(amount, usage, START)
        except TierExceeded:
            assert amount + sent > LIMITS.per_day_minor
            continue
        sent += amount
        assert (usage.day_minor, usage.month_minor) == (sent, sent)


@given(st.lists(st.tuples(steps, st.integers(1, 500), st.integers(0, 99)), max_size=60))
def test_what_is_given_back_was_never_counted(moves: list[tuple[int, int, int]]) -> None:
    """Now and then a part of an earlier payment comes back, at whatever time; the rest counts."""
    usage: Usage | None = None
    now = START
    counted: list[tuple[str, str, int]] = []
    for step, amount, choice in moves:
        now = max(now + step, START)
        if usage is not None and choice % 2 and choice // 2 < len(counted):
            day, month, left = counted.pop(choice // 2)
            back = min(left, amount)
            usage = give_back(usage, day=day, month=month, amount_minor=back)
            counted.append((day, month, left - back))
        else:
            try:
                usage = _checked(amount, usage, now)
            except TierExceeded:
                continue
            counted.append((usage.day, usage.month, amount))
        assert usage.day_minor == sum(left for day, _, left in counted if day == usage.day)
        assert usage.month_minor == sum(left for _, month, left in counted if month == usage.month)
        for one in {day for day, _, _ in counted}:
            assert sum(left for day, _, left in counted if day == one) <= LIMITS.per_day_minor

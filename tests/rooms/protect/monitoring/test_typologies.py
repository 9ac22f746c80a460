"""Each typology at its edges: the last payment that is fine and the first that is not."""

from __future__ import annotations

import pytest

from tallystick.decide.policy import TypologyRule
from tallystick.ground.clock import DAY_MS
from tallystick.ground.errors import Defect
from tallystick.protect.monitoring import (
    Finding,
    Movement,
    RiskUnacceptable,
    Windows,
    check_risk,
)

NOW = 1_700_000_000_000
LIMIT = 10_000
HOUR_S = 3_600


def rule(name: str, *, window_s: int = HOUR_S, action: str = "refuse", **numbers: int):
    return TypologyRule(id=name, window_s=window_s, action=action, numbers=numbers)


class Till:
    """Hands out sequence numbers and commits what it is told."""

    def __init__(self) -> None:
        self.windows = Windows()
        self.seq = 0

    def pay(self, payer: str, payee: str, amount: int, at: int = 0, **more: str) -> None:
        self.windows.apply(self.movement(payer, payee, amount, at, **more))

    def ask(
        self, rule: TypologyRule, payer: str, payee: str, amount: int, at: int = 0, **more: str
    ):
        found = self.windows.decide(
            self.movement(payer, payee, amount, at, **more), [rule], limit_minor=LIMIT
        )
        return found[0].observed if found else None

    def movement(self, payer, payee, amount, at, kind="remote.pay", device="") -> Movement:
        self.seq += 1
        return Movement(
            seq=self.seq,
            at_ms=NOW + at,
            kind=kind,
            payer=payer,
            payee=payee,
            amount_minor=amount,
            device=device,
        )


@pytest.fixture
def till() -> Till:
    return Till()


def test_structuring_counts_payments_just_under_the_limit(till: Till) -> None:
    near = rule("structuring", count_min=3, near_permille=900)
    till.pay("ada", "ben", 9_000)
    till.pay("ada", "cleo", 9_999, 1_000)
    till.pay("ada", "cleo", 8_999, 2_000)
    assert till.ask(near, "ada", "dan", 8_999, 3_000) is None
    assert till.ask(near, "ada", "dan", 9_000, 3_000) == 3
    assert till.ask(near, "eve", "dan", 9_000, 3_000) is None


def test_a_share_of_the_limit_that_is_no_whole_amount_is_rounded_up() -> None:
    till, near = Till(), rule("structuring", count_min=1, near_permille=333)
    movement = till.movement("ada", "ben", 4, 0)
    assert till.windows.decide(movement, [near], limit_minor=10)  # 4/10 is more than 333 permille
    smaller = till.movement("ada", "ben", 3, 0)
    assert not till.windows.decide(smaller, [near], limit_minor=10)


def test_a_window_is_open_at_its_old_end(till: Till) -> None:
    fast = rule("velocity", count_max=1)
    till.pay("ada", "ben", 1)
    assert till.ask(fast, "ada", "ben", 1, HOUR_S * 1000 - 1) == 2
    assert till.ask(fast, "ada", "ben", 1, HOUR_S * 1000) is None


def test_velocity_counts_a_device_shared_by_payers(till: Till) -> None:
    fast = rule("velocity", count_max=2)
    till.pay("ada", "ben", 1, device="d1")
    till.pay("cleo", "ben", 1, device="d1")
    assert till.ask(fast, "dan", "ben", 1, device="d1") == 3
    assert till.ask(fast, "dan", "ben", 1, device="d2") is None
    assert till.ask(fast, "dan", "ben", 1) is None


def test_fan_in_counts_distinct_payers_of_remote_payments(till: Till) -> None:
    many = rule("fan_in", payers_max=2)
    till.pay("ada", "mule", 5)
    till.pay("ada", "mule", 5)
    till.pay("ben", "mule", 5)
    till.pay("shopper", "mule", 5, kind="merchant.pay")
    assert till.ask(many, "ada", "mule", 5) is None
    assert till.ask(many, "cleo", "mule", 5) == 3
    assert till.ask(many, "cleo", "mule", 5, kind="merchant.pay") is None


def test_pass_through_is_the_same_money_going_on(till: Till) -> None:
    through = rule("pass_through", share_permille=900)
    till.pay("mule", "ben", 700)  # sent before anything came: not passed through
    till.pay("ada", "mule", 1_000, 1_000)
    assert till.ask(through, "mule", "eve", 899, 2_000) is None
    assert till.ask(through, "mule", "eve", 900, 2_000) == 900
    assert till.ask(through, "mule", "bank:x", 950, 2_000, kind="banking.transfer") == 950
    assert till.ask(through, "mule", "eve", 5_000, 2_000) is None  # mostly money of one's own
    till.pay("mule", "eve", 500, 2_000)
    assert till.ask(through, "mule", "dan", 400, 3_000) == 900


def test_dormant_sees_an_account_wake_up_with_a_large_amount(till: Till) -> None:
    wake = rule("dormant", idle_days=30, amount_permille=500)
    till.pay("trust", "ada", 9_000, kind="emoney.issue")
    idle = 30 * DAY_MS
    assert till.ask(wake, "ada", "ben", 5_000, idle - 1) is None
    assert till.ask(wake, "ada", "ben", 4_999, idle) is None
    assert till.ask(wake, "ada", "ben", 5_000, idle) == 500
    till.pay("ada", "ben", 2_500, idle)
    assert till.ask(wake, "ada", "ben", 2_500, idle + 1) == 500  # split after waking up
    till.pay("ada", "ben", 1, idle + 2 * HOUR_S * 1000)
    assert till.ask(wake, "ada", "ben", 5_000, idle + 2 * HOUR_S * 1000) is None


def test_an_account_never_seen_is_new_and_not_dormant(till: Till) -> None:
    assert till.ask(rule("dormant", idle_days=1, amount_permille=1), "new", "ben", 9_000) is None


def test_deciding_changes_nothing(till: Till) -> None:
    till.pay("ada", "ben", 9_000)
    before = Windows.rebuild([Movement(**_plain(till, "ada", "ben", 9_000))])
    till.ask(rule("velocity", count_max=1), "ada", "ben", 9_000)
    assert till.windows == before


def test_a_refused_attempt_leaves_no_trace(till: Till) -> None:
    fast = rule("velocity", count_max=1)
    till.pay("ada", "ben", 1)
    assert [till.ask(fast, "ada", "ben", 1) for _ in range(3)] == [2, 2, 2]


@pytest.mark.parametrize(
    "broken",
    [
        rule("structuring", count_min=3),
        rule("structuring", near_permille=900, count_min=3, count_max=1),
        rule("velocity"),
        rule("fan_in", count_max=3),
        rule("pass_through"),
        rule("dormant", idle_days=3),
        rule("moonlight", count_max=3),
        rule("velocity", window_s=0, count_max=3),
        rule("velocity", action="ignore", count_max=3),
    ],
)
def test_a_rule_that_is_not_whole_stops_the_payment(till: Till, broken: TypologyRule) -> None:
    with pytest.raises(Defect):
        till.ask(broken, "ada", "ben", 1)


def test_what_monitoring_does_not_understand_stops_it(till: Till) -> None:
    fast = rule("velocity", count_max=3)
    with pytest.raises(Defect):
        till.ask(fast, "ada", "ben", 1, kind="device.suspend")
    with pytest.raises(Defect):
        till.windows.decide(till.movement("a", "b", 1, 0), [fast], limit_minor=0)
    with pytest.raises(Defect):
        till.movement("a", "b", 0, 0)
    till.pay("a", "b", 1)
    with pytest.raises(Defect):
        till.windows.apply(Movement(**_plain(till, "a", "b", 1)))


def test_after_forgetting_the_books_may_be_read_anew(till: Till) -> None:
    till.pay("ada", "ben", 1)
    till.windows.forget()
    assert till.windows == Windows()


def test_a_refusing_finding_is_one_word_outside() -> None:
    with pytest.raises(RiskUnacceptable) as refused:
        check_risk([finding("velocity", "alert"), finding("structuring", "refuse")])
    assert refused.value.outside == "payment.declined"
    assert refused.value.code == "risk.refused"
    assert refused.value.detail == {"findings": "velocity:3/2 structuring:3/2"}


def test_alerts_are_written_down_and_do_not_refuse() -> None:
    assert check_risk([finding("velocity", "alert")]) == "velocity:3/2"
    with pytest.raises(Defect):
        check_risk([finding("velocity", "shrug")])


def finding(typology: str, action: str) -> Finding:
    return Finding(typology=typology, action=action, observed=3, threshold=2, window_s=HOUR_S)


def _plain(till: Till, payer: str, payee: str, amount: int) -> dict:
    return {
        "seq": 1,
        "at_ms": NOW,
        "kind": "remote.pay",
        "payer": payer,
        "payee": payee,
        "amount_minor": amount,
        "device": "",
    }

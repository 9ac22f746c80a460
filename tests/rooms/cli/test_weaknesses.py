"""Counterexamples as a person reads them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tallystick.cli.weaknesses import weakness_lines
from tallystick.decide.policy.tables import stricter_than
from tallystick.testing.policies import example_policy
from tests.rooms.cli.running import EXAMPLE, edited, succeed

OLD = example_policy()


def told(**changes: object) -> list[str]:
    return weakness_lines(stricter_than(OLD, replace(OLD, **changes)), OLD.currency)  # type: ignore[arg-type]


def test_a_payment_is_told_with_its_amounts() -> None:
    rule = OLD.operations["remote.pay"]
    caps = {**rule.amount_max_minor, "software": rule.amount_max_minor["software"] + 99}
    operations = {**OLD.operations, "remote.pay": replace(rule, amount_max_minor=caps)}
    assert told(operations=operations) == [
        "weaker for: remote.pay, keys in software, tier2, 20000.01 to 20000.99 KES: refused -> PIN"
    ]


def test_totals_numbers_roles_and_facts_are_told() -> None:
    tier = replace(OLD.tiers["tier1"], per_day_minor=1_000_100, balance_minor=2_000_001)
    held, paid = told(tiers={**OLD.tiers, "tier1": tier})
    assert held == "weaker for: tier1, 20000.01 KES held: refused -> within"
    assert "remote.pay" in paid
    assert paid.endswith(", tier1, 10000.01 to 10001.00 KES on one day: refused -> within")
    assert told(parameters={**OLD.parameters, "pin.tries_max": 4}) == [
        "weaker for: wrong PINs in a row 3: locked -> accepted"
    ]
    fewer = {name: value for name, value in OLD.parameters.items() if name != "message.window_s"}
    assert told(parameters=fewer) == [
        "weaker for: time between message and clock 121 and more s: refused -> accepted"
    ]
    rule = replace(OLD.operations["emoney.issue"], roles=("treasury", "agent"), facts=())
    lines = told(operations={**OLD.operations, "emoney.issue": rule})
    assert lines[0].startswith("weaker for: emoney.issue: with device.authenticated,")
    assert lines[1] == "weaker for: emoney.issue, agent: forbidden -> allowed"


def test_a_difference_ends_with_what_is_weaker(tmp_path: Path) -> None:
    later = edited(tmp_path, ('step_up = "500.00"', 'step_up = "1000.00"'))
    *_, last = succeed("decide", later, "--diff", EXAMPLE).splitlines()
    assert last.startswith("weaker for: remote.pay, merchant.pay, ")
    assert last.endswith(", keys anywhere, any tier, 500.00 to 999.99 KES: PIN -> device alone")
    assert "weaker for" not in succeed("decide", EXAMPLE, "--diff", later)


def test_what_holds_for_everything_is_told_so() -> None:
    everything = {
        name: replace(rule, facts=rule.facts[1:]) for name, rule in OLD.operations.items()
    }
    assert told(operations=everything) == [
        "weaker for: any operation: with device.authenticated -> without device.authenticated"
    ]
    later = {
        name: replace(rule, step_up_minor=60_000) if rule.step_up_minor else rule
        for name, rule in OLD.operations.items()
    }
    assert told(operations=later) == [
        "weaker for: any payment, keys anywhere, any tier, 500.00 to 599.99 KES: "
        "PIN -> device alone"
    ]

"""ask: one question, one answer, and what put it there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.decide import Plan
from tallystick.ground.errors import Misconfigured
from tallystick.ground.money import format_minor
from tests.rooms.cli.running import refuse, succeed


def asked(baseline: Path, *words: str) -> dict[str, str]:
    lines = succeed("ask", baseline, *words).splitlines()
    return dict(line.split(maxsplit=1) for line in lines if line[:1].strip())


def test_the_answer_follows_the_amount(baseline: Path, planned: Plan) -> None:
    rule, tier = planned.policy.operations["remote.pay"], planned.policy.tiers["tier1"]
    assert rule.step_up_minor is not None
    answers = {
        rule.step_up_minor - 1: "device alone",
        rule.step_up_minor: "PIN",
        tier.per_transaction_minor: "PIN",
        tier.per_transaction_minor + 1: "refused",
    }
    for minor, answer in answers.items():
        amount = format_minor(minor, planned.policy.currency)
        told = asked(baseline, "remote.pay", "--tier", "tier1", "--amount", amount)
        assert told["answer"] == answer
        assert told["row"].startswith("application.payment/remote.pay/software/tier1/")


def test_the_answer_names_what_put_it_there(baseline: Path) -> None:
    told = asked(baseline, "remote.pay", "--amount", "600.00")
    assert told["tier"] == "tier1", "the tier that may do least"
    assert told["control"].startswith("C-CUST-PIN")
    assert told["demands"].startswith("device.authenticated, ")
    refused = asked(baseline, "emoney.issue")
    assert (refused["answer"], refused["because"]) == ("refused", "emoney.issue is for treasury")
    assert asked(baseline, "emoney.issue", "--role", "treasury")["answer"] == "device alone"


@pytest.mark.parametrize(
    "words",
    [
        ("remote.fly",),
        ("remote.pay", "--role", "stranger"),
        ("remote.pay", "--keys-in", "cloud"),
        ("remote.pay", "--tier", "tier9"),
        ("remote.pay", "--amount", "-5"),
        ("remote.pay", "--amount", "NaN"),
        ("remote.pay", "--amount", "1.005"),
    ],
)
def test_what_cannot_be_asked_is_a_mistake(baseline: Path, words: tuple[str, ...]) -> None:
    assert "allowed: " in refuse(Misconfigured, "ask", baseline, *words)

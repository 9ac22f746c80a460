"""What the matcher answers is what happens: the corridor compares no amount and no role itself."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.decide.policy.tables import DEVICE_ALONE, PIN, REFUSED, WITHIN, Matcher
from tallystick.handset import Refusal
from tests.stage import Person, Stage, facts_of, pay


def answering(value: Any) -> Any:
    return lambda self, *asked: value


OTHERWISE = [
    ("may_ask", False, "operation.forbidden"),
    ("knows", False, "message.refused"),
    ("handset", REFUSED, "environment.cap"),
    ("tier", REFUSED, "tier.exceeded"),
    ("facts", ("payment.blessed",), "service.closed"),
]


@pytest.mark.parametrize(("question", "answer", "inside"), OTHERWISE)
def test_another_answer_is_another_outcome(
    stage: Stage,
    alice: Person,
    bob: Person,
    monkeypatch: pytest.MonkeyPatch,
    question: str,
    answer: Any,
    inside: str,
) -> None:
    assert pay(alice, bob, 60_000).accepted
    monkeypatch.setattr(Matcher, question, answering(answer))
    try:
        code = stage.tally(pay(alice, bob, 60_000))["code"]
    except Refusal as refusal:  # before there is anything to record
        code = refusal.code
    assert code == inside


def test_the_matcher_says_whether_the_pin_is_needed(
    stage: Stage, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Matcher, "handset", answering(PIN))
    assert pay(alice, bob, 1, pin=None).code == "customer.not_verified"
    monkeypatch.setattr(Matcher, "handset", answering(DEVICE_ALONE))
    answer = pay(alice, bob, 60_000, pin=None)
    assert facts_of(stage.tally(answer), "customer.authenticated") == {"factor": "device"}


def test_the_matcher_says_what_a_tier_may_move_at_once(
    stage: Stage, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest = max(tier.per_transaction_minor for tier in stage.policy.tiers.values())
    monkeypatch.setattr(Matcher, "handset", answering(DEVICE_ALONE))
    assert pay(alice, bob, largest + 1, pin=None).code == "tier.exceeded"
    monkeypatch.setattr(Matcher, "tier", answering(WITHIN))
    assert pay(alice, bob, largest + 1, pin=None).accepted

"""Payment files and reconciliations through the corridor: once each, judged by the books."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tallystick.ground.clock import DAY_MS, day_of
from tallystick.protect.emoney import HOLDS
from tallystick.protect.safeguarding import NEWEST, RECONCILIATIONS
from tallystick.testing import example_policy
from tallystick.testing.policies import sealed_again
from tests.stage import Person, Stage, facts_of, kes, secret

IBAN = "DE89370400440532013000"
NO_BREAKS = {
    "missing_in_books": 0,
    "missing_at_bank": 0,
    "amount": 0,
    "duplicate": 0,
    "date": 0,
    "balance": 0,
}


def to_bank(person: Person, minor: int) -> str:
    answer = person.handset.transfer_to_bank(IBAN, "Alice W. Bank", kes(minor), pin=secret())
    assert answer.accepted, answer.code
    return f"{person.device}.{answer.leaf['request']}"


def summary(stage: Stage, **changes: Any) -> dict[str, Any]:
    """A clean day: the books of the prepared home hold 100,000.00 KES, all confirmed today."""
    now = stage.clock.now_ms()
    until = now - now % DAY_MS
    return {
        "statement": "sha256:" + "1" * 64,
        "report": "sha256:" + "2" * 64,
        "day": day_of(until - 1),
        "until_ms": until,
        "opening_minor": 0,
        "closing_minor": 10_000_000,
        "late_credit_minor": 0,
        "late_debit_minor": 0,
        "entries": 1,
        "matched": 1,
        "breaks": NO_BREAKS,
    } | changes


def tomorrow(stage: Stage) -> None:
    stage.clock.advance(ms=DAY_MS)


def reconcile(stage: Stage, **changes: Any) -> Any:
    treasury = stage.staff("treasury").handset
    return treasury.ask("books.reconcile", summary(stage, **changes))


def test_a_redemption_stands_in_one_payment_file(stage: Stage, alice: Person) -> None:
    holds = [to_bank(alice, 500), to_bank(alice, 700)]
    treasury = stage.staff("treasury").handset
    first = treasury.ask("payouts.list", {"message": "FILE1", "holds": holds})
    assert first.accepted
    bound = facts_of(stage.tally(first), "receipt.bound")
    assert sum(name.startswith("record:hold.") for name in bound) == 2
    hold = stage.platform._desk.registers.get(HOLDS, holds[0])
    assert hold is not None
    assert (hold.message, hold.name) == ("FILE1", "Alice W. Bank")
    again = treasury.ask("payouts.list", {"message": "FILE1", "holds": holds[:1]})
    assert again.accepted
    other = treasury.ask("payouts.list", {"message": "FILE2", "holds": holds[1:]})
    assert other.code == "hold.listed"
    assert stage.findings() == []


def test_a_resolved_or_unknown_redemption_is_not_listed(stage: Stage, alice: Person) -> None:
    hold = to_bank(alice, 500)
    treasury = stage.staff("treasury").handset
    assert treasury.settle(hold, "paid").accepted
    for name in (hold, "dev-nobody.aaaaaaaaaaaaaaaaaaaaaa"):
        answer = treasury.ask("payouts.list", {"message": "FILE1", "holds": [name]})
        assert answer.code == "hold.unknown"


@pytest.mark.parametrize(
    "body",
    [
        {"message": "FILE1", "holds": []},
        {"message": "FILE 1", "holds": ["x"]},
        {"message": "", "holds": ["x"]},
        {"message": "FILE1", "holds": ["x"] * 41},
        {"message": "FILE1", "holds": ["x", "x"]},
    ],
)
def test_a_malformed_payment_file_is_refused(stage: Stage, body: dict[str, Any]) -> None:
    assert stage.staff("treasury").handset.ask("payouts.list", body).code == "order.malformed"


def test_a_clean_day_is_recorded(stage: Stage) -> None:
    tomorrow(stage)
    answer = reconcile(stage)
    assert answer.accepted, answer.code
    fact = facts_of(stage.tally(answer), "books.reconciled")
    assert (fact["book_minor"], fact["outstanding_minor"], fact["breaks"]) == (
        10_000_000,
        10_000_000,
        0,
    )
    assert stage.findings() == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"closing_minor": 9_999_999}, "contradicted"),
        ({"opening_minor": 1}, "contradicted"),
        ({"late_credit_minor": 5}, "contradicted"),
        ({"entries": 2}, "counts"),
    ],
)
def test_a_summary_that_the_books_contradict_is_refused(
    stage: Stage, changes: dict[str, Any], why: str
) -> None:
    tomorrow(stage)
    answer = reconcile(stage, **changes)
    assert answer.code == "reconciliation.refused"
    assert facts_of(stage.tally(answer), "order.refused")["reason"] == "reconciliation.refused"
    assert stage.platform._desk.registers.get(RECONCILIATIONS, NEWEST) is None


def test_a_day_that_is_not_over_or_out_of_turn_is_refused(stage: Stage) -> None:
    until = stage.clock.now_ms() + 1
    assert reconcile(stage, until_ms=until).code == "reconciliation.refused"
    tomorrow(stage)
    assert reconcile(stage).accepted
    earlier = summary(stage)["until_ms"] - DAY_MS
    assert reconcile(stage, until_ms=earlier).code == "reconciliation.refused"


def test_a_break_stops_issuance_until_the_day_is_clean(stage: Stage, alice: Person) -> None:
    tomorrow(stage)
    broken = {**NO_BREAKS, "missing_at_bank": 1}
    answer = reconcile(stage, closing_minor=0, entries=0, matched=0, breaks=broken)
    assert answer.accepted
    fact = facts_of(stage.tally(answer), "safeguarding.broken")
    assert (fact["break_missing_at_bank"], fact["shortfall_minor"]) == (1, 10_000_000)
    treasury = stage.staff("treasury").handset
    assert treasury.confirm_funds(kes(100), "ref-after").accepted
    assert treasury.issue(alice.account, kes(100)).code == "safeguarding.broken"
    assert alice.handset.balance().accepted
    assert reconcile(stage).accepted
    assert treasury.issue(alice.account, kes(100)).accepted


def test_the_policy_may_let_issuance_go_on(stage: Stage, alice: Person, tmp_path: Any) -> None:
    policy = example_policy()
    loose = {**policy.parameters, "safeguarding.breaks_max": 1}
    stage.close()
    with Stage(stage.home, policy=sealed_again(replace(policy, parameters=loose)),
               clock=stage.clock) as later:  # fmt: skip
        later.states = stage.states
        tomorrow(later)
        broken = {**NO_BREAKS, "missing_at_bank": 1}
        answer = reconcile(later, closing_minor=0, entries=0, matched=0, breaks=broken)
        assert answer.accepted
        treasury = later.staff("treasury").handset
        assert treasury.confirm_funds(kes(100), "ref-after").accepted
        assert treasury.issue(alice.account, kes(100)).accepted

"""A weaker answer needs a reason of its own unless a change that is stated accounts for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from tallystick.decide.policy import (
    Change,
    OperationRule,
    SecurityPolicy,
    diff_policies,
    weaker_changes,
)
from tallystick.decide.policy.tables import stricter_than
from tallystick.ground.facts import PARTIES_CLEAR, PAYMENT_FACTS, TIER_WITHIN
from tallystick.prove.release import ReleaseRefused, demand_same_findings
from tallystick.prove.release.explained import unexplained
from tallystick.testing.policies import CAPS_MINOR, STEP_UP_MINOR, example_policy, sealed_again
from tests.rooms.prove.release.made import NEW, OLD, PATH, proposed

TABLE = "tables.application.payment"
WHY = "Losses stayed under appetite"


def with_rule(policy: SecurityPolicy, kind: str, **changes: object) -> SecurityPolicy:
    rule: OperationRule = replace(policy.operations[kind], **changes)  # type: ignore[arg-type]
    return sealed_again(replace(policy, operations={**policy.operations, kind: rule}))


def with_tier(policy: SecurityPolicy, name: str, **changes: int) -> SecurityPolicy:
    tier = replace(policy.tiers[name], **changes)
    return sealed_again(replace(policy, tiers={**policy.tiers, name: tier}))


@pytest.fixture
def unseen_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison of policies that has a gap: it does not see caps, the tables do."""

    def gapped(changes: Iterable[Change]) -> list[Change]:
        return [one for one in weaker_changes(changes) if "amount_max" not in one.path]

    monkeypatch.setattr("tallystick.prove.release.statement.weaker_changes", gapped)


def without_cap() -> SecurityPolicy:
    """The old policy, where software keys may not pay merchants: a cap that is not stated."""
    caps = {name: most for name, most in CAPS_MINOR.items() if name != "software"}
    return with_rule(OLD, "merchant.pay", amount_max_minor=caps)


@pytest.mark.usefixtures("unseen_caps")
def test_another_weaker_change_does_not_hide_a_weaker_table() -> None:
    before = without_cap()
    with pytest.raises(ReleaseRefused, match=f"reason: {PATH}, {TABLE}"):
        proposed(NEW, before, reasons={})
    with pytest.raises(ReleaseRefused, match=f"reason: {TABLE}"):
        proposed(NEW, before, reasons={PATH: WHY})
    statement = proposed(NEW, before, reasons={PATH: WHY, TABLE: WHY})
    assert [one.path for one in statement.weaker] == [PATH, TABLE]
    assert statement.weaker[1].before == "refused"
    demand_same_findings(statement, NEW, before)


@pytest.mark.usefixtures("unseen_caps")
def test_a_weaker_table_alone_needs_a_reason() -> None:
    with pytest.raises(ReleaseRefused, match=f"reason: {TABLE}"):
        proposed(OLD, without_cap())


FEWER = [fact for fact in PAYMENT_FACTS if fact not in (TIER_WITHIN, PARTIES_CLEAR)]
EXPLAINED = {
    "step-up": NEW,
    "cap": with_rule(OLD, "remote.pay", amount_max_minor={**CAPS_MINOR, "software": 2_500_000}),
    "tier": with_tier(
        OLD, "tier2", per_transaction_minor=8_000_000, per_day_minor=15_000_000,
        per_month_minor=70_000_000, balance_minor=40_000_000,
    ),
    "facts": example_policy(facts={"remote.pay": FEWER}),
    "parameters": example_policy(parameters={"pin.tries_max": 9, "strength.bits_min": 100}),
    "roles": with_rule(OLD, "emoney.issue", roles=("treasury", "agent")),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPLAINED)
def test_a_change_that_is_stated_explains_its_own_tables_and_is_missed(name: str) -> None:
    new = EXPLAINED[name]
    found = stricter_than(OLD, new)
    paths = {one.path for one in weaker_changes(diff_policies(OLD, new))}
    assert found
    assert unexplained(found, paths) == []
    tables = {one.table for one in found}
    assert {one.table for one in unexplained(found, {"operations.funds.confirm"})} == tables


def test_a_change_of_one_operation_explains_no_other() -> None:
    both = with_rule(NEW, "merchant.pay", step_up_minor=STEP_UP_MINOR * 2)
    found = stricter_than(OLD, both)
    merchant = PATH.replace("remote", "merchant")
    assert unexplained(found, {PATH, merchant}) == []
    assert [one.table for one in unexplained(found, {PATH})] == ["application.payment"]
    assert [one.table for one in unexplained(found, {merchant})] == ["application.payment"]

"""The tables say what the policy says: whole, explained, and bound to its digest."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import tallystick
from tallystick.analyse import analyse_risk
from tallystick.decide import compile_policy, policy_from_plain, policy_plain
from tallystick.decide.policy import SecurityPolicy
from tallystick.decide.policy.tables import (
    SIGNATURES_MIN,
    Request,
    Span,
    compile_matcher,
    decision_tables,
    tables_digest,
    tables_plain,
)
from tallystick.describe import load_service
from tallystick.ground.canonical import canonical_json, digest_of
from tallystick.ground.errors import Misconfigured
from tallystick.prove.dossier.grade import grade_of
from tallystick.standard import PAYMENT_KINDS, load_catalogue
from tallystick.standard.thresholds import HIGHER, LOWER, STRICTER
from tallystick.testing.policies import example_policy
from tests.rooms.decide.small import EXAMPLE


@pytest.fixture(scope="module")
def compiled() -> SecurityPolicy:
    service = load_service(EXAMPLE)
    return compile_policy(service, analyse_risk(service))


def table(policy: SecurityPolicy, name: str):  # type: ignore[no-untyped-def]
    return {one.name: one for one in decision_tables(policy)}[name]


def test_there_are_three_layers_and_every_strict_parameter_has_a_table() -> None:
    tables = decision_tables(example_policy())
    assert {one.layer for one in tables} == {"process", "application", "infrastructure"}
    names = {one.name.partition(".")[2] for one in tables}
    assert {name for name, side in STRICTER.items() if side in (LOWER, HIGHER)} <= names


def test_the_tables_have_a_canonical_form_that_does_not_depend_on_order(
    compiled: SecurityPolicy,
) -> None:
    backwards = replace(
        compiled,
        operations=dict(reversed(compiled.operations.items())),
        tiers=dict(reversed(compiled.tiers.items())),
        parameters=dict(reversed(compiled.parameters.items())),
    )
    one, two = decision_tables(compiled), decision_tables(backwards)
    assert canonical_json(tables_plain(one)) == canonical_json(tables_plain(two))
    assert compiled.tables == tables_digest(one)


def test_a_policy_read_back_has_the_same_tables(compiled: SecurityPolicy) -> None:
    again = policy_from_plain(policy_plain(compiled))
    assert decision_tables(again) == decision_tables(compiled)


def test_a_policy_from_which_other_tables_follow_is_refused(compiled: SecurityPolicy) -> None:
    plain = {**policy_plain(compiled), "tables": digest_of("other tables")}
    plain["digest"] = digest_of({name: plain[name] for name in plain if name != "digest"})
    with pytest.raises(Misconfigured, match="other decision tables follow"):
        policy_from_plain(plain)


def test_a_policy_from_which_no_tables_follow_is_refused(compiled: SecurityPolicy) -> None:
    plain = {**policy_plain(compiled), "operations": {}}
    plain["digest"] = digest_of({name: plain[name] for name in plain if name != "digest"})
    with pytest.raises(Misconfigured, match="no decision tables follow"):
        policy_from_plain(plain)


def test_rows_name_the_controls_that_put_them_there(compiled: SecurityPolicy) -> None:
    catalogue, in_force = load_catalogue(), {control.id for control in compiled.controls}
    row = next(row for row in table(compiled, "application.pin.tries_max").rows)
    assert row.controls
    for name in row.controls:
        assert "pin.tries_max" in catalogue.countermeasures[name].sets.parameters
    for one in decision_tables(compiled):
        for row in one.rows:
            assert set(row.controls) <= in_force
            assert row.because


def test_the_rows_of_a_payment_name_what_decides(compiled: SecurityPolicy) -> None:
    rule = compiled.operations["remote.pay"]
    assert rule.step_up_minor is not None
    cap = rule.amount_max_minor["software"]
    asks = compile_matcher(compiled)
    largest = max(compiled.tiers.values(), key=lambda tier: tier.per_transaction_minor)
    request = Request(
        operation="remote.pay", role="customer", environment="software", tier=largest.tier,
        amount_minor=cap + 1,
    )  # fmt: skip
    refused = asks.decide(request)
    assert refused.refused
    assert refused.because.startswith("more than keys in software")
    stepped = asks.decide(replace(request, amount_minor=rule.step_up_minor))
    assert (stepped.outcome, stepped.facts) == ("PIN", rule.facts)
    setters = {c.id for c in compiled.controls if "customer.authenticated" in " ".join(c.sets)}
    assert set(stepped.controls) == setters


def test_the_grade_of_the_table_is_the_grade_of_the_dossier() -> None:
    grade = table(example_policy(), "infrastructure.grade")
    for row in grade.rows:
        for module in row.when["module"]:
            for witness in row.when.get("witness", ("self", "cosigner", "rfc3161")):
                assert grade_of(module=module, witness=witness) == row.then.outcome


def test_a_release_takes_the_people_that_the_table_says() -> None:
    rows = table(example_policy(), "process.release").rows
    assert rows[-1].when["signatures"] == Span(least=SIGNATURES_MIN)
    assert rows[-1].then.outcome == "released"


def test_a_parameter_that_nothing_sets_stops_nobody() -> None:
    policy = example_policy()
    fewer = {name: value for name, value in policy.parameters.items() if name != "pin.tries_max"}
    rows = table(replace(policy, parameters=fewer), "application.pin.tries_max").rows
    assert [row.then.outcome for row in rows] == ["accepted"]


LIMITED = [kind for kind in PAYMENT_KINDS if kind not in ("payment.refund", "fx.exchange")]


@pytest.mark.parametrize("kind", LIMITED)
def test_a_tier_binds_only_where_its_fact_is_demanded(kind: str) -> None:
    policy = example_policy()
    rule = policy.operations[kind]
    facts = tuple(fact for fact in rule.facts if fact != "tier.within")
    free = replace(policy, operations={**policy.operations, kind: replace(rule, facts=facts)})
    above = policy.tiers["tier1"].per_transaction_minor + 1
    assert compile_matcher(policy).tier(kind, "tier1", above) == "refused"
    assert compile_matcher(free).tier(kind, "tier1", above) == "within"


OUTSIDE = [
    {"operation": "remote.fly"},
    {"role": "stranger"},
    {"environment": "cloud"},
    {"tier": "tier9"},
    {"amount_minor": -1},
]


@pytest.mark.parametrize("changes", OUTSIDE)
def test_what_no_table_knows_is_refused(changes: dict[str, object]) -> None:
    asked = Request(
        operation="remote.pay", role="customer", environment="se", tier="tier1", amount_minor=1
    )
    matcher = compile_matcher(example_policy())
    assert not matcher.decide(asked).refused
    decision = matcher.decide(replace(asked, **changes))  # type: ignore[arg-type]
    assert decision.refused
    assert decision.because == "outside of every table"


def test_the_service_decides_without_solver_and_arithmetic() -> None:
    code = (
        "import sys; import tallystick.protect.corridor; "
        "assert not {'numpy', 'highspy'} & sys.modules.keys()"
    )
    source = Path(tallystick.__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(source)})

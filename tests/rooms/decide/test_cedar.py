"""Cedar's own engine decides as the matcher does, and its validator finds nothing to say."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import cedarpy
import pytest

from tallystick.analyse import analyse_risk
from tallystick.decide import compile_policy
from tallystick.decide.policy import SecurityPolicy, cedar_policies, cedar_schema
from tallystick.decide.policy.tables import CONSEQUENCES, Matcher, Request, compile_matcher
from tallystick.describe import load_service
from tallystick.ground.facts import PAYMENT_FACTS
from tallystick.standard import OPERATION_KINDS, PAYMENT_KINDS
from tallystick.testing.policies import example_policy
from tests.rooms.decide.small import EXAMPLE

SEED, EACH = 12812, 1500
ROLES = ("customer", "merchant", "agent", "treasury", "backoffice", "laboratory")


class Engine:
    """Cedar with one policy and its schema, read once."""

    def __init__(self, policy: SecurityPolicy) -> None:
        self.service = policy.service_id
        self.text, self.schema_text = cedar_policies(policy), cedar_schema(policy)
        self.policies = cedarpy.PolicySet.from_str(self.text)
        self.schema = cedarpy.Schema.from_str(self.schema_text)
        self.entities = cedarpy.Entities.from_json_str("[]")

    def ask(self, asked: Request, **context: Any) -> Any:
        """With the schema, so that a request of another shape is not even decided."""
        return cedarpy.is_authorized(
            self.request(asked, **context), self.policies, self.entities, self.schema
        )

    def request(self, asked: Request, **context: Any) -> dict[str, Any]:
        said: dict[str, Any] = {"facts": sorted(asked.facts)}
        if asked.operation in PAYMENT_KINDS:
            said |= {
                "amount_minor": asked.amount_minor,
                "environment": asked.environment,
                "tier": asked.tier,
                "pin_verified": asked.pin_verified,
            }
        return {
            "principal": {"type": "Tallystick::Role", "id": asked.role},
            "action": {"type": "Tallystick::Action", "id": asked.operation},
            "resource": {"type": "Tallystick::Service", "id": self.service},
            "context": {**said, **context},
        }


def compiled() -> SecurityPolicy:
    service = load_service(EXAMPLE)
    return compile_policy(service, analyse_risk(service))


@pytest.fixture(scope="module", params=[example_policy, compiled])
def policy(request: pytest.FixtureRequest) -> SecurityPolicy:
    made: SecurityPolicy = request.param()
    return made


@pytest.fixture(scope="module")
def engine(policy: SecurityPolicy) -> Engine:
    return Engine(policy)


def questions(policy: SecurityPolicy, matcher: Matcher) -> list[Request]:
    """Amounts around every breakpoint and anywhere; facts complete, or with some missing."""
    chance = random.Random(SEED)
    cuts = sorted(
        {
            cut
            for table in matcher.tables
            for d in table.domains
            if d.unit == "minor"
            for cut in d.cuts
        }
    )
    asked = []
    for _ in range(EACH):
        operation = chance.choice((*PAYMENT_KINDS, *PAYMENT_KINDS, *OPERATION_KINDS))
        near = max(chance.choice(cuts) + chance.choice((-1, 0, 1)), 0)
        missing = chance.sample(PAYMENT_FACTS, chance.choice((0, 0, 0, 1)))
        asked.append(
            Request(
                operation=operation,
                role=chance.choice((*ROLES, "customer", "customer", "customer")),
                environment=chance.choice(("se", "tee", "software")),
                tier=chance.choice(sorted(policy.tiers)),
                amount_minor=chance.choice((near, near, chance.randint(0, cuts[-1] * 2))),
                pin_verified=chance.random() < 0.6,
                facts=frozenset(PAYMENT_FACTS) - CONSEQUENCES - set(missing),
            )
        )
    return asked


def test_the_policies_fit_the_schema(engine: Engine) -> None:
    assert cedarpy.validate_policies(engine.text, engine.schema_text).validation_passed


def test_cedar_decides_as_the_matcher_does(policy: SecurityPolicy, engine: Engine) -> None:
    matcher = compile_matcher(policy)
    asked = questions(policy, matcher)
    answers = [matcher.admits(one) for one in asked]
    assert EACH // 10 < sum(answers) < EACH * 9 // 10, "the questions tell yes from no"
    for one, admitted in zip(asked, answers, strict=True):
        told = engine.ask(one)
        assert told.allowed is admitted, one
        assert told.diagnostics.errors == []


PAYMENT = Request(
    operation="remote.pay", role="customer", environment="software", tier="tier1",
    amount_minor=1, facts=frozenset(PAYMENT_FACTS) - CONSEQUENCES,
)  # fmt: skip


def test_a_refusal_names_the_row_that_made_it(engine: Engine, policy: SecurityPolicy) -> None:
    limit = policy.tiers["tier1"].per_transaction_minor
    told = engine.ask(replace(PAYMENT, amount_minor=limit + 1, pin_verified=True))
    assert not told.allowed
    named = list(told.diagnostics.id_annotations_by_reason.values())
    assert named == [f"application.tier/remote.pay/tier1/{limit + 1}"]


# ---- Cedar skips a policy that fails, a forbid too -----------------------------------------------

NAIVE = """
permit (principal, action, resource);
forbid (principal, action, resource) when { context.tier == "tier1" && context.amount_minor > 5 };
"""
MEMBERS = ("amount_minor", "environment", "tier", "pin_verified", "facts")


def test_the_trap_is_there() -> None:
    asked = {
        "principal": 'Tallystick::Role::"customer"', "action": 'Tallystick::Action::"remote.pay"',
        "resource": 'Tallystick::Service::"s"', "context": {"amount_minor": 10**9},
    }  # fmt: skip
    told = cedarpy.is_authorized(asked, NAIVE, [])
    assert told.allowed, "the forbid failed and was skipped"
    assert told.diagnostics.errors


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_that_is_missing_is_stopped_twice(engine: Engine, member: str) -> None:
    assert engine.ask(PAYMENT).allowed
    request = engine.request(PAYMENT)
    del request["context"][member]
    assert not cedarpy.is_authorized(
        request, engine.policies, engine.entities, engine.schema
    ).allowed
    without_schema = cedarpy.is_authorized(request, engine.policies, engine.entities)
    assert not without_schema.allowed
    assert without_schema.diagnostics.errors


@pytest.mark.parametrize("member", MEMBERS)
def test_a_member_of_another_type_is_stopped_twice(engine: Engine, member: str) -> None:
    wrong = {member: {"of": "another type"}}
    assert not engine.ask(PAYMENT, **wrong).allowed
    request = engine.request(PAYMENT, **wrong)
    assert not cedarpy.is_authorized(request, engine.policies, engine.entities).allowed


def test_the_schema_asks_for_every_member(engine: Engine) -> None:
    assert "?" not in engine.schema_text
    for member in MEMBERS:
        assert f"{member}: " in engine.schema_text


def test_a_policy_about_something_that_is_not_asked_is_found_by_the_validator(
    engine: Engine,
) -> None:
    typing_error = engine.text.replace("context.amount_minor >= 0", "context.amuont_minor >= 0", 1)
    found = cedarpy.validate_policies(typing_error, engine.schema_text)
    assert not found.validation_passed


UNKNOWN = [
    {"environment": "cloud"},
    {"tier": "tier9"},
    {"amount_minor": -1},
    {"operation": "funds.confirm"},
    {"role": "laboratory"},
]


@pytest.mark.parametrize("changes", UNKNOWN)
def test_what_no_table_knows_is_refused_by_both(
    engine: Engine, policy: SecurityPolicy, changes: dict[str, Any]
) -> None:
    asked = replace(PAYMENT, **changes)
    assert not compile_matcher(policy).admits(asked)
    assert not engine.ask(asked).allowed


def test_the_text_is_the_same_every_time_and_names_the_policy(policy: SecurityPolicy) -> None:
    assert cedar_policies(policy) == cedar_policies(policy)
    for text in (cedar_policies(policy), cedar_schema(policy)):
        assert policy.digest in text.splitlines()[0]


def test_a_word_cannot_break_out_of_its_string() -> None:
    policy = example_policy()
    name = 'tier1" || true || "'
    odd = replace(policy, tiers={name: replace(policy.tiers["tier1"], tier=name)})
    engine = Engine(odd)
    assert cedarpy.validate_policies(engine.text, engine.schema_text).validation_passed
    limit = policy.tiers["tier1"].per_transaction_minor
    above = replace(PAYMENT, tier=name, amount_minor=limit + 1, pin_verified=True)
    assert not engine.ask(above).allowed
    assert engine.ask(replace(above, amount_minor=limit)).allowed

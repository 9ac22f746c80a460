"""Decision tables against direct evaluation, for whatever policy and whatever question."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tallystick.decide.assurance import check_tables
from tallystick.decide.policy import SecurityPolicy, TierLimits
from tallystick.decide.policy.tables import (
    Counterexample,
    Request,
    Span,
    compile_matcher,
    decision_tables,
    stricter_than,
)
from tallystick.ground.facts import PAYMENT_FACTS
from tallystick.standard import OPERATION_KINDS, PAYMENT_KINDS
from tallystick.testing.policies import example_policy

BASE = example_policy()
ENVIRONMENTS = ("se", "tee", "software")
ROLES = ("customer", "merchant", "agent", "treasury", "backoffice", "laboratory")
STRENGTH = {"device alone": 0, "PIN": 1, "refused": 2}
AMOUNTS = st.integers(0, 40)  # small numbers meet one another often


@st.composite
def policies(draw: st.DrawFn) -> SecurityPolicy:
    operations = dict(BASE.operations)
    for kind in PAYMENT_KINDS:
        caps = sorted(draw(st.lists(AMOUNTS, min_size=3, max_size=3)), reverse=True)
        dropped = draw(st.sets(st.sampled_from(["tier.within", "customer.authenticated"])))
        facts = tuple(fact for fact in PAYMENT_FACTS if fact not in dropped)
        operations[kind] = replace(
            operations[kind],
            roles=tuple(draw(st.lists(st.sampled_from(ROLES), unique=True))),
            facts=facts,
            step_up_minor=draw(AMOUNTS) if "customer.authenticated" in facts else None,
            amount_max_minor=dict(zip(ENVIRONMENTS, caps, strict=True)),
        )
    tiers = {
        name: draw(limits(name))
        for name in draw(st.sampled_from([("a",), ("a", "b"), ("b", "c", "d")]))
    }
    return replace(BASE, operations=operations, tiers=tiers)


@st.composite
def limits(draw: st.DrawFn, name: str) -> TierLimits:
    one, two, three, held = sorted(draw(st.lists(st.integers(1, 40), min_size=4, max_size=4)))
    return TierLimits(
        tier=name, per_transaction_minor=one, per_day_minor=two, per_month_minor=three,
        balance_minor=held,
    )  # fmt: skip


@st.composite
def requests(draw: st.DrawFn, policy: SecurityPolicy) -> Request:
    return Request(
        operation=draw(st.sampled_from(OPERATION_KINDS)),
        role=draw(st.sampled_from(ROLES)),
        environment=draw(st.sampled_from(ENVIRONMENTS)),
        tier=draw(st.sampled_from(sorted(policy.tiers))),
        amount_minor=draw(st.integers(0, 45)),
    )


def directly(policy: SecurityPolicy, asked: Request) -> str:
    """The policy's members, read without any table."""
    rule = policy.operations[asked.operation]
    if asked.role not in rule.roles:
        return "refused"
    if asked.operation not in PAYMENT_KINDS:
        return "device alone"
    if asked.amount_minor > rule.amount_max_minor[asked.environment]:
        return "refused"
    limit = policy.tiers[asked.tier].per_transaction_minor
    if "tier.within" in rule.facts and asked.amount_minor > limit:
        return "refused"
    stepped = rule.step_up_minor is not None and asked.amount_minor >= rule.step_up_minor
    return "PIN" if stepped else "device alone"


@given(st.data())
@settings(deadline=None)
def test_the_matcher_answers_what_the_policy_says(data: st.DataObject) -> None:
    policy = data.draw(policies())
    matcher = compile_matcher(policy)
    for _ in range(20):
        asked = data.draw(requests(policy))
        decision = matcher.decide(asked)
        assert decision.outcome == directly(policy, asked)
        wanted = () if decision.refused else policy.operations[asked.operation].facts
        assert decision.facts == wanted
        if asked.operation in PAYMENT_KINDS and matcher.may_ask(asked.operation, asked.role):
            parts = (
                matcher.handset(asked.operation, asked.environment, asked.amount_minor),
                matcher.tier(asked.operation, asked.tier, asked.amount_minor),
            )
            assert decision.refused == ("refused" in parts)
            assert decision.refused or decision.outcome == parts[0]


@given(policies())
@settings(deadline=None, max_examples=40)
def test_the_tables_of_a_sound_policy_pass_every_check(policy: SecurityPolicy) -> None:
    check_tables(decision_tables(policy))


def covers(found: Counterexample, asked: Request) -> bool:
    values = {
        "operation": asked.operation, "environment": asked.environment, "tier": asked.tier,
        "amount": asked.amount_minor,
    }  # fmt: skip
    for name, condition in found.inputs.items():
        if isinstance(condition, Span):
            inside = condition.least <= int(values[name])
            if not inside or (condition.most is not None and int(values[name]) > condition.most):
                return False
        elif values[name] not in condition:
            return False
    return True


@given(st.data())
@settings(deadline=None)
def test_a_question_is_a_counterexample_exactly_when_its_answer_is_weaker(
    data: st.DataObject,
) -> None:
    old, new = data.draw(policies()), data.draw(policies())
    new = replace(new, tiers={name: data.draw(limits(name)) for name in old.tiers})
    found = [one for one in stricter_than(old, new) if one.table == "application.payment"]
    everybody = {"roles": ROLES}
    for policy in (old, new):
        for kind in PAYMENT_KINDS:  # the question of roles is another table's
            policy.operations[kind] = replace(policy.operations[kind], **everybody)  # type: ignore[index]
    for _ in range(20):
        asked = replace(
            data.draw(requests(old)), operation=data.draw(st.sampled_from(PAYMENT_KINDS))
        )
        one, two = directly(old, asked), directly(new, asked)
        hits = [example for example in found if covers(example, asked)]
        assert len(hits) == (STRENGTH[two] < STRENGTH[one])
        assert [(hit.before, hit.after) for hit in hits] == [(one, two)] * len(hits)


@given(policies(), policies())
@settings(deadline=None, max_examples=40)
def test_two_policies_that_are_each_as_strict_as_the_other_answer_alike(
    one: SecurityPolicy, two: SecurityPolicy
) -> None:
    two = replace(two, tiers=one.tiers)
    if not stricter_than(one, two) and not stricter_than(two, one):
        for kind in PAYMENT_KINDS:
            assert set(one.operations[kind].roles) == set(two.operations[kind].roles)
            assert set(one.operations[kind].facts) == set(two.operations[kind].facts)

"""From the selection to the policy that the running service enforces."""

from __future__ import annotations

from tallystick.analyse import RiskAnalysis, Scenario, risk_matrix
from tallystick.decide.controls import Candidate
from tallystick.decide.policy.model import (
    AcceptedRisk,
    AppliedRequirement,
    ChosenControl,
    GrantedException,
    SecurityPolicy,
    TierLimits,
)
from tallystick.decide.policy.operations import operation_rules, services_not_run
from tallystick.decide.policy.parameters import policy_parameters, typology_rules
from tallystick.decide.policy.plain import sealed_policy
from tallystick.decide.policy.reasons import answered, declined_with_reasons
from tallystick.decide.policy.tables import what_it_sets
from tallystick.decide.policy.terms import terms_of
from tallystick.decide.selection import Problem, Selection
from tallystick.describe import Service
from tallystick.describe.model import RequirementException

CRITICAL = "critical"
"""The worst rating of the 5 x 5 picture (analyse/risk/matrix)."""


def draft_policy(problem: Problem, selection: Selection) -> SecurityPolicy:
    """Compile; what comes out is sealed with its digest and still has to pass assurance."""
    service, analysis = problem.service, problem.analysis
    controls = problem.controls(selection.chosen)
    return sealed_policy(
        SecurityPolicy(
            service_id=service.id,
            provider=service.provider.name,
            jurisdiction=service.provider.jurisdiction,
            currency=service.currency,
            analysis=analysis.digest,
            catalogue=analysis.catalogue,
            controls=tuple(_chosen(problem, problem.candidates[name]) for name in selection.chosen),
            declined=declined_with_reasons(problem, selection),
            operations=operation_rules(service, controls),
            tiers=_tiers(service),
            parameters=policy_parameters(service, controls),
            typologies=typology_rules(service, controls),
            requirements=_requirements(problem, selection),
            acceptances=_acceptances(problem, selection),
            not_run=services_not_run(service),
            terms=terms_of(service),
            exceptions=tuple(_exception(one) for one in service.exceptions),
            critical=_critical(analysis, selection),
            optimum=_record(problem, selection, analysis),
            digest="",
        )
    )


def _chosen(problem: Problem, candidate: Candidate) -> ChosenControl:
    control = candidate.control
    here = {scenario.threat for scenario in problem.scenarios.values()}
    return ChosenControl(
        id=control.id,
        title=control.title,
        layer=control.layer.value,
        room=control.room,
        requirements=tuple(r.id for r in problem.requirements if control.id in r.controls),
        threats=tuple(sorted(threat for threat in control.effects if threat in here)),
        build_days=control.cost.build_days,
        run_days=control.cost.run_days,
        sets=what_it_sets(control),
    )


def _tiers(service: Service) -> dict[str, TierLimits]:
    return {
        tier.name: TierLimits(
            tier=tier.name,
            per_transaction_minor=tier.per_transaction_minor,
            per_day_minor=tier.per_day_minor,
            per_month_minor=tier.per_month_minor,
            balance_minor=tier.balance_minor,
            receive_per_day_minor=tier.receive_per_day_minor,
            receive_per_month_minor=tier.receive_per_month_minor,
        )
        for tier in service.tiers
    }


def _requirements(problem: Problem, selection: Selection) -> tuple[AppliedRequirement, ...]:
    return tuple(
        AppliedRequirement(
            id=requirement.id,
            clause=requirement.clause,
            nature=requirement.nature.value,
            layer=requirement.layer.value,
            title=requirement.title,
            controls=answered(requirement, selection),
        )
        for requirement in problem.requirements
    )


def _critical(analysis: RiskAnalysis, selection: Selection) -> tuple[str, ...]:
    """The threats that the 5 x 5 picture shows as critical under the countermeasures chosen."""
    cells = risk_matrix(analysis, selection.shares)
    found = {name for cell in cells if cell.rating == CRITICAL for name in cell.scenarios}
    return tuple(sorted(one.threat for one in analysis.scenarios if one.id in found))


def _acceptances(problem: Problem, selection: Selection) -> tuple[AcceptedRisk, ...]:
    """The accepted risks of scenarios that this service has, each with what is left of it."""
    scenarios = {scenario.threat: scenario for scenario in problem.scenarios.values()}
    return tuple(
        AcceptedRisk(
            threat=one.threat,
            up_to_minor=one.up_to_minor,
            expected_after_minor=_left(scenarios[one.threat], selection),
            reason=one.reason,
            approved_by=one.approved_by,
            until=one.until,
        )
        for one in problem.service.acceptances
        if one.threat in scenarios
    )


def _left(scenario: Scenario, selection: Selection) -> int:
    return round(scenario.expected_minor.mid * selection.shares[scenario.id])


def _exception(one: RequirementException) -> GrantedException:
    return GrantedException(
        requirement=one.requirement,
        compensation=one.compensation,
        reason=one.reason,
        approved_by=one.approved_by,
        until=one.until,
    )


def _record(problem: Problem, selection: Selection, analysis: RiskAnalysis) -> dict[str, int | str]:
    """What a laboratory needs to re-check the choice with another solver."""
    chosen = [problem.candidates[name].control.cost for name in selection.chosen]
    appetite = problem.service.appetite
    return {
        "status": "optimal",
        "proof": selection.proof,
        "burden_millidays": selection.burden,
        "bound_millidays": selection.bound,
        "friction": sum(cost.friction for cost in chosen),
        "build_days": sum(cost.build_days for cost in chosen),
        "run_days": sum(cost.run_days for cost in chosen),
        "solves": selection.solves,
        "ties": selection.ties,
        "expected_before_minor": analysis.loss.mean_minor,
        "expected_after_minor": selection.after.mean_minor,
        "var_95_before_minor": analysis.loss.var_95_minor,
        "var_95_after_minor": selection.after.var_95_minor,
        "var_99_before_minor": analysis.loss.var_99_minor,
        "var_99_after_minor": selection.after.var_99_minor,
        "es_95_before_minor": analysis.loss.es_95_minor,
        "es_95_after_minor": selection.after.es_95_minor,
        "appetite_scenario_minor": appetite.scenario_minor,
        "appetite_95_minor": appetite.annual_95_minor,
        "appetite_99_minor": appetite.annual_99_minor,
    }

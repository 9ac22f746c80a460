"""The page of a plan: everything is worked out here once, the templates only lay it out."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.decide import Plan
from tallystick.ground.errors import Misconfigured
from tallystick.prove.report.diagram import NARROW, WIDE, service_diagram
from tallystick.prove.report.losses import draw_curves, scenario_rows, year_rows
from tallystick.prove.report.measures import Measures, list_measures
from tallystick.prove.report.pages import number_sections, write_page
from tallystick.prove.report.plan.coverage import Statement, state_applicability
from tallystick.prove.report.plan.decisions import (
    Decision,
    list_claims,
    list_decisions,
    raised_limits,
    read_date,
)
from tallystick.prove.report.plan.figures import list_figures, list_terms
from tallystick.prove.report.plan.heat import paint_heat
from tallystick.prove.report.plan.ports import Alternative, Study
from tallystick.prove.report.plan.studied import show_study
from tallystick.prove.report.plan.summary import (
    describe_service,
    list_open,
    list_to_decide,
    plan_tiles,
)
from tallystick.prove.report.risk import RiskPicture, paint_risk
from tallystick.standard import PAYMENT_KINDS


def render_plan(
    plan: Plan, *, study: Study | None = None, budget: Alternative | None = None, as_of: str = ""
) -> str:
    """Write a plan as one HTML page: no script, nothing from elsewhere, the same every time.

    Takes:   `study`, without which the sections that need one are left out; `budget`, what a given
             burden buys; `as_of`, the day (YYYY-MM-DD) against which ends are judged, or nothing.
    Refuses: Misconfigured when the artefacts do not belong together or the day is none.
    """
    _demand_chain(plan)
    if as_of:
        read_date(as_of, where="as of")
    service, policy, catalogue = plan.service, plan.policy, plan.catalogue
    risk = paint_risk(plan.analysis, policy, catalogue)
    measures = list_measures(
        service, plan.analysis, policy, risk, catalogue, binding=study.binding if study else None
    )
    statement = state_applicability(policy, catalogue)
    heat = paint_heat(plan)
    studied = show_study(plan, study, budget) if study else None
    decisions = list_decisions(policy, catalogue, as_of=as_of)
    claims = list_claims(service, catalogue, as_of=as_of)
    sections = _sections(
        heat=heat is not None, decisions=bool(decisions or claims), study=study is not None
    )
    return write_page(
        "plan.html.j2",
        heads=number_sections(sections),
        as_of=as_of,
        service=service,
        policy=policy,
        catalogue=catalogue,
        analysis=plan.analysis,
        measures=measures,
        statement=statement,
        heat=heat,
        study=study,
        studied=studied,
        decisions=decisions,
        claims=claims,
        **_front(plan, risk, measures, statement, decisions),
        **_losses(plan, risk),
        rules=[policy.operations[kind] for kind in PAYMENT_KINDS if kind in policy.operations],
        diagrams={width: service_diagram(service, width=width) for width in (WIDE, NARROW)},
        assumptions=list_figures(plan, risk),
        terms=list_terms(),
        wide=WIDE,
        narrow=NARROW,
    )


def _sections(*, heat: bool, decisions: bool, study: bool) -> list[tuple[str, str, bool]]:
    """What the page has, in order: id, title, and whether it is for the board."""
    every = [
        ("service", "The service", True, True),
        ("loss", "What a year may cost", True, True),
        ("heat", "How often against how much", True, heat),
        ("scenarios", "Where the money would go", True, True),
        ("decisions", "Accepted risks, exceptions, claims", True, decisions),
        ("measures", "Countermeasures", False, True),
        ("choice", "What the choice turns on", False, study),
        ("declined", "Left out, and why", False, True),
        ("coverage", "Coverage by clause", False, True),
        ("statement", "Statement of applicability", False, True),
        ("reading", "Figures and assumptions", False, True),
        ("terms", "Words used here", False, True),
    ]
    return [(name, title, board) for name, title, board, there in every if there]


def _front(
    plan: Plan,
    risk: RiskPicture,
    measures: Measures,
    statement: Statement,
    decisions: tuple[Decision, ...],
) -> Mapping[str, object]:
    return {
        "risk": risk,
        "offers": describe_service(plan.service),
        "to_decide": list_to_decide(risk, plan.service, measures, statement, decisions),
        "stays_open": list_open(plan.service, statement, measures),
        "tiles": plan_tiles(
            risk, statement, measures, accepted=plan.service.appetite.annual_95_minor
        ),
    }


def _losses(plan: Plan, risk: RiskPicture) -> Mapping[str, object]:
    titles = {one.id: one.title for one in plan.policy.controls}
    return {
        "curves": draw_curves(risk, plan.service),
        "figures": year_rows(risk, plan.service),
        "scenarios": scenario_rows(
            risk,
            accepted=plan.service.appetite.scenario_minor,
            raised=raised_limits(plan.policy),
            titles=titles,
        ),
    }


def _demand_chain(plan: Plan) -> None:
    links = [
        ("analysis", plan.analysis.service, plan.service.digest),
        ("analysis", plan.analysis.catalogue, plan.catalogue.digest),
        ("policy", plan.policy.analysis, plan.analysis.digest),
    ]
    for where, found, expected in links:
        if found != expected:
            raise Misconfigured("was not made from what stands before it", where=where)

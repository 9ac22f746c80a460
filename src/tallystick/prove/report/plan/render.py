"""The page of a plan: everything is worked out here once, the templates only lay it out."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.decide import Alternative, Plan, Study
from tallystick.ground.errors import Misconfigured
from tallystick.prove.report.landscape import draw_service
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
from tallystick.prove.report.plan.paths import list_paths
from tallystick.prove.report.plan.standing import Standing, weigh_evidence
from tallystick.prove.report.plan.studied import show_study
from tallystick.prove.report.plan.summary import (
    describe_service,
    list_open,
    list_remaining,
    list_to_decide,
    plan_tiles,
)
from tallystick.prove.report.plan.sureness import weigh_sureness
from tallystick.prove.report.risk import RiskPicture, paint_risk
from tallystick.prove.report.svg import NARROW, WIDE
from tallystick.standard import PAYMENT_KINDS

_SECTIONS = (
    ("service", "The service", True),
    ("loss", "What a year may cost", True),
    ("heat", "How often against how much", True),
    ("scenarios", "Where the money would go", True),
    ("paths", "The costliest attack paths", True),
    ("decisions", "Accepted risks, exceptions, claims", True),
    ("measures", "Countermeasures", True),
    ("choice", "What the choice turns on", True),
    ("declined", "Left out, and why", True),
    ("coverage", "Coverage by clause", True),
    ("register", "Register of countermeasures", False),
    ("others", "Countermeasures left out", False),
    ("statement", "Statement of applicability", False),
    ("reading", "Figures and assumptions", False),
    ("terms", "Words used here", False),
)


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
    heat, paths = paint_heat(plan), list_paths(plan)
    studied = show_study(plan, study, budget) if study else None
    decisions = list_decisions(policy, catalogue, as_of=as_of)
    claims = list_claims(service, catalogue, as_of=as_of)
    today = weigh_evidence(plan, as_of=as_of)
    sections = _sections({"paths": paths, "decisions": [*decisions, *claims], "choice": study})
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
        paths=paths,
        study=study,
        studied=studied,
        decisions=decisions,
        claims=claims,
        today=today,
        **_front(plan, risk, measures, statement, decisions, today),
        **_losses(plan, risk),
        rules=[policy.operations[kind] for kind in PAYMENT_KINDS if kind in policy.operations],
        drawn=draw_service(service, plan.analysis),
        assumptions=list_figures(plan, risk),
        terms=list_terms(),
        wide=WIDE,
        narrow=NARROW,
    )


def _sections(there: Mapping[str, object]) -> list[tuple[str, str, bool]]:
    """What the page has, in order: id, title, and whether it is for the board.

    Takes: `there`, what some sections show; those that would be empty are left out.
    """
    return [
        (name, title, board) for name, title, board in _SECTIONS if name not in there or there[name]
    ]


def _front(
    plan: Plan,
    risk: RiskPicture,
    measures: Measures,
    statement: Statement,
    decisions: tuple[Decision, ...],
    today: Standing | None,
) -> Mapping[str, object]:
    return {
        "risk": risk,
        "offers": describe_service(plan.service),
        "to_decide": list_to_decide(risk, plan.service, measures, statement, decisions),
        "remaining": list_remaining(risk, asked=len(decisions)),
        "stays_open": list_open(risk, plan.service, statement, measures, today),
        "tiles": plan_tiles(
            risk, statement, measures, accepted=plan.service.appetite.annual_95_minor
        ),
    }


def _losses(plan: Plan, risk: RiskPicture) -> Mapping[str, object]:
    titles = {one.id: one.title for one in plan.policy.controls}
    return {
        "curves": draw_curves(risk, plan.service),
        "figures": year_rows(risk, plan.service),
        "sureness": weigh_sureness(plan),
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

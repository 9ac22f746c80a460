"""The report of a dossier: one page that carries everything it shows."""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.analyse import RiskAnalysis
from tallystick.decide.policy import SecurityPolicy
from tallystick.describe import Service, catalogue_of
from tallystick.ground.errors import Misconfigured
from tallystick.prove.certificate import Certificate
from tallystick.prove.dossier import Dossier
from tallystick.prove.evidence import Witnessed
from tallystick.prove.report.attacks import TrialTold, list_attacks
from tallystick.prove.report.chain import list_entries, list_links, open_evidence, read_head
from tallystick.prove.report.front import certificate_lines, grade_of_dossier, tiles
from tallystick.prove.report.landscape import draw_service
from tallystick.prove.report.losses import draw_curves, scenario_rows, year_rows
from tallystick.prove.report.measures import list_measures
from tallystick.prove.report.pages import number_sections, write_page
from tallystick.prove.report.payment import choose_payment, walk_payment
from tallystick.prove.report.requirements import cover_requirements
from tallystick.prove.report.risk import paint_risk
from tallystick.prove.report.svg import NARROW, WIDE
from tallystick.standard import PAYMENT_KINDS

VERIFY = "tallystick verify BUNDLE --trust trust.txt"
_SECTIONS = (
    ("service", "The service", True),
    ("loss", "What a year may cost", True),
    ("scenarios", "Where the money would go", True),
    ("measures", "Countermeasures", False),
    ("requirements", "Requirements", False),
    ("attacks", "Attacks on the running service", False),
    ("payment", "One payment through the rooms", False),
    ("chain", "From description to certificate", False),
    ("reading", "How to read the figures", False),
    ("evidence", "Evidence", False),
)


def render_report(
    *,
    service: Service,
    analysis: RiskAnalysis,
    policy: SecurityPolicy,
    dossier: Dossier,
    certificate: Certificate | None = None,
    trials: Sequence[TrialTold] = (),
    walk: Witnessed | None = None,
) -> str:
    """Write a dossier as one HTML page: no script, nothing from elsewhere, the same every time.

    Takes:   the artefacts of one service, each made from the one before; `trials`, results that
             tell what the evidence does not; `walk`, the entry of the payment to show (without it
             the fullest accepted payment among the dossier's evidence).
    Refuses: Misconfigured when the artefacts do not belong together; EntryRefused.
    """
    _demand_chain(service, analysis, policy, dossier, certificate)
    catalogue = catalogue_of(service)
    risk = paint_risk(analysis, policy, catalogue)
    evidence = open_evidence(dossier.evidence)
    coverage = cover_requirements(dossier, catalogue, currency=policy.currency)
    attacks = list_attacks(dossier.trials, evidence, trials, catalogue)
    measures = list_measures(service, analysis, policy, risk, catalogue)
    payment = walk or choose_payment(evidence.values())
    return write_page(
        "report.html.j2",
        heads=number_sections(_SECTIONS),
        service=service,
        policy=policy,
        dossier=dossier,
        grade=grade_of_dossier(dossier, certificate),
        validity=certificate_lines(certificate),
        tiles=tiles(risk, coverage, attacks, measures, accepted=service.appetite.annual_95_minor),
        risk=risk,
        rules=[policy.operations[kind] for kind in PAYMENT_KINDS if kind in policy.operations],
        figures=year_rows(risk, service),
        sureness=None,
        today=None,
        scenarios=scenario_rows(
            risk, accepted=service.appetite.scenario_minor, raised={},
            titles={one.id: one.title for one in policy.controls},
        ),
        drawn=draw_service(service, analysis),
        curves=draw_curves(risk, service),
        wide=WIDE,
        narrow=NARROW,
        measures=measures,
        coverage=coverage,
        attacks=attacks,
        payment=walk_payment(payment, catalogue) if payment else None,
        links=list_links(dossier, certificate),
        head=read_head(dossier),
        entries=list_entries(dossier.evidence, evidence),
        known={proven.index for proven in dossier.evidence},
        verify=VERIFY,
    )  # fmt: skip


def _demand_chain(
    service: Service,
    analysis: RiskAnalysis,
    policy: SecurityPolicy,
    dossier: Dossier,
    certificate: Certificate | None,
) -> None:
    links = [
        ("analysis", analysis.service, service.digest),
        ("policy", policy.analysis, analysis.digest),
        ("dossier", dossier.chain.policy, policy.digest),
        ("dossier", dossier.chain.analysis, analysis.digest),
    ]
    if certificate is not None:
        links.append(("certificate", certificate.dossier, dossier.digest))
    for where, found, expected in links:
        if found != expected:
            raise Misconfigured("was not made from what stands before it", where=where)

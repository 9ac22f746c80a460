"""The report of a dossier: one page that carries everything it shows."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined

from tallystick.analyse import RiskAnalysis
from tallystick.decide.policy import SecurityPolicy
from tallystick.describe import Service, catalogue_of
from tallystick.ground.errors import Misconfigured
from tallystick.prove.certificate import Certificate
from tallystick.prove.dossier import Dossier
from tallystick.prove.evidence import Witnessed
from tallystick.prove.report import words
from tallystick.prove.report.attacks import TrialTold, list_attacks
from tallystick.prove.report.chain import list_entries, list_links, open_evidence, read_head
from tallystick.prove.report.charts import Curve, exceedance_chart, interval_bar
from tallystick.prove.report.diagram import NARROW, WIDE, service_diagram
from tallystick.prove.report.front import certificate_lines, grade_of_dossier, tiles
from tallystick.prove.report.measures import list_measures
from tallystick.prove.report.payment import choose_payment, walk_payment
from tallystick.prove.report.requirements import cover_requirements
from tallystick.prove.report.risk import LossBand, RiskPicture, paint_risk
from tallystick.standard import PAYMENT_KINDS

VERIFY = "tallystick verify BUNDLE --trust trust.txt"
_PLANE = {WIDE: 470, NARROW: 430}


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
    style = _read("report.css")
    return (
        _pages()
        .get_template("report.html.j2")
        .render(
            style=style,
            style_hash=_source_hash(style),
            service=service,
            policy=policy,
            dossier=dossier,
            grade=grade_of_dossier(dossier, certificate),
            validity=certificate_lines(certificate),
            tiles=tiles(
                risk, coverage, attacks, measures, accepted=service.appetite.annual_95_minor
            ),
            risk=risk,
            rules=[policy.operations[kind] for kind in PAYMENT_KINDS if kind in policy.operations],
            figures=_figures(risk, service),
            scenarios=_scenario_bars(risk, service),
            diagrams={width: service_diagram(service, width=width) for width in (WIDE, NARROW)},
            curves={width: _curves(risk, service, width) for width in (WIDE, NARROW)},
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
        )
    )


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


def _curves(risk: RiskPicture, service: Service, width: int) -> str:
    appetite = service.appetite
    return exceedance_chart(
        [
            _curve("before", "before countermeasures", risk.before),
            _curve("after", "after countermeasures", risk.after),
        ],
        accepted=((50_000, appetite.annual_95_minor), (10_000, appetite.annual_99_minor)),
        currency=risk.currency,
        width=width,
        height=_PLANE[width],
        label="How likely a year is to cost more than a given loss, before and after",
    )


def _curve(kind: str, label: str, band: LossBand) -> Curve:
    return Curve(
        kind=kind, label=label, low=band.low.curve, mid=band.mid.curve, high=band.high.curve
    )


def _figures(risk: RiskPicture, service: Service) -> list[dict[str, str]]:
    """The table under the curve: a row for each kind of year."""
    appetite, currency = service.appetite, risk.currency
    rows = (
        ("Average year", "mean_minor", None),
        ("Worst year of 20", "var_95_minor", appetite.annual_95_minor),
        ("Worst year of 100", "var_99_minor", appetite.annual_99_minor),
    )
    told = []
    for year, name, accepted in rows:
        row = {"year": year, "accepted": words.money(accepted, currency) if accepted else ""}
        for kind, band in (("before", risk.before), ("after", risk.after)):
            low, mid, high = (getattr(part, name) for part in (band.low, band.mid, band.high))
            row[kind] = words.money(mid, currency)
            row[f"{kind}_range"] = words.money_range(low, high, currency)
        told.append(row)
    return told


def _scenario_bars(risk: RiskPicture, service: Service) -> list[dict[str, str]]:
    """The costliest scenarios, each with two bars on one scale."""
    top = risk.top()
    whole = max((one.before[2] for one in top), default=1)
    rows = []
    for one in top:
        row = {"threat": one.threat, "title": one.title}
        for kind, (low, mid, high) in (("before", one.before), ("after", one.after)):
            row[kind] = words.money(mid, risk.currency)
            row[f"{kind}_range"] = words.money_range(low, high, risk.currency)
            row[f"{kind}_bar"] = interval_bar(
                low=low, mid=mid, high=high, whole=whole, kind=kind,
                mark=service.appetite.scenario_minor,
            )  # fmt: skip
        rows.append(row)
    return rows


@cache
def _pages() -> Environment:
    """The templates; what is not drawn by us is escaped, and a missing name is an error."""
    pages = Environment(
        loader=FunctionLoader(_read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    pages.filters |= {
        "count": words.count,
        "counted": words.counted,
        "day": words.day,
        "exact": words.exact,
        "moment": words.moment,
        "money": words.money,
        "percent": words.percent,
        "say": words.say,
        "short": words.short,
    }
    return pages


@cache
def _read(name: str) -> str:
    """A file of the package's own templates."""
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _source_hash(style: str) -> str:
    """The style as the page's own content security policy names it."""
    hashed = hashlib.sha256(style.encode()).digest()
    return f"sha256-{base64.b64encode(hashed).decode('ascii')}"

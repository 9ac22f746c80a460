"""What the figures rest on: the numbers put in, the digests, and the words used on the page."""

from __future__ import annotations

from tallystick.decide import Plan
from tallystick.decide.controls import BUILD_YEARS, FRICTION_MILLIDAYS
from tallystick.prove.report.risk import RiskPicture
from tallystick.prove.report.words import count, days, exact, money, percent
from tallystick.standard.glossary import GLOSSARY

_TERMS = (
    "agent", "clause", "countermeasure, control", "crypto module", "customer due diligence, tier",
    "electronic money, issuance, redemption", "evidence log", "float, safeguarding", "layer",
    "MFSP, provider", "mobile device", "mode: proximate, remote", "policy, security policy",
    "proportionality", "requirement, recommendation, description", "residual risk",
    "secure environment: SE, TEE, software", "threat", "witness",
)  # fmt: skip
OWN_TERMS = (
    ("acceptance", "more loss of one threat is borne than of others, until a day, by named people"),
    ("average year", "the mean over many years: what has to be earned to bear the losses"),
    ("exception", "a requirement that may stay open until a day; what takes its place is named"),
    ("friction", "how much a countermeasure is in the way of customers, from 0 to 100"),
    ("person-day", "one day of work of one person, at the price that the service file gives"),
    ("robust core", "countermeasures that are chosen whether effects are small, middling or great"),
    ("scenario", "a threat met by this service, with its own frequency and cost"),
    ("worst year of 20", "the loss that one year in 20 exceeds; of 100 likewise"),
)
Rows = tuple[tuple[str, str], ...]


def list_figures(plan: Plan, risk: RiskPicture) -> Rows:
    """Numbers and digests with which somebody else can repeat the plan."""
    return (*_inputs(plan), *_reckoning(plan, risk), *_digests(plan))


def _inputs(plan: Plan) -> Rows:
    service, currency = plan.service, plan.service.currency
    appetite, volumes = service.appetite, service.volumes
    return (
        ("Customers", count(volumes.customers)),
        ("Payments on an average day", count(volumes.transactions_per_day)),
        ("Average payment", exact(volumes.average_value_minor, currency)),
        ("Average balance of a customer", exact(volumes.average_balance_minor, currency)),
        ("One person-day", exact(volumes.person_day_cost_minor, currency)),
        ("Accepted of one scenario in an average year", exact(appetite.scenario_minor, currency)),
        ("Accepted in the worst year of 20", exact(appetite.annual_95_minor, currency)),
        ("Accepted in the worst year of 100", exact(appetite.annual_99_minor, currency)),
    )


def _reckoning(plan: Plan, risk: RiskPicture) -> Rows:
    optimum, analysis = plan.policy.optimum, plan.analysis
    rows = [
        ("Scenarios; threats that do not apply",
         f"{count(len(analysis.scenarios))}; {count(len(analysis.elsewhere))}"),
        ("Step of the loss grid", money(risk.before.mid.step_minor, risk.currency)),
        ("Building is spread over", f"{BUILD_YEARS} years"),
        ("One point of friction weighs", f"{days(FRICTION_MILLIDAYS)} person-day a year"),
        ("Burden of this plan a year", f"{days(int(optimum['burden_millidays']))} person-days"),
        ("No choice is lighter than", f"{days(int(optimum['bound_millidays']))} person-days"),
    ]  # fmt: skip
    if "loss_budget_ppm" in optimum:
        share = percent(round(int(optimum["loss_budget_ppm"]) / 1000))
        rows.append(("Expected loss held to", f"{share} of that before countermeasures"))
    return tuple(rows)


def _digests(plan: Plan) -> Rows:
    return (
        ("Digest of the service", plan.service.digest),
        ("Digest of the catalogue", plan.catalogue.digest),
        ("Digest of the analysis", plan.analysis.digest),
        ("Digest of the policy", plan.policy.digest),
    )


def list_terms() -> Rows:
    """Words of the glossary that the page uses, with those that only it uses, by alphabet."""
    known = dict(GLOSSARY)
    found = [(word, known[word]) for word in _TERMS] + list(OWN_TERMS)
    return tuple(sorted(found, key=lambda pair: pair[0].casefold()))

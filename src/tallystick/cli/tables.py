"""What describe, analyse and decide say to people: a service, its risks, its policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from tallystick.cli.drawing import show_drawing
from tallystick.cli.risks import show_matrix, show_uncertainty
from tallystick.cli.showing import (
    counted,
    grouped,
    make_table,
    money,
    open_console,
    rate,
    rough_money,
    show_heading,
    show_pairs,
    show_table,
    show_text,
)
from tallystick.cli.ways import show_ways

if TYPE_CHECKING:
    from rich.console import Console

    from tallystick.analyse import RiskAnalysis
    from tallystick.decide import Plan, SecurityPolicy
    from tallystick.decide.policy import TierLimits
    from tallystick.describe import Service, Tier

SCENARIOS_SHOWN = 20
_LIMITS = ("per_transaction", "per_day", "per_month", "balance")


def show_service(service: Service) -> None:
    """The service as it was understood."""
    console, provider = open_console(), service.provider
    console.print(service.name, style="bold")
    show_pairs(
        console,
        [
            ("id", service.id),
            ("provider", f"{provider.name} ({provider.id}), {provider.jurisdiction}"),
            ("services", ", ".join(service.services)),
            ("modes", ", ".join(service.modes)),
            ("channels", ", ".join(service.channels)),
            ("parties", "; ".join(f"{party.role}: {party.name}" for party in service.parties)),
            *(
                (
                    "handsets",
                    f"{one.share_permille // 10} % {one.kind}, keys in {one.secure_environment}",
                )
                for one in service.handsets
            ),
            *(
                ("crypto modules", f"{one.name}: {one.kind} {one.certificate}".rstrip())
                for one in service.modules
            ),
            ("witness of the log", service.witness),
            ("kept", ", ".join(f"{kind} {n} days" for kind, n in service.retention_days.items())),
            *_volumes(service),
            *_tightened(service),
        ],
    )
    show_drawing(console, service)
    show_heading(console, "What a customer may do, by what the customer has shown")
    _show_limits(
        console,
        {tier.name: tier for tier in service.tiers},
        service.currency,
        evidence={tier.name: tier.evidence for tier in service.tiers},
    )
    _end(console, service.digest)


def show_analysis(analysis: RiskAnalysis, *, everything: bool) -> None:
    """What may go wrong and what it costs in a year, before any countermeasure."""
    from tallystick.analyse import risk_matrix

    console, currency = open_console(), analysis.currency
    console.print(f"The risks of {analysis.service_id}, before any countermeasure", style="bold")
    table = make_table("annual loss", "low", "reckoned", "high", right=("low", "reckoned", "high"))
    losses = (analysis.loss_low, analysis.loss, analysis.loss_high)
    for name, what in (
        ("mean_minor", "an average year"),
        ("var_95_minor", "the worst year of 20"),
        ("var_99_minor", "the worst year of 100"),
    ):
        table.add_row(what, *(rough_money(getattr(loss, name), currency) for loss in losses))
    show_table(console, table)
    ranked = sorted(analysis.scenarios, key=lambda one: (-one.expected_minor.mid, one.id))
    shown = ranked if everything else ranked[:SCENARIOS_SHOWN]
    show_heading(console, f"{counted(len(ranked), 'scenario')}, the dearest first, in {currency}")
    table = make_table(
        "threat", "what may happen", "times a year", "costs each time", "a year",
        right=("times a year", "costs each time", "a year"), wrap=("what may happen",),
    )  # fmt: skip
    for one in shown:
        each = (_bare(one.severity_low_minor, currency), _bare(one.severity_high_minor, currency))
        table.add_row(
            one.threat,
            one.title,
            f"{rate(one.frequency_ppm.low)} - {rate(one.frequency_ppm.high)}",
            " - ".join(each),
            _bare(one.expected_minor.mid, currency),
        )
    show_table(console, table)
    if len(shown) < len(ranked):
        console.print(f"... and {len(ranked) - len(shown)} more: --all shows them", style="dim")
    show_uncertainty(console, analysis.uncertainty, currency)
    show_matrix(console, risk_matrix(analysis))
    show_ways(console, analysis, everything=everything)
    console.print()
    said = f"{counted(len(analysis.elsewhere), 'threat')} of the catalogue cannot happen here"
    console.print(f"{said}; `tallystick explain ID` tells about one", style="dim")
    _end(console, analysis.digest)


def show_plan(plan: Plan, *, as_of: str, everything: bool) -> None:
    """The policy, and what a year costs on the evidence of a day when the file claims any.

    Of what was left out, without `everything` only what is worth a second look.
    """
    from tallystick.decide import standing_loss

    policy, standing = plan.policy, standing_loss(plan, as_of=as_of)
    console = open_console()
    console.print(f"The security policy of {policy.service_id}", style="bold")
    _show_optimum(console, policy)
    if standing is not None:
        show_text(
            console,
            f"on the evidence of {as_of}, with {standing.shown} of {standing.whole} shown: "
            f"{rough_money(standing.loss.mean_minor, policy.currency)} in an average year, "
            f"{rough_money(standing.loss.var_95_minor, policy.currency)} in the worst of 20",
        )
    _show_unanswered(console, policy)
    _show_controls(console, policy)
    _show_declined(console, policy, everything=everything)
    show_heading(console, "Limits of customers")
    _show_limits(console, policy.tiers, policy.currency)
    _show_operations(console, policy)
    show_heading(console, "Numbers that are enforced")
    show_pairs(console, [(name, str(number)) for name, number in policy.parameters.items()])
    show_heading(console, "Patterns that monitoring looks for")
    table = make_table("pattern", "window", "then", "numbers", right=("window",))
    for rule in policy.typologies:
        numbers = ", ".join(f"{name} {number}" for name, number in rule.numbers.items())
        table.add_row(rule.id, f"{rule.window_s:,} s", rule.action, numbers)
    show_table(console, table)
    _end(console, policy.digest)


def _proven(policy: SecurityPolicy) -> str:
    if policy.optimum.get("proof") != "bounded":
        return "proven: no choice that keeps every promise is lighter"
    bound, burden = (int(policy.optimum[f"{name}_millidays"]) for name in ("bound", "burden"))
    return (
        f"not proven lightest: {burden / 1000:,.1f} person-days a year with friction, and no "
        f"choice has less than {bound / 1000:,.1f}"
    )


def _show_optimum(console: Console, policy: SecurityPolicy) -> None:
    table = make_table("loss", "before", "after", "accepted", right=("before", "after", "accepted"))
    for name, accepted, what in (
        ("expected", "", "an average year"),
        ("var_95", "appetite_95_minor", "the worst year of 20"),
        ("var_99", "appetite_99_minor", "the worst year of 100"),
    ):
        figures = (f"{name}_before_minor", f"{name}_after_minor", accepted)
        table.add_row(what, *(_figure(policy, figure) for figure in figures))
    show_table(console, table)
    build, run = policy.optimum.get("build_days"), policy.optimum.get("run_days")
    console.print(f"{build} person-days to build, {run} a year to run", style="dim")
    console.print(_proven(policy), style="dim")


def _figure(policy: SecurityPolicy, name: str) -> str:
    value = policy.optimum.get(name)
    return rough_money(value, policy.currency) if isinstance(value, int) else ""


def _show_controls(console: Console, policy: SecurityPolicy) -> None:
    show_heading(console, f"{counted(len(policy.controls), 'countermeasure')} in force")
    table = make_table(
        "id", "what", "done by", "answers", "threats", right=("answers", "threats"), wrap=("what",)
    )
    for layer, number in sorted(Counter(one.layer for one in policy.controls).items()):
        table.add_row(f"{layer} layer", str(number), style="dim")
        for one in policy.controls:
            if one.layer == layer:
                counts = (str(len(one.requirements)), str(len(one.threats)))
                table.add_row(one.id, one.title, one.room, *counts)
    show_table(console, table)


def _show_unanswered(console: Console, policy: SecurityPolicy) -> None:
    """Requirements that no countermeasure in force answers: nothing may hide them."""
    excepted = {one.requirement for one in policy.exceptions}
    for one in policy.requirements:
        if one.nature == "requirement" and not one.controls:
            what = "excepted" if one.id in excepted else "NOT ANSWERED"
            console.print(f"{what}: {one.id}, {one.title}")


def _show_declined(console: Console, policy: SecurityPolicy, *, everything: bool) -> None:
    from tallystick.decide.policy import SECOND_LOOK

    second = {name: why for name, why in policy.declined.items() if SECOND_LOOK in why}
    count = len(policy.declined)
    said = "each with its reason" if everything else f"of them {SECOND_LOOK}: {len(second)}"
    show_heading(console, f"Left out: {count}, {said}")
    table = make_table("id", "why", wrap=("why",))
    for name, reason in (policy.declined if everything else second).items():
        table.add_row(name, grouped(reason))
    show_table(console, table)
    if not everything:
        console.print("--all shows the others, each with its reason", style="dim")


def _show_operations(console: Console, policy: SecurityPolicy) -> None:
    show_heading(console, "What each operation needs")
    table = make_table("operation", "by", "needs", wrap=("by", "needs"))
    for rule in policy.operations.values():
        needs = list(rule.facts)
        if rule.step_up_minor is not None:
            needs.append(f"PIN from {money(rule.step_up_minor, policy.currency)}")
        needs += [
            f"at most {money(most, policy.currency)} with keys in {environment}"
            for environment, most in rule.amount_max_minor.items()
        ]
        table.add_row(rule.operation, ", ".join(rule.roles) or "nobody", ", ".join(needs))
    show_table(console, table)


def _show_limits(
    console: Console,
    tiers: Mapping[str, Tier] | Mapping[str, TierLimits],
    currency: str,
    *,
    evidence: Mapping[str, str] | None = None,
) -> None:
    heads = tuple(name.replace("_", " ") for name in _LIMITS)
    table = make_table("tier", *(("shown",) if evidence else ()), *heads, right=heads)
    for name, tier in tiers.items():
        amounts = (money(getattr(tier, f"{limit}_minor"), currency) for limit in _LIMITS)
        table.add_row(name, *((evidence[name],) if evidence else ()), *amounts)
    show_table(console, table)


def _volumes(service: Service) -> Iterable[tuple[str, str]]:
    volumes, appetite, currency = service.volumes, service.appetite, service.currency
    if service.agents.count:
        held = money(service.agents.float_minor, currency)
        yield ("agents", f"{service.agents.count:,}, each with {held}")
    yield (
        "customers",
        f"{volumes.customers:,}, holding {money(volumes.average_balance_minor, currency)}",
    )
    each = money(volumes.average_value_minor, currency)
    yield ("payments", f"{volumes.transactions_per_day:,} a day of {each}")
    yield ("accepted loss", f"{money(appetite.scenario_minor, currency)} a year of one scenario")
    yield ("accepted loss", f"{money(appetite.annual_95_minor, currency)} in the worst year of 20")
    yield ("accepted loss", f"{money(appetite.annual_99_minor, currency)} in the worst year of 100")


def _tightened(service: Service) -> Iterable[tuple[str, str]]:
    for name, number in service.parameters.items():
        yield ("tightened", f"{name} = {number}")
    for name, numbers in service.typologies.items():
        yield ("tuned", f"{name}: {', '.join(f'{key} {n}' for key, n in numbers.items())}")


def _bare(minor: int, currency: str) -> str:
    return rough_money(minor, currency).removesuffix(f" {currency}")


def _end(console: Console, digest: str) -> None:
    console.print()
    console.print(f"digest {digest}", style="dim")

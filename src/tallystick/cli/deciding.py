"""ask: put one question to the policy of a service, as the running service does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.decide import SecurityPolicy
    from tallystick.decide.policy.tables import Decision, Matcher


def add_commands(app: typer.Typer) -> None:
    """Hang the command into the application."""
    app.command()(ask)


def ask(
    file: Annotated[Path, typer.Argument(help="The service file, or its policy (JSON).")],
    operation: Annotated[str, typer.Argument(help="Such as remote.pay.")],
    role: Annotated[str, typer.Option(help="Who asks.")] = "customer",
    environment: Annotated[
        str, typer.Option("--keys-in", help="Where the device keeps its keys.")
    ] = "software",
    tier: Annotated[
        str | None, typer.Option(help="The payer's tier; by default the one that may do least.")
    ] = None,
    amount: Annotated[str, typer.Option(help="Of a payment, such as 1500.00.")] = "0",
) -> None:
    """Say what the policy answers to one question, by which row, and by which controls."""
    from tallystick.cli.planning import read_policy
    from tallystick.decide.policy.tables import Request, compile_matcher
    from tallystick.ground.money import parse_amount

    policy = read_policy(file)
    matcher = compile_matcher(policy)
    request = Request(
        operation=_known(matcher, "operation", operation),
        role=_known(matcher, "role", role),
        environment=_known(matcher, "environment", environment),
        tier=_known(matcher, "tier", tier if tier is not None else _least(matcher)),
        amount_minor=parse_amount(amount, policy.currency, where="--amount").minor,
    )
    _show(policy, matcher.decide(request), request.tier)


def _known(matcher: Matcher, name: str, word: str) -> str:
    words = _words(matcher, name)
    if words and word not in words:
        raise Misconfigured(f"no {name} {word[:40]!r}", where="ask", allowed=", ".join(words))
    return word


def _least(matcher: Matcher) -> str:
    return (_words(matcher, "tier") or ("",))[-1]


def _words(matcher: Matcher, name: str) -> tuple[str, ...]:
    """The words of a domain, wherever it is asked about most widely."""
    found = (
        domain.words for table in matcher.tables for domain in table.domains if domain.name == name
    )
    return max(found, key=len, default=())


def _show(policy: SecurityPolicy, decision: Decision, tier: str) -> None:
    from tallystick.cli.showing import open_console, show_pairs

    titles = {control.id: control.title for control in policy.controls}
    pairs = [("answer", decision.outcome), ("because", decision.because), ("row", decision.row)]
    pairs += [("control", f"{name}: {titles[name]}") for name in decision.controls]
    pairs += [("demands", ", ".join(decision.facts))] if decision.facts else []
    if "payment" in decision.row:
        pairs.insert(0, ("tier", tier))
    show_pairs(open_console(), pairs)

"""check: the gate that a changed service file has to pass."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.cli.planning import FileArgument, read_policy, the_day
from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallystick.decide import Plan, SecurityPolicy
    from tallystick.prove.exchange import Finding


def add_commands(app: typer.Typer) -> None:
    """Hang the command into the application."""
    app.command()(check)


def check(
    file: FileArgument,
    baseline: Annotated[
        Path, typer.Option(metavar="OLD", help="The policy in force (JSON), or its service file.")
    ],
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="The day on which ends are judged; today by default."),
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            metavar="RULES",
            help="Fail on these rules only, separated by commas; a file that gives no policy "
            "always fails.",
        ),
    ] = None,
    sarif: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write the findings as SARIF 2.1.0 too.")
    ] = None,
) -> None:
    """Fail when FILE is weaker than a baseline, leaves more open, or a decision has run out.

    The rules are plan-impossible, scenario-critical, scenario-above-appetite,
    requirement-uncovered, acceptance-expired, exception-expired and policy-weaker; claim-expired is
    told and fails only when it is named. The exit status is 1 when one of them is met, and 2 when
    the files are wrong.
    """
    from tallystick.cli.changes import in_words
    from tallystick.cli.showing import counted
    from tallystick.cli.weaknesses import weakness_lines
    from tallystick.decide import diff_policies, stricter_than
    from tallystick.prove.exchange import gate_findings, material_of

    gated, old = _rules(fail_on), read_policy(baseline)
    plan = _plan_or_fail(file, sarif)
    _demand_same_service(old, plan.policy, where=str(baseline))
    changes = diff_policies(old, plan.policy, plan.catalogue)
    material = material_of(plan, made_at=the_day(as_of), source=str(file))
    found = gate_findings(material, old, changes, text=file.read_text(encoding="utf-8"))
    if sarif is not None:
        _write_sarif(sarif, found)
    _tell(found, {one.path: in_words(one, plan.policy.currency) for one in changes})
    for line in weakness_lines(stricter_than(old, plan.policy), plan.policy.currency):
        typer.echo(line)
    failing = [one for one in found if one.rule in gated]
    if failing:
        typer.echo(f"{file} does not pass against {baseline}: {counted(len(failing), 'finding')}")
        raise typer.Exit(1)
    said = f"{counted(len(changes), 'change')}, none weaker" if changes else "the same policy"
    typer.echo(f"{file} against {baseline}: {said}")


def _rules(fail_on: str | None) -> tuple[str, ...]:
    from tallystick.prove.exchange import GATED, REPORTED

    if fail_on is None:
        return GATED
    named = tuple(word.strip() for word in fail_on.split(","))
    for name in named:
        if name not in REPORTED:
            raise Misconfigured(
                f"no rule is called {name!r}", where="fail-on", allowed=", ".join(REPORTED)
            )
    return named


def _tell(found: Sequence[Finding], words: Mapping[str, str]) -> None:
    """Each finding with its place; a difference of two policies as `words` say it, by path."""
    for one in found:
        place = f"{one.file}:{one.line}" if one.line else one.file
        if one.id in words:
            typer.echo(f"{place}: weaker: {words[one.id]}")
        else:
            typer.echo(f"{place}: {one.rule.replace('-', ' ')}: {one.message}")


def _write_sarif(path: Path, found: Sequence[Finding]) -> None:
    from tallystick.prove.exchange import sarif_log

    try:
        path.write_bytes(sarif_log(found))
    except OSError as error:
        raise Misconfigured(f"cannot be written: {error.strerror}", where=str(path)) from None


def _plan_or_fail(file: Path, sarif: Path | None) -> Plan:
    """A file that gives no policy is a weaker one here; a file that cannot be read is a mistake."""
    from tallystick.decide import plan_service
    from tallystick.describe import load_service
    from tallystick.prove.exchange import make_finding

    service = load_service(file)
    try:
        return plan_service(service)
    except Misconfigured as error:
        if sarif is not None:
            found = make_finding("plan-impossible", service.id, str(error), file=str(file))
            _write_sarif(sarif, [found])
        typer.echo(f"no policy: {error}")
        raise typer.Exit(1) from None


def _demand_same_service(old: SecurityPolicy, policy: SecurityPolicy, *, where: str) -> None:
    for name in ("service_id", "currency"):
        before, after = getattr(old, name), getattr(policy, name)
        if before != after:
            raise Misconfigured(
                f"{name} {before} is not {after}: nothing to compare", where=where,
                allowed="a policy of the same service in the same currency",
            )  # fmt: skip

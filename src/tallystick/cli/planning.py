"""new, describe, analyse, decide: from the service file to the policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tallystick.cli.files import read_at_most, write_new
from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.decide import Plan, SecurityPolicy

POLICY_OCTETS_MAX = 4 * 1024 * 1024
_JSON = "json: the canonical artefact, byte for byte."

FileArgument = Annotated[Path, typer.Argument(help="The service file (TOML).")]
FormatOption = Annotated[
    Literal["text", "json"], typer.Option("--format", help=f"text, for people; {_JSON}")
]


def plan_all(file: Path) -> Plan:
    """Describe, analyse, decide. Refuses: Misconfigured, as the three floors do."""
    from tallystick.decide import plan_service
    from tallystick.describe import load_service

    return plan_service(load_service(file))


def the_day(as_of: str | None) -> str:
    """A day that was named, or the machine's (UTC): planning has no clock, so commands say it.

    Refuses: Misconfigured for what is no date.
    """
    from tallystick.ground.clock import SystemClock, day_of
    from tallystick.prove.exchange import check_date

    if as_of is None:
        return day_of(SystemClock().now_ms())
    return check_date(as_of, where="as-of").isoformat()


def plan(file: Path) -> SecurityPolicy:
    """The policy that follows from a service file. Refuses: Misconfigured."""
    return plan_all(file).policy


def add_commands(app: typer.Typer) -> None:
    """Hang the commands into the application."""
    for command in (new, describe, analyse, decide):
        app.command()(command)


def new(
    file: Annotated[Path, typer.Argument(help="Where to write; never over something.")],
    like: Annotated[
        str,
        typer.Option(
            help="The kind: e-wallet, p2p, merchant-qr, mobile-banking, agent-cash; nfc is "
            "planned, not run."
        ),
    ],
    name: Annotated[
        str | None, typer.Option(help="What the service is called; by default as the file.")
    ] = None,
) -> None:
    """Write a first service file, complete and commented."""
    from tallystick.describe import scaffold_service

    text = scaffold_service(like, name if name is not None else _name_of(file))
    write_new(file, text)
    typer.echo(f"{file} describes a service like {like}. Read it, change it, then:")
    typer.echo(f"  tallystick decide {file}")


def _name_of(file: Path) -> str:
    words = "".join(
        letter if letter.isascii() and letter.isalnum() else " " for letter in file.stem
    )
    name = " ".join(words.split()).title()[:25].rstrip()
    return name if len(name) > 1 and name[0].isalpha() else "My service"


def describe(
    file: Annotated[Path | None, typer.Argument(help="The service file (TOML).")] = None,
    format_: Annotated[
        Literal["text", "json", "schema"],
        typer.Option("--format", help=f"text, for people; {_JSON} schema: for editors, no FILE."),
    ] = "text",
) -> None:
    """Show the service as it was understood, or everything that is wrong with its file."""
    from tallystick.cli.showing import write_octets
    from tallystick.describe import load_service, service_json_schema
    from tallystick.ground.canonical import canonical_json

    if format_ == "schema":
        typer.echo(json.dumps(service_json_schema(), indent=2))
        return
    if file is None:
        raise Misconfigured("no service file is named", allowed="tallystick describe FILE")
    service = load_service(file)
    if format_ == "json":
        write_octets(canonical_json(service.plain()))
    else:
        from tallystick.cli.tables import show_service

        show_service(service)


def analyse(
    file: FileArgument,
    format_: FormatOption = "text",
    everything: Annotated[
        bool, typer.Option("--all", help="Show every scenario, not only the dearest.")
    ] = False,
    sure: Annotated[
        bool,
        typer.Option("--sure", help="As json: how sure the figures are, and the 5 x 5 picture."),
    ] = False,
) -> None:
    """Show what may go wrong and what it costs in a year, before any countermeasure."""
    from tallystick.analyse import analyse_risk
    from tallystick.cli.risks import uncertainty_plain
    from tallystick.cli.showing import write_octets
    from tallystick.cli.tables import show_analysis
    from tallystick.describe import load_service
    from tallystick.ground.canonical import canonical_json

    analysis = analyse_risk(load_service(file))
    if format_ == "json":
        plain = uncertainty_plain(analysis) if sure else analysis.plain()
        write_octets(canonical_json(plain))
    else:
        show_analysis(analysis, everything=everything)


def decide(
    file: FileArgument,
    format_: Annotated[
        Literal["text", "json", "html", "cedar"],
        typer.Option(
            "--format",
            help=f"text, for people; {_JSON} html: the report; cedar: for other engines.",
        ),
    ] = "text",
    diff: Annotated[
        Path | None,
        typer.Option(metavar="OLD", help="Show what changes against a policy or service file."),
    ] = None,
    study: Annotated[
        bool, typer.Option("--study", help="Show prices, what a budget buys, how firm it is.")
    ] = False,
    budget: Annotated[
        int | None,
        typer.Option(metavar="DAYS", help="Show what so many person-days a year would buy."),
    ] = None,
    proof: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the programme and its solution for a solver."),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="With cedar: two files in this folder.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="The day whose evidence counts; today by default."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Show everything that was left out, with its reason.")
    ] = False,
) -> None:
    """Choose the countermeasures and show the policy that the service will enforce."""
    if study or budget is not None or proof is not None:
        from tallystick.cli.studying import answer

        _demand_alone(diff=diff, to=to, format_=format_)
        as_json = format_ == "json"
        answer(plan_all(file), study=study, budget=budget, proof=proof, as_json=as_json)
        return
    if diff is not None and format_ != "text":
        raise Misconfigured("a difference has no canonical form", allowed="--diff without --format")
    if to is not None and format_ != "cedar":
        raise Misconfigured("only Cedar comes in two files", allowed="--to with --format cedar")
    if diff is not None:
        show_difference(diff, file)
    else:
        _show_plan(file, format_, to=to, as_of=as_of, everything=everything)


def _show_plan(
    file: Path, format_: str, *, to: Path | None, as_of: str | None, everything: bool
) -> None:
    from tallystick.cli.showing import write_octets
    from tallystick.cli.tables import show_plan
    from tallystick.decide import policy_plain
    from tallystick.ground.canonical import canonical_json

    day, plan = the_day(as_of), plan_all(file)
    if format_ == "json":
        write_octets(canonical_json(policy_plain(plan.policy)))
    elif format_ == "cedar":
        from tallystick.cli.cedar import write_cedar

        write_cedar(plan.policy, to)
    elif format_ == "html":
        from tallystick.cli.pages import page_of

        write_octets(page_of(plan).encode())
    else:
        show_plan(plan, as_of=day, everything=everything)


def _demand_alone(*, diff: Path | None, to: Path | None, format_: str) -> None:
    if diff is not None:
        raise Misconfigured("one question at a time", where="decide", allowed="--diff alone")
    if to is not None or format_ not in ("text", "json"):
        raise Misconfigured(
            "a study has no such form", where="decide", allowed="--format text or json"
        )


def read_policy(path: Path) -> SecurityPolicy:
    """A policy from its JSON, or the one that follows from a service file.

    Refuses: Misconfigured for what is neither, and for a policy that was altered.
    """
    octets = read_at_most(path, POLICY_OCTETS_MAX)
    if not octets.lstrip().startswith(b"{"):
        return plan(path)
    from tallystick.decide import policy_from_plain
    from tallystick.describe.imports import read_json

    if len(octets) > POLICY_OCTETS_MAX:
        raise Misconfigured("too long for a policy", where=str(path))
    plain = read_json(octets, where=str(path))
    try:
        return policy_from_plain(plain)
    except Misconfigured as error:
        raise Misconfigured(error.problem, where=str(path)) from None


def show_difference(old_file: Path, file: Path) -> None:
    """What changes against a policy or a service file, and for which inputs it is weaker.

    Against a service file also why: what changed in the risks.
    """
    from tallystick.cli.causes import cause_lines
    from tallystick.cli.weaknesses import weakness_lines
    from tallystick.decide import stricter_than

    before = plan_all(old_file) if _is_service_file(old_file) else None
    old, new = before.policy if before else read_policy(old_file), plan_all(file)
    _show_changes(old, new.policy)
    if before is not None and old.currency == new.policy.currency:
        for line in cause_lines(before, new):
            typer.echo(line)
    if old.currency == new.policy.currency:
        for line in weakness_lines(stricter_than(old, new.policy), old.currency):
            typer.echo(line)


def _is_service_file(path: Path) -> bool:
    """A policy is JSON, an object; anything else is read as a service file, which says more."""
    try:
        with path.open("rb") as file:
            return not file.read(64).lstrip().startswith(b"{")
    except OSError as error:
        raise Misconfigured(error.strerror or "cannot be read", where=str(path)) from None


def _show_changes(old: SecurityPolicy, policy: SecurityPolicy) -> None:
    from tallystick.cli.changes import in_words
    from tallystick.decide import diff_policies

    currency = policy.currency if policy.currency == old.currency else ""
    changes = diff_policies(old, policy)
    for change in changes:
        typer.echo(f"{change.direction:<8} {in_words(change, currency)}".rstrip())
    if not changes and policy.digest == old.digest:
        typer.echo("the same policy, byte for byte")
    elif not changes:
        typer.echo("nothing that the service enforces changes")

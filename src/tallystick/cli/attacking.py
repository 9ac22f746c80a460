"""attack: the adversarial trials alone, against a service that runs or is started for them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.cli.asking import only_service_file
from tallystick.cli.showing import counted, make_table, open_console, show_heading, show_table
from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.decide.policy import SecurityPolicy
    from tallystick.trials import Staff, TrialResult

EXAMPLE_NAMES = Path(__file__).parent / "rehearsal" / "names.jsonl"


def add_commands(app: typer.Typer) -> None:
    """Hang the command into the application."""
    app.command()(attack)


def attack(
    url: Annotated[
        str | None,
        typer.Argument(help="A running service; without one it is started from --home."),
    ] = None,
    home: Annotated[
        Path | None,
        typer.Option(help="Its home, made when it is not there. Trials then see the inside too."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="The service file; by default the only one in this directory."),
    ] = None,
    names: Annotated[
        Path,
        typer.Option(
            "--names",
            help="The screening list in force; an invented one comes along.",
            show_default=False,
        ),
    ] = EXAMPLE_NAMES,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="TRIAL", help="Run this trial; repeat.")
    ] = None,
    staff: Annotated[
        Path | None,
        typer.Option(help="The staff's saved handsets. [default: staff, in the home]"),
    ] = None,
    allow_host: Annotated[
        str | None, typer.Option("--allow-host", help="Another machine that may be attacked.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail as well when a trial could not be run.")
    ] = False,
) -> None:
    """Attack a running service with every trial. Never where customers have money."""
    from tallystick.cli.planning import plan
    from tallystick.trials import ATTACKS, demand_allowed

    if url is None and home is None:
        raise Misconfigured("nothing to attack", allowed="a URL, or --home DIR")
    if url is not None:
        demand_allowed(url, allow_host=allow_host)
    if unknown := sorted(set(only or ()) - ATTACKS.keys()):
        raise Misconfigured(
            f"no such trial: {unknown[0]}", where="--only", allowed=", ".join(ATTACKS)
        )
    chosen = file or only_service_file(Path())
    if chosen is None:
        raise Misconfigured("which policy is in force?", allowed="a service file with --file")
    policy = plan(chosen)
    with _service(url, chosen, home=home, names=names) as address:
        results = _run(
            address, policy, home=home, names=names, staff=staff, only=only, allow_host=allow_host
        )
    show_results(results)
    failed = any(result.outcome == "failed" for result in results)
    missed = any(result.outcome == "not run" for result in results)
    if failed or (strict and missed):
        raise typer.Exit(1)


@contextmanager
def _service(url: str | None, file: Path, *, home: Path | None, names: Path) -> Iterator[str]:
    """The address of the service; started from its home when none is given."""
    from tallystick.cli.rehearsal import LiveService

    if url is not None or home is None:
        yield url or ""
        return
    with (
        tempfile.TemporaryDirectory(prefix="tallystick-attack-") as folder,
        LiveService(file, home=home, names=names, logs=Path(folder)) as service,
    ):
        yield service.url


def _run(
    url: str,
    policy: SecurityPolicy,
    *,
    home: Path | None,
    names: Path,
    staff: Path | None,
    only: Sequence[str] | None,
    allow_host: str | None,
) -> list[TrialResult]:
    from tallystick.cli.rehearsal import read_names
    from tallystick.cli.staffing import close_staff, find_staff, keep_staff
    from tallystick.trials import Insider, Range, run_trials

    listed = read_names(names)
    people, kept = find_staff(url, home=home, folder=staff)
    console = open_console()
    try:
        _demand_policy(people, policy, url)
        place = Range(
            base_url=url,
            policy=policy,
            staff=people,
            names=listed,
            insider=Insider(home) if home else None,
            allow_host=allow_host,
        )
        with console.status(f"attack: {url}") as status:

            def tell(result: TrialResult) -> None:
                status.update(f"attack: {result.trial} {result.outcome}")

            return run_trials(place, only=only or None, on_result=tell)
    finally:
        keep_staff(people, kept)
        close_staff(people)


def _demand_policy(people: Staff, policy: SecurityPolicy, url: str) -> None:
    """Trials judge by the policy: it must be the one that the service states."""
    stated = people.laboratory.service().policy
    if stated != policy.digest:
        raise Misconfigured(
            f"the service runs under policy {stated[:19]}, the file gives {policy.digest[:19]}",
            where=url,
            allowed="the service file that it was started with",
        )


def show_results(results: Sequence[TrialResult]) -> None:
    """Every trial with what was expected and seen, then the reasons of those that did not hold."""
    console = open_console()
    table = make_table("trial", "threat", "expected", "seen", "result", wrap=("expected", "seen"))
    for result in results:
        same = bool(result.seen) and result.seen == result.expected
        seen = "the same" if same else result.seen
        table.add_row(result.trial, result.threat, result.expected, seen, result.outcome)
    show_table(console, table)
    for result in results:
        if not result.withstood:
            show_heading(console, f"{result.trial}: {result.outcome}")
            console.print(result.evidence, soft_wrap=False)
    console.print()
    outcomes = [result.outcome for result in results]
    console.print(
        f"{counted(len(results), 'trial')}: {outcomes.count('withstood')} withstood,"
        f" {outcomes.count('failed')} failed, {outcomes.count('not run')} not run"
    )

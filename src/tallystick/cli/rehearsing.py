"""rehearse: everything at once, from the service file to the verified certificate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.cli.running import FileArgument

if TYPE_CHECKING:
    from rich.console import Console

    from tallystick.cli.rehearsal import Rehearsed

EXAMPLE_NAMES = Path(__file__).parent / "rehearsal" / "names.jsonl"


def add_commands(app: typer.Typer) -> None:
    app.command()(rehearse)


def rehearse(
    file: FileArgument,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for home, certificate and report.")
    ] = None,
    names: Annotated[
        Path,
        typer.Option(
            "--names", help="The screening list; an invented one comes along.", show_default=False
        ),
    ] = EXAMPLE_NAMES,
) -> None:
    """The whole loop on this machine: plan, run, pay, attack, prove, certify, verify."""
    from rich.console import Console

    from tallystick.cli.rehearsal import rehearse as run_rehearsal

    console = Console(highlight=False)
    folder = out or Path("var") / "rehearsal" / file.stem
    with console.status("rehearsing ...") as status:

        def announce(title: str) -> None:
            status.update(title)
            console.print(f"  {title}")

        done = run_rehearsal(
            file, out=folder, names=names, announce=announce, progress=status.update
        )
    show(console, done)
    if not done.held:
        raise typer.Exit(1)


def show(console: Console, done: Rehearsed) -> None:
    """The short table at the end, and where everything lies."""
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    for what, said in summary(done):
        table.add_row(what, said)
    console.print()
    console.print(table)
    for fault in faults(done):
        console.print(f"  NOT HELD  {fault}", style="red")
    if done.report and done.closed:
        console.print(f"\nreport       {done.report}")
        console.print(f"certificate  {done.closed.bundle}")
        console.print(f"trust        {done.closed.trust}")


def summary(done: Rehearsed) -> list[tuple[str, str]]:
    """What a rehearsal came to, line by line."""
    rows = [
        ("service", f"{done.planned.policy.service_id} ({done.planned.policy.jurisdiction})"),
        ("countermeasures", f"{len(done.planned.policy.controls)} chosen, proven least burdensome"),
        ("operations", f"{sum(s.held for s in done.scenes)} of {len(done.scenes)} as they must be"),
        ("attacks", _attacks(done)),
        ("books", "agree with the evidence" if not done.findings else "DO NOT AGREE"),
    ]
    if done.closed is not None:
        counts = {"closed": 0, "open": 0, "stale": 0}
        for line in done.closed.dossier.coverage:
            counts = {
                "closed": counts["closed"] + line.closed,
                "open": counts["open"] + line.open,
                "stale": counts["stale"] + line.stale,
            }
        rows.append(
            ("requirements", f"{counts['closed']} closed, {counts['open'] + counts['stale']} open")
        )
        grade = f"{done.closed.certificate.grade} grade"
        rows.append(("certificate", f"{grade}, {'verified' if done.verified else 'NOT VERIFIED'}"))
    rows.append(("seconds", f"{sum(done.seconds.values()):.1f}"))
    return rows


def _attacks(done: Rehearsed) -> str:
    """How many trials were withstood, and how many need an operation that the service lacks."""
    said = f"{sum(t.withstood for t in done.trials)} of {len(done.trials)} withstood"
    missed = sum(t.outcome == "not run" for t in done.trials)
    return f"{said}, {missed} need what is not offered here" if missed else said


def faults(done: Rehearsed) -> list[str]:
    """Everything that did not hold, one sentence each."""
    scenes = [f"{s.title}: expected {s.expected}, saw {s.seen}" for s in done.scenes if not s.held]
    trials = [f"{t.trial}: {t.outcome}, expected {t.expected}, saw {t.seen}" for t in done.fallen]
    findings = [f"{found.where}: {found.what}" for found in done.findings]
    verified = [] if done.verified else [done.verification.strip()]
    return scenes + trials + findings + verified

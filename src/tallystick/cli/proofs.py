"""What prove, certify and verify say to people: what is proven, by what, and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tallystick.cli.showing import (
    counted,
    grouped,
    make_table,
    open_console,
    show_heading,
    show_table,
    show_text,
)
from tallystick.ground.clock import iso_instant

if TYPE_CHECKING:
    from rich.console import Console

    from tallystick.prove.certificate import Certificate
    from tallystick.prove.dossier import Dossier


def show_dossier(dossier: Dossier) -> None:
    """How far each clause is covered, how the trials went, what is not proven."""
    console = open_console()
    at = iso_instant(dossier.at_ms)
    console.print(f"The dossier of {dossier.chain.service_id} at {at}", style="bold")
    states = ("closed", "open", "stale", "declined")
    table = make_table("clause", "", *states, right=states, wrap=("",))
    for line in dossier.coverage:
        counts = (str(getattr(line, state) or "") for state in states)
        table.add_row(line.clause, line.title, *counts)
    show_table(console, table)
    withstood = sum(trial.withstood for trial in dossier.trials)
    console.print(f"{withstood} of {counted(len(dossier.trials), 'trial')} withstood")
    for trial in dossier.trials:
        if not trial.withstood:
            console.print(f"NOT WITHSTOOD  {trial.id} ({trial.threat})", style="red")
    _show_unproven(console, dossier)
    console.print()
    console.print(
        f"{dossier.grade} grade: keys in {dossier.module} (level {dossier.own.level}, signing "
        f"{dossier.own.signs}), payment keys {dossier.keys}, "
        f"witness {dossier.witness}"
    )
    console.print(f"digest {dossier.digest}", style="dim")


def show_steps(steps: Sequence[str]) -> None:
    """What was verified, step by step."""
    console = open_console()
    for number, step in enumerate(steps, 1):
        console.print(f"{number:>2}  {step}")


def show_certificate(certificate: Certificate, dossier: Dossier) -> None:
    """What a certificate says and, at the same length, what it does not."""
    console = open_console()
    service = certificate.chain.service_id
    console.print()
    console.print(f"The certificate of {service}: {certificate.grade} grade", style="bold")
    show_text(console, str(certificate.body()["statement"]))
    show_text(console, str(certificate.body()["own_statement"]))
    show_text(console, str(certificate.body()["keys_statement"]))
    since, until = iso_instant(certificate.valid_from_ms), iso_instant(certificate.valid_to_ms)
    show_text(console, f"It holds from {since} to {until}, and is signed by {certificate.key}.")
    people = len(certificate.by_person)
    show_text(
        console,
        f"{certificate.closed} requirements and recommendations are closed by evidence, "
        f"{people} of them on a person's word.",
    )
    _show_unproven(console, dossier)
    console.print()
    console.print("It does not say that the provider withheld nothing: that takes the whole log.")


def _show_unproven(console: Console, dossier: Dossier) -> None:
    unproven = [one for one in dossier.assessments if one.state.value != "closed"]
    show_heading(console, f"NOT proven: {len(unproven)}")
    table = make_table("id", "state", "what", "why", wrap=("what", "why"))
    for one in unproven:
        table.add_row(one.id, one.state.value, one.title, grouped(one.reason))
    show_table(console, table)

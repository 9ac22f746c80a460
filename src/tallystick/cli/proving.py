"""prove, certify, verify: from the evidence of a home to a certificate, and back from its files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.decide import Plan
    from tallystick.prove.dossier import Dossier

FileArgument = Annotated[
    Path, typer.Argument(help="The service file that the home was opened with.")
]
HomeOption = Annotated[Path, typer.Option("--home", help="The home directory of the platform.")]


def add_commands(app: typer.Typer) -> None:
    """Hang the commands into the application."""
    for command in (prove, certify, verify):
        app.command()(command)


def prove(
    file: FileArgument,
    home: HomeOption,
    out: Annotated[Path, typer.Option(help="Folder for dossier and report.")] = Path("dossier"),
) -> None:
    """Close the requirements from the evidence of a home; write dossier and report."""
    from tallystick.cli.proofs import show_dossier
    from tallystick.prove.report import render_report

    planned = _plan_for(home, file)
    _demand_sound(home)
    dossier = _close(planned, home)
    report = render_report(
        service=planned.service, analysis=planned.analysis, policy=planned.policy, dossier=dossier
    )
    show_dossier(dossier)
    for path in _write(out, {"dossier.json": dossier.octets, "report.html": report.encode()}):
        typer.echo(str(path))


def certify(
    file: FileArgument,
    home: HomeOption,
    out: Annotated[Path, typer.Option(help="The bundle: a folder that is not there yet.")],
) -> None:
    """Sign a certificate of what the evidence of a home proves. Nobody may serve the home."""
    from tallystick.assembly import open_signer
    from tallystick.cli.proofs import show_certificate
    from tallystick.prove.certificate import certify as sign_certificate
    from tallystick.prove.certificate import write_bundle

    planned = _plan_for(home, file)
    policy, source = planned.policy, file.read_bytes()
    with open_signer(policy, home=home) as signer:
        _demand_sound(home)
        dossier = _close(planned, home)
        certificate = sign_certificate(
            dossier,
            vkey=signer.vkey,
            sign=signer.sign,
            valid_days=policy.parameter("policy.validity_days"),
            service_toml=source,
        )
    bundle = write_bundle(
        out,
        certificate=certificate,
        dossier=dossier,
        policy=policy,
        analysis=planned.analysis,
        service=planned.service,
        service_toml=source,
    )
    show_certificate(certificate, dossier)
    typer.echo(f"bundle {bundle}: publish it; hand out {home / 'trust.txt'} by another way")


def verify(
    bundle: Annotated[Path, typer.Argument(help="The folder of the certificate.")],
    trust: Annotated[
        Path, typer.Option(metavar="TRUST.txt", help="The verifier keys, from elsewhere.")
    ],
    rederive: Annotated[
        bool, typer.Option("--rederive", help="Derive analysis and policy again as well.")
    ] = False,
) -> None:
    """Verify a certificate from its files alone, and say what it does not prove."""
    from tallystick.cli.proofs import show_certificate, show_steps
    from tallystick.ground.clock import SystemClock
    from tallystick.prove.certificate import TrustAnchor, verify_certificate

    anchor = TrustAnchor.read(trust)
    if not bundle.is_dir():
        raise Misconfigured("not a folder", where=str(bundle), allowed="a bundle made by certify")
    verified = verify_certificate(bundle, anchor, SystemClock().now_ms(), rederive=rederive)
    show_steps(verified.steps)
    show_certificate(verified.certificate, verified.dossier)


def _plan_for(home: Path, file: Path) -> Plan:
    """The plan of a file, when it gives the policy that the home runs under."""
    from tallystick.assembly import policy_in_force
    from tallystick.cli.planning import plan_all

    planned, in_force = plan_all(file), policy_in_force(home)
    if in_force.digest != planned.policy.digest:
        raise Misconfigured(
            f"gives policy {planned.policy.digest[:19]}, the home runs under "
            f"{in_force.digest[:19]}",
            where=str(file),
            allowed="the service file that the home was served with",
        )
    return planned


def _demand_sound(home: Path) -> None:
    """Nothing is proven from books that do not agree with their evidence."""
    from tallystick.assembly import BooksAltered, check_home

    findings = check_home(home)
    for finding in findings:
        typer.echo(f"{finding.where}: {finding.what}", err=True)
    if findings:
        raise BooksAltered(f"{len(findings)} finding(s) in {home}: nothing can be proven from it")


def _close(planned: Plan, home: Path) -> Dossier:
    from tallystick.assembly import open_evidence
    from tallystick.ground.clock import SystemClock
    from tallystick.prove.dossier import close_requirements

    with open_evidence(home) as evidence:
        return close_requirements(
            service=planned.service,
            analysis=planned.analysis,
            policy=planned.policy,
            evidence=evidence,
            now_ms=SystemClock().now_ms(),
        )


def _write(folder: Path, contents: dict[str, bytes]) -> list[Path]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, octets in contents.items():
            (folder / name).write_bytes(octets)
    except OSError as error:
        raise Misconfigured(f"cannot be written: {error.strerror}", where=str(folder)) from None
    return [folder / name for name in contents]

"""keys trust: take in the certificate of somebody else, as a root, an authority or a peer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tallystick.cli.keys.asking import asked, call_of, handle_of
from tallystick.cli.keys.opening import ask_one, opened_module
from tallystick.ground.errors import Misconfigured

_CERTIFICATE_MAX = 16 * 1024


def add_trusting(keys: typer.Typer) -> None:
    """Hang the command into `keys`."""
    keys.command()(trust)


def trust(
    home: Annotated[Path, typer.Argument(metavar="HOME", help="The folder of the keys.")],
    certificate: Annotated[
        Path, typer.Argument(metavar="CERTIFICATE", help="One certificate, PEM or DER.")
    ],
    usage: Annotated[
        str,
        typer.Option("--usage", help="S0 root or signer, K1 transport, K3 agreement."),
    ] = "S0",
    mode: Annotated[
        str, typer.Option("--mode", help="One character of X9.143: V for S0, E for K1, X for K3.")
    ] = "V",
    issuer: Annotated[
        str, typer.Option("--issuer", help="The key of the authority above; none for a root.")
    ] = "",
    domain: Annotated[str, typer.Option("--domain", help="test or production.")] = "test",
    label: Annotated[str, typer.Option("--label", help="What people call it.")] = "",
    to: Annotated[
        Path | None, typer.Option("--to", help="Write a request for others to approve, instead.")
    ] = None,
    name: Annotated[str, typer.Option("--as", metavar="NAME", help="Who asks.")] = "",
    key: Annotated[Path | None, typer.Option("--key", help="The signing key of who asks.")] = None,
    passphrase: Annotated[
        Path | None,
        typer.Option("--passphrase", help="A file with the passphrase of the keys; else asked."),
    ] = None,
) -> None:
    """Take in somebody else's certificate; in the production domain custodians approve it."""
    from tallystick.cli.keys.showing import show_key
    from tallystick.crypto.payment import ImportCertificate, KeyView

    octets = _read(certificate)
    with opened_module(home, passphrase) as module:
        above = handle_of(module, issuer) if issuer else ""
        call = call_of(
            ImportCertificate, certificate=octets, usage=usage, mode=mode, issuer=above,
            domain=domain, label=label,
        )  # fmt: skip
        if not asked(module, call, to, name, key):
            taken = ask_one(module, call)
            if isinstance(taken, KeyView):
                typer.echo(show_key(taken))


def _read(path: Path) -> bytes:
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None
    if not 0 < len(octets) <= _CERTIFICATE_MAX:
        raise Misconfigured("not one certificate", where=str(path), allowed="PEM or DER")
    return octets

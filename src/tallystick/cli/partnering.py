"""partner new, partner register: a partner's secrets are made at its side, staff take it on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tallystick.ground.errors import Misconfigured

SCOPES = ("pay", "collect", "refund", "hold", "settle", "request", "names")
USUAL = ("pay", "collect", "refund", "request", "names")

partner = typer.Typer(
    name="partner",
    help="Partners: servers of others that pay and collect over an interface.",
    no_args_is_help=True,
)


def add_commands(app: typer.Typer) -> None:
    app.add_typer(partner)


@partner.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Where to put the partner's files; a new folder.")],
    name: Annotated[str, typer.Option(help="The organisation's registered name.")],
    registered: Annotated[str, typer.Option(help="The day it was founded, YYYY-MM-DD.")],
    country: Annotated[str, typer.Option(help="Its country, two letters.")],
    document: Annotated[str, typer.Option(help="Its number in the register of companies.")],
    tier: Annotated[str, typer.Option(help="The due-diligence tier that it shall have.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it may do: pay collect refund hold settle request names."),
    ] = None,
    hub: Annotated[bool, typer.Option(help="A payment scheme's hub instead.")] = False,
    jws_key: Annotated[
        Path | None, typer.Option(help="The public key by which it signs messages (PEM or JWK).")
    ] = None,
    fsp: Annotated[str, typer.Option(help="Its name in a payment scheme.")] = "",
) -> None:
    """Make a partner's keys and secrets here, and the order by which staff register it.

    The order holds public keys and digests of secrets. The secrets are shown once.
    """
    from tallystick.ground.days import is_day
    from tallystick.handset import new_partner, save_partner_keys

    wanted = scope or list(USUAL)
    if unknown := sorted(set(wanted) - set(SCOPES)):
        raise Misconfigured(
            f"no such scope: {', '.join(unknown)}", where="--scope", allowed=", ".join(SCOPES)
        )
    if not is_day(registered):
        raise Misconfigured("not a day", where="--registered", allowed="YYYY-MM-DD")
    if not (len(country) == 2 and country.isascii() and country.isupper()):
        raise Misconfigured("not a country", where="--country", allowed="two letters, such as KE")
    made = new_partner(
        name=name,
        registered=registered,
        country=country,
        document=document,
        tier=tier,
        scopes=wanted,
        role="hub" if hub else "partner",
        jws_key="" if jws_key is None else _text(jws_key),
        fsp=fsp,
    )
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise Misconfigured("is there already", where=str(folder), allowed="a new folder") from None
    save_partner_keys(folder / "partner.keys", made.keys)
    order = folder / "registration.json"
    order.write_text(json.dumps(made.order, indent=2) + "\n", "utf-8")
    typer.echo(f"for the provider's back office  {order}")
    typer.echo(f"keep to yourself                {folder / 'partner.keys'}")
    typer.echo(f"client secret, shown once       {made.client_secret.reveal().decode()}")
    typer.echo(f"API key, shown once             {made.api_key.reveal().decode()}")


@partner.command("hub-keys")
def hub_keys(
    folder: Annotated[Path, typer.Argument(help="Where to put the files; made when missing.")],
) -> None:
    """Make our own keys towards a hub: sealed, with a passphrase beside them, and the public key.

    The passphrase is one of chance, in a file for its owner alone: it protects a key file that
    leaves without it. Give the hub `hub.pem`.
    """
    import secrets

    from tallystick.crypto.keys import create_hub_file, write_new_private
    from tallystick.ground.secret import Secret

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    passphrase = secrets.token_urlsafe(32).encode("ascii")
    keys = create_hub_file(folder / "hub.keys", Secret(passphrase))
    write_new_private(folder / "hub.passphrase", passphrase + b"\n")
    public = folder / "hub.pem"
    public.write_text(keys.signing.public.pem(), "ascii")
    typer.echo(f"keep to yourself  {folder / 'hub.keys'}, {folder / 'hub.passphrase'}")
    typer.echo(f"for the hub       {public}")


@partner.command()
def register(
    order: Annotated[Path, typer.Argument(help="The order that `partner new` wrote.")],
    url: Annotated[str, typer.Option(help="Where handsets find the service.")],
    home: Annotated[
        Path | None, typer.Option(help="The home, whose staff are enrolled on first use.")
    ] = None,
    staff: Annotated[Path | None, typer.Option(help="The folder of the staff's handsets.")] = None,
) -> None:
    """Have the back office's handset register a partner; tells its client id and account."""
    from tallystick.cli.staffing import close_staff, find_staff, keep_staff

    try:
        plain = json.loads(_text(order))
    except ValueError:
        raise Misconfigured("not JSON", where=str(order)) from None
    if not isinstance(plain, dict):
        raise Misconfigured("not a registration order", where=str(order))
    people, folder = find_staff(url, home=home, folder=staff)
    try:
        answer = people.backoffice.register_partner(plain)
    finally:
        keep_staff(people, folder)
        close_staff(people)
    if not answer.accepted or answer.data is None:
        typer.echo(f"refused: {answer.code}")
        raise typer.Exit(1)
    typer.echo(f"client id  {answer.data['partner']}")
    typer.echo(f"account    {answer.data['account']}")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None
    except ValueError:
        raise Misconfigured("cannot be read: not UTF-8", where=str(path)) from None

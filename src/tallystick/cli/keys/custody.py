"""keys share-master, keys restore-master: the software master key in the hands of custodians."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tallystick.cli.keys.opening import ask_hidden, read_passphrase

HomeArgument = Annotated[Path, typer.Argument(metavar="HOME", help="The folder of the keys.")]


def add_custody(keys: typer.Typer) -> None:
    """Hang the commands into those of keys."""
    keys.command("share-master")(share)
    keys.command("restore-master")(restore)


def share(
    home: HomeArgument,
    needed: Annotated[int, typer.Option("--needed", help="Shares that make the key; 2 or more.")],
    of: Annotated[int, typer.Option("--of", help="Shares that are made; 16 at most.")],
    to: Annotated[Path, typer.Option("--to", help="The folder for the files of the shares.")],
    passphrase: Annotated[
        Path | None,
        typer.Option("--passphrase", help="A file with the passphrase of the keys."),
    ] = None,
) -> None:
    """Make shares of the software master key; each custodian seals one under their passphrase."""
    from tallystick.crypto.keys import seal_share, share_master_file
    from tallystick.ground.secret import Secret

    secret = read_passphrase(passphrase, "Passphrase of the keys")
    shares = share_master_file(home, secret, needed=needed, of=of)
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in shares:
        path = to / f"share-{one.number}"
        what = f"Custodian {one.number} of {of}: passphrase for {path}"
        typed = ask_hidden(what, repeat=True)
        seal_share(one, path, Secret(typed.encode("utf-8")))
        typer.echo(f"{path}: share of master key {one.master}, check value {one.check_value}")
    typer.echo(f"Any {needed} of them make the master key. Each custodian takes one away.")


def restore(
    home: HomeArgument,
    shares: Annotated[list[Path], typer.Argument(metavar="SHARE", help="The files of shares.")],
    new: Annotated[
        Path | None,
        typer.Option("--new-passphrase", help="A file with the new passphrase; else asked for."),
    ] = None,
) -> None:
    """Make the master key again from shares, and seal it in HOME under a new passphrase."""
    from tallystick.crypto.keys import open_share, restore_master_file
    from tallystick.ground.secret import Secret

    opened = []
    for path in shares:
        typed = ask_hidden(f"Passphrase of {path}")
        opened.append(open_share(path, Secret(typed.encode("utf-8"))))
    what = "New passphrase (12 octets or more)"
    secret = read_passphrase(new, what, option="--new-passphrase")
    made = restore_master_file(home, opened, secret)
    typer.echo(f"master key {made} is in {home} again")
    typer.echo("Its count begins at nought: see that the key database is the newest copy.")

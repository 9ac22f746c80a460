"""access create, list, revoke: the keys of programs that ask the payment cryptography service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.crypto.keys import AccessFile, AccessKey

access = typer.Typer(
    name="access",
    help="Access keys: programs that ask the payment cryptography service sign with them.",
    no_args_is_help=True,
)
Folder = Annotated[Path, typer.Argument(help="Where access.keys and access.passphrase are.")]


def add_commands(app: typer.Typer) -> None:
    app.add_typer(access)


@access.command()
def create(
    folder: Folder,
    name: Annotated[str, typer.Option(help="Whose it is: a program, a place.")],
    role: Annotated[
        list[str],
        typer.Option(
            help="data: use keys. keys: manage keys. read: look. tokens: ask the vault."
            " More than one is fine."
        ),
    ],
    to: Annotated[
        Path | None,
        typer.Option(help="Write it as shell lines to this new file, which only its owner reads."),
    ] = None,
) -> None:
    """Make an access key; its secret is shown, or written, this once.

    The first one makes the folder, the sealed file and a passphrase of chance beside it.
    """
    from tallystick.crypto.keys import AccessRole, write_new_private

    known = [str(one) for one in AccessRole]
    if wrong := sorted(set(role) - set(known)):
        raise Misconfigured(
            f"no such role: {', '.join(wrong)}", where="--role", allowed=", ".join(known)
        )
    opened = _opened(folder, make=True)
    made = opened.create(name, [AccessRole(one) for one in role])
    if to is not None:
        lines = "".join(f"export {line}\n" for line in _lines(made)).encode("ascii")
        try:
            write_new_private(to, lines)
        except Misconfigured:
            opened.revoke(made.id)  # nobody has its secret
            raise
        typer.echo(f"{made.id} is for {made.name}; its secret is in {to}")
        return
    for line in _lines(made):
        typer.echo(line)


@access.command("list")
def show(folder: Folder) -> None:
    """Show the access keys that are valid, without their secrets."""
    from tallystick.ground.clock import iso_instant

    keys = _opened(folder).current().values()
    for key in sorted(keys, key=lambda key: key.created_ms):
        roles = ",".join(sorted(map(str, key.roles)))
        typer.echo(f"{key.id}  {iso_instant(key.created_ms)}  {roles:<14}  {key.name}")
    if not keys:
        typer.echo("no access keys")


@access.command()
def revoke(
    folder: Folder, key: Annotated[str, typer.Argument(help="The id of the access key.")]
) -> None:
    """Forget an access key; a server that runs refuses it from the next request on."""
    _opened(folder).revoke(key)
    typer.echo(f"{key} is revoked")


def _opened(folder: Path, *, make: bool = False) -> AccessFile:
    """The sealed file of a folder."""
    import secrets

    from tallystick.crypto.keys import create_access_file, open_access_folder, write_new_private
    from tallystick.ground.secret import Secret

    sealed, opener = folder / "access.keys", folder / "access.passphrase"
    if make and not sealed.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        chance = secrets.token_urlsafe(32).encode("ascii")
        write_new_private(opener, chance + b"\n")
        return create_access_file(sealed, Secret(chance))
    return open_access_folder(folder)


def _lines(made: AccessKey) -> tuple[str, str]:
    secret = made.secret.reveal().decode("ascii")
    return f"AWS_ACCESS_KEY_ID={made.id}", f"AWS_SECRET_ACCESS_KEY={secret}"

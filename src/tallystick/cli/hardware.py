"""hsm: look at a token, draw a master key in it, move a home into it and out of it again.

A home is that of a payment module, or of a service with keys of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.cli.keys import read_passphrase
from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.assembly import OwnMoved, TokenReport
    from tallystick.crypto.keys import Moved

hsm = typer.Typer(
    help="Keep the master key of a payment module or of a service in a hardware module (PKCS#11).",
    no_args_is_help=True,
    rich_markup_mode=None,
)
FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="The file that names the token (TOML).")
]
HomeArgument = Annotated[Path, typer.Argument(metavar="HOME", help="The folder of the keys.")]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase", help="A file with the passphrase of the keys; else asked for."),
]
CreateOption = Annotated[
    bool, typer.Option("--create", help="Draw the master key in the token first.")
]


def add_commands(app: typer.Typer) -> None:
    """Hang the commands into the application."""
    for command in (create, probe, move, back):
        hsm.command()(command)
    app.add_typer(hsm, name="hsm")


def create(file: FileArgument) -> None:
    """Draw a master key in a token; it never leaves it."""
    from tallystick.assembly import look_at_token

    _say(look_at_token(file, create=True))


def probe(
    file: FileArgument,
    after_wrong_pin: Annotated[
        bool,
        typer.Option(
            "--after-wrong-pin",
            help="Log in once although the token saw a wrong PIN since its last log-in.",
        ),
    ] = False,
) -> None:
    """Say what a token is, what it has, and what it would and would not do inside."""
    from tallystick.assembly import look_at_token

    report = look_at_token(file, after_wrong_pin=after_wrong_pin)
    _say(report)
    for name, use, there in report.mechanisms:
        typer.echo(f"  {'has' if there else 'no '}  {name:<28} {use}")
    for name, level, why in report.operations:
        typer.echo(f"  {level}   {name}: {why}")
    typer.echo("Whatever stands at S2 is not what the PIN security requirements ask for.")


def move(
    home: HomeArgument,
    file: FileArgument,
    create: CreateOption = False,
    passphrase: PassphraseOption = None,
) -> None:
    """Put the keys of a payment module, or of a service, under the master key in a token."""
    from tallystick.assembly import move_own_to_token, move_to_token

    if _is_service(home):
        own = None if passphrase is None else read_passphrase(passphrase, "")
        _say_own_moved(home, move_own_to_token(home, own, file, create=create))
        typer.echo("The token's PIN opens the home. Its books are as they were, in clear.")
        return
    secret = read_passphrase(passphrase, "Passphrase of the keys", home=home)
    _say_moved(home, move_to_token(home, secret, file, create=create))
    typer.echo("Nothing of the home needs a passphrase any more: the token's PIN opens it.")


def back(
    home: HomeArgument,
    new: Annotated[
        Path | None,
        typer.Option("--new-passphrase", help="A file with the new passphrase; else asked for."),
    ] = None,
    argon2id: Annotated[
        bool, typer.Option("--argon2id", help="Stretch the new passphrase by Argon2id.")
    ] = False,
    passphrase: PassphraseOption = None,
) -> None:
    """Put the keys of a home under a new passphrase, and no token.

    Keys of a payment module get a fresh software master key. For those of a service a passphrase of
    chance is kept beside them when none is named, as serve does.
    """
    from tallystick.assembly import move_own_to_file, move_to_file
    from tallystick.crypto.keys import Stretching

    if _is_service(home):
        if argon2id:
            raise Misconfigured("a service's own keys are stretched by scrypt", where="--argon2id")
        own = None if passphrase is None else read_passphrase(passphrase, "")
        wanted = None if new is None else read_passphrase(new, "")
        _say_own_moved(home, move_own_to_file(home, own, wanted))
        return
    secret = read_passphrase(passphrase, "Passphrase of the keys", home=home)
    what = "New passphrase (12 octets or more)"
    fresh = read_passphrase(new, what, option="--new-passphrase")
    stretching = Stretching.ARGON2ID if argon2id else Stretching.SCRYPT
    _say_moved(home, move_to_file(home, secret, fresh, stretching=stretching))


def _say(report: TokenReport) -> None:
    typer.echo(f"master key {report.fingerprint}, level {report.level}, count {report.count}")
    typer.echo(report.statement)


def _is_service(home: Path) -> bool:
    """Whether the home is a service's. Refuses: Misconfigured when a payment module has it too."""
    from tallystick.assembly import has_own_keys, has_payment_keys

    if has_own_keys(home) and has_payment_keys(home):
        raise Misconfigured(
            "a service and a payment module keep their keys here",
            where=str(home),
            allowed="the keys of the payment module in a folder of their own",
        )
    return has_own_keys(home)


def _say_own_moved(home: Path, moved: OwnMoved) -> None:
    typer.echo(f"keys of the service moved: {moved.keys}, from {moved.old} to {moved.new}")
    _say_replaced(home, "service")


def _say_moved(home: Path, moved: Moved) -> None:
    typer.echo(f"keys moved: {moved.keys}, from master key {moved.old} to {moved.new}")
    _say_replaced(home, "module")


def _say_replaced(home: Path, what: str) -> None:
    kept = sorted(home.glob("replaced-*"), key=lambda place: place.stat().st_mtime)
    if not kept:
        raise Misconfigured("the old files are not where they were put", where=str(home))
    typer.echo(f"The old ones are in {kept[-1].name}; destroy them once the {what} has started.")

"""keys policy, keys record: what joins a payment module to the service that it works for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tallystick.cli.keys.asking import asked
from tallystick.cli.keys.opening import ask_one, opened_module

HomeArgument = Annotated[Path, typer.Argument(metavar="KEYS", help="The folder of the keys.")]
FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The service file (TOML).")]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase", help="A file with the passphrase of the keys; else asked for."),
]


def add_joining(keys: typer.Typer) -> None:
    """Hang the commands into `keys`."""
    for command in (policy, record):
        keys.command()(command)


def policy(
    home: HomeArgument,
    file: FileArgument,
    to: Annotated[
        Path | None, typer.Option("--to", help="Write a request for others to approve, instead.")
    ] = None,
    name: Annotated[str, typer.Option("--as", metavar="NAME", help="Who asks.")] = "",
    key: Annotated[Path | None, typer.Option("--key", help="The signing key of who asks.")] = None,
    passphrase: PassphraseOption = None,
) -> None:
    """Tell the module what the security policy of a service demands of it."""
    from tallystick.assembly import module_policy
    from tallystick.cli.keys.showing import show_answer
    from tallystick.cli.planning import plan
    from tallystick.crypto.payment import SetPolicy

    call = SetPolicy(policy=module_policy(plan(file)))
    with opened_module(home, passphrase) as module:
        if not asked(module, call, to, name, key):
            typer.echo(show_answer(ask_one(module, call)))


def record(
    home: HomeArgument,
    file: FileArgument,
    service: Annotated[
        Path, typer.Option("--home", help="The home of the service, which is not being served.")
    ],
    names: Annotated[
        Path | None, typer.Option("--names", help="The screening list, as for serve.")
    ] = None,
    books: Annotated[str | None, typer.Option("--books", help="The books, as for serve.")] = None,
    passphrase: PassphraseOption = None,
) -> None:
    """Write what the module did since the last time into the evidence of the service."""
    from tallystick.assembly import open_platform, record_keys
    from tallystick.cli.planning import plan
    from tallystick.cli.running import read_names

    with (
        opened_module(home, passphrase) as module,
        open_platform(plan(file), home=service, names=read_names(names), books=books) as platform,
    ):
        count, state = record_keys(platform, module), module.state()
    typer.echo(f"{count} events of module {state.master}, level {state.level}, are in the evidence")

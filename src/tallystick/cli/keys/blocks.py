"""keys export, import, initial: keys in key blocks that other systems read and write."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tallystick.cli.files import read_at_most
from tallystick.cli.keys.asking import asked, call_of, handle_of
from tallystick.cli.keys.opening import ask_one, opened_module
from tallystick.ground.errors import Misconfigured

if TYPE_CHECKING:
    from tallystick.crypto.payment import ManagementCall, PaymentModule

_BLOCK_MAX = 10_000
_BLOCK = re.compile(r"[A-E][0-9]{4}")
HomeArgument = Annotated[Path, typer.Argument(metavar="HOME", help="The folder of the keys.")]
KeyArgument = Annotated[
    str, typer.Argument(metavar="KEY", help="The handle of a key, or its label if only one has it.")
]
UnderOption = Annotated[
    str, typer.Option("--under", help="The key that protects the block: handle or label.")
]
VersionOption = Annotated[str, typer.Option("--version", help="B under TDEA; D or E under AES.")]
ModeOption = Annotated[str, typer.Option("--mode", help="Narrower than the key's: B to E, say.")]
LeaveOption = Annotated[
    str, typer.Option("--exportability", help="What the other end may do: E, N or S.")
]
WithOption = Annotated[
    list[str] | None,
    typer.Option("--with", help="An optional block, LB=text say; KC and KP alone are filled in."),
]
ToOption = Annotated[
    Path | None,
    typer.Option("--to", help="Write a request for others to approve, instead of doing it."),
]
AskingOption = Annotated[str, typer.Option("--as", metavar="NAME", help="Who asks, for a request.")]
AskingKeyOption = Annotated[
    Path | None, typer.Option("--key", help="The signing key of who asks, for a request.")
]
PassphraseOption = Annotated[
    Path | None,
    typer.Option("--passphrase", help="A file with the passphrase of the keys; else asked for."),
]


def add_blocks(keys: typer.Typer) -> None:
    """Hang the commands into `keys`."""
    keys.command()(export)
    keys.command("import")(import_)
    keys.command()(initial)


def export(
    home: HomeArgument,
    key: KeyArgument,
    under: UnderOption,
    version: VersionOption = "D",
    mode: ModeOption = "",
    exportability: LeaveOption = "",
    with_: WithOption = None,
    to: ToOption = None,
    name: AskingOption = "",
    signer: AskingKeyOption = None,
    passphrase: PassphraseOption = None,
) -> None:
    """Give a key away in a key block (X9.143, ISO 20038); the block is printed."""
    from tallystick.crypto.payment import ExportKeyBlock

    form = _form(version, mode, exportability, with_ or [])
    with opened_module(home, passphrase) as module:
        call = call_of(
            ExportKeyBlock, key=handle_of(module, key), under=handle_of(module, under), form=form
        )
        _give(module, call, to, name, signer)


def initial(
    home: HomeArgument,
    key: KeyArgument,
    serial: Annotated[str, typer.Option("--serial", help="The device's key serial number, hex.")],
    under: UnderOption,
    version: VersionOption = "D",
    exportability: LeaveOption = "",
    to: ToOption = None,
    name: AskingOption = "",
    signer: AskingKeyOption = None,
    passphrase: PassphraseOption = None,
) -> None:
    """Derive the initial key of a device of DUKPT from a B0 key, and give it away in a block."""
    from tallystick.crypto.payment import ExportInitialKey

    try:
        octets = bytes.fromhex(serial)
    except ValueError:
        raise Misconfigured("not hex digits", where="--serial", allowed="16, 20 or 24") from None
    form = _form(version, "", exportability, [])
    with opened_module(home, passphrase) as module:
        call = call_of(
            ExportInitialKey,
            key=handle_of(module, key),
            serial=octets,
            under=handle_of(module, under),
            form=form,
        )
        _give(module, call, to, name, signer)


def import_(
    home: HomeArgument,
    block: Annotated[
        str, typer.Argument(metavar="BLOCK", help="The key block, a file with it, or - for input.")
    ],
    under: UnderOption,
    label: Annotated[str, typer.Option("--label", help="What people call it.")] = "",
    exportability: LeaveOption = "",
    to: ToOption = None,
    name: AskingOption = "",
    signer: AskingKeyOption = None,
    passphrase: PassphraseOption = None,
) -> None:
    """Take a key in that came in a key block."""
    from tallystick.cli.keys.showing import show_key
    from tallystick.crypto.payment import ImportKeyBlock, KeyView

    with opened_module(home, passphrase) as module:
        call = call_of(
            ImportKeyBlock,
            under=handle_of(module, under),
            block=_block(block),
            label=label,
            exportability=exportability or None,
        )
        if not asked(module, call, to, name, signer):
            view = ask_one(module, call)
            if isinstance(view, KeyView):
                typer.echo(show_key(view))


def _give(
    module: PaymentModule, call: ManagementCall, to: Path | None, name: str, signer: Path | None
) -> None:
    from tallystick.crypto.payment import KeyBlock

    if asked(module, call, to, name, signer):
        return
    answer = ask_one(module, call)
    if isinstance(answer, KeyBlock):
        typer.echo(answer.block)
        told = f"check value {answer.check_value}, under {answer.under.check_value}"
        typer.echo(told, err=True)


def _form(version: str, mode: str, exportability: str, blocks: list[str]) -> dict[str, Any]:
    optional = dict(block.partition("=")[::2] for block in blocks)
    return {
        "version": version,
        "mode": mode or None,
        "exportability": exportability or None,
        "optional": optional,
    }


def _block(word: str) -> str:
    """The block itself, what a file holds, or what comes in. Refuses: Misconfigured."""
    if _BLOCK.match(word):
        return word
    if word == "-":
        text = sys.stdin.read(_BLOCK_MAX).strip()
    else:
        text = read_at_most(Path(word), _BLOCK_MAX).decode("ascii", errors="replace").strip()
    if not _BLOCK.match(text):
        raise Misconfigured(
            "not a key block", where=word, allowed="text that begins like D0144P0AE00N0000"
        )
    return text

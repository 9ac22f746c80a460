"""Opening the payment module of a home: the one that runs, or one of our own for a moment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tallystick.ground.errors import Misconfigured, Refused

if TYPE_CHECKING:
    from tallystick.crypto.mechanisms import SigningKey
    from tallystick.crypto.payment import Answer, Call, PaymentModule
    from tallystick.ground.secret import Secret


CREDENTIAL = "credential:"


class ModuleRefused(Refused):
    """What the module refused, in its own words."""

    code, clause = "module.refused", "8"


@contextmanager
def opened_module(home: Path, passphrase: Path | None) -> Iterator[PaymentModule]:
    """The module that serves this home, or a process of our own until the end of the command.

    Refuses: Misconfigured for a home without keys and for a wrong passphrase.
    """
    from tallystick.assembly import open_payment_module, running_payment_module

    running = running_payment_module(home)
    if running is not None:
        with running:
            yield running
        return
    if not home.is_dir():
        raise Misconfigured("no keys here", where=str(home), allowed="tallystick keys init HOME")
    secret = read_passphrase(passphrase, "Passphrase of the keys", home=home)
    with open_payment_module(home, secret) as own:
        yield own


def ask_one(module: PaymentModule, call: Call) -> Answer:
    """One call and its answer. Refuses: ModuleRefused, with the module's own text."""
    from tallystick.crypto.payment import Denied

    (answer,) = module.perform([call])
    if isinstance(answer, Denied):
        where = f" ({answer.where})" if answer.where else ""
        raise ModuleRefused(f"{answer.code}: {answer.text}{where}")
    return answer


def read_passphrase(
    path: Path | None, what: str, *, home: Path | None = None, option: str = "--passphrase"
) -> Secret:
    """From a file (without its last newline), or asked for without showing it.

    `option` is how the command takes the file. Refuses: Misconfigured.

    `credential:NAME` is a credential that the service manager handed over (systemd-creds(1)).
    A home whose master key is in a token has none, and nobody is asked for it.
    """
    from tallystick.assembly import HARDWARE_FILE
    from tallystick.crypto.keys import credential_path, read_credential
    from tallystick.ground.secret import Secret

    if home is not None and (home / HARDWARE_FILE).exists():
        return Secret(b"")

    if path is not None and str(path).startswith(CREDENTIAL):
        return read_credential(credential_path(str(path).removeprefix(CREDENTIAL)))
    if path is None:
        instead = f"{option} FILE or {option} {CREDENTIAL}NAME"
        return Secret(ask_hidden(what, instead=instead).encode("utf-8"))
    try:
        return Secret(path.read_bytes().removesuffix(b"\n"))
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None


def ask_hidden(what: str, *, instead: str = "a terminal", repeat: bool = False) -> str:
    """What somebody types and nobody sees, once or twice over.

    Refuses: Misconfigured where there is no terminal, with what to give `instead`.
    """
    if not _at_a_terminal():
        raise Misconfigured("there is no terminal to ask at", where=what, allowed=instead)
    return str(typer.prompt(what, hide_input=True, confirmation_prompt=repeat))


def _at_a_terminal() -> bool:
    """Whether what is typed can be hidden: the terminal of the session, or standard input."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return sys.stdin.isatty()
    return True


def signing_key(path: Path) -> SigningKey:
    """A person's key; one that is sealed asks for its passphrase."""
    from tallystick.crypto.keys import read_signer_file
    from tallystick.ground.secret import Secret

    sealed = path.is_file() and path.read_bytes().startswith(b"tallystick-signer 1 sealed")
    asked = ask_hidden(f"Passphrase of {path}").encode("utf-8") if sealed else None
    return read_signer_file(path, None if asked is None else Secret(asked))

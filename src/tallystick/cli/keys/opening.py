"""Opening the payment module of a home: the one that runs, or one of our own for a moment."""

from __future__ import annotations

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


def read_passphrase(path: Path | None, what: str, *, home: Path | None = None) -> Secret:
    """From a file (without its last newline), or asked for without showing it.

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
        return Secret(typer.prompt(what, hide_input=True).encode("utf-8"))
    try:
        return Secret(path.read_bytes().removesuffix(b"\n"))
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None


def signing_key(path: Path) -> SigningKey:
    """A person's key; one that is sealed asks for its passphrase."""
    from tallystick.crypto.keys import read_signer_file

    sealed = path.is_file() and path.read_bytes().startswith(b"tallystick-signer 1 sealed")
    passphrase = read_passphrase(None, f"Passphrase of {path}") if sealed else None
    return read_signer_file(path, passphrase)

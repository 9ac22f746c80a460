"""The interface as connections.toml says it: its module, its notes, its access keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from tallystick.assembly import (
    HARDWARE_FILE,
    open_key_notes,
    open_payment_module,
    running_payment_module,
)
from tallystick.crypto.keys import open_access_folder, read_private
from tallystick.crypto.payment_process import PaymentModuleClient
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret
from tallystick.serve.connections import PaymentCryptoTable
from tallystick.serve.payment_crypto.application import Wire
from tallystick.serve.payment_crypto.names import Names
from tallystick.serve.payment_crypto.opening import application

_PASSPHRASE_MAX = 1024


@contextmanager
def open_gate(table: PaymentCryptoTable) -> Iterator[tuple[Wire, PaymentModuleClient]]:
    """The application and its module while the context lasts.

    The module that serves this home already is asked; else one is started, which listens to other
    processes of the same user as well, and ends with the context.
    Refuses: Misconfigured.
    """
    home, names = Path(table.keys), Names(region=table.region, account=table.account)
    access = open_access_folder(Path(table.access))
    with ExitStack() as open_ones:
        module = running_payment_module(home)
        if module is None:
            module = _start(home, table.passphrase_file)
        open_ones.enter_context(module)
        notes = open_ones.enter_context(closing(open_key_notes(home)))
        wire = application(module, notes, access.current, names=names, domain=table.domain)
        yield wire, module


def _start(home: Path, passphrase: str) -> PaymentModuleClient:
    """A home whose master key is in a token needs no passphrase, and none is read for it."""
    secret = Secret(b"")
    if not (home / HARDWARE_FILE).exists():
        if not passphrase:
            where, allowed = "[payment_crypto]", "passphrase_file, for a master key in a file"
            raise Misconfigured("nothing opens the keys", where=where, allowed=allowed)
        octets = read_private(Path(passphrase), octets_max=_PASSPHRASE_MAX)
        secret = Secret(octets.removesuffix(b"\n"))
    return open_payment_module(home, secret, listen=True)

"""The interface as connections.toml says it: its module, its notes, its access keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tallystick.assembly import (
    HARDWARE_FILE,
    VaultHome,
    open_key_notes,
    open_payment_module,
    open_vault_home,
    read_vault_file,
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
from tallystick.serve.payment_crypto.tokens import Carry, TokenDoor

_PASSPHRASE_MAX = 1024


@dataclass(frozen=True, slots=True)
class OpenGate:
    """What is open: the application, its module, and the door to a vault where there is one."""

    wire: Wire
    module: PaymentModuleClient
    tokens: TokenDoor | None


@contextmanager
def open_gate(table: PaymentCryptoTable, carry: Carry | None = None) -> Iterator[OpenGate]:
    """The application and its module while the context lasts.

    The module that serves this home already is asked; else one is started, which listens to other
    processes of the same user as well, and ends with the context.
    `carry` puts what a vault does into the evidence: without it there is no door to one.
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
        door = None
        if table.vault and carry is not None:
            vault = open_ones.enter_context(_open_vault(table, home, module))
            door = open_ones.enter_context(closing(TokenDoor(vault, carry)))
        doors = {} if door is None else door.doors()
        wire = application(
            module, notes, access.current, names=names, domain=table.domain, doors=doors
        )
        yield OpenGate(wire, module, door)


@contextmanager
def _open_vault(
    table: PaymentCryptoTable, home: Path, module: PaymentModuleClient
) -> Iterator[VaultHome]:
    folder = Path(table.vault)
    keys = read_vault_file(folder).keys
    if keys.resolve() != home.resolve():
        raise Misconfigured("a vault with keys of another module", where=table.vault,
                            allowed=str(home))  # fmt: skip
    with open_vault_home(folder, module) as opened:
        yield opened


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

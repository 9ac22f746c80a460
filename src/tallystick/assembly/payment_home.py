"""The home of a payment module: made, started in a process of its own, connected to.

It is a folder with the sealed master key, its count and the key database; nothing but the module's
own process (assembly/payment_module.py) opens them.
"""

from __future__ import annotations

from pathlib import Path

from tallystick.crypto.keys import create_master_file
from tallystick.crypto.modules import ModuleUnavailable
from tallystick.crypto.payment import ModulePolicy
from tallystick.crypto.payment_process import (
    PaymentModuleClient,
    PaymentModuleProcess,
    connect,
)
from tallystick.ground.secret import Secret

ENTRANCE = "tallystick.assembly.payment_module"
SOCKET = "module.sock"


def create_payment_home(directory: Path, passphrase: Secret) -> None:
    """Make the home of a payment module: a folder of mode 0700 with a fresh software master key.

    Refuses: Misconfigured for a short passphrase, and where a master key is already.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    create_master_file(directory, passphrase)


def open_payment_module(
    directory: Path,
    passphrase: Secret,
    policy: ModulePolicy | None = None,
    *,
    listen: bool = False,
) -> PaymentModuleProcess:
    """Start the payment module of a home in a process of its own.

    Takes:   policy None for the one that the module keeps (SetPolicy); another one holds for this
             process only. With `listen` the module also serves other processes of the same user on
             `module.sock` in the home.
    Refuses: Misconfigured for a wrong passphrase, an altered or older key database, and a home that
             another process has open.
    """
    return PaymentModuleProcess(
        directory,
        passphrase,
        policy,
        entrance=ENTRANCE,
        listen=directory / SOCKET if listen else None,
    )


def running_payment_module(directory: Path) -> PaymentModuleClient | None:
    """A channel to the module that serves this home, None when none does."""
    try:
        return connect(directory / SOCKET)
    except ModuleUnavailable:
        return None

"""The payment module of a home: made, started in a process of its own, connected to.

`python -m tallystick.assembly.payment_module FD` is that process. The home of a module is a folder
with the sealed master key, its count and the key database; nothing else opens it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tallystick.backends.sqlite import SqliteKeyStore
from tallystick.crypto.keys import AssuranceLevel, create_master_file, open_master_file
from tallystick.crypto.modules import PaymentModuleProcess, PaymentStart, run_payment_process
from tallystick.crypto.payment import Bench, LocalModule, ModulePolicy
from tallystick.ground.clock import SystemClock
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

    With `listen` it also serves other processes of the same user on `module.sock` in the home.
    Refuses: Misconfigured for a wrong passphrase, an altered or older key database, and a home that
             another process has open.
    """
    return PaymentModuleProcess(
        directory,
        passphrase,
        policy or ModulePolicy(),
        entrance=ENTRANCE,
        listen=directory / SOCKET if listen else None,
    )


def _open(start: PaymentStart) -> LocalModule:
    home = Path(start.home)
    master = open_master_file(home, Secret(start.passphrase), level=AssuranceLevel.S1)
    store = SqliteKeyStore(home)
    bench = Bench(store=store, master=master, clock=SystemClock(), policy=start.policy)
    return LocalModule(bench)


if __name__ == "__main__":
    raise SystemExit(run_payment_process(int(sys.argv[1]), _open))

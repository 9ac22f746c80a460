"""The process of a payment module: `python -m tallystick.assembly.payment_module FD`.

It inherits its owner's channel, opens the home that the owner names, and ends with the owner.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tallystick.assembly.masters import finish_move, open_master
from tallystick.backends.sqlite import SqliteKeyStore
from tallystick.crypto.payment import Bench, LocalModule
from tallystick.crypto.payment_process import PaymentStart, run_payment_process
from tallystick.ground.clock import SystemClock
from tallystick.ground.secret import Secret


def _open(start: PaymentStart) -> LocalModule:
    home = Path(start.home)
    finish_move(home)
    master = open_master(home, Secret(start.passphrase))
    store = SqliteKeyStore(home)
    bench = Bench(store=store, master=master, clock=SystemClock(), policy=start.policy)
    bench.journal.shorten()
    return LocalModule(bench)


if __name__ == "__main__":
    raise SystemExit(run_payment_process(int(sys.argv[1]), _open))

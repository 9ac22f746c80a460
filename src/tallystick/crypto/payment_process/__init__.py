"""Payment process: the payment module behind a socket, and the client that asks it.

Clauses: 8 (ISO 13491: what is inside of the device, and what crosses its edge).
Enters:  calls in batches, from the owner and from other processes of the same user.
Leaves:  answers and refusals, each in its place; never a key.
Refuses: FrameRefused, ModuleUnavailable; Misconfigured, as whatever opens the home does.
Proof:   tests/rooms/crypto/test_payment_process.py, tests/rooms/crypto/pins/test_pin_process.py.

It stands above the small module of the payment path, which starts without any of this.
"""

from tallystick.crypto.payment_process.client import (
    PaymentModuleClient,
    PaymentModuleProcess,
    connect,
)
from tallystick.crypto.payment_process.frames import Start as PaymentStart
from tallystick.crypto.payment_process.loop import run as run_payment_process

__all__ = [
    "PaymentModuleClient",
    "PaymentModuleProcess",
    "PaymentStart",
    "connect",
    "run_payment_process",
]

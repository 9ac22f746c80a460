"""Opening the interface: a module, a register and access keys become one application."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from tallystick.crypto.keys import AccessKey
from tallystick.crypto.payment import PaymentModule
from tallystick.serve.payment_crypto.application import Wire
from tallystick.serve.payment_crypto.asking import ModuleDesk
from tallystick.serve.payment_crypto.desk import Desk
from tallystick.serve.payment_crypto.names import Names
from tallystick.serve.payment_crypto.ports import NoteStore
from tallystick.serve.payment_crypto.register import Register
from tallystick.serve.payment_crypto.signature import Verifier
from tallystick.serve.payment_crypto.table import HANDLERS, UNSERVED
from tallystick.serve.payment_crypto.tokens import Door


def application(
    module: PaymentModule,
    notes: NoteStore,
    keys: Callable[[], Mapping[str, AccessKey]],
    *,
    names: Names,
    domain: str = "test",
    doors: Mapping[bytes, Door] | None = None,
) -> Wire:
    """The interface for one deployment. `keys` gives the access keys that are valid now.

    Keys that are created or imported belong to `domain`. `doors` are addresses of our own beside
    it. The module and the notes stay the caller's to close.
    """
    desk = Desk(names=names, register=Register(notes), module=ModuleDesk(module), domain=domain)
    verifier = Verifier(keys, region=names.region)
    served = {name: partial(handler, desk) for name, handler in HANDLERS.items()}
    return Wire(verifier, served, UNSERVED, doors or {})

"""A payment module of the trials' own, with keys for every attack: what the key trials act on.

The keys of the service are not attacked: what an attack would leave behind (counted failures,
changed states) must not stay with customers. The module is the same code under the same policy.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import msgspec

from tallystick.assembly import module_policy
from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.keys import SoftwareMasterKey
from tallystick.crypto.payment import (
    Answer,
    Call,
    CreateKey,
    Denied,
    Drawn,
    ForPvv,
    GeneratedPin,
    GeneratePin,
    KeyView,
    LocalModule,
    ModulePolicy,
    PinPlace,
)
from tallystick.crypto.pins import PinFormat
from tallystick.decide.policy import SecurityPolicy
from tallystick.ground.clock import Clock
from tallystick.ground.secret import Secret
from tallystick.testing import MemoryKeyStore, local_bench
from tallystick.trials.result import CannotRun

ACCOUNT = "4890123456789012"
OTHER_ACCOUNT = "4890123456789020"
OK = "ok"


class KeyCast:
    """A module over a database of its own, which the trial may tamper with."""

    def __init__(self, clock: Clock, policy: SecurityPolicy) -> None:
        self.clock = clock
        self.store = MemoryKeyStore()
        self.master = SoftwareMasterKey(Secret(os.urandom(32)), count=None)
        self.policy = _on_this_machine(module_policy(policy))
        self.module = self.again()

    def again(self) -> LocalModule:
        """The module as after a restart, on whatever the database holds now.

        Refuses: Misconfigured (RolledBack) for a database that is older than the module knows.
        """
        bench = local_bench(
            store=self.store, master=self.master, clock=self.clock, policy=self.policy
        )
        self.module = LocalModule(bench)
        return self.module

    def ask(self, call: Call) -> Answer | Denied:
        (answer,) = self.module.perform([call])
        return answer

    def demand(self, call: Call) -> Any:
        """An honest call, which must be done. Refuses: CannotRun."""
        answer = self.ask(call)
        if isinstance(answer, Denied):
            raise CannotRun(f"the honest call was refused: {answer.code}")
        return answer

    def seen(self, call: Call) -> str:
        """The code that a caller is told, `ok` when it was done."""
        answer = self.ask(call)
        return answer.code if isinstance(answer, Denied) else OK

    def make(
        self,
        usage: KeyUsage,
        mode: KeyMode,
        algorithm: KeyAlgorithm = KeyAlgorithm.TDES_3KEY,
        **more: Any,
    ) -> str:
        """A fresh key of the test domain. Gives: its handle."""
        view: KeyView = self.demand(CreateKey(usage=usage, mode=mode, algorithm=algorithm, **more))
        return view.key

    def pin_of(self, account: str, *, place: PinPlace, pvk: str) -> GeneratedPin:
        """A PIN drawn for an account: its enciphered block, and the PVV that verifies it."""
        generated: GeneratedPin = self.demand(
            GeneratePin(key=pvk, outgoing=place, how=Drawn(), verified_by=ForPvv(key_index=1))
        )
        return generated

    def pin_keys(self) -> tuple[str, str]:
        """A PIN encryption key and a PVV key."""
        return (
            self.make(KeyUsage.PIN_ENCRYPTION, KeyMode.BOTH),
            self.make(KeyUsage.PIN_VERIFICATION_PVV, KeyMode.GENERATE_AND_VERIFY),
        )


def _on_this_machine(policy: ModulePolicy) -> ModulePolicy:
    """The policy of the service but for its level of assurance: this module is software, here."""
    return msgspec.structs.replace(policy, level_min={})


def place(key: str, form: PinFormat = PinFormat.ISO_0, account: str = ACCOUNT) -> PinPlace:
    """One side of a call about PINs, bound to an account where the format binds one."""
    return PinPlace(key=key, form=form, account=account if form.binds_account else "")


def flipped(octets: bytes, *, bits: Iterable[int]) -> list[bytes]:
    """These octets once for each bit, with that bit changed."""
    return [
        octets[: bit // 8] + bytes([octets[bit // 8] ^ 1 << bit % 8]) + octets[bit // 8 + 1 :]
        for bit in bits
    ]

"""A payment module with keys for PINs, and both ends of its calls, for tests."""

from __future__ import annotations

import os
from typing import Any

from tallystick.crypto.key_blocks import KeyAlgorithm, KeyMode, KeyUsage
from tallystick.crypto.mechanisms import BlockCipher
from tallystick.crypto.payment import (
    Bench,
    ByOffset,
    ByPvv,
    CreateKey,
    Denied,
    KeyView,
    LocalModule,
    ModulePolicy,
    PinPlace,
    VerifyPin,
)
from tallystick.crypto.pins import PinFormat, PinSide, encipher_pin
from tallystick.testing import local_bench

ACCOUNT = "4929123456789014"
PIN = "7305"
TABLE = "0123456789012345"


class Desk:
    """A module, its bench to look behind it, and keys by name."""

    def __init__(self, policy: ModulePolicy | None = None, **bench: Any) -> None:
        self.bench: Bench = local_bench(policy=policy, **bench)
        self.module = LocalModule(self.bench)

    def make(self, usage: KeyUsage, algorithm: KeyAlgorithm, mode: KeyMode, **more: Any) -> str:
        call = CreateKey(usage=usage, algorithm=algorithm, mode=mode, **more)
        (view,) = self.module.perform([call])
        assert isinstance(view, KeyView), view.text
        return view.key

    def put(self, octets: bytes, usage: KeyUsage, algorithm: KeyAlgorithm, mode: KeyMode, **more: Any) -> str:  # fmt: skip
        """A key of known octets, as an import would leave it."""
        key = self.make(usage, algorithm, mode, **more)
        self.bench.keep(self.bench.record(key), octets, act="import")
        return key

    def zone_key(self, form: PinFormat = PinFormat.ISO_0, mode: KeyMode = KeyMode.BOTH) -> str:
        aes = form is PinFormat.ISO_4
        algorithm = KeyAlgorithm.AES_128 if aes else KeyAlgorithm.TDES_3KEY
        return self.make(KeyUsage.PIN_ENCRYPTION, algorithm, mode)

    def pvv_key(self, mode: KeyMode = KeyMode.GENERATE_AND_VERIFY, **pinned: str) -> str:
        usage = KeyUsage.PIN_VERIFICATION_PVV
        return self.make(usage, KeyAlgorithm.TDES_3KEY, mode, pinned=pinned)

    def known_pvv_key(self) -> str:
        """The same in every run: two PINs have one PVV under one key of ten thousand."""
        usage, mode = KeyUsage.PIN_VERIFICATION_PVV, KeyMode.GENERATE_AND_VERIFY
        return self.put(bytes(range(24)), usage, KeyAlgorithm.TDES_3KEY, mode)

    def offset_key(self, mode: KeyMode = KeyMode.GENERATE_AND_VERIFY, **pinned: str) -> str:
        usage = KeyUsage.PIN_VERIFICATION_3624
        return self.make(usage, KeyAlgorithm.TDES_3KEY, mode, pinned=pinned)

    def place(self, form: PinFormat = PinFormat.ISO_0, key: str = "", account: str = ACCOUNT) -> PinPlace:  # fmt: skip
        return PinPlace(key=key or self.zone_key(form), form=form, account=account)

    def cipher(self, key: str) -> BlockCipher:
        """The key itself, which only a test can have."""
        record = self.bench.record(key)
        octets = self.bench.material(record)
        make = BlockCipher.aes if record.attributes.algorithm.letter == "A" else BlockCipher.tdes
        return make(octets)

    def side(self, place: PinPlace) -> PinSide:
        return PinSide(place.form, self.cipher(place.key), place.account, place.field)

    def block(self, place: PinPlace, pin: str = PIN) -> bytes:
        return encipher_pin(pin, self.side(place), random=os.urandom)

    def ask(self, call: Any) -> Any:
        (answer,) = self.module.perform([call])
        return answer

    def denied(self, call: Any) -> Denied:
        answer = self.ask(call)
        assert isinstance(answer, Denied), type(answer)
        return answer

    def verify(self, key: str, place: PinPlace, by: ByPvv | ByOffset, pin: str = PIN) -> Any:
        return self.ask(VerifyPin(block=self.block(place, pin), presented=place, key=key, by=by))

"""A crypto module that fails when it is told to."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Sequence

from tallystick.crypto.envelopes import EnvelopeRefused
from tallystick.crypto.modules import (
    CryptoModule,
    ModuleUnavailable,
    PinCall,
    PinNotVerified,
    PublicKeys,
    SigningPurpose,
    admit_by_thread,
)


class FaultyModule:
    """Wraps a module; implements CryptoModule.

    `failing` names the calls that raise, each with what it raises; `lose` is the usual case.
    `asked` counts the calls by name, those that failed included.
    """

    def __init__(self, module: CryptoModule) -> None:
        self._module = module
        self.failing: dict[str, Exception] = {}
        self.asked: Counter[str] = Counter()

    def lose(self, *calls: str) -> None:
        """From now on these calls find the module unavailable; all of them when none is named."""
        for call in calls or CALLS:
            self.failing[call] = ModuleUnavailable("the crypto module does not answer")

    def find(self) -> None:
        """The module answers again."""
        self.failing.clear()

    def public(self) -> PublicKeys:
        return self._module.public()

    def open_message(self, token: str, *, typ: str) -> bytes:
        self._meet("open_message")
        return self._module.open_message(token, typ=typ)

    def open_messages(self, tokens: Sequence[str], *, typ: str) -> list[bytes | EnvelopeRefused]:
        self._meet("open_messages")
        return self._module.open_messages(tokens, typ=typ)

    def establish_pin(
        self, *, sealed: str, binding: bytes, customer: str, digits_min: int
    ) -> bytes:
        self._meet("establish_pin")
        return self._module.establish_pin(
            sealed=sealed, binding=binding, customer=customer, digits_min=digits_min
        )

    def verify_pin(self, *, sealed: str, binding: bytes, customer: str, reference: bytes) -> None:
        self._meet("verify_pin")
        self._module.verify_pin(
            sealed=sealed, binding=binding, customer=customer, reference=reference
        )

    def verify_pins(self, calls: Sequence[PinCall]) -> list[PinNotVerified | None]:
        self._meet("verify_pins")
        return self._module.verify_pins(calls)

    def sign(self, *, purpose: SigningPurpose, octets: bytes) -> bytes:
        self._meet("sign")
        return self._module.sign(purpose=purpose, octets=octets)

    def admit(self) -> socket.socket:
        self._meet("admit")
        return admit_by_thread(self)

    def close(self) -> None:
        self._module.close()

    def _meet(self, call: str) -> None:
        self.asked[call] += 1
        if call in self.failing:
            raise self.failing[call]


CALLS = (
    "open_message",
    "open_messages",
    "establish_pin",
    "verify_pin",
    "verify_pins",
    "sign",
    "admit",
)

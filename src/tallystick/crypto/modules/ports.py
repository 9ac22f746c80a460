"""The port to the crypto module: semantic calls only, never `decrypt(key, octets)`."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tallystick.crypto.envelopes import EnvelopeRefused
from tallystick.crypto.modules.kept import Kept
from tallystick.crypto.modules.purposes import SigningPurpose
from tallystick.crypto.modules.refusals import PinNotVerified

BATCH_MAX = 32
"""Calls that go to the module together at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKeys:
    """The public half of a module's keys and what may be believed about the rest.

    message and pin are P-256 JWKs whose thumbprints are their `kid`; qr, checkpoint and certificate
    are raw Ed25519 public keys of 32 octets. `level` is "software" as long as messages and PINs are
    opened by software; `module` is an id that changes with any key; `kept` says where the keys are.
    """

    message: dict[str, str]
    pin: dict[str, str]
    qr: bytes
    checkpoint: bytes
    certificate: bytes
    level: str
    module: str
    kept: Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class PinCall:
    """One sealed PIN to verify; see `CryptoModule.verify_pin`. The binding is 32 octets."""

    sealed: str
    binding: bytes
    customer: str
    reference: bytes


class CryptoModule(Protocol):
    """Holds every private key of the provider and uses each for one purpose.

    Calls are safe from several threads. A module that cannot answer raises ModuleUnavailable; no
    call ever has a lasting effect, so that repeating one is harmless.
    """

    def public(self) -> PublicKeys:
        """The public keys; cheap, remembered from the start."""
        ...

    def open_message(self, token: str, *, typ: str) -> bytes:
        """Open the outer layer of a message or an enrolment. Refuses: EnvelopeRefused.

        Takes: compact JWE of type `typ`: tallystick-message+jwe or tallystick-enrolment+jwe.
        """
        ...

    def open_messages(self, tokens: Sequence[str], *, typ: str) -> list[bytes | EnvelopeRefused]:
        """`open_message` for up to BATCH_MAX tokens at once; a refusal stands in its own place."""
        ...

    def verify_pins(self, calls: Sequence[PinCall]) -> list[PinNotVerified | None]:
        """`verify_pin` for up to BATCH_MAX calls at once; None where the PIN is right."""
        ...

    def establish_pin(
        self, *, sealed: str, binding: bytes, customer: str, digits_min: int
    ) -> bytes:
        """Make the reference PIN (32 octets) of a customer from a sealed PIN.

        Takes:   binding of 32 octets as in docs/reference/wire.md, "Sealed PIN".
        Refuses: PinNotVerified, also for a PIN of fewer than `digits_min` digits.
        """
        ...

    def verify_pin(self, *, sealed: str, binding: bytes, customer: str, reference: bytes) -> None:
        """Return when the sealed PIN is the customer's, else raise PinNotVerified.

        For an unknown customer pass a dummy reference of 32 octets: the work is the same.
        """
        ...

    def sign(self, *, purpose: SigningPurpose, octets: bytes) -> bytes:
        """Sign with the Ed25519 key of one purpose: 64 octets.

        Refuses: PurposeRefused; ModuleUnavailable while the token that has the key is away.

        checkpoint:  the body of a checkpoint note (C2SP tlog-checkpoint), which ends in a newline.
        statement:   `tallystick-statement`, a newline and the canonical JSON; the checkpoint key.
        qr, certificate: any octets; each has a key of its own.
        """
        ...

    def admit(self) -> socket.socket:
        """A channel of its own for an edge (`ModuleLink`): messages opened, PINs compared, nothing
        signed.
        """
        ...

    def close(self) -> None:
        """Let go of the keys. Closing twice is harmless; every later call is ModuleUnavailable."""
        ...

"""The software module: its keys in this process, or signing ones in a token that it asks.

ModuleProcess runs it in a process of its own.
"""

from __future__ import annotations

import hashlib
import socket
import time
from collections.abc import Sequence
from typing import NoReturn

from tallystick.crypto.envelopes import EnvelopeRefused, open_sealed, parse_sealed
from tallystick.crypto.keys import (
    SIGNING,
    AssuranceLevel,
    KeyPurpose,
    KeyRecord,
    KeyRing,
    TokenSigners,
    create_keys,
    public_check_value,
)
from tallystick.crypto.mechanisms import AgreementKey, SigningKey
from tallystick.crypto.modules import pin
from tallystick.crypto.modules.answering import admit_by_thread
from tallystick.crypto.modules.kept import Kept, kept_in_file
from tallystick.crypto.modules.ports import PinCall, PublicKeys
from tallystick.crypto.modules.purposes import SigningPurpose, key_for
from tallystick.crypto.modules.refusals import ModuleUnavailable, PinNotVerified
from tallystick.crypto.modules.self_tests import Signs, run_pairwise_tests, run_self_tests
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.ground.secret import Secret

LEVEL = "software"
_CTY_OF = {"tallystick-message+jwe": "JWT", "tallystick-enrolment+jwe": "JWT"}
_PIN_TYP = "tallystick-pin+jwe"


class _InToken:
    """A key that signs inside of a token."""

    __slots__ = ("_id", "_token", "public")

    def __init__(self, record: KeyRecord, token: TokenSigners) -> None:
        """Refuses: Misconfigured when the token has another key under its id."""
        self._id, self._token = record.token, token
        self.public = token.find_signer(record.token).public
        if public_check_value(self.public) != record.check_value:
            raise Misconfigured(f"the token has another {record.purpose} key")

    def sign(self, octets: bytes) -> bytes:
        return self._token.sign_with(self._id, octets)


class _Keys:
    """The keys as objects that each do one thing."""

    __slots__ = ("message", "pin", "pin_verification", "signing")

    def __init__(self, ring: KeyRing, token: TokenSigners | None) -> None:
        self.message = AgreementKey.from_secret(ring.material(KeyPurpose.MESSAGE))
        self.pin = AgreementKey.from_secret(ring.material(KeyPurpose.PIN))
        self.pin_verification: Secret = ring.material(KeyPurpose.PIN_VERIFICATION)
        self.signing = {purpose: _signer(ring.active(purpose), token) for purpose in SIGNING}


def _signer(record: KeyRecord, token: TokenSigners | None) -> Signs:
    if record.token and token is not None:
        return _InToken(record, token)
    return SigningKey.from_secret(record.demand_material())


class SoftwareModule:
    """A crypto module in this process; implements CryptoModule. It tests itself first.

    Takes:   kept, where its keys are when that is better than this process; token, what has the
             keys that the ring names and does not hold.
    Refuses: Misconfigured for a token that has other keys, or none.
    """

    __slots__ = ("_keys", "_public")

    def __init__(
        self, ring: KeyRing, *, kept: Kept | None = None, token: TokenSigners | None = None
    ) -> None:
        run_self_tests()
        keys = _Keys(ring, token)
        run_pairwise_tests(agreement=(keys.message, keys.pin), signing=keys.signing.values())
        self._keys: _Keys | None = keys
        self._public = _public_keys(keys, kept or kept_in_file(ring, AssuranceLevel.S0))

    @classmethod
    def generate(cls) -> SoftwareModule:
        """A module with fresh keys that live as long as it does; for tests and rehearsals."""
        return cls(create_keys(created_ms=time.time_ns() // 1_000_000))

    def public(self) -> PublicKeys:
        return self._public

    def open_message(self, token: str, *, typ: str) -> bytes:
        if typ not in _CTY_OF:
            raise Defect(f"the message key opens no {typ!r}")
        sealed = parse_sealed(token, typ=typ, cty=_CTY_OF[typ])
        private = self._demand_keys().message
        if sealed.kid != private.public.thumbprint:
            raise EnvelopeRefused("kid")
        return open_sealed(sealed, private)

    def open_messages(self, tokens: Sequence[str], *, typ: str) -> list[bytes | EnvelopeRefused]:
        opened: list[bytes | EnvelopeRefused] = []
        for token in tokens:
            try:
                opened.append(self.open_message(token, typ=typ))
            except EnvelopeRefused as refusal:
                opened.append(refusal)
        return opened

    def verify_pins(self, calls: Sequence[PinCall]) -> list[PinNotVerified | None]:
        verdicts: list[PinNotVerified | None] = []
        for call in calls:
            try:
                self.verify_pin(
                    sealed=call.sealed,
                    binding=call.binding,
                    customer=call.customer,
                    reference=call.reference,
                )
                verdicts.append(None)
            except PinNotVerified as refusal:
                verdicts.append(refusal)
        return verdicts

    def establish_pin(
        self, *, sealed: str, binding: bytes, customer: str, digits_min: int
    ) -> bytes:
        pin.check_pin_call(sealed=sealed, binding=binding, customer=customer)
        return pin.establish(
            self._open_pin(sealed),
            binding=binding,
            customer=customer,
            key=self._demand_keys().pin_verification,
            digits_min=digits_min,
        )

    def verify_pin(self, *, sealed: str, binding: bytes, customer: str, reference: bytes) -> None:
        pin.check_pin_call(sealed=sealed, binding=binding, customer=customer)
        pin.verify(
            self._open_pin(sealed),
            binding=binding,
            customer=customer,
            key=self._demand_keys().pin_verification,
            reference=reference,
        )

    def sign(self, *, purpose: SigningPurpose, octets: bytes) -> bytes:
        return self._demand_keys().signing[key_for(purpose, octets)].sign(octets)

    def admit(self) -> socket.socket:
        self._demand_keys()
        return admit_by_thread(self)

    def close(self) -> None:
        self._keys = None

    def _open_pin(self, sealed: str) -> bytes:
        private = self._demand_keys().pin
        try:
            envelope = parse_sealed(sealed, typ=_PIN_TYP, octets_max=pin.SEALED_PIN_MAX)
            if envelope.kid != private.public.thumbprint:
                raise EnvelopeRefused("kid")
            return open_sealed(envelope, private)
        except EnvelopeRefused:
            raise PinNotVerified("envelope") from None

    def _demand_keys(self) -> _Keys:
        if self._keys is None:
            raise ModuleUnavailable("the crypto module is closed")
        return self._keys

    def __repr__(self) -> str:
        return f"SoftwareModule({self._public.module}, hidden)"

    def __reduce__(self) -> NoReturn:
        raise Defect("a crypto module is not serialised")


def _public_keys(keys: _Keys, kept: Kept) -> PublicKeys:
    signing = {purpose: key.public for purpose, key in keys.signing.items()}
    message, sealed_pin = keys.message.public, keys.pin.public
    names = (message.thumbprint + sealed_pin.thumbprint).encode("ascii")
    fingerprint = hashlib.sha256(names + b"".join(signing[purpose] for purpose in SIGNING))
    return PublicKeys(
        message=message.jwk(),
        pin=sealed_pin.jwk(),
        qr=signing[KeyPurpose.QR],
        checkpoint=signing[KeyPurpose.CHECKPOINT],
        certificate=signing[KeyPurpose.CERTIFICATE],
        level=LEVEL,
        module=f"{LEVEL}:{fingerprint.hexdigest()[:16]}",
        kept=kept,
    )

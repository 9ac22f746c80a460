"""Key records: one key, one purpose, one state."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from tallystick.crypto.keys.signers import TokenSigner
from tallystick.crypto.mechanisms import AgreementKey, SigningKey, hmac_sha256
from tallystick.ground.errors import Defect, Misconfigured
from tallystick.ground.secret import Secret

_CHECK_OCTETS = 8


class KeyPurpose(StrEnum):
    """What a key is for; it is for nothing else (ISO 11568: single-purpose key usage)."""

    MESSAGE = "message"
    """Opening financial messages (ECDH-ES)."""
    PIN = "pin"
    """Opening sealed PINs (ECDH-ES)."""
    PIN_VERIFICATION = "pin-verification"
    """Making reference PINs (HMAC-SHA-256); never leaves the module in any form."""
    QR = "qr"
    """Signing merchant QR codes (Ed25519)."""
    CHECKPOINT = "checkpoint"
    """Signing checkpoints of the evidence log and the service statement (Ed25519)."""
    CERTIFICATE = "certificate"
    """Signing certificates (Ed25519)."""


class KeyState(StrEnum):
    """Where a key stands in its life. A destroyed key keeps its record and loses its material."""

    ACTIVE = "active"
    DESTROYED = "destroyed"


MECHANISM_OF: Mapping[KeyPurpose, str] = MappingProxyType(
    {
        KeyPurpose.MESSAGE: "ECDH-ES",
        KeyPurpose.PIN: "ECDH-ES",
        KeyPurpose.PIN_VERIFICATION: "HMAC-SHA-256",
        KeyPurpose.QR: "Ed25519",
        KeyPurpose.CHECKPOINT: "Ed25519",
        KeyPurpose.CERTIFICATE: "Ed25519",
    }
)


SIGNING = (KeyPurpose.QR, KeyPurpose.CHECKPOINT, KeyPurpose.CERTIFICATE)
"""The purposes whose keys a token may draw and use inside."""
_NONE: Mapping[KeyPurpose, TokenSigner] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """One key. `material` is 32 octets while active and None once destroyed.

    A key that a token drew has no material here: `token` is its id in there, and that it is the
    right one is seen from its public key. `check_value` is 16 hex digits of a one-way function of
    the key: it tells keys apart and finds a mixed-up record, and tells nothing about the key.
    """

    purpose: KeyPurpose
    state: KeyState
    created_ms: int
    check_value: str
    material: Secret | None
    token: str = ""

    def __post_init__(self) -> None:
        places = (self.material is not None) + bool(self.token)
        if places != (self.state is KeyState.ACTIVE):
            raise Defect("a key is in one place exactly while it is active")
        if self.token and MECHANISM_OF[self.purpose] != "Ed25519":
            raise Misconfigured(f"the {self.purpose} key is not one that a token keeps")

    def demand_material(self) -> Secret:
        """The key itself. Refuses: Misconfigured once it is destroyed, and for one in a token."""
        if self.material is None:
            where = "in a token" if self.token else "destroyed"
            raise Misconfigured(f"the {self.purpose} key is {where}")
        return self.material


class KeyRing:
    """The keys of one crypto module: exactly one active key for every purpose."""

    __slots__ = ("_records",)

    def __init__(self, records: Iterable[KeyRecord]) -> None:
        self._records = tuple(records)
        active = [one.purpose for one in self._records if one.state is KeyState.ACTIVE]
        if sorted(active) != sorted(KeyPurpose):
            raise Misconfigured("a module needs exactly one active key for every purpose")
        for record in self._records:
            _check_record(record)

    @property
    def records(self) -> tuple[KeyRecord, ...]:
        return self._records

    def material(self, purpose: KeyPurpose) -> Secret:
        """The active key for one purpose. Refuses: Misconfigured for one that is in a token."""
        return self.active(purpose).demand_material()

    def active(self, purpose: KeyPurpose) -> KeyRecord:
        """The record of the active key for one purpose."""
        return next(
            one for one in self._records if one.purpose is purpose and one.state is KeyState.ACTIVE
        )

    def __repr__(self) -> str:
        return f"KeyRing({len(self._records)} keys, hidden)"


def create_key(purpose: KeyPurpose, *, created_ms: int) -> KeyRecord:
    """Create one key with the operating system's generator (ISO 11568: key creation)."""
    material = _CREATE[MECHANISM_OF[purpose]]()
    return KeyRecord(
        purpose=purpose,
        state=KeyState.ACTIVE,
        created_ms=created_ms,
        check_value=check_value(purpose, material),
        material=material,
    )


def create_keys(*, created_ms: int, signers: Mapping[KeyPurpose, TokenSigner] = _NONE) -> KeyRing:
    """Create one key for every purpose, but for those that a token drew."""
    return KeyRing(
        _in_token(purpose, signers[purpose], created_ms)
        if purpose in signers
        else create_key(purpose, created_ms=created_ms)
        for purpose in KeyPurpose
    )


def _in_token(purpose: KeyPurpose, signer: TokenSigner, created_ms: int) -> KeyRecord:
    return KeyRecord(
        purpose=purpose,
        state=KeyState.ACTIVE,
        created_ms=created_ms,
        check_value=public_check_value(signer.public),
        material=None,
        token=signer.id,
    )


def destroy_key(record: KeyRecord) -> KeyRecord:
    """Forget a key's material and keep its record; what remains on disk is the writer's duty."""
    return replace(record, state=KeyState.DESTROYED, material=None, token="")


def check_value(purpose: KeyPurpose, material: Secret) -> str:
    """Fingerprint of the public key, or of a MAC over a fixed text for a key that has none."""
    return public_check_value(_PUBLIC[MECHANISM_OF[purpose]](material))


def public_check_value(public: bytes) -> str:
    """The check value of an Ed25519 key from its public key; `check_value` gives the same."""
    return hashlib.sha256(public).hexdigest()[: 2 * _CHECK_OCTETS]


def _check_record(record: KeyRecord) -> None:
    material = record.material
    if material is not None and record.check_value != check_value(record.purpose, material):
        raise Misconfigured(f"the {record.purpose} key does not match its check value")


_CREATE: Mapping[str, Callable[[], Secret]] = {
    "ECDH-ES": lambda: AgreementKey.generate().secret(),
    "Ed25519": lambda: SigningKey.generate().secret(),
    "HMAC-SHA-256": lambda: Secret(os.urandom(32)),
}
_PUBLIC: Mapping[str, Callable[[Secret], bytes]] = {
    "ECDH-ES": lambda material: AgreementKey.from_secret(material).public.thumbprint.encode(),
    "Ed25519": lambda material: SigningKey.from_secret(material).public,
    "HMAC-SHA-256": lambda material: hmac_sha256(material, b"tallystick-check-value"),
}

"""RemoteModule: calls of the payment module, done by a service at the other end of a wire.

What crosses: data under a symmetric key in the older modes, MACs under a MAC key, PIN translation
and PIN verification by PVV. Everything else is NotOffered here: it is managed over there, or it is
not in that wire's words.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import quote

from tallystick.backends.remote.service import Caller, RemoteService
from tallystick.crypto.keys import AssuranceLevel
from tallystick.crypto.mechanisms import MacPadding
from tallystick.crypto.modules import ModuleUnavailable
from tallystick.crypto.payment import (
    Answer,
    ByKey,
    ByPvv,
    Call,
    DecryptData,
    DecryptedData,
    Denied,
    EncryptData,
    EncryptedData,
    GeneratedMac,
    GenerateMac,
    KeyUsed,
    ModuleState,
    PinPlace,
    Symmetric,
    TranslatedPin,
    TranslatePin,
    VerifiedMac,
    VerifiedPin,
    VerifyMac,
    VerifyPin,
)
from tallystick.crypto.pins import AccountField, PinFormat
from tallystick.ground.clock import Clock, SystemClock

_FORMATS = {
    PinFormat.ISO_0: "0",
    PinFormat.ISO_1: "1",
    PinFormat.ISO_3: "3",
    PinFormat.ISO_4: "4",
}
_CODES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ValidationException": ("call.malformed", "the service does not take this"),
        "ResourceNotFoundException": ("key.unknown", "no such key in the service"),
        "VerificationFailedException": ("verification.failed", "verification failed"),
        "AccessDeniedException": ("key.unusable", "the service does not let us"),
    }
)
_WHERE = {
    "INVALID_MAC": "mac",
    "INVALID_PIN": "pin",
    "INVALID_VALIDATION_DATA": "card_value",
    "INVALID_AUTH_REQUEST_CRYPTOGRAM": "cryptogram",
}
_TALLY = b"tallystick-remote 1\n"


class _NotOffered(Exception):
    """This call does not cross that wire."""


class RemoteModule:
    """Implements PaymentModule over a service. Calls are safe from several threads.

    Its level is S4 when the operator states that the service runs in a payment HSM, else S1:
    software of another house.
    """

    def __init__(self, service: RemoteService, *, clock: Clock | None = None) -> None:
        self._service, self._lock = service, threading.Lock()
        self._caller = Caller(service, clock or SystemClock())
        self._open = True

    def state(self) -> ModuleState:
        said = self._service.payment_hsm
        named = _TALLY + f"{self._service.url} {self._service.access_key}".encode()
        return ModuleState(
            level=AssuranceLevel.S4 if said else AssuranceLevel.S1,
            master=hashlib.sha256(named).hexdigest()[:16],
            policy="",
            sequence=0,
            healthy=self._open,
            statement=f"a remote service; its operator says: {said}"
            if said
            else "a remote service of which nothing is stated: software of another house",
        )

    def perform(self, calls: Sequence[Call]) -> list[Answer | Denied]:
        with self._lock:
            if not self._open:
                raise ModuleUnavailable("the remote service is closed")
            return [self._perform_one(call) for call in calls]

    def close(self) -> None:
        with self._lock:
            self._open = False
            self._caller.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _perform_one(self, call: Call) -> Answer | Denied:
        do = _HANDLERS.get(type(call))
        try:
            if do is None:
                raise _NotOffered(f"{type(call).__name__} is not done by a remote service")
            return do(self, call)
        except _NotOffered as refusal:
            return Denied(code="operation.unavailable", text=str(refusal))
        except (KeyError, TypeError, ValueError):
            raise ModuleUnavailable("the remote service does not answer in its own words") from None

    # ---- one operation each ------------------------------------------------------------------

    def _encrypt(self, call: EncryptData) -> Answer | Denied:
        done = self._data(call.key, "encrypt", {
            "PlainText": _hex(call.plaintext), "EncryptionAttributes": _symmetric(call),
        })  # fmt: skip
        if isinstance(done, Denied):
            return done
        octets = bytes.fromhex(done["CipherText"])
        return EncryptedData(ciphertext=octets, key=_used(call.key, done), legacy="older mode")

    def _decrypt(self, call: DecryptData) -> Answer | Denied:
        done = self._data(call.key, "decrypt", {
            "CipherText": _hex(call.ciphertext), "DecryptionAttributes": _symmetric(call),
        })  # fmt: skip
        if isinstance(done, Denied):
            return done
        return DecryptedData(plaintext=bytes.fromhex(done["PlainText"]), key=_used(call.key, done))

    def _generate_mac(self, call: GenerateMac) -> Answer | Denied:
        done = self._ask("/mac/generate", call.key, {
            "KeyIdentifier": self._name(call.key), "MessageData": _hex(call.message),
            "GenerationAttributes": _mac(call), **_length(call.octets),
        })  # fmt: skip
        if isinstance(done, Denied):
            return done
        return GeneratedMac(mac=bytes.fromhex(done["Mac"]), key=_used(call.key, done))

    def _verify_mac(self, call: VerifyMac) -> Answer | Denied:
        done = self._ask("/mac/verify", call.key, {
            "KeyIdentifier": self._name(call.key), "MessageData": _hex(call.message),
            "Mac": _hex(call.mac), "VerificationAttributes": _mac(call), **_length(call.octets),
        })  # fmt: skip
        return done if isinstance(done, Denied) else VerifiedMac(key=_used(call.key, done))

    def _translate_pin(self, call: TranslatePin) -> Answer | Denied:
        incoming, outgoing = call.incoming, call.outgoing
        done = self._ask("/pindata/translate", outgoing.key, {
            "IncomingKeyIdentifier": self._name(incoming.key),
            "OutgoingKeyIdentifier": self._name(outgoing.key),
            "IncomingTranslationAttributes": _side(incoming),
            "OutgoingTranslationAttributes": _side(outgoing),
            "EncryptedPinBlock": _hex(call.block),
        })  # fmt: skip
        if isinstance(done, Denied):
            return done
        block = bytes.fromhex(done["PinBlock"])
        came = KeyUsed(incoming.key, "")
        return TranslatedPin(block=block, incoming=came, outgoing=_used(outgoing.key, done))

    def _verify_pin(self, call: VerifyPin) -> Answer | Denied:
        if not isinstance(call.by, ByPvv):
            raise _NotOffered("a remote service verifies by PVV here")
        attributes = {
            "VerificationValue": call.by.pvv,
            "PinVerificationKeyIndex": call.by.key_index,
        }
        place = call.presented
        done = self._ask("/pindata/verify", call.key, {
            "VerificationKeyIdentifier": self._name(call.key),
            "EncryptionKeyIdentifier": self._name(place.key),
            "VerificationAttributes": {"VisaPin": attributes},
            "EncryptedPinBlock": _hex(call.block), "PrimaryAccountNumber": place.account,
            "PinBlockFormat": f"ISO_FORMAT_{_format(place)}",
        })  # fmt: skip
        if isinstance(done, Denied):
            return done
        return VerifiedPin(
            key=KeyUsed(call.key, str(done["VerificationKeyCheckValue"])),
            presented=KeyUsed(place.key, str(done["EncryptionKeyCheckValue"])),
        )

    # ---- asking ------------------------------------------------------------------------------

    def _data(self, key: str, verb: str, members: dict[str, Any]) -> dict[str, Any] | Denied:
        return self._ask(f"/keys/{quote(self._name(key), safe='')}/{verb}", key, members)

    def _ask(self, path: str, key: str, members: dict[str, Any]) -> dict[str, Any] | Denied:
        status, error, told = self._caller.post(path, members)
        if status == 200:
            return told
        if error not in _CODES:
            raise ModuleUnavailable("the remote service does not answer")
        code, text = _CODES[error]
        where = _WHERE.get(str(told.get("Reason", "")), "")
        return Denied(code=code, text=text, where=where, reason=error)

    def _name(self, key: str) -> str:
        name = self._service.keys.get(key)
        if name is None:
            raise _NotOffered("this key is not one of the remote service")
        return name


_HANDLERS: Mapping[type[Call], Callable[[RemoteModule, Any], Answer | Denied]] = MappingProxyType(
    {
        EncryptData: RemoteModule._encrypt,
        DecryptData: RemoteModule._decrypt,
        GenerateMac: RemoteModule._generate_mac,
        VerifyMac: RemoteModule._verify_mac,
        TranslatePin: RemoteModule._translate_pin,
        VerifyPin: RemoteModule._verify_pin,
    }
)


def _symmetric(call: EncryptData | DecryptData) -> dict[str, Any]:
    by = call.by
    if not isinstance(by, Symmetric) or call.wrapped or call.agreement is not None:
        raise _NotOffered("a remote service has the older modes under one key only")
    start = {} if by.iv is None else {"InitializationVector": _hex(by.iv)}
    return {"Symmetric": {"Mode": str(by.mode), **start}}


def _mac(call: GenerateMac | VerifyMac) -> dict[str, Any]:
    if not isinstance(call.by, ByKey) or call.by.padding is not MacPadding.ZEROS:
        raise _NotOffered("a remote service makes MACs under a MAC key, and adds zeros")
    return {"Algorithm": str(call.by.algorithm)}


def _length(octets: int | None) -> dict[str, int]:
    return {} if octets is None else {"MacLength": octets}


def _side(place: PinPlace) -> dict[str, Any]:
    account = {"PrimaryAccountNumber": place.account} if place.account else {}
    return {f"IsoFormat{_format(place)}": account}


def _format(place: PinPlace) -> str:
    if place.dukpt is not None or place.wrapped or place.agreement is not None:
        raise _NotOffered("a remote service has PIN keys by name only")
    if place.form not in _FORMATS:
        raise _NotOffered("this format does not cross that wire")
    if place.form is PinFormat.ISO_4 and place.field is not AccountField.TWELVE:
        raise _NotOffered("the service binds format 4 to twelve digits of the account")
    return _FORMATS[place.form]


def _used(key: str, done: Mapping[str, Any]) -> KeyUsed:
    return KeyUsed(key, str(done["KeyCheckValue"]))


def _hex(octets: bytes) -> str:
    return octets.hex().upper()

"""Enrolment: a handset shows its three keys and an activation code, and becomes a device."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from tallystick.crypto.envelopes import EnvelopeRefused, parse_signed, strict_object
from tallystick.crypto.mechanisms import (
    KeyRefused,
    PublicKey,
    SignatureRefused,
    es256_verify,
    public_key_from_jwk,
)
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import (
    DeviceId,
    NotAnIdentifier,
    RequestId,
    from_base64url,
    request_id,
)
from tallystick.protect.devices.activation import Activation
from tallystick.protect.devices.records import Device, DeviceState

Short = Annotated[str, msgspec.Meta(max_length=128)]


class EnrolmentRefused(Refused):
    """Something about an enrolment or a session request is wrong: one answer."""

    code, clause, public_code = "enrolment.refused", "7.2", "enrolment.refused"


class _Keys(msgspec.Struct, forbid_unknown_fields=True):
    session: dict[str, str]
    signature: dict[str, str]
    agreement: dict[str, str]


class AttestationClaim(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the handset says about where its keys live."""

    platform: Literal["android", "ios", "browser", "other"]
    secure_environment: Literal["se", "tee", "software"]
    evidence: Short


class ApplicationClaim(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What the application says about itself."""

    version: int
    build: Short
    debuggable: bool
    rooted: bool


class _Enrolment(msgspec.Struct, forbid_unknown_fields=True):
    aud: Short
    iat: int
    jti: Short
    challenge: Short
    activation: Annotated[str, msgspec.Meta(max_length=32)]
    keys: _Keys
    possession: Short
    attestation: AttestationClaim
    application: ApplicationClaim
    pin: Annotated[str, msgspec.Meta(max_length=1024)]


class _Session(msgspec.Struct, forbid_unknown_fields=True):
    aud: Short
    iat: int
    jti: Short
    challenge: Short
    application: ApplicationClaim


_enrolments = msgspec.json.Decoder(_Enrolment)
_sessions = msgspec.json.Decoder(_Session)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentRequest:
    """An enrolment whose signatures hold; not yet whether it may be."""

    request: RequestId
    audience: str
    issued_s: int
    challenge: str
    activation: str
    session: PublicKey
    signature: PublicKey
    agreement: PublicKey
    attestation: AttestationClaim
    application: ApplicationClaim
    sealed_pin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRequest:
    """A session request whose signature holds."""

    audience: str
    issued_s: int
    challenge: str
    application: ApplicationClaim


def read_enrolment(token: bytes) -> EnrolmentRequest:
    """Read the opened enrolment: signed by the session key, with proof of the signature key.

    Refuses: EnrolmentRefused.
    """
    try:
        signed = parse_signed(token.decode("ascii"), typ="tallystick-enrolment+jws")
        session = public_key_from_jwk(signed.header.get("jwk"))
        payload = signed.verify(session)
        strict_object(payload)
        claims = _enrolments.decode(payload)
        keys = [
            public_key_from_jwk(k)
            for k in (claims.keys.session, claims.keys.signature, claims.keys.agreement)
        ]
        _demand_three_keys(session, keys)
        proven = f"tallystick-enrolment.{claims.challenge}.{session.thumbprint}"
        es256_verify(
            public=keys[1],
            octets=proven.encode(),
            signature=from_base64url(claims.possession),
        )
        request = request_id(claims.jti)
    except (*_UNREADABLE, NotAnIdentifier) as refusal:
        raise EnrolmentRefused("the enrolment cannot be read") from refusal
    return EnrolmentRequest(
        request=request,
        audience=claims.aud,
        issued_s=claims.iat,
        challenge=claims.challenge,
        activation=claims.activation,
        session=session,
        signature=keys[1],
        agreement=keys[2],
        attestation=claims.attestation,
        application=claims.application,
        sealed_pin=claims.pin,
    )


def read_session(token: str, *, device: Device) -> SessionRequest:
    """Read a session request by a known device. Refuses: EnrolmentRefused."""
    try:
        signed = parse_signed(token, typ="tallystick-session+jws")
        payload = signed.verify(device.session_key)
        strict_object(payload)
        claims = _sessions.decode(payload)
    except _UNREADABLE as refusal:
        raise EnrolmentRefused("the session request cannot be read") from refusal
    return SessionRequest(
        audience=claims.aud,
        issued_s=claims.iat,
        challenge=claims.challenge,
        application=claims.application,
    )


def session_kid(token: str) -> DeviceId:
    """Who says that they ask for a session; nothing is verified yet. Refuses: EnrolmentRefused."""
    try:
        header = parse_signed(token, typ="tallystick-session+jws").header
    except EnvelopeRefused as refusal:
        raise EnrolmentRefused("the session request cannot be read") from refusal
    return DeviceId(str(header.get("kid", "")))


def device_id(session: PublicKey) -> DeviceId:
    """The name of the device that holds this session key."""
    name = hashlib.sha256(b"tallystick-device." + session.thumbprint.encode())
    return DeviceId(f"dev-{name.hexdigest()[:32]}")


def bind_device(
    request: EnrolmentRequest, *, offer: Activation, vouched: str, now_ms: int
) -> Device:
    """Make the device: its id is drawn from its session key, so one key is one device for ever."""
    return Device(
        id=device_id(request.session),
        customer=offer.customer,
        account=offer.account,
        role=offer.role,
        state=DeviceState.BOUND,
        session_key=request.session,
        signature_key=request.signature,
        agreement_key=request.agreement,
        platform=request.attestation.platform,
        environment=request.attestation.secure_environment,
        vouched=vouched,
        bound_at_ms=now_ms,
    )


def _demand_three_keys(session: PublicKey, keys: list[PublicKey]) -> None:
    if keys[0] != session:
        raise EnrolmentRefused("the enrolment is not signed by its own session key")
    if len(set(keys)) != len(keys):
        raise EnrolmentRefused("one key, one purpose: the three keys must differ")


_UNREADABLE = (
    EnvelopeRefused,
    KeyRefused,
    SignatureRefused,
    msgspec.DecodeError,
    UnicodeDecodeError,
)

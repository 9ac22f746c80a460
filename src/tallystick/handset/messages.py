"""Everything the handset says, octet by octet: enrolment, session, financial message.

Every step is a small pure function over its inputs, so that a trial can alter exactly one of them.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from tallystick.ground.identifiers import RequestId, request_id, to_base64url
from tallystick.handset.jose import seal, sign
from tallystick.handset.keys import DeviceKey, HandsetKeys, PeerKey

ENROLMENT = "tallystick-enrolment"
SESSION = "tallystick-session"
MESSAGE = "tallystick-message"
MESSAGES_PATH = "/v1/messages"

SecureEnvironment = Literal["se", "tee", "software"]
Platform = Literal["android", "ios", "browser", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The posture that the application reports of itself. `build` is `sha256:...`."""

    version: int
    build: str
    debuggable: bool
    rooted: bool


def new_request() -> RequestId:
    """A fresh request id: 22 characters, 128 bits."""
    return request_id(secrets.token_urlsafe(16))


def prove_possession(*, challenge: str, keys: HandsetKeys) -> str:
    """The signature key's word that it sits beside this session key."""
    said = f"tallystick-enrolment.{challenge}.{keys.session.thumbprint}"
    return to_base64url(keys.signature.sign(said.encode("ascii")))


def enrolment_payload(
    *,
    audience: str,
    iat: int,
    request: str,
    challenge: str,
    activation: str,
    keys: HandsetKeys,
    platform: Platform,
    secure_environment: SecureEnvironment,
    application: Application,
    sealed_pin: str,
) -> bytes:
    """The payload that binds this device to the customer who holds the activation code."""
    return msgspec.json.encode(
        {
            "aud": audience,
            "iat": iat,
            "jti": request,
            "challenge": challenge,
            "activation": activation,
            "keys": keys.jwks(),
            "possession": prove_possession(challenge=challenge, keys=keys),
            "attestation": {
                "platform": platform,
                "secure_environment": secure_environment,
                "evidence": "software",
            },
            "application": application,
            "pin": sealed_pin,
        }
    )


def session_payload(
    *, audience: str, iat: int, request: str, challenge: str, application: Application
) -> bytes:
    """The payload that asks for a grant."""
    return msgspec.json.encode(
        {
            "aud": audience,
            "iat": iat,
            "jti": request,
            "challenge": challenge,
            "application": application,
        }
    )


def message_payload(
    *,
    audience: str,
    iat: int,
    request: str,
    counter: int,
    operation: str,
    body: Mapping[str, object],
) -> bytes:
    """The payload of one financial message."""
    return msgspec.json.encode(
        {
            "aud": audience,
            "url": MESSAGES_PATH,
            "iat": iat,
            "jti": request,
            "ctr": counter,
            "op": operation,
            "body": body,
        }
    )


def sign_enrolment(payload: bytes, *, key: DeviceKey) -> str:
    """Inner layer of an enrolment: the session key, shown in full, signs."""
    header = {"alg": "ES256", "typ": f"{ENROLMENT}+jws", "jwk": key.jwk}
    return sign(payload, header=header, key=key)


def sign_session(payload: bytes, *, key: DeviceKey, device: str) -> str:
    """The whole of a session request."""
    return sign(payload, header=_device_header(SESSION, device), key=key)


def sign_message(payload: bytes, *, key: DeviceKey, device: str) -> str:
    """Inner layer of a financial message."""
    return sign(payload, header=_device_header(MESSAGE, device), key=key)


def seal_token(token: str, *, kind: str, to: PeerKey) -> str:
    """Outer layer around a signed token; `kind` is ENROLMENT or MESSAGE."""
    return seal(token.encode("ascii"), to=to, typ=f"{kind}+jwe", cty="JWT")


def seal_message(payload: bytes, *, key: DeviceKey, device: str, to: PeerKey) -> str:
    """Sign, then seal: the body of one POST to /v1/messages."""
    return seal_token(sign_message(payload, key=key, device=device), kind=MESSAGE, to=to)


def _device_header(kind: str, device: str) -> dict[str, object]:
    return {"alg": "ES256", "typ": f"{kind}+jws", "kid": device}

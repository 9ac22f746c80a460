"""What a handset would make, made by other libraries than ours where one exists."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from joserfc import jwe, jws
from joserfc.jwk import ECKey

from tallystick.crypto.envelopes import seal
from tallystick.crypto.mechanisms import PublicKey, public_key_from_jwk
from tallystick.crypto.modules import CryptoModule
from tallystick.ground.identifiers import to_base64url
from tallystick.ground.secret import Secret

PASSPHRASE = Secret(b"correct horse battery staple")
MESSAGE_TYP = "tallystick-message+jwe"
PIN_TYP = "tallystick-pin+jwe"
BINDING = hashlib.sha256(b"binding").digest()
DUMMY_REFERENCE = bytes(32)
CHECKPOINT = b"tallystick/wallet/evidence\n7\n" + b"A" * 43 + b"=\n"
STATEMENT = b'tallystick-statement\n{"audience":"tallystick:wallet"}'


def device_key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=False)


def public_jwk(key: ECKey) -> dict[str, str]:
    members = key.as_dict(private=False)
    return {name: str(members[name]) for name in ("kty", "crv", "x", "y")}


def signed_token(header: dict[str, Any], payload: bytes, key: ECKey) -> str:
    registry = jws.JWSRegistry(algorithms=["ES256"])
    return jws.serialize_compact(header, payload, key, registry=registry)


def sealed_token(header: dict[str, Any], plaintext: bytes, key: ECKey) -> str:
    registry = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"])
    return jwe.encrypt_compact(header, plaintext, key, registry=registry)


def opened_token(token: str, key: ECKey) -> tuple[dict[str, Any], bytes]:
    registry = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"])
    opened = jwe.decrypt_compact(token, key, registry=registry)
    assert opened.plaintext is not None
    return dict(opened.protected), opened.plaintext


def encoded(value: object) -> str:
    """Base64url of JSON, whatever it says; for headers that no honest library would write."""
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return to_base64url(octets)


def message_key(module: CryptoModule) -> PublicKey:
    return public_key_from_jwk(module.public().message)


def sealed_message(module: CryptoModule, plaintext: bytes, *, typ: str = MESSAGE_TYP) -> str:
    key = message_key(module)
    return seal(plaintext, to=key, kid=key.thumbprint, typ=typ, cty="JWT")


def pin_field(digits: str) -> bytes:
    return bytes.fromhex(f"2{len(digits):x}{digits}".ljust(16, "f"))


def sealed_pin(
    module: CryptoModule, field: bytes, *, binding: bytes = BINDING, typ: str = PIN_TYP
) -> str:
    key = public_key_from_jwk(module.public().pin)
    return seal(field + binding, to=key, kid=key.thumbprint, typ=typ)

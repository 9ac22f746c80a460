"""DPoP proofs (RFC 9449): whoever shows the grant also shows the session key."""

from __future__ import annotations

import hashlib

import msgspec

from tallystick.ground.identifiers import to_base64url
from tallystick.handset.jose import sign
from tallystick.handset.keys import DeviceKey


def grant_hash(grant: str) -> str:
    """The `ath` of a grant."""
    return to_base64url(hashlib.sha256(grant.encode("ascii")).digest())


def proof_payload(*, method: str, url: str, grant: str, jti: str, iat: int) -> bytes:
    """What one proof says: this method, this address, this grant, now, once."""
    return msgspec.json.encode(
        {"jti": jti, "htm": method, "htu": url, "iat": iat, "ath": grant_hash(grant)}
    )


def sign_proof(payload: bytes, *, key: DeviceKey) -> str:
    """The compact JWS of the `DPoP` header."""
    return sign(payload, header={"typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk}, key=key)


def proof_headers(*, grant: str, proof: str) -> dict[str, str]:
    """The two request headers that go together."""
    return {"Authorization": f"DPoP {grant}", "DPoP": proof}

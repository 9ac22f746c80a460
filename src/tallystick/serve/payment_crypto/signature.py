"""Signature Version 4: who signed this request, and is it fresh and whole?

Refused are also requests that a client may send to other services: an unsigned or streamed payload,
a presigned address, a session token, and a header of the service's own that the signature does not
cover. An unknown access key costs the same work as a wrong signature and gets the same answer.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tallystick.crypto.keys import AccessKey
from tallystick.ground.secret import Secret
from tallystick.serve.payment_crypto.canonical import Request, canonical_request
from tallystick.serve.payment_crypto.errors import WireRefused

SERVICE = "payment-cryptography"
SKEW_S_MAX = 300
_ALGORITHM = "AWS4-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<id>[A-Za-z0-9]{16,64})/(?P<day>[0-9]{8})"
    r"/(?P<region>[a-z0-9-]{1,32})/(?P<service>[a-z0-9-]{1,32})/aws4_request, *"
    r"SignedHeaders=(?P<signed>[a-z0-9;_-]{1,1024}), *Signature=(?P<signature>[0-9a-f]{64})"
)
_INSTANT = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_DERIVED_MAX = 256


@dataclass(frozen=True, slots=True)
class _Claim:
    """What an Authorization header says, unproven."""

    id: str
    day: str
    region: str
    service: str
    signed: tuple[str, ...]
    signature: str
    instant: str


class Verifier:
    """Verifies requests for one region; `keys` gives the access keys that are valid now."""

    def __init__(
        self,
        keys: Callable[[], Mapping[str, AccessKey]],
        *,
        region: str,
        now_s: Callable[[], float] = time.time,
        service: str = SERVICE,
    ) -> None:
        self._keys, self._region, self._service, self._now_s = keys, region, service, now_s
        self._derived: dict[tuple[str, str, bytes], bytes] = {}
        self._nobody = Secret(hashlib.sha256(b"nobody's secret").hexdigest().encode())

    def verify(self, request: Request) -> AccessKey:
        """The access key that signed it. Refuses: WireRefused, with one answer for what a guesser
        might learn from.
        """
        claim = read_claim(request)
        self._check_scope(claim)
        key = self._keys().get(claim.id)
        secret = self._nobody if key is None else key.secret
        expected = self._sign(claim, request, secret)
        if not hmac.compare_digest(expected, claim.signature) or key is None:
            raise _not_signed("The request signature does not match what was received.")
        return key

    def _check_scope(self, claim: _Claim) -> None:
        if (claim.region, claim.service) != (self._region, self._service):
            raise _not_signed(f"Credential should be scoped to {self._region} and {self._service}.")
        if claim.day != claim.instant[:8]:
            raise _not_signed("The day of the credential is not that of X-Amz-Date.")
        if abs(self._now_s() - _seconds(claim.instant)) > SKEW_S_MAX:
            raise _not_signed(f"X-Amz-Date is more than {SKEW_S_MAX} s from the time here.")

    def _sign(self, claim: _Claim, request: Request, secret: Secret) -> str:
        hashed = hashlib.sha256(canonical_request(request, claim.signed)).hexdigest()
        scope = f"{claim.day}/{claim.region}/{claim.service}/aws4_request"
        told = f"{_ALGORITHM}\n{claim.instant}\n{scope}\n{hashed}".encode("ascii")
        return hmac.digest(self._signing_key(claim, secret), told, "sha256").hex()

    def _signing_key(self, claim: _Claim, secret: Secret) -> bytes:
        """The key of one access key for one day, derived once."""
        place = (claim.id, claim.day, secret.reveal())
        known = self._derived.get(place)
        if known is None:
            if len(self._derived) >= _DERIVED_MAX:
                self._derived.clear()
            known = signing_key(secret, claim.day, claim.region, claim.service)
            self._derived[place] = known
        return known


def signing_key(secret: Secret, day: str, region: str, service: str) -> bytes:
    """The derived key: 32 octets. Source: AWS General Reference, "Derive a signing key"."""
    key = b"AWS4" + secret.reveal()
    for word in (day, region, service, "aws4_request"):
        key = hmac.digest(key, word.encode("ascii"), "sha256")
    return key


def read_claim(request: Request) -> _Claim:
    """What a request says of its signature. Refuses: WireRefused for what can never be accepted."""
    headers = request.values(b"authorization")
    if not headers:
        raise WireRefused("MissingAuthenticationTokenException", "Missing Authentication Token")
    found = _AUTHORIZATION.fullmatch(headers[0].decode("latin-1")) if len(headers) == 1 else None
    if found is None:
        raise _incomplete("Authorization is not a Signature Version 4 header.")
    if request.query:
        raise _incomplete("This service takes no query string.")
    signed = tuple(found["signed"].split(";"))
    _check_signed(request, signed)
    _check_payload(request)
    return _Claim(
        id=found["id"],
        day=found["day"],
        region=found["region"],
        service=found["service"],
        signed=signed,
        signature=found["signature"],
        instant=_instant(request),
    )


def _check_signed(request: Request, signed: Sequence[str]) -> None:
    names = {name.decode("latin-1") for name, _ in request.headers}
    ours = {name for name in names if name.startswith("x-amz-")}
    if list(signed) != sorted(set(signed)) or not names.issuperset(signed):
        raise _incomplete("SignedHeaders must name headers that are there, sorted, each once.")
    if missing := ({"host", "x-amz-date"} | ours) - set(signed):
        raise _incomplete(f"Not signed: {', '.join(sorted(missing))}.")
    if "x-amz-security-token" in names:
        raise _not_signed("This service gives no session tokens.")
    if len(request.values(b"host")) != 1:
        raise _incomplete("One Host header, no more.")


def _check_payload(request: Request) -> None:
    """A hash that is told must be the one of the body; no word for "not signed" is."""
    told = request.values(b"x-amz-content-sha256")
    if not told:
        return
    expected = hashlib.sha256(request.body).hexdigest().encode("ascii")
    if any(one != expected for one in told):
        raise _not_signed("x-amz-content-sha256 is not the hash of the payload.")


def _instant(request: Request) -> str:
    dates = [value.decode("latin-1") for value in request.values(b"x-amz-date")]
    if len(dates) != 1 or not _INSTANT.fullmatch(dates[0]):
        raise _incomplete("X-Amz-Date is not one instant as YYYYMMDDTHHMMSSZ.")
    return dates[0]


def _seconds(instant: str) -> float:
    """Seconds since 1970 of YYYYMMDDTHHMMSSZ."""
    year, month, day = int(instant[:4]), int(instant[4:6]), int(instant[6:8])
    hour, minute, second = int(instant[9:11]), int(instant[11:13]), int(instant[13:15])
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        raise _incomplete("X-Amz-Date is not an instant.") from None


def _incomplete(message: str) -> WireRefused:
    return WireRefused("IncompleteSignatureException", message)


def _not_signed(message: str) -> WireRefused:
    return WireRefused("InvalidSignatureException", message)

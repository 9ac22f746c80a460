"""The service at the other end: where it is, whose name we ask in, and one signed request.

Source: AWS General Reference, "Create a signed AWS API request" (Signature Version 4).
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from tallystick.crypto.modules import ModuleUnavailable
from tallystick.ground.clock import Clock
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret

SERVICE = "payment-cryptography"
ANSWER_MAX = 64 * 1024
_SECONDS_MAX = 10
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_ALGORITHM, _SIGNED = "AWS4-HMAC-SHA256", "content-type;host;x-amz-content-sha256;x-amz-date"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteService:
    """One service and our access to it.

    `keys` are our handles with the resource names (or aliases) of the keys there. `payment_hsm` is
    the operator's statement that operations run inside a device made for payments, with what it is
    and who says so; empty for anything else, which then counts as software of another house.

    Refuses: Misconfigured for an address that is neither https nor of this machine.
    """

    url: str
    region: str
    access_key: str
    secret: Secret
    keys: Mapping[str, str] = field(default_factory=dict)
    payment_hsm: str = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        local = parts.scheme == "http" and parts.hostname in _HERE
        if not parts.hostname or not (parts.scheme == "https" or local) or parts.path.strip("/"):
            raise Misconfigured(
                "not the address of a service", where=self.url, allowed="https://HOST[:PORT]"
            )


class Caller:
    """Asks one service, over one connection that is kept. Not for two threads at a time."""

    def __init__(self, service: RemoteService, clock: Clock) -> None:
        self._service, self._clock = service, clock
        parts = urlsplit(service.url)
        self._host = parts.netloc
        self._connection: http.client.HTTPConnection
        if parts.scheme == "https":
            self._connection = http.client.HTTPSConnection(
                self._host, timeout=_SECONDS_MAX, context=ssl.create_default_context()
            )
        else:
            self._connection = http.client.HTTPConnection(self._host, timeout=_SECONDS_MAX)

    def post(self, path: str, members: Mapping[str, Any]) -> tuple[int, str, dict[str, Any]]:
        """One request; gives status, the name of the error (empty when there is none), members.

        Asked once and never again by itself: a verification that failed counts over there.
        Raises: ModuleUnavailable.
        """
        body = json.dumps(members, separators=(",", ":")).encode("ascii")
        try:
            self._connection.request("POST", path, body, self._headers(path, body))
            answer = self._connection.getresponse()
            octets = answer.read(ANSWER_MAX + 1)
            told = json.loads(octets) if len(octets) <= ANSWER_MAX else None
        except (OSError, http.client.HTTPException, ValueError, RecursionError):
            self._connection.close()
            raise ModuleUnavailable("the remote service does not answer") from None
        if not isinstance(told, dict):
            self._connection.close()
            raise ModuleUnavailable("the remote service does not answer in its own words")
        error = answer.headers.get("x-amzn-ErrorType", "").partition(":")[0]
        return answer.status, error, told

    def close(self) -> None:
        self._connection.close()

    def _headers(self, path: str, body: bytes) -> dict[str, str]:
        hashed = hashlib.sha256(body).hexdigest()
        now = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC)
        instant = now.strftime("%Y%m%dT%H%M%SZ")
        headers = {
            "Content-Type": "application/json",
            "Host": self._host,
            "X-Amz-Content-Sha256": hashed,
            "X-Amz-Date": instant,
        }
        lines = [f"{name.lower()}:{value}" for name, value in sorted(headers.items())]
        once_more = quote(path, safe="/~")  # signed is the path as it is sent, percent-encoded
        canonical = "\n".join(["POST", once_more, "", *lines, "", _SIGNED, hashed])
        service = self._service
        scope = f"{instant[:8]}/{service.region}/{SERVICE}/aws4_request"
        told = f"{_ALGORITHM}\n{instant}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = signing_key(service.secret, instant[:8], service.region)
        signature = hmac.digest(key, told.encode("ascii"), "sha256").hex()
        headers["Authorization"] = (
            f"{_ALGORITHM} Credential={service.access_key}/{scope}, "
            f"SignedHeaders={_SIGNED}, Signature={signature}"
        )
        return headers


def signing_key(secret: Secret, day: str, region: str) -> bytes:
    """The key of one access key for one day.

    >>> secret = Secret(b"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    >>> len(signing_key(secret, "20150830", "us-east-1"))
    32
    """
    key = b"AWS4" + secret.reveal()
    for word in (day, region, SERVICE, "aws4_request"):
        key = hmac.digest(key, word.encode("ascii"), "sha256")
    return key

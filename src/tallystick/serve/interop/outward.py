"""What we say to the hub: each request as a value, made of what the books hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.ground.canonical import canonical_json
from tallystick.serve.interop.amounts import write_date
from tallystick.serve.interop.errors import error_body
from tallystick.serve.interop.headers import VERSIONS, media_type
from tallystick.serve.interop.hub import Hub
from tallystick.serve.interop.jws import sign_request


@dataclass(frozen=True, slots=True, kw_only=True)
class Outward:
    """One request to the hub. `asks`: it is answered by a callback, in the version that we accept.

    `destination` is the participant that it is for; None lets the hub decide.
    """

    method: str
    path: str
    resource: str
    destination: str | None
    version: str = VERSIONS[-1]
    body: Mapping[str, Any] | None = None
    asks: bool = False

    def octets(self) -> bytes:
        return b"" if self.body is None else canonical_json(self.body)


def put(path: str, resource: str, body: Mapping[str, Any], *, to: str, version: str) -> Outward:
    """A callback: the answer to what was asked at this path."""
    return Outward(
        method="PUT", path=path, resource=resource, body=body, destination=to, version=version
    )


def put_error(
    path: str, resource: str, api: str, *, to: str, version: str, what: str = ""
) -> Outward:
    """A callback that says what went wrong."""
    return put(f"{path}/error", resource, error_body(api, what), to=to, version=version)


def headers_of(outward: Outward, hub: Hub, *, now_ms: int, body: bytes) -> dict[str, str]:
    """The headers of a request to the hub, signed whenever it has a body or all must be."""
    media = media_type(outward.resource, outward.version)
    headers = {
        "content-type": media,
        "date": write_date(now_ms),
        "fspiop-source": hub.fsp,
    }
    if outward.asks:
        headers["accept"] = media
    if outward.destination:
        headers["fspiop-destination"] = outward.destination
    if body or hub.demand == "all":
        signature = sign_request(
            hub.keys.signing, method=outward.method, path=outward.path, headers=headers, body=body
        )
        headers["fspiop-uri"] = outward.path
        headers["fspiop-http-method"] = outward.method
        headers["fspiop-signature"] = signature
    return headers

"""One request of the hub: read within limits, authenticated, believed to be for us."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from tallystick.ground.clock import Clock
from tallystick.serve.bodies import read_body
from tallystick.serve.interop.errors import (
    BAD_SIGNATURE,
    TOO_LARGE,
    VALIDATION,
    ApiRefused,
)
from tallystick.serve.interop.headers import Envelope, read_headers
from tallystick.serve.interop.hub import Hub
from tallystick.serve.interop.jws import verify_request

BODY_MAX = 48 * 1024
BULK_BODY_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A request that may be acted upon. `how` says how its sender was known."""

    resource: str
    envelope: Envelope
    body: bytes
    how: str


async def arrive(
    request: Request, hub: Hub, *, resource: str, asks: bool, clock: Clock, octets_max: int
) -> Arrived:
    """Read one request.

    Refuses: ApiRefused for a body that is too large (unread), for headers that are missing or
             malformed, for another destination, a date outside the window, and a signature that
             is missing where one is demanded or does not hold.
    """
    body = await read_body(request, octets_max=octets_max)
    if body is None:
        raise ApiRefused(TOO_LARGE, f"a body has at most {octets_max} octets")
    envelope = read_headers(request.scope["headers"], resource=resource, asks=asks)
    if envelope.destination not in (None, hub.fsp):
        raise ApiRefused(VALIDATION, "fspiop-destination is somebody else")
    if abs(clock.now_ms() - envelope.date_ms) > hub.clock_window_s * 1000:
        raise ApiRefused(VALIDATION, "the header date is outside the window")
    how = _authenticate(request, hub, envelope, body)
    return Arrived(resource=resource, envelope=envelope, body=body, how=how)


def _authenticate(request: Request, hub: Hub, envelope: Envelope, body: bytes) -> str:
    signed = "fspiop-signature" in envelope.headers
    demanded = hub.demand == "all" or (hub.demand == "bodies" and bool(body))
    if demanded and not signed:
        raise ApiRefused(BAD_SIGNATURE, "a signature is demanded")
    if not signed or hub.demand == "off":
        return "network"
    raw: bytes = request.scope.get("raw_path") or b""
    verify_request(
        hub.peers,
        method=request.method,
        path=request.scope["path"].removeprefix(hub.prefix),
        spelt=raw.decode("latin-1").removeprefix(hub.prefix),
        query=request.scope["query_string"].decode("latin-1"),
        headers=envelope.headers,
        body=body,
    )
    return "jws"

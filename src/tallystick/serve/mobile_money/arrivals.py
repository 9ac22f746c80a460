"""One request as it came: its headers read, its sender known, its octets whole."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import Request

from tallystick.protect.corridor import Partners
from tallystick.protect.partners import Partner
from tallystick.serve.bodies import read_body
from tallystick.serve.mobile_money.errors import ApiRefused, malformed
from tallystick.serve.mobile_money.identifiers import UUID
from tallystick.serve.mobile_money.tokens import TokenDesk

BODY_MAX = 32 * 1024
_CUSTOMERS = ("x-user-bearer", "x-user-credential-1", "x-user-credential-2")
_LONG = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An authenticated request. `id` is the client's correlation id, or ours when it gave none."""

    partner: Partner
    authenticated: Mapping[str, str | int]
    id: str
    issued_ms: int | None
    callback: str
    channel: str
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)


async def read_request(request: Request, *, desk: TokenDesk, partners: Partners) -> Asked:
    """Authenticate first, then read. Refuses: ApiRefused; a flaw of a known partner is recorded."""
    headers = _single(request)
    with recording(partners):
        partner, authenticated = desk.recognise(
            authorization=headers.get("authorization", ""),
            client=headers.get("x-client-id", ""),
            api_key=headers.get("x-api-key", ""),
        )
    try:
        return await _read(request, headers, partner, authenticated)
    except ApiRefused as flaw:
        if request.method != "GET":
            partners.record_flaw(partner.id, authenticated, flaw)
        raise


@contextmanager
def recording(partners: Partners) -> Iterator[None]:
    """What is refused here was asked by nobody that is known: it is recorded without a name."""
    try:
        yield
    except ApiRefused as refusal:
        partners.record_stranger(refusal)
        raise


async def _read(
    request: Request,
    headers: Mapping[str, str],
    partner: Partner,
    authenticated: Mapping[str, str | int],
) -> Asked:
    body = await read_octets(request)
    _check_hash(headers.get("x-content-hash"), body)
    if any(headers.get(name) for name in _CUSTOMERS):
        raise ApiRefused(
            "authorisation",
            "requestingPartyAuthorisationError",
            "customers authorise on their own handset; their credentials are not taken here",
        )
    given = headers.get("x-correlationid", "").lower()
    if given and not UUID.fullmatch(given):
        raise malformed("X-CorrelationID", "a UUID")
    return Asked(
        partner=partner,
        authenticated=authenticated,
        id=given or str(uuid.uuid4()),
        issued_ms=_instant_ms(headers.get("x-date")),
        callback=headers.get("x-callback-url", ""),
        channel=headers.get("x-channel", "")[:256],
        body=body,
        query=dict(request.query_params),
        path={name: str(value) for name, value in request.path_params.items()},
    )


async def read_octets(request: Request) -> bytes:
    """The octets, up to a bound. Refuses: ApiRefused (413)."""
    body = await read_body(request, octets_max=BODY_MAX)
    if body is None:
        said = f"body: at most {BODY_MAX} octets"
        raise ApiRefused("validation", "lengthError", said, status=413)
    return body


def read_instant(text: str, where: str) -> int:
    """An instant with its zone, in milliseconds. Refuses: ApiRefused."""
    try:
        at = datetime.fromisoformat(text[:40])
        return int(at.astimezone(UTC).timestamp() * 1000) if at.tzinfo else _naive(where)
    except (ValueError, OverflowError, OSError):
        raise malformed(where, "an instant of RFC 3339, with its zone") from None


def _naive(where: str) -> int:
    raise malformed(where, "an instant of RFC 3339, with its zone")


def _instant_ms(text: str | None) -> int | None:
    return None if not text else read_instant(text, "X-Date")


def _check_hash(said: str | None, body: bytes) -> None:
    """Refuses: ApiRefused when the client hashed other octets than we received."""
    if said is None:
        return
    found = hashlib.sha256(body).hexdigest()
    if not hmac.compare_digest(said.strip().lower().encode("utf-8", "replace"), found.encode()):
        raise malformed("X-Content-Hash", "not the SHA-256 of the body, in hex")


def _single(request: Request) -> dict[str, str]:
    """Headers, each once. Refuses: ApiRefused for one that stands twice."""
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        if name in found and (name.startswith("x-") or name == "authorization"):
            raise malformed(name[:64], "given twice")
        found[name] = value[:_LONG]
    return found

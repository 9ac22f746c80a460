"""Opening a financial message: sealed for the crypto module, signed by the device, fresh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec

from tallystick.crypto.envelopes import EnvelopeRefused, Signed, parse_signed, strict_object
from tallystick.crypto.mechanisms import PublicKey, SignatureRefused
from tallystick.ground.canonical import digest
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import DeviceId, NotAnIdentifier, RequestId, request_id
from tallystick.protect.enforcement import Mark, Register

URL = "/v1/messages"


class MessageRefused(Refused):
    """Something about a sealed message is wrong: outsiders get one answer for every reason."""

    code, clause, public_code = "message.refused", "7.1", "message.refused"


class Replayed(MessageRefused):
    """The counter was used before."""

    code = "message.replayed"


class OutOfWindow(MessageRefused):
    """Too old, from the future, or the counter skips too far."""

    code = "message.out_of_window"


class _Claims(msgspec.Struct, forbid_unknown_fields=True):
    aud: Annotated[str, msgspec.Meta(max_length=128)]
    url: Annotated[str, msgspec.Meta(max_length=128)]
    iat: int
    jti: Annotated[str, msgspec.Meta(max_length=64)]
    ctr: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
    op: Annotated[str, msgspec.Meta(max_length=32)]
    body: msgspec.Raw


_claims = msgspec.json.Decoder(_Claims)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinancialMessage:
    """One order as its device signed it. `order` is the digest of operation and body octets."""

    device: DeviceId
    audience: str
    url: str
    issued_s: int
    request: RequestId
    counter: int
    operation: str
    body: bytes
    order: str


COUNTERS: Register[int] = Register(
    "counter", lambda counter: b"%d" % counter, lambda octets: int(octets), proven=False
)
"""The highest message counter seen of each device."""


def read_signed(opened: bytes) -> Signed:
    """Parse what the crypto module opened: a signed message. Refuses: MessageRefused."""
    try:
        return parse_signed(opened.decode("ascii"), typ="tallystick-message+jws")
    except (EnvelopeRefused, UnicodeDecodeError) as refusal:
        raise MessageRefused("the signed message cannot be read") from refusal


def verify_message(signed: Signed, *, device: DeviceId, key: PublicKey) -> FinancialMessage:
    """Verify a message against the key of the device that the session proved.

    Refuses: MessageRefused when the message names or was signed by anybody else, or its claims are
             not exactly the expected ones.
    """
    if signed.header.get("kid") != device:
        raise MessageRefused("the message names another device than the session")
    try:
        payload = signed.verify(key)
        strict_object(payload)  # of a member that stands twice the decoder would take the last
        claims = _claims.decode(payload)
        request = request_id(claims.jti)
    except (SignatureRefused, EnvelopeRefused, msgspec.DecodeError, NotAnIdentifier) as refusal:
        raise MessageRefused("the claims of the message were refused") from refusal
    body = bytes(claims.body)
    return FinancialMessage(
        device=device,
        audience=claims.aud,
        url=claims.url,
        issued_s=claims.iat,
        request=request,
        counter=claims.ctr,
        operation=claims.op,
        body=body,
        order=digest(claims.op.encode() + b"." + body),
    )


def accept_message(
    message: FinancialMessage,
    *,
    audience: str,
    seen: int,
    now_ms: int,
    window_s: int,
    skip_max: int,
) -> Mark[int]:
    """Accept a message once; the mark burns its counter in the same commit as its effect.

    Refuses: MessageRefused for another addressee, OutOfWindow, Replayed.
    """
    if message.audience != audience or message.url != URL:
        raise MessageRefused("the message is for somebody else")
    if abs(now_ms - message.issued_s * 1000) > window_s * 1000:
        raise OutOfWindow("the message is outside its window")
    return Mark(COUNTERS, message.device, accept_counter(message.counter, seen, skip_max))


def accept_counter(received: int, seen: int, skip_max: int) -> int:
    """Return the counter to remember, or refuse one that was seen or skips too far."""
    if received <= seen:
        raise Replayed(f"counter {received} is not above {seen}")
    if received - seen > skip_max:
        raise OutOfWindow(f"counter {received} is more than {skip_max} above {seen}")
    return received

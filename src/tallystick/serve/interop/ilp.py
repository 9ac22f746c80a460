"""Interledger packets (version 1, type 1) with the condition and the fulfilment of a transfer.

    01 · length · amount (8 octets) · length · address · length · data · 00

Lengths are OER: one octet below 128, else 0x80 plus the number of octets that follow. `data` is
base64url of the transaction's canonical JSON. The fulfilment is HMAC-SHA-256 of the packet under a
secret of ours, so that it need not be kept: it follows from the packet again when it is due, and
nobody else can know it before. The condition is its SHA-256.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from tallystick.crypto.envelopes import EnvelopeRefused, strict_object
from tallystick.crypto.mechanisms import hmac_sha256
from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Defect, Refused
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url, to_base64url
from tallystick.ground.secret import Secret

PACKET_OCTETS_MAX = 24 * 1024
"""The API allows 32,768 characters of base64url."""
_TYPE = 1
_AMOUNT_OCTETS = 8
_ADDRESS = re.compile(r"[A-Za-z0-9_~.+@-]{1,1023}")


class PacketRefused(Refused):
    """Not one Interledger payment packet, whole and in its one spelling."""

    code, clause = "packet.refused", "11"


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """A payment packet: minor units of the currency, the payee's address, the transaction."""

    amount: int
    address: str
    transaction: dict[str, Any]


def write_packet(packet: Packet) -> bytes:
    """The octets of a packet.

    >>> write_packet(Packet(amount=1, address="g.a", transaction={})).hex()
    '0111000000000000000103672e610365333000'
    """
    if not 0 <= packet.amount < 2**64:
        raise Defect("a packet's amount has eight octets")
    data = to_base64url(canonical_json(packet.transaction)).encode("ascii")
    content = (
        packet.amount.to_bytes(_AMOUNT_OCTETS, "big")
        + _prefixed(packet.address.encode("ascii"))
        + _prefixed(data)
        + b"\0"
    )
    return bytes([_TYPE]) + _prefixed(content)


def read_packet(octets: bytes) -> Packet:
    """Read a packet; lengths in their shortest spelling, nothing before, between or behind.

    Refuses: PacketRefused.
    """
    if not 1 < len(octets) <= PACKET_OCTETS_MAX or octets[0] != _TYPE:
        raise PacketRefused("not a payment packet")
    content, end = _take(octets, 1)
    if end != len(octets) or len(content) < _AMOUNT_OCTETS:
        raise PacketRefused("not a payment packet")
    address, at = _take(content, _AMOUNT_OCTETS)
    data, at = _take(content, at)
    if content[at:] != b"\0":
        raise PacketRefused("a packet ends with no extensions")
    return Packet(
        amount=int.from_bytes(content[:_AMOUNT_OCTETS], "big"),
        address=_address(address),
        transaction=_transaction(data),
    )


def fulfilment_of(packet: bytes, secret: Secret) -> bytes:
    """The 32 octets that fulfil the packet's transfer."""
    return hmac_sha256(secret, packet)


def condition_of(fulfilment: bytes) -> str:
    """What the transfer is locked with: SHA-256, base64url, 43 characters."""
    return to_base64url(hashlib.sha256(fulfilment).digest())


def fulfils(fulfilment: str, condition: str) -> bool:
    """Whether a fulfilment from somebody else is the one that the condition stands for.

    >>> fulfils("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ...         "Zmh6rfhivXdsj8GLjp-OIAiXFIVu4jOzkCpZHQ1fKSU")
    True
    """
    try:
        octets = from_base64url(fulfilment)
    except NotAnIdentifier:
        return False
    return len(octets) == 32 and condition_of(octets) == condition


def _prefixed(octets: bytes) -> bytes:
    size = len(octets)
    if size < 0x80:
        return bytes([size]) + octets
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(length)]) + length + octets


def _take(octets: bytes, at: int) -> tuple[bytes, int]:
    """The octets behind a length, and where the rest begins."""
    if at >= len(octets):
        raise PacketRefused("the packet ends too early")
    size, start = octets[at], at + 1
    if size >= 0x80:
        width = size & 0x7F
        start += width
        size = int.from_bytes(octets[at + 1 : start], "big")
        if not 1 <= width <= 3 or size < 0x80 or (size.bit_length() + 7) // 8 != width:
            raise PacketRefused("a length has one spelling")
    if start + size > len(octets):
        raise PacketRefused("the packet ends too early")
    return octets[start : start + size], start + size


def _address(octets: bytes) -> str:
    text = octets.decode("ascii", "replace")
    if not _ADDRESS.fullmatch(text):
        raise PacketRefused("not an address")
    return text


def _transaction(data: bytes) -> dict[str, Any]:
    try:
        return strict_object(from_base64url(data.decode("ascii", "replace").rstrip("=")))
    except (NotAnIdentifier, EnvelopeRefused):
        raise PacketRefused("the packet carries no transaction") from None

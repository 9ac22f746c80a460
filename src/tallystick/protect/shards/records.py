"""Crossings: payments to an account that another shard keeps, from hold to resolution."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass

import msgspec

from tallystick.ground.identifiers import AccountId, DeviceId, RequestId, to_base64url
from tallystick.protect.enforcement import Register, decode_record, encode_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A hold that stands until the other shard has credited the payee, or has refused to.

    `id` is the hold's transfer; `device` and `request` say whose order it was. `fee_minor` is
    on hold beside it and goes the same way. `signed` is what the payer signed and
    `transfers` are the order's postings in JSON: the other shard is shown both. `resolved` is the
    transfer that posted or voided the hold.
    """

    id: str
    device: DeviceId
    request: RequestId
    payer: AccountId
    payee: AccountId
    amount_minor: int
    fee_minor: int
    shard: int
    signed: str
    transfers: str
    resolved: str = ""


CROSSINGS: Register[Crossing] = Register(
    "crossing",
    lambda crossing: encode_record(asdict(crossing)),
    lambda octets: Crossing(**decode_record(octets)),
)
UNDER_WAY: Register[list[str]] = Register(
    "under_way", msgspec.json.encode, lambda octets: msgspec.json.decode(octets, type=list[str])
)
UNDER_WAY_KEY = "crossings"
"""The one record of UNDER_WAY: the crossings that are not resolved, oldest first."""


def crossing_request(leaf: bytes) -> RequestId:
    """The request id under which a leaf is presented to the other shard: always the same one."""
    return RequestId(to_base64url(hashlib.sha256(b"tallystick-crossing\n" + leaf).digest()))

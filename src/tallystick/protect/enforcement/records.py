"""Records as octets: canonical JSON of plain members, read back from our own books only."""

from __future__ import annotations

from typing import Any

import msgspec

from tallystick.ground.canonical import canonical_json
from tallystick.ground.errors import Defect

_decoder = msgspec.json.Decoder()


def encode_record(plain: dict[str, Any]) -> bytes:
    """A record's members as canonical JSON."""
    return canonical_json(plain)


def decode_record(octets: bytes) -> dict[str, Any]:
    """The members of a record that our books hold. Refuses: Defect when it is not one."""
    try:
        plain = _decoder.decode(octets)
    except msgspec.DecodeError:
        raise Defect("a record in the books is not JSON") from None
    if not isinstance(plain, dict):
        raise Defect("a record in the books is not an object")
    return plain

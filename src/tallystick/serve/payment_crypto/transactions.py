"""Keys of transactions, as requests name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.crypto.payment import DukptKind, DukptUse, DukptVariant

_AES_DIGITS = 24
"""A key serial number of AES DUKPT has 12 octets; those of TDEA have 8 or 10."""


def dukpt_use(attributes: Mapping[str, Any], *, kind: str | None) -> DukptUse:
    """The transaction's key that is meant.

    Without a kind it is AES_128 for a number of AES DUKPT and TDES_2KEY for another; without a
    variant it works both ways.
    """
    serial = attributes["KeySerialNumber"]
    usual = DukptKind.AES_128 if len(serial) == _AES_DIGITS else DukptKind.TDES_2KEY
    return DukptUse(
        serial=bytes.fromhex(serial),
        kind=usual if kind is None else DukptKind(kind),
        variant=DukptVariant(attributes.get("DukptKeyVariant") or "BIDIRECTIONAL"),
    )

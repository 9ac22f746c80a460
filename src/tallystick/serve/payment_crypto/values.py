"""Values of requests as the crypto module takes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tallystick.serve.payment_crypto.errors import unfit


def only_member(union: Mapping[str, Any]) -> tuple[str, Any]:
    """The one member of a union that is set; its check let the request pass.

    >>> only_member({"VisaPin": {"PinVerificationKeyIndex": 1}, "Ibm3624Pin": None})
    ('VisaPin', {'PinVerificationKeyIndex': 1})
    """
    return next((name, value) for name, value in union.items() if value is not None)


def octets_of(text: str, path: str, *, octets: int = 0) -> bytes:
    """Hexadecimal digits, zeros in front of them up to `octets`. Refuses: WireRefused.

    >>> octets_of("1A", "ApplicationTransactionCounter", octets=2).hex()
    '001a'
    """
    digits = text.zfill(2 * octets)
    if len(digits) % 2:
        raise unfit("an even number of hexadecimal digits", path=path)
    return bytes.fromhex(digits)


def told(octets: bytes) -> str:
    """Octets as the service writes them."""
    return octets.hex().upper()

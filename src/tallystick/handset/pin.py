"""The sealed PIN: a field and a binding that only the provider's crypto module opens."""

from __future__ import annotations

import hashlib

from tallystick.ground.secret import Secret
from tallystick.handset.errors import Malformed
from tallystick.handset.jose import seal
from tallystick.handset.keys import PeerKey

SEALED_PIN = "tallystick-pin+jwe"


def read_pin(text: str) -> Secret:
    """Take a PIN from the customer: 4 to 12 decimal digits. Refuses: Malformed."""
    if not (4 <= len(text) <= 12 and text.isascii() and text.isdecimal()):
        raise Malformed("a PIN is 4 to 12 decimal digits")
    return Secret(text.encode("ascii"))


def pin_field(pin: Secret) -> bytes:
    """The 8-octet field: `2`, length nibble, digits, filled with `f`.

    Source: ISO 9564-1, PIN block format 2 (shape only; the JWE enciphers it).

    >>> pin_field(read_pin("1234")).hex()
    '241234ffffffffff'
    """
    digits = read_pin(pin.reveal().decode("ascii", "replace")).reveal().decode("ascii")
    return bytes.fromhex(f"2{len(digits):x}{digits}".ljust(16, "f"))


def pin_binding(*, request: str, device_part: str) -> bytes:
    """The 32 octets that tie a sealed PIN to one order of one device."""
    return hashlib.sha256(f"tallystick-pin.{request}.{device_part}".encode("ascii")).digest()


def seal_pin(pin: Secret, *, request: str, device_part: str, to: PeerKey) -> str:
    """Seal a PIN for one order. Gives: a compact JWE. Refuses: Malformed."""
    binding = pin_binding(request=request, device_part=device_part)
    return seal(pin_field(pin) + binding, to=to, typ=SEALED_PIN)

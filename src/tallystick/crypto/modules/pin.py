"""PINs inside the module: the field that a handset seals, its binding, and the reference PIN.

Nothing here leaves the module but a reference PIN and one refusal.
"""

from __future__ import annotations

import hmac

from tallystick.crypto.mechanisms import hmac_sha256
from tallystick.crypto.modules.refusals import PinNotVerified
from tallystick.ground.errors import Defect
from tallystick.ground.secret import Secret

FIELD_OCTETS = 8
BINDING_OCTETS = 32
SEALED_PIN_MAX = 1024
_CUSTOMER_CHARACTERS_MAX = 256
_REFERENCE_DOMAIN = b"tallystick-reference-pin"
_DIGITS_MIN, _DIGITS_MAX = 4, 12
_FIELD_DIGITS = 14
# What the work is done with when there is no PIN; no customer can have it, for it is not decimal.
_NO_PIN = b"none"


def check_pin_call(*, sealed: str, binding: bytes, customer: str) -> None:
    """Refuse before any work what can be no sealed PIN; Defect for what our own side got wrong."""
    if len(binding) != BINDING_OCTETS:
        raise Defect("a PIN binding is 32 octets")
    if not (0 < len(customer) <= _CUSTOMER_CHARACTERS_MAX and customer.isascii()):
        raise Defect("a customer id is 1 to 256 ASCII characters")
    if len(sealed) > SEALED_PIN_MAX or not sealed.isascii():
        raise PinNotVerified("envelope")


def establish(
    plaintext: bytes, *, binding: bytes, customer: str, key: Secret, digits_min: int
) -> bytes:
    """Make the reference PIN of a customer: 32 octets. Refuses: PinNotVerified."""
    field, presented = _split(plaintext)
    pin = read_pin_field(field)
    if not hmac.compare_digest(presented, binding):
        raise PinNotVerified("binding")
    if pin is None:
        raise PinNotVerified("field")
    if len(pin) < digits_min:
        raise PinNotVerified("length")
    return reference_pin(pin, customer=customer, key=key)


def verify(
    plaintext: bytes, *, binding: bytes, customer: str, key: Secret, reference: bytes
) -> None:
    """Return when plaintext holds the customer's PIN for this request, else raise PinNotVerified.

    Every comparison is made before any is acted on.
    """
    field, presented = _split(plaintext)
    pin = read_pin_field(field)
    computed = reference_pin(pin or _NO_PIN, customer=customer, key=key)
    bound = hmac.compare_digest(presented, binding)
    same = hmac.compare_digest(computed, reference)
    if not bound:
        raise PinNotVerified("binding")
    if pin is None:
        raise PinNotVerified("field")
    if not same:
        raise PinNotVerified("digits")


def read_pin_field(field: bytes) -> bytes | None:
    """Read the 4 to 12 digits of a PIN field, or None when it is not exactly one.

    Takes:  8 octets: nibble 2, length nibble, digits, filled with f to the end.
    Source: the shape of ISO 9564-1, PIN block format 2; docs/reference/wire.md.
    """
    nibbles = field.hex()
    length = int(nibbles[1], 16)
    digits, fill = nibbles[2 : 2 + length], nibbles[2 + length :]
    if nibbles[0] != "2" or not _DIGITS_MIN <= length <= _DIGITS_MAX:
        return None
    if not digits.isdecimal() or fill != "f" * (_FIELD_DIGITS - length):
        return None
    return digits.encode("ascii")


def reference_pin(pin: bytes, *, customer: str, key: Secret) -> bytes:
    """HMAC-SHA-256 over domain, length-prefixed customer and digits, under the module's own key."""
    name = customer.encode("ascii")
    return hmac_sha256(key, _REFERENCE_DOMAIN + len(name).to_bytes(4, "big") + name + pin)


def _split(plaintext: bytes) -> tuple[bytes, bytes]:
    if len(plaintext) != FIELD_OCTETS + BINDING_OCTETS:
        raise PinNotVerified("field")
    return plaintext[:FIELD_OCTETS], plaintext[FIELD_OCTETS:]

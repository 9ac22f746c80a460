"""Names of things. Each is a string of one shape, so that roles cannot be swapped by accident."""

from __future__ import annotations

import binascii
import re
from typing import NewType

from tallystick.ground.errors import Refused

DeviceId = NewType("DeviceId", str)
CustomerId = NewType("CustomerId", str)
AccountId = NewType("AccountId", str)
RequestId = NewType("RequestId", str)
"""Chosen by the handset, once per order: 16 to 64 characters of base64url."""

_REQUEST = re.compile(r"[A-Za-z0-9_-]{16,64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._:-]{0,63}")


class NotAnIdentifier(Refused):
    """A name of the wrong shape."""

    code, clause = "identifier.malformed", "7"


def request_id(text: str) -> RequestId:
    """Read a request id. Refuses: NotAnIdentifier."""
    if not _REQUEST.fullmatch(text):
        raise NotAnIdentifier("a request id is 16 to 64 characters of A-Z a-z 0-9 _ -")
    return RequestId(text)


def account_id(text: str) -> AccountId:
    """Read an account id: 1 to 64 of a-z 0-9 . _ : - . Refuses: NotAnIdentifier."""
    if not _NAME.fullmatch(text):
        raise NotAnIdentifier("an account id is 1 to 64 of a-z 0-9 . _ : -")
    return AccountId(text)


def drawn_name(chance: bytes) -> str:
    """A name of small letters, digits and few signs, as customers and accounts are given.

    >>> drawn_name(bytes(9))
    'aaaaaaaaaaaa'
    """
    return to_base64url(chance).replace("-", "a").replace("_", "b").lower()


_TO_URL = bytes.maketrans(b"+/", b"-_")


def to_base64url(octets: bytes) -> str:
    """Base64url without padding (RFC 7515 §2)."""
    padded = binascii.b2a_base64(octets, newline=False).translate(_TO_URL)
    return padded.rstrip(b"=").decode("ascii")


# The other alphabet and the padding become an octet that the strict decoder refuses.
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/\0\0\0")
_PADDING = (b"", b"", b"==", b"=")
# What the last character may be when its low bits are unused (they are zero in the one spelling).
_LAST = (None, None, frozenset(b"AQgw"), frozenset(b"AEIMQUYcgkosw048"))


def from_base64url(text: str) -> bytes:
    """Decode base64url without padding; exactly one spelling per value is accepted.

    Refuses: NotAnIdentifier for padding, white space, other alphabets and non-zero trailing bits.
    Source:  RFC 7515 §2, RFC 4648 §3.5.

    >>> from_base64url("-_8")
    b'\\xfb\\xff'
    """
    try:
        return decode_base64url(text.encode("ascii"))
    except UnicodeEncodeError:
        raise NotAnIdentifier("not base64url") from None


def decode_base64url(text: bytes) -> bytes:
    """Decode ASCII octets as `from_base64url` does. Refuses: NotAnIdentifier."""
    rest = len(text) % 4
    last = _LAST[rest]
    if rest == 1 or (last is not None and text[-1] not in last):
        raise NotAnIdentifier("not canonical base64url")
    try:
        return binascii.a2b_base64(text.translate(_TO_STANDARD) + _PADDING[rest], strict_mode=True)
    except binascii.Error:
        raise NotAnIdentifier("not base64url") from None

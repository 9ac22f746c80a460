"""Names of things. Each is a string of one shape, so that roles cannot be swapped by accident."""

from __future__ import annotations

import base64
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


_TO_URL = bytes.maketrans(b"+/", b"-_")


def to_base64url(octets: bytes) -> str:
    """Base64url without padding (RFC 7515 §2)."""
    padded = binascii.b2a_base64(octets, newline=False).translate(_TO_URL)
    return padded.rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Decode base64url without padding; exactly one spelling per value is accepted.

    Refuses: NotAnIdentifier for padding, white space, other alphabets and non-zero trailing bits.

    >>> from_base64url("-_8")
    b'\\xfb\\xff'
    """
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NotAnIdentifier("not base64url") from None
    if to_base64url(octets) != text:
        raise NotAnIdentifier("not canonical base64url")
    return octets

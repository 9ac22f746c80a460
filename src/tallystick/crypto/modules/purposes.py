"""What each signing key may sign. The checkpoint key serves two texts that cannot be confused."""

from __future__ import annotations

import re
from typing import Literal

from tallystick.crypto.keys import KeyPurpose
from tallystick.crypto.modules.refusals import PurposeRefused

SigningPurpose = Literal["checkpoint", "qr", "certificate", "statement"]

SIGNED_OCTETS_MAX = 64 * 1024
STATEMENT_PREFIX = b"tallystick-statement\n"

# C2SP tlog-checkpoint: origin, size, root of 32 octets in base64, then lines of extensions.
_CHECKPOINT = re.compile(
    rb"[^\n\x00-\x1f]{1,256}\n(?:0|[1-9][0-9]{0,15})\n[A-Za-z0-9+/]{43}=\n(?:[^\n]+\n)*"
)
_KEY_OF = {
    "checkpoint": KeyPurpose.CHECKPOINT,
    "statement": KeyPurpose.CHECKPOINT,
    "qr": KeyPurpose.QR,
    "certificate": KeyPurpose.CERTIFICATE,
}


def key_for(purpose: str, octets: bytes) -> KeyPurpose:
    """Say which key signs these octets. Refuses: PurposeRefused for the octets of another."""
    key = _KEY_OF.get(purpose)
    if key is None:
        raise PurposeRefused("unknown")
    if len(octets) > SIGNED_OCTETS_MAX or not _has_shape(purpose, octets):
        raise PurposeRefused(purpose)
    return key


def _has_shape(purpose: str, octets: bytes) -> bool:
    if purpose == "statement":
        return octets.startswith(STATEMENT_PREFIX + b"{")
    if purpose == "checkpoint":
        return not octets.startswith(STATEMENT_PREFIX) and bool(_CHECKPOINT.fullmatch(octets))
    return True

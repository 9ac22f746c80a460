"""Verifier keys: how a public key is written down and pinned (C2SP signed-note)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

from tallystick.ground.errors import Defect
from tallystick.prove.evidence.refusals import NoteRefused

PUBLIC_OCTETS = 32
KEY_ID_OCTETS = 4
VKEY_MAX = 512
ED25519 = b"\x01"
_KEY_ID = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """Whose signature, by which key: the name, its short id, the Ed25519 public key."""

    name: str
    key_id: bytes
    public: bytes


@lru_cache(maxsize=64)
def key_name(name: str) -> str:
    """A key's name as it may stand in a note. Refuses: Defect for spaces and plus signs."""
    if not name or "+" in name or any(c.isspace() or not c.isprintable() for c in name):
        raise Defect("a key name is printable and has neither spaces nor plus signs")
    return name


def key_id(name: str, public: bytes) -> bytes:
    """The first four octets of SHA-256(name || newline || 0x01 || public key)."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:KEY_ID_OCTETS]


def verifier_key(name: str, public: bytes) -> str:
    """Write an Ed25519 public key as `name+keyid+base64`, the form that is pinned.

    >>> verifier_key("example.com/log", bytes(32))
    'example.com/log+a3ad76db+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    if len(public) != PUBLIC_OCTETS:
        raise Defect("an Ed25519 public key is 32 octets")
    encoded = base64.b64encode(ED25519 + public).decode("ascii")
    return f"{key_name(name)}+{key_id(name, public).hex()}+{encoded}"


def from_base64(text: str) -> bytes:
    """Standard base64 with padding, one spelling per value. Refuses: NoteRefused."""
    try:
        octets = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteRefused("not base64") from None
    if base64.b64encode(octets).decode("ascii") != text:
        raise NoteRefused("not canonical base64")
    return octets


def parse_verifier_key(text: str) -> VerifierKey:
    """Read a verifier key; exactly one spelling. Refuses: NoteRefused."""
    parts = text.split("+", 2)
    if len(text) > VKEY_MAX or len(parts) != 3 or not _KEY_ID.fullmatch(parts[1]):
        raise NoteRefused("a verifier key is name+keyid+base64")
    name, short, encoded = parts
    octets = from_base64(encoded)
    if len(octets) != 1 + PUBLIC_OCTETS or octets[:1] != ED25519:
        raise NoteRefused("a verifier key holds one Ed25519 public key")
    try:
        rewritten = verifier_key(name, octets[1:])
    except Defect:
        raise NoteRefused("a verifier key starts with a key name") from None
    if rewritten != text:
        raise NoteRefused("a verifier key's id does not fit its name and key")
    return VerifierKey(name=name, key_id=bytes.fromhex(short), public=octets[1:])

"""Signed notes and checkpoints of the evidence log (C2SP signed-note and tlog-checkpoint)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from tallystick.handset.errors import Malformed
from tallystick.handset.keys import check_ed25519

_ED25519 = b"\x01"
_SIGNATURES_MAX = 16
_NAME = re.compile(r"[^\s+]{1,128}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The key that the application ships with: name, key id and raw Ed25519 public key."""

    name: str
    key_id: bytes
    public: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The evidence log at one moment: how many leaves, under which root."""

    origin: str
    size: int
    root: bytes


def read_verifier_key(text: str) -> VerifierKey:
    """Read `name+hash+base64(0x01 || key)`. Refuses: Malformed.

    >>> read_verifier_key(
    ...     "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").name
    'PeterNeumann'
    """
    name, _, rest = text.partition("+")
    digits, _, encoded = rest.partition("+")
    key = _base64(encoded)
    if not _NAME.fullmatch(name) or len(key) != 33 or key[:1] != _ED25519:
        raise Malformed("not the verifier key of an Ed25519 signer")
    key_id = hashlib.sha256(name.encode("utf-8") + b"\n" + key).digest()[:4]
    if digits != key_id.hex():
        raise Malformed("the verifier key's id is not its own")
    return VerifierKey(name, key_id, key[1:])


def open_note(note: str, *, verifier: VerifierKey) -> str:
    """Check the verifier's signature under a note and give the text. Refuses: Malformed.

    Signatures of others (witnesses) may stand beside it and are not judged here.
    """
    text, separator, signatures = note.rpartition("\n\n")
    lines = signatures.split("\n")
    if not separator or len(lines) < 2 or lines.pop() != "" or len(lines) > _SIGNATURES_MAX:
        raise Malformed("not a signed note")
    text += "\n"
    ours = 0
    for line in lines:
        key_id, signature = _signature(line, name=verifier.name)
        if key_id == verifier.key_id:
            check_ed25519(public=verifier.public, octets=text.encode("utf-8"), signature=signature)
            ours += 1
    if ours != 1:
        raise Malformed("the note is not signed once by the pinned verifier key")
    return text


def read_checkpoint(note: str, *, verifier: VerifierKey) -> Checkpoint:
    """Check a signed checkpoint and read it. Refuses: Malformed."""
    lines = open_note(note, verifier=verifier).split("\n")
    if len(lines) < 4 or lines[0] != verifier.name or not _SIZE.fullmatch(lines[1]):
        raise Malformed("not a checkpoint of the pinned log")
    root = _base64(lines[2])
    if len(root) != 32:
        raise Malformed("a root is 32 octets")
    return Checkpoint(lines[0], int(lines[1]), root)


def _signature(line: str, *, name: str) -> tuple[bytes, bytes]:
    """Key id and signature of one signature line; an empty key id if somebody else signed it."""
    dash, _, rest = line.partition(" ")
    signer, _, encoded = rest.partition(" ")
    octets = _base64(encoded)
    if dash != "—" or not _NAME.fullmatch(signer) or len(octets) < 5:
        raise Malformed("not a signature line")
    return (octets[:4] if signer == name else b""), octets[4:]


def _base64(text: str) -> bytes:
    try:
        octets = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("not base64") from None
    if base64.b64encode(octets).decode("ascii") != text:
        raise Malformed("not canonical base64")
    return octets

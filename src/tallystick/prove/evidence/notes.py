"""Signed notes and the checkpoints in them (C2SP signed-note and tlog-checkpoint)."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

from tallystick.crypto.mechanisms import KeyRefused, SignatureRefused, ed25519_verify
from tallystick.ground.errors import Defect
from tallystick.prove.evidence.refusals import NoteRefused
from tallystick.prove.evidence.tree import HASH_OCTETS
from tallystick.prove.evidence.vkeys import (
    KEY_ID_OCTETS,
    VerifierKey,
    from_base64,
    key_name,
    parse_verifier_key,
)

NOTE_MAX = 16 * 1024
SIGNATURES_MAX = 16
SIGNATURE_OCTETS = 64
SIZE_MAX = 2**53 - 1
_DASH = "\N{EM DASH} "

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log commits to: its name, how many leaves, and the root over them."""

    origin: str
    size: int
    root: bytes


def note_body(checkpoint: Checkpoint) -> str:
    """The text of a checkpoint: origin, size and root on one line each.

    >>> print(note_body(Checkpoint(origin="log.example", size=1, root=bytes(32))), end="")
    log.example
    1
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
    """
    if len(checkpoint.root) != HASH_OCTETS or not 0 <= checkpoint.size <= SIZE_MAX:
        raise Defect("a checkpoint has a size and a root of 32 octets")
    root = base64.b64encode(checkpoint.root).decode("ascii")
    return f"{key_name(checkpoint.origin)}\n{checkpoint.size}\n{root}\n"


def sign_note(body: str, *, name: str, key_id: bytes, sign: Sign) -> str:
    """Sign a text that ends in a newline; give the whole note with one signature line."""
    if not body.endswith("\n") or not _printable(body):
        raise Defect("a note's text is printable and ends in a newline")
    signature = sign(body.encode())
    if len(signature) != SIGNATURE_OCTETS or len(key_id) != KEY_ID_OCTETS:
        raise Defect("a note takes a 4-octet key id and a 64-octet Ed25519 signature")
    line = base64.b64encode(key_id + signature).decode("ascii")
    return f"{body}\n{_DASH}{key_name(name)} {line}\n"


def add_signature(note: str, *, name: str, key_id: bytes, sign: Sign) -> str:
    """The same note with one more signature, over the same text. Refuses: NoteRefused."""
    text, lines = _split(note)
    if len(lines) == SIGNATURES_MAX:
        raise NoteRefused(f"a note carries at most {SIGNATURES_MAX} signatures")
    alone = sign_note(text, name=name, key_id=key_id, sign=sign)
    return note + alone[len(text) + 1 :]


def signers_of(note: str) -> list[tuple[str, bytes]]:
    """The name and the key id on each signature line: claims, not facts. Refuses: NoteRefused."""
    named = (_read_line(line) for line in _split(note)[1])
    return [(name, octets[:KEY_ID_OCTETS]) for name, octets in named]


def open_note(note: str, vkey: str) -> str:
    """Return the text of a note that the holder of `vkey` signed.

    Signatures of other keys are ignored, as the specification asks, but must be well-formed; one by
    this key that does not verify spoils the note.    Refuses: NoteRefused.
    """
    key = parse_verifier_key(vkey)
    text, lines = _split(note)
    own = [octets for name, octets in map(_read_line, lines) if _is_by(key, name, octets)]
    if not own:
        raise NoteRefused(f"the note is not signed by {key.name}")
    for octets in own:
        try:
            ed25519_verify(key.public, text.encode(), octets[KEY_ID_OCTETS:])
        except (KeyRefused, SignatureRefused):
            raise NoteRefused(f"the signature of {key.name} does not verify") from None
    return text


def verify_note(note: str, vkey: str) -> Checkpoint:
    """Return the checkpoint in a note that the log itself signed: its origin is the key's name.

    Refuses: NoteRefused, also for extension lines, which nobody could audit.
    """
    checkpoint = parse_checkpoint(open_note(note, vkey))
    if checkpoint.origin != parse_verifier_key(vkey).name:
        raise NoteRefused("the checkpoint is of another log")
    return checkpoint


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint; exactly one spelling per value. Refuses: NoteRefused."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] != "" or not all(lines[:3]) or not _printable(text):
        raise NoteRefused("a checkpoint is three lines")
    origin, size, root = lines[:3]
    if not (size.isascii() and size.isdecimal()) or len(size) > 16 or str(int(size)) != size:
        raise NoteRefused("a checkpoint's size is a plain decimal")
    if int(size) > SIZE_MAX:
        raise NoteRefused("a checkpoint's size is below 2**53")
    octets = from_base64(root)
    if len(octets) != HASH_OCTETS:
        raise NoteRefused("a checkpoint's root is 32 octets")
    return Checkpoint(origin=origin, size=int(size), root=octets)


def unverified_text(note: str) -> str:
    """The text of a note whoever signed it: a claim, not a fact. Refuses: NoteRefused."""
    text, lines = _split(note)
    for line in lines:
        _read_line(line)
    return text


def _split(note: str) -> tuple[str, list[str]]:
    """The text and the signature lines: the last empty line parts them."""
    if len(note) > NOTE_MAX or not _printable(note):
        raise NoteRefused("a note is printable text of limited length")
    head, blank, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    if not blank or lines.pop() != "" or not 1 <= len(lines) <= SIGNATURES_MAX:
        raise NoteRefused("a note is text, an empty line, and 1 to 16 signature lines")
    return head + "\n", lines


def _read_line(line: str) -> tuple[str, bytes]:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise NoteRefused("a signature line is an em dash, a name and base64")
    octets = from_base64(encoded)
    if len(octets) <= KEY_ID_OCTETS:
        raise NoteRefused("a signature line holds a key id and a signature")
    return _checked_name(name), octets


def _checked_name(name: str) -> str:
    try:
        return key_name(name)
    except Defect as wrong:
        raise NoteRefused(str(wrong)) from None


def _is_by(key: VerifierKey, name: str, octets: bytes) -> bool:
    return name == key.name and octets[:KEY_ID_OCTETS] == key.key_id


def _printable(text: str) -> bool:
    """Valid UTF-8 without control characters other than newline."""
    return all(char == "\n" or char >= " " for char in text) and not any(
        "\ud800" <= char <= "\udfff" for char in text
    )

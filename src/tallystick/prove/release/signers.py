"""The people whose signatures count: a file of verifier keys that comes by a way of its own."""

from __future__ import annotations

from pathlib import Path

from tallystick.ground.errors import Misconfigured
from tallystick.prove.evidence import NoteRefused, VerifierKey, parse_verifier_key, verifier_key

SIGNERS_HEADER = "tallystick signers 1"
SIGNERS_MAX = 64
OCTETS_MAX = 64 * 1024
_ALLOWED = f"{SIGNERS_HEADER!r}, then a verifier key on each line"


def read_signers(path: Path) -> tuple[str, ...]:
    """The verifier keys of a signers file. Refuses: Misconfigured."""
    try:
        with path.open("rb") as file:
            octets = file.read(OCTETS_MAX + 1)
    except OSError as error:
        raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None
    if len(octets) > OCTETS_MAX:
        raise Misconfigured("too long for a list of signers", where=str(path), allowed=_ALLOWED)
    try:
        return parse_signers(octets.decode(), where=str(path))
    except UnicodeDecodeError:
        raise Misconfigured("not text", where=str(path), allowed=_ALLOWED) from None


def parse_signers(text: str, *, where: str = "signers") -> tuple[str, ...]:
    """Read the text of a signers file: names once each, keys once each.

    Refuses: Misconfigured, with the line. Two names with one key would be one person twice.
    """
    header, *lines = text.split("\n")
    if header != SIGNERS_HEADER or not lines or lines.pop() != "" or len(lines) > SIGNERS_MAX:
        raise Misconfigured("not a list of signers", where=where, allowed=_ALLOWED)
    known: list[VerifierKey] = []
    for number, line in enumerate(lines, start=2):
        place = f"{where}, line {number}"
        try:
            key = parse_verifier_key(line)
        except NoteRefused as wrong:
            raise Misconfigured(str(wrong), where=place, allowed="name+id+key") from None
        if any(key.name == other.name or key.public == other.public for other in known):
            raise Misconfigured("a name or a key stands there twice", where=place)
        known.append(key)
    return tuple(verifier_key(key.name, key.public) for key in known)

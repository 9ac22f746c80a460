"""The trust anchor: the two verifier keys that somebody who verifies must have from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tallystick.ground.errors import Misconfigured
from tallystick.prove.evidence import NoteRefused, parse_verifier_key

HEADER = "tallystick trust anchor 1"
OCTETS_MAX = 2048
_ALLOWED = f"{HEADER!r}, a line 'checkpoint KEY', a line 'certificate KEY'"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustAnchor:
    """Verifier keys (C2SP `name+id+key`) of the evidence log and of the certificates.

    Whoever gets this file from the provider together with the certificate has verified nothing:
    it must come by another way.
    """

    checkpoint: str
    certificate: str

    def text(self) -> str:
        """The file: a header and two lines."""
        return f"{HEADER}\ncheckpoint {self.checkpoint}\ncertificate {self.certificate}\n"

    @classmethod
    def parse(cls, text: str, *, where: str = "trust anchor") -> TrustAnchor:
        """Read the file's text; exactly one spelling. Refuses: Misconfigured."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[0] != HEADER or lines[3] != "":
            raise Misconfigured("not a trust anchor", where=where, allowed=_ALLOWED)
        anchor = cls(
            checkpoint=_key(lines[1], "checkpoint", f"{where}, line 2"),
            certificate=_key(lines[2], "certificate", f"{where}, line 3"),
        )
        keys = [parse_verifier_key(key) for key in (anchor.checkpoint, anchor.certificate)]
        if keys[0].public == keys[1].public:
            raise Misconfigured("one key for two purposes", where=where, allowed="two keys")
        return anchor

    @classmethod
    def read(cls, path: str | Path) -> TrustAnchor:
        """Read the file. Refuses: Misconfigured."""
        try:
            with Path(path).open("rb") as file:
                octets = file.read(OCTETS_MAX + 1)
            if len(octets) > OCTETS_MAX:
                raise Misconfigured("too long for a trust anchor", where=str(path))
            return cls.parse(octets.decode(), where=str(path))
        except OSError as error:
            raise Misconfigured(f"cannot be read: {error.strerror}", where=str(path)) from None
        except UnicodeDecodeError:
            raise Misconfigured("not text", where=str(path), allowed=_ALLOWED) from None


def _key(line: str, purpose: str, where: str) -> str:
    word, _, key = line.partition(" ")
    if word != purpose:
        raise Misconfigured(f"not the {purpose} key", where=where, allowed=_ALLOWED)
    try:
        parse_verifier_key(key)
    except NoteRefused as wrong:
        raise Misconfigured(str(wrong), where=where, allowed="name+id+key") from None
    return key

"""The tally: the slip on which every room that a payment passes notches one fact."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.ground.canonical import demand_canonical, encode_checked
from tallystick.ground.errors import Defect
from tallystick.ground.facts import LABEL
from tallystick.ground.identifiers import to_base64url

SALT_OCTETS = 16
_PLAIN = (str, int)


class Tally:
    """Collects the facts of one order; nothing may be posted before the demanded ones are there."""

    __slots__ = ("_demanded", "_facts", "at_ms", "policy", "salt", "subject")

    def __init__(
        self, *, subject: str, policy: str, at_ms: int, demanded: Iterable[str], salt: bytes
    ) -> None:
        if len(salt) != SALT_OCTETS:
            raise Defect(f"a tally takes {SALT_OCTETS} octets of salt")
        self.subject, self.policy, self.at_ms = subject, policy, at_ms
        self.salt = salt
        self._facts: dict[str, dict[str, object]] = {}
        self._demanded = tuple(demanded)

    def demands(self, kind: str) -> bool:
        """Whether the policy asks for this fact here: what it does not ask for is not checked."""
        return kind in self._demanded

    def notch(self, kind: str, control: str, /, **detail: str | int) -> None:
        """Write one fact down. Each kind at most once, and nothing that could not be read back."""
        if kind in self._facts:
            raise Defect(f"{kind} was notched twice")
        for name, value in detail.items():
            if not isinstance(value, _PLAIN):
                raise Defect(f"{kind}: {name} is neither text nor a whole number")
        if not (kind.isascii() and control.isascii()):
            raise Defect("the names of facts and controls are ASCII")
        demand_canonical(detail)
        self._facts[kind] = {"kind": kind, "control": control, "detail": detail}

    def require(self, *, before: str | None = None) -> None:
        """Refuse to go on while a demanded fact is missing; `before` leaves out it and later ones.

        Refuses: Defect, because a corridor that forgot a check is our fault, not the payer's.
        """
        for kind in self._demanded:
            if kind == before:
                return
            if kind not in self._facts:
                raise Defect(f"nothing is posted without {kind}")

    def octets(self, *, code: str) -> bytes:
        """The tally as canonical JSON, salted so that its digest gives nothing away.

        What all its facts have in common is said once, at the top.
        """
        top: dict[str, object] = {
            "salt": to_base64url(self.salt),
            "code": code,
            "subject": self.subject,
            "policy": self.policy,
            "at_ms": self.at_ms,
            "label": LABEL,
        }
        demand_canonical(top)
        top["facts"] = list(self._facts.values())  # each was looked at when it was notched
        return encode_checked(top)

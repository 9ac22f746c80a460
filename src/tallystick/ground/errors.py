"""The three families of errors, and only three.

    TallystickError
    ├── Refused         the world asked for something we must not do; carries a stable code
    ├── Misconfigured   the operator can fix it; says where and what is allowed
    └── Defect          we were wrong; stop

No message ever carries a secret, a PIN, a key or a full account number.
"""

from __future__ import annotations

from typing import ClassVar


class TallystickError(Exception):
    """Base of everything that this package raises on purpose."""


class Refused(TallystickError):
    """Something was asked that must not be done; part of normal life.

    `code` is stable and machine-readable, `clause` names the clause of ISO/TS 12812-2 that asks for
    the refusal. `public_code` is what an outsider is told: the same word for every refusal whose
    reason would help an attacker.
    """

    code: ClassVar[str] = "refused"
    clause: ClassVar[str] = "7"
    public_code: ClassVar[str | None] = None

    @property
    def outside(self) -> str:
        """The code that may leave the house."""
        return self.public_code or self.code


class Misconfigured(TallystickError):
    """The operator can fix this: what is wrong, where, and what is allowed instead."""

    def __init__(self, problem: str, *, where: str = "", allowed: str = "") -> None:
        self.problem, self.where, self.allowed = problem, where, allowed
        parts = [f"{where}: {problem}" if where else problem]
        if allowed:
            parts.append(f"allowed: {allowed}")
        super().__init__("; ".join(parts))


class Defect(TallystickError):
    """We were wrong. Nothing more is done on this path."""

"""What verification refuses."""

from __future__ import annotations

from tallystick.ground.errors import Refused


class VerificationFailed(Refused):
    """A certificate, or something that it stands on, is not what it should be: what, and where."""

    code, clause = "certificate.not_verified", "9"

    def __init__(self, what: str, where: str) -> None:
        self.what, self.where = what, where
        super().__init__(f"{where}: {what}")

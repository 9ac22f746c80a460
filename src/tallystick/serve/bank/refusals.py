"""What a bank file is refused for."""

from __future__ import annotations

from tallystick.ground.errors import Refused
from tallystick.ground.shown import shown_text


class BankFileRefused(Refused):
    """A file that is not one of the messages we take: what is wrong, where, what is allowed."""

    code, clause = "bank.file_refused", "13"

    def __init__(self, problem: str, *, where: str = "", allowed: str = "") -> None:
        self.problem, self.where, self.allowed = problem, where, allowed
        text = f"{where}: {problem}" if where else problem
        super().__init__(f"{text}; allowed: {allowed}" if allowed else text)


def quoted(text: object) -> str:
    """A stranger's text as a message may show it."""
    return repr(shown_text(str(text)))

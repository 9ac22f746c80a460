"""The port to what the edge keeps: aliases, tags, resource policies. No key and no secret."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class NoteStore(Protocol):
    """Where notes about keys live. When `write` returns, the note survives a power cut.

    The crypto module does not believe any of it: an altered alias leads to another key of the same
    module, whose usage, mode and state are checked there.
    """

    def read(self) -> Iterable[tuple[str, str, str]]:
        """Every note: its kind, its name, its text."""
        ...

    def write(self, kind: str, name: str, text: str | None) -> None:
        """Put a note in the place of the one of this kind and name; None takes it away."""
        ...

    def close(self) -> None:
        """Let go. Closing twice is harmless."""
        ...

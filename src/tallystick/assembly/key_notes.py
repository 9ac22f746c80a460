"""The notes that the payment cryptography interface keeps beside the keys of a home."""

from __future__ import annotations

from pathlib import Path

from tallystick.backends.sqlite import SqliteNotes


def open_key_notes(home: Path) -> SqliteNotes:
    """The notes of a payment module's home. Refuses: Misconfigured."""
    return SqliteNotes(home)

"""What strangers wrote, as a person can read it in a message."""

from __future__ import annotations

SHOWN_MAX = 60


def shown_text(text: str) -> str:
    """Text without line breaks or control characters, cut to a readable length."""
    text = "".join(c if c.isprintable() else "?" for c in text[: SHOWN_MAX + 1])
    return text if len(text) <= SHOWN_MAX else f"{text[: SHOWN_MAX - 1]}…"

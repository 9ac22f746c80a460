"""Days as people write them in files: ISO 8601 and nothing else."""

from __future__ import annotations

from datetime import date


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, written YYYY-MM-DD. Such texts sort as days do.

    >>> is_day("2028-02-29"), is_day("2027-02-29"), is_day("20270630")
    (True, False, False)
    """
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False

"""Sleeping accounts: nobody gave an order for so long that money only leaves after a wake-up."""

from __future__ import annotations

from datetime import date, timedelta

from tallystick.ground.errors import Refused
from tallystick.protect.enforcement import Register


class AccountDormant(Refused):
    """The account sleeps: it receives, and pays only after its holder has woken it."""

    code, clause = "account.dormant", "13"


ACTIVITIES: Register[str] = Register(
    "activity", lambda day: day.encode("ascii"), lambda octets: octets.decode("ascii")
)
"""By account: the newest UTC day on which its holder gave an order."""


def sleeps(last_day: str | None, *, today: str, after_days: int | None) -> bool:
    """Whether an account sleeps; one whose last day is not known is awake.

    >>> sleeps("2026-01-01", today="2026-04-02", after_days=90)
    True
    >>> sleeps("2026-01-01", today="2026-04-01", after_days=90)
    False
    """
    if last_day is None or after_days is None:
        return False
    return date.fromisoformat(today) - date.fromisoformat(last_day) > timedelta(days=after_days)

"""Accounts that sleep, from the books of a home alone: since when, and with how much in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tallystick.assembly.readers import open_reading
from tallystick.assembly.signing import policy_in_force
from tallystick.ground.clock import day_of
from tallystick.protect.diligence import CUSTOMERS, USAGES
from tallystick.protect.emoney import ACTIVITIES, sleeps
from tallystick.protect.enforcement import BooksReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleeper:
    """One account that sleeps; `last_day` is the newest day on which its holder gave an order."""

    account: str
    holder: str
    last_day: str
    currency: str
    balance_minor: int


def sleeping_accounts(home: str | Path, *, today: str) -> list[Sleeper]:
    """Every account that sleeps on a day (YYYY-MM-DD), the longest asleep first.

    Reads only. None where the policy in force lets nothing sleep. Refuses: Misconfigured.
    """
    after_days = policy_in_force(Path(home)).terms.dormant_after_days
    if after_days is None:
        return []
    with open_reading(home) as reading:
        days = _last_days(reading.books)
        found = [
            Sleeper(
                account=account,
                holder=owner,
                last_day=day,
                currency=currency,
                balance_minor=received - paid,
            )
            for account, owner, currency, _, _, paid, received, *_ in reading.books.rows("account")
            if owner != "provider"
            and (day := _newest(days, account, owner)) is not None
            and sleeps(day, today=today, after_days=after_days)
        ]
    return sorted(found, key=lambda one: (one.last_day, one.account))


def _newest(days: Mapping[str, str], account: str, owner: str) -> str | None:
    """Orders are noted at a holder's plain account, whichever of the holder's they were about."""
    return days.get(account) or days.get(account.partition(".")[0]) or days.get(owner)


def _last_days(books: BooksReader) -> Mapping[str, str]:
    """By account the newest day of its holder; by customer the day of the registration."""
    noted: dict[str, str] = {}
    paid: dict[str, str] = {}
    began: dict[str, str] = {}
    for register, key, value in books.rows("register"):
        octets: Any = value
        if register == ACTIVITIES.name:
            noted[key] = ACTIVITIES.decode(octets)
        elif register == USAGES.name:
            paid[key] = USAGES.decode(octets).day
        elif register == CUSTOMERS.name:
            began[key] = day_of(CUSTOMERS.decode(octets).registered_ms)
    return began | paid | noted

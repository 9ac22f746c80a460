"""What the owner decided beside the selection: accepted risks and exceptions, each with an end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tallystick.describe import Service

ACCEPTANCE, EXCEPTION = "acceptance", "exception"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerDecision:
    """One acceptance of a threat's loss, or one exception from a requirement.

    `about` is the id of the threat or of the requirement, `place` its position in the service file.
    `until` is the last day (YYYY-MM-DD) on which it holds.
    """

    kind: str
    about: str
    reason: str
    approved_by: tuple[str, ...]
    until: str
    compensation: tuple[str, ...]
    place: int

    def expired(self, as_of: str) -> bool:
        """Whether its last day is before `as_of`; both are dates, which sort as text."""
        return self.until < as_of


def decisions_of(service: Service) -> tuple[OwnerDecision, ...]:
    """Acceptances, then exceptions, as they stand in the service file."""
    return (
        *_read(ACCEPTANCE, "threat", getattr(service, "acceptances", ())),
        *_read(EXCEPTION, "requirement", getattr(service, "exceptions", ())),
    )


def _read(kind: str, about: str, entries: Iterable[Any]) -> Iterable[OwnerDecision]:
    for place, entry in enumerate(entries):
        yield OwnerDecision(
            kind=kind,
            about=getattr(entry, about),
            reason=entry.reason,
            approved_by=tuple(entry.approved_by),
            until=str(entry.until),
            compensation=tuple(getattr(entry, "compensation", ())),
            place=place,
        )

"""What the owner decided beside the selection: accepted risks and exceptions, each with an end."""

from __future__ import annotations

from dataclasses import dataclass

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
    accepted = (
        OwnerDecision(
            kind=ACCEPTANCE,
            about=one.threat,
            reason=one.reason,
            approved_by=one.approved_by,
            until=one.until,
            compensation=(),
            place=place,
        )
        for place, one in enumerate(service.acceptances)
    )
    excepted = (
        OwnerDecision(
            kind=EXCEPTION,
            about=one.requirement,
            reason=one.reason,
            approved_by=one.approved_by,
            until=one.until,
            compensation=one.compensation,
            place=place,
        )
        for place, one in enumerate(service.exceptions)
    )
    return (*accepted, *excepted)

"""What stands on a given day: how well each countermeasure is shown to work, and what ran out.

Planning has no clock: whoever asks says which day it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.describe.model import Service

EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """A decision or a proof whose day has passed. `part`: `acceptance`, `exception` or `claim`."""

    part: str
    position: int
    about: str
    until: str


def standing_of(service: Service, *, as_of: str) -> Mapping[str, str]:
    """Countermeasure -> `self_declared`, `tested`, `certified` or `expired` on a day (YYYY-MM-DD).

    Of several claims about one countermeasure the strongest that still holds counts.
    """
    order = (EXPIRED, "self_declared", "tested", "certified")
    found: dict[str, str] = {}
    for claim in service.claims:
        state = EXPIRED if claim.until < as_of else claim.state
        found[claim.control] = max(found.get(claim.control, EXPIRED), state, key=order.index)
    return dict(sorted(found.items()))


def expired_decisions(service: Service, *, as_of: str) -> tuple[Expired, ...]:
    """Acceptances, exceptions and claims that no longer hold on a day, as they stand in the file.

    The last day itself still counts.
    """
    entries = [
        *(("acceptance", n, one.threat, one.until) for n, one in enumerate(service.acceptances)),
        *(("exception", n, one.requirement, one.until) for n, one in enumerate(service.exceptions)),
        *(("claim", n, one.control, one.until) for n, one in enumerate(service.claims)),
    ]
    return tuple(
        Expired(part=part, position=position, about=about, until=until)
        for part, position, about, until in entries
        if until < as_of
    )

"""How well each countermeasure is shown to work on a given day.

Planning has no clock: whoever asks says which day it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.describe.model import Service

EXPIRED = "expired"


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

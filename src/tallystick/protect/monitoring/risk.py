"""What follows from the findings: the payment is refused, or alerts go into the tally."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.ground.errors import Defect, Refused
from tallystick.protect.monitoring.movements import Finding


class RiskUnacceptable(Refused):
    """A typology that refuses was completed. Outsiders hear one word: nobody is tipped off.

    `detail` is for the tally.
    """

    code, clause, public_code = "risk.refused", "B", "payment.declined"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(f"completes {_written(findings)}")
        self.detail: dict[str, str | int] = {"findings": _written(findings)}


def check_risk(findings: Iterable[Finding]) -> str:
    """The alerts for the fact risk.acceptable, such as `velocity:11/10`; empty when there are none.

    Refuses: RiskUnacceptable when any finding's action is `refuse`; Defect for an unknown action.

    >>> check_risk([])
    ''
    """
    found = tuple(findings)
    for finding in found:
        if finding.action not in ("refuse", "alert"):
            raise Defect(f"{finding.typology} has no usable action")
    if any(finding.action == "refuse" for finding in found):
        raise RiskUnacceptable(found)
    return _written(found)


def _written(findings: tuple[Finding, ...]) -> str:
    return " ".join(f"{f.typology}:{f.observed}/{f.threshold}" for f in findings)

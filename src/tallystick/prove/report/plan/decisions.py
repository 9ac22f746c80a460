"""What a board has to decide: risks accepted, exceptions made, until when, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tallystick.decide.policy.model import AcceptedRisk, GrantedException, SecurityPolicy
from tallystick.describe import Service
from tallystick.describe.model import Claim
from tallystick.ground.errors import Misconfigured
from tallystick.prove.report.words import listed, money
from tallystick.standard import Catalogue

SOON_DAYS = 90
"""What ends within so many days is called to mind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One acceptance or exception as the board reads it.

    `state`: `expired`, `soon`, `running`, or `undated` when the page was made as of no date.
    """

    kind: str
    subject: str
    title: str
    what: str
    reason: str
    approved_by: str
    until: str
    state: str


Decisions = tuple[Decision, ...]


def raised_limits(policy: SecurityPolicy) -> dict[str, int]:
    """Threat -> the loss of an average year that is accepted for it, where that was decided."""
    return {one.threat: one.up_to_minor for one in policy.acceptances}


def list_decisions(policy: SecurityPolicy, catalogue: Catalogue, *, as_of: str) -> Decisions:
    """Acceptances and exceptions, those that end first at the top."""
    found = [_accepted(one, policy.currency, catalogue, as_of) for one in policy.acceptances]
    found += [_exempted(one, catalogue, as_of) for one in policy.exceptions]
    return tuple(sorted(found, key=lambda one: (one.until, one.kind, one.subject)))


def _accepted(one: AcceptedRisk, currency: str, catalogue: Catalogue, as_of: str) -> Decision:
    remains = money(one.expected_after_minor, currency)
    return Decision(
        kind="acceptance",
        subject=one.threat,
        title=catalogue.threats[one.threat].title,
        what=f"up to {money(one.up_to_minor, currency)} in an average year; {remains} remain",
        reason=one.reason,
        approved_by=listed(list(one.approved_by)),
        until=one.until,
        state=judge(one.until, as_of=as_of),
    )


def _exempted(one: GrantedException, catalogue: Catalogue, as_of: str) -> Decision:
    instead = listed([catalogue.countermeasures[name].title for name in one.compensation])
    return Decision(
        kind="exception",
        subject=one.requirement,
        title=catalogue.requirements[one.requirement].title,
        what=f"stays open; instead: {instead or 'nothing'}",
        reason=one.reason,
        approved_by=listed(list(one.approved_by)),
        until=one.until,
        state=judge(one.until, as_of=as_of),
    )


def list_claims(service: Service, catalogue: Catalogue, *, as_of: str) -> Decisions:
    """What stands behind countermeasures, by the word of the service file."""
    found = [_claimed(one, catalogue, as_of) for one in service.claims]
    return tuple(sorted(found, key=lambda one: (one.until, one.subject)))


def _claimed(one: Claim, catalogue: Catalogue, as_of: str) -> Decision:
    return Decision(
        kind="claim",
        subject=one.control,
        title=catalogue.countermeasures[one.control].title,
        what=one.state.replace("_", "-"),
        reason="",
        approved_by=one.by,
        until=one.until,
        state=judge(one.until, as_of=as_of),
    )


def judge(until: str, *, as_of: str) -> str:
    """Whether something that ends on a day has run out as of another; both YYYY-MM-DD.

    >>> judge("2027-06-30", as_of="2027-07-01"), judge("2027-06-30", as_of="")
    ('expired', 'undated')
    """
    if not as_of:
        return "undated"
    left = (read_date(until, where="until") - read_date(as_of, where="as of")).days
    if left < 0:
        return "expired"
    return "soon" if left <= SOON_DAYS else "running"


def read_date(text: str, *, where: str) -> date:
    """A calendar day. Refuses: Misconfigured for anything but YYYY-MM-DD."""
    try:
        if len(text) != len("2027-06-30"):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        shown = text[:20]
        raise Misconfigured(
            f"{shown!r} is not a day", where=where, allowed="YYYY-MM-DD, such as 2027-06-30"
        ) from None

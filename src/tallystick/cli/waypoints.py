"""The rooms on the way of a payment: what each asks, and what the tally says that it found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from tallystick.cli.showing import money
from tallystick.decide.policy import OperationRule, SecurityPolicy
from tallystick.ground.facts import (
    APPLICATION_SOUND,
    CUSTOMER_AUTHENTICATED,
    DEVICE_AUTHENTICATED,
    INTENT_SIGNED,
    MESSAGE_FRESH,
    ORDER_REFUSED,
    PARTIES_CLEAR,
    PAYEE_RESOLVED,
    RECEIPT_BOUND,
    RISK_ACCEPTABLE,
    TIER_WITHIN,
    TRANSFER_POSTED,
    Fact,
)
from tallystick.prove.evidence import Witnessed
from tallystick.standard import Catalogue

PAYMENTS: Mapping[str, str] = {
    "remote": "remote.pay",
    "merchant": "merchant.pay",
    "bank": "banking.transfer",
}
_JOURNEYS = {"remote.pay": "remote", "merchant.pay": "proximate", "banking.transfer": "banking"}
_WAY = (
    (DEVICE_AUTHENTICATED, "devices", "which device is this, and is it bound?"),
    (APPLICATION_SOUND, "hardening", "is the application still ours?"),
    (MESSAGE_FRESH, "messages", "is it from this device, for us, and new?"),
    (INTENT_SIGNED, "signatures", "did the customer sign what was shown?"),
    (CUSTOMER_AUTHENTICATED, "customers, pin", "is it the customer?"),
    (PAYEE_RESOLVED, "", "is the payee who the payer was shown?"),
    (TIER_WITHIN, "diligence", "may these tiers move and hold this much?"),
    (PARTIES_CLEAR, "screening", "is either of them listed?"),
    (RISK_ACCEPTABLE, "monitoring", "does it look like abuse?"),
    (TRANSFER_POSTED, "emoney", "is there enough, and do the books stay balanced?"),
    (RECEIPT_BOUND, "messages", "will the receipt stand in the log?"),
)
_ELSEWHERE = {"environment.cap": "enforcement", "operation.forbidden": "enforcement"}
"""Refusals that are not those of the next room on the way."""
_ASKED = {
    "environment.cap": "may keys in this environment authorise so much?",
    "operation.forbidden": "may this role ask for this?",
}
_SHOWN_MAX = 26


class Passed(Enum):
    """How a payment came past a room."""

    NOTCHED = "notched"
    NOT_ASKED = "not asked for by the policy"
    REFUSED = "refused"
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waypoint:
    """One room: its question, how the payment came past it, and the fact that says so."""

    room: str
    question: str
    kind: str
    passed: Passed
    fact: Fact | None = None


def follow(entry: Witnessed, *, rule: OperationRule) -> list[Waypoint]:
    """The way of one payment, from its tally and what the policy demands of such payments.

    A room whose fact is on the tally was passed; the first one without, of those that the policy
    demands, is where a refused payment ended.
    """
    facts = {fact.kind: fact for fact in entry.facts}
    refusal = facts.get(ORDER_REFUSED)
    way: list[Waypoint] = []
    for kind, room, question in _WAY:
        named = room or _JOURNEYS[rule.operation]
        if kind in facts:
            passed, fact = Passed.NOTCHED, facts[kind]
        elif kind not in rule.facts:
            passed, fact = Passed.NOT_ASKED, None
        elif refusal is not None:
            way += _ended(kind, named, question, refusal)
            refusal = None
            continue
        else:
            passed, fact = Passed.NOT_REACHED, None
        way.append(Waypoint(room=named, question=question, kind=kind, passed=passed, fact=fact))
    return way


def _ended(kind: str, room: str, question: str, refusal: Fact) -> Iterator[Waypoint]:
    reason = str(refusal.detail["reason"])
    yield Waypoint(
        room=_ELSEWHERE.get(reason, room),
        question=_ASKED.get(reason, question),
        kind=kind,
        passed=Passed.REFUSED,
        fact=refusal,
    )
    if reason in _ELSEWHERE:
        yield Waypoint(room=room, question=question, kind=kind, passed=Passed.NOT_REACHED)


def clauses_of(fact: Fact, *, policy: SecurityPolicy, catalogue: Catalogue) -> str:
    """The clauses whose requirements the fact's control answers here.

    Of the requirements that a control answers only those count that this kind of fact closes; where
    there is none, all of them.
    """
    answered = [one for one in policy.requirements if fact.control in one.controls]
    closed = [one for one in answered if fact.kind in catalogue.requirements[one.id].closing.facts]
    found = {one.clause for one in closed or answered}
    clauses = [number for number in catalogue.clauses if number in found]
    if not clauses:
        return "no clause"
    return f"clause{'s' if len(clauses) > 1 else ''} {', '.join(clauses)}"


def detail_of(fact: Fact, *, currency: str, without: Iterable[str] = ()) -> str:
    """What a fact says beside its kind, in one line.

    >>> fact = Fact(kind="tier.within", subject="s", control="C-TIER-LIMITS", policy="p", at_ms=0,
    ...             detail={"tier": "tier1", "asked_minor": 310000, "why": ""})
    >>> detail_of(fact, currency="KES")
    'tier tier1, asked 3,100.00 KES'
    """
    return ", ".join(
        _said(name, value, currency)
        for name, value in fact.detail.items()
        if name not in without and value != ""
    )


def _said(name: str, value: str | int, currency: str) -> str:
    if isinstance(value, int) and name.endswith("_minor"):
        return f"{name.removesuffix('_minor')} {money(value, currency)}"
    text = str(value)
    if len(text) > _SHOWN_MAX and " " not in text:
        text = f"{text[: _SHOWN_MAX - 3]}..."
    return f"{name.replace('_', ' ')} {text}"

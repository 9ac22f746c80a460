"""The typologies: each is one integer comparison over a window, completed by the payment at hand.

    structuring  {count_min, near_permille}    payments of at least near_permille of the limit per
                                               transaction: count_min of them
    velocity     {count_max}                   payments by one payer, or from one device: more
    fan_in       {payers_max}                  distinct payers of remote payments to a payee: more
    pass_through {share_permille}              what came by remote payments, and what was sent since
                                               the first of them: each at least that share of the
                                               other, so it is the same money
    dormant      {idle_days, amount_permille}  after idle_days without sending: sent in the window,
                                               at least amount_permille of the limit

Counts and sums hold committed payments and the one at hand. A number that is missing or unknown
stops the payment (Defect): a rule is never skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tallystick.decide.policy import TypologyRule
from tallystick.ground.clock import DAY_MS
from tallystick.ground.errors import Defect
from tallystick.protect.monitoring.histories import History
from tallystick.protect.monitoring.movements import PAYMENTS, REMOTE_PAY, Finding, Movement
from tallystick.protect.monitoring.timelines import Timeline


@dataclass(frozen=True, slots=True)
class View:
    """What one decision looks at."""

    candidate: Movement
    limit_minor: int
    payer: History
    payee: History
    device: Timeline


Observation = tuple[int, int]
"""What was observed, and the threshold that it reached or passed."""


def judge(rule: TypologyRule, view: View) -> Finding | None:
    """Hold one rule against one payment. Refuses: Defect when the rule is not a whole one."""
    typology = TYPOLOGIES.get(rule.id)
    if typology is None:
        raise Defect(f"no such typology: {rule.id!r}")
    if rule.numbers.keys() != typology.numbers:
        raise Defect(f"{rule.id} takes {sorted(typology.numbers)}, not {sorted(rule.numbers)}")
    if rule.action not in ("refuse", "alert") or rule.window_s <= 0:
        raise Defect(f"{rule.id} has no usable window or action")
    if view.candidate.kind not in PAYMENTS:
        raise Defect(f"{view.candidate.kind} is not a payment that monitoring judges")
    if view.limit_minor <= 0:
        raise Defect("a limit per transaction is a positive amount")
    at_ms = view.candidate.at_ms
    seen = typology.observe(view, rule.numbers, at_ms - rule.window_s * 1000)
    if seen is None:
        return None
    return Finding(
        typology=rule.id,
        action=rule.action,
        observed=seen[0],
        threshold=seen[1],
        window_s=rule.window_s,
    )


def horizon_ms(rule: TypologyRule) -> int:
    """How far back a rule looks."""
    return rule.window_s * 1000 + rule.numbers.get("idle_days", 0) * DAY_MS


def _structuring(view: View, numbers: Mapping[str, int], after_ms: int) -> Observation | None:
    now = view.candidate
    # The smallest whole amount at or above the exact share of the limit.
    least = -(-numbers["near_permille"] * view.limit_minor // 1000)
    if now.amount_minor < least:
        return None
    count = view.payer.sent.count_from(least, after_ms, now.at_ms) + 1
    return (count, numbers["count_min"]) if count >= numbers["count_min"] else None


def _velocity(view: View, numbers: Mapping[str, int], after_ms: int) -> Observation | None:
    until_ms = view.candidate.at_ms
    by_payer = view.payer.sent.count(after_ms, until_ms)
    by_device = view.device.count(after_ms, until_ms)
    count = max(by_payer, by_device) + 1
    return (count, numbers["count_max"]) if count > numbers["count_max"] else None


def _fan_in(view: View, numbers: Mapping[str, int], after_ms: int) -> Observation | None:
    now = view.candidate
    if now.kind != REMOTE_PAY:
        return None
    count = view.payee.payers.distinct(after_ms, now.at_ms, beside=now.payer)
    return (count, numbers["payers_max"]) if count > numbers["payers_max"] else None


def _pass_through(view: View, numbers: Mapping[str, int], after_ms: int) -> Observation | None:
    now = view.candidate
    first_ms = view.payer.received.first(after_ms, now.at_ms)
    if first_ms is None:
        return None
    received = view.payer.received.sum(after_ms, now.at_ms)
    sent = view.payer.sent.sum(first_ms - 1, now.at_ms) + now.amount_minor
    share = numbers["share_permille"]
    if min(sent, received) * 1000 < share * max(sent, received):
        return None
    return sent * 1000 // received, share


def _dormant(view: View, numbers: Mapping[str, int], after_ms: int) -> Observation | None:
    now, payer = view.candidate, view.payer
    sent = payer.sent.sum(after_ms, now.at_ms) + now.amount_minor
    if sent * 1000 < numbers["amount_permille"] * view.limit_minor:
        return None
    woke_ms = payer.sent.first(after_ms, now.at_ms)
    woke_ms = now.at_ms if woke_ms is None else woke_ms
    asleep_ms = woke_ms - numbers["idle_days"] * DAY_MS
    known = payer.since_ms is not None and payer.since_ms <= asleep_ms
    if not known or payer.sent.count(asleep_ms, woke_ms - 1):
        return None
    return sent * 1000 // view.limit_minor, numbers["amount_permille"]


@dataclass(frozen=True, slots=True)
class _Typology:
    numbers: frozenset[str]
    observe: Callable[[View, Mapping[str, int], int], Observation | None]


TYPOLOGIES = {
    "structuring": _Typology(frozenset({"count_min", "near_permille"}), _structuring),
    "velocity": _Typology(frozenset({"count_max"}), _velocity),
    "fan_in": _Typology(frozenset({"payers_max"}), _fan_in),
    "pass_through": _Typology(frozenset({"share_permille"}), _pass_through),
    "dormant": _Typology(frozenset({"idle_days", "amount_permille"}), _dormant),
}

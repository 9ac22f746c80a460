"""Attacks on limits and on money itself: spent twice, split, raced, kept just below."""

from __future__ import annotations

from functools import partial

from tallystick.decide.policy import TierLimits, TypologyRule
from tallystick.ground.facts import RISK_ACCEPTABLE, TIER_WITHIN
from tallystick.trials import forging
from tallystick.trials.bout import Bout
from tallystick.trials.cast import Player
from tallystick.trials.racing import race, race_orders
from tallystick.trials.result import CannotRun

FUNDS, TIER, DECLINED = "funds.insufficient", "tier.exceeded", "payment.declined"
RACERS = 8
WINNERS = 3


def spend_twice(bout: Bout) -> None:
    """One balance is spent by many orders at once, and one order is sent many times at once."""
    unit = bout.cast.unit_minor
    payer, payee = bout.cast.payer(minor=(WINNERS + 2) * unit), bout.cast.payee()
    bout.pay(payer, payee, unit)
    order = bout.order(payer, payee)
    for _ in range(RACERS):
        bout.place.pace()
    with bout.moved(payer, payee, unit):
        messages = [payer.handset.prepare_message(order) for _ in range(RACERS)]
        seen = race([partial(forging.post, payer.handset, order, body, headers)
                     for headers, body in messages])  # fmt: skip
    leaves = {one.answer.index for one in seen if one.answer is not None}
    bout.holds("one order, many times at once: answers", expected=1, seen=len(leaves))
    for one in (one for one in seen if one.answer is None):
        bout.overtaken(one)
    with bout.moved(payer, payee, WINNERS * unit):
        orders = [bout.order(payer, payee) for _ in range(RACERS)]
        raced = race_orders(bout, payer.handset, orders)
        bout.raced("more than there is, at once", raced, accepted=WINNERS, outside=FUNDS,
                   inside=FUNDS)  # fmt: skip
    with bout.unmoved(payer, payee):
        bout.refused("once more", partial(
            forging.post_order, payer.handset, bout.order(payer, payee)),
            outside=FUNDS, inside=FUNDS)  # fmt: skip


def split_limit(bout: Bout) -> None:
    """A day's limit is passed in small steps, and a payment's limit in one."""
    tier = _limited_tier(bout)
    payer, payee = bout.cast.payer(minor=0, tier=tier), bout.cast.payee()
    _use_up(bout, payer, payee, tier, leave_minor=0)
    bout.cast.fund(payer, 2 * bout.cast.unit_minor)
    with bout.unmoved(payer, payee):
        for what, minor in (("one step more", bout.cast.unit_minor), ("the smallest step", 1)):
            order = bout.cast.order(payer, payee, minor)
            bout.refused(what, partial(forging.post_order, payer.handset, order), outside=TIER,
                         inside=TIER)  # fmt: skip
        for other in ("remote.pay", "merchant.pay", "banking.transfer"):
            if other != bout.cast.payment and bout.cast.offers(other):
                paid = bout.cast.payee(other)
                order = bout.cast.order(payer, paid, bout.cast.unit_minor, operation=other)
                bout.refused(f"by {other}", partial(forging.post_order, payer.handset, order),
                             outside=TIER, inside=TIER)  # fmt: skip
    fresh = bout.cast.payer(tier=tier)
    cap = bout.policy.operation(bout.cast.payment).amount_max_minor["software"]
    if tier.per_transaction_minor < cap:
        order = bout.cast.order(fresh, payee, tier.per_transaction_minor + 1)
        bout.refused("more than one payment may move", partial(
            forging.post_order, fresh.handset, order), outside=TIER, inside=TIER)  # fmt: skip


def race_limit(bout: Bout) -> None:
    """A day's limit is passed by many orders at once."""
    tier, unit = _limited_tier(bout), bout.cast.unit_minor
    payer, payee = bout.cast.payer(minor=0, tier=tier), bout.cast.payee()
    _use_up(bout, payer, payee, tier, leave_minor=WINNERS * unit)
    bout.cast.fund(payer, RACERS * unit)
    with bout.moved(payer, payee, WINNERS * unit):
        orders = [bout.order(payer, payee) for _ in range(RACERS)]
        raced = race_orders(bout, payer.handset, orders)
        bout.raced("more than the day allows, at once", raced, accepted=WINNERS, outside=TIER,
                   inside=TIER)  # fmt: skip


def stay_below(bout: Bout) -> None:
    """Payments follow each other just under a limit."""
    rule = next((rule for rule in bout.policy.typologies if rule.id == "structuring"), None)
    facts = bout.policy.operation(bout.cast.payment).facts
    if rule is None or rule.action != "refuse" or RISK_ACCEPTABLE not in facts:
        raise CannotRun("the policy does not refuse structuring")
    count = rule.numbers["count_min"]
    tier, near_minor = _structured(bout, rule)
    payer, payee = bout.cast.payer(minor=near_minor, tier=tier), bout.cast.payee()
    for _ in range(count - 1):
        bout.pay(payer, payee, near_minor)
        bout.cast.fund(payer, near_minor)
    with bout.unmoved(payer, payee):
        for what, minor in (
            (f"payment {count} just under the limit", near_minor),
            ("another amount just under it", near_minor + 1),
        ):
            order = bout.cast.order(payer, payee, minor)
            sent = partial(forging.post_order, payer.handset, order)
            if minor <= tier.per_transaction_minor:
                bout.refused(what, sent, outside=DECLINED, inside="risk.refused")
    order = bout.cast.order(payer, payee, 1)
    small = forging.post_order(payer.handset, order)
    bout.holds("a small payment is still accepted", expected="ok", seen=small.code)


def _limited_tier(bout: Bout) -> TierLimits:
    if TIER_WITHIN not in bout.policy.operation(bout.cast.payment).facts:
        raise CannotRun("the policy has no limits for tiers")
    return bout.cast.small


def _use_up(
    bout: Bout, payer: Player, payee: Player, tier: TierLimits, *, leave_minor: int
) -> None:
    """Honest payments until so much of the day is left; each well below the limit of one."""
    caps = bout.policy.operation(bout.cast.payment).amount_max_minor
    step = max(1, min(tier.per_transaction_minor, caps["software"]) * 6 // 10)
    left = tier.per_day_minor - leave_minor
    while left > 0:
        minor = min(step, left)
        bout.cast.fund(payer, minor)
        bout.pay(payer, payee, minor)
        left -= minor


def _structured(bout: Bout, rule: TypologyRule) -> tuple[TierLimits, int]:
    """A tier whose day has room for the whole pattern, and its smallest amount near the limit.

    Refuses: CannotRun.
    """
    for tier in sorted(bout.policy.tiers.values(), key=lambda tier: tier.per_transaction_minor):
        near = -(-rule.numbers["near_permille"] * tier.per_transaction_minor // 1000)
        cap = bout.policy.operation(bout.cast.payment).amount_max_minor["software"]
        if near < cap and rule.numbers["count_min"] * near < tier.per_day_minor:
            return tier, near
    raise CannotRun("no tier's day has room for the pattern")

"""How the terms of two policies differ: fees, rates, and the rules that guard money set right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tallystick.decide.policy.changes import Change, changed
from tallystick.decide.policy.directions import LOOSER, OTHER, TIGHTER, of_less
from tallystick.decide.policy.model import SecurityPolicy
from tallystick.decide.policy.terms import CurrencyPair, FeeRule, Terms
from tallystick.ground.money import format_minor

_GUARDS = ("agent_float_minor", "step_up_sum_minor", "dormant_after_days", "reversal_days")
"""Numbers that protect more the smaller they are, and most when they are there at all."""
_OTHERS = ("refund_days", "hold_days")


def term_changes(old: SecurityPolicy, new: SecurityPolicy) -> Iterator[Change]:
    """Prices differ without being safer or less safe; the guards have a direction."""
    before, after = _prices(old), _prices(new)
    for name in sorted(before.keys() | after.keys()):
        yield from changed(f"terms.{name}", before.get(name), after.get(name), OTHER)
    for name in (*_GUARDS, *_OTHERS):
        one, two = getattr(old.terms, name), getattr(new.terms, name)
        direction = OTHER if name in _OTHERS else _of_guard(one, two)
        yield from changed(f"terms.{name}", one, two, direction)


def _of_guard(before: int | None, after: int | None) -> str:
    if before is None or after is None:
        return TIGHTER if before is None else LOOSER
    return of_less(before, after)


def _prices(policy: SecurityPolicy) -> Mapping[str, str]:
    terms: Terms = policy.terms
    fees = {f"fees.{name}": _told_fee(fee, policy.currency) for name, fee in terms.fees.items()}
    return {**fees, **{f"fx.{pair.base}.{pair.quote}": _told_pair(pair) for pair in terms.pairs}}


def _told_fee(fee: FeeRule, currency: str) -> str:
    parts = [f"{format_minor(fee.flat_minor, currency)} and {fee.permille} permille"]
    parts.append(f"at least {format_minor(fee.minimum_minor, currency)}")
    if fee.maximum_minor is not None:
        parts.append(f"at most {format_minor(fee.maximum_minor, currency)}")
    parts.append(f"paid by the {fee.paid_by}")
    if fee.agent_permille:
        parts.append(f"{fee.agent_permille} permille of it to the agent")
    return ", ".join(parts)


def _told_pair(pair: CurrencyPair) -> str:
    rate = f"{pair.numerator}/{pair.denominator}"
    return f"{rate}, spread {pair.spread_permille} permille, until {pair.until}"

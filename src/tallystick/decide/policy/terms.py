"""The terms of the service: fees, exchange rates, and how long things may be set right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from tallystick.describe import Service
from tallystick.describe.model import StatedFee, StatedPair


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeRule:
    """What one payment costs: `flat_minor` and `permille` of the amount, between two bounds.

    `paid_by`: `payer` (on top of the amount, and signed with it), `payee` (out of the amount) or
    `provider` (the agent's commission). `agent_permille` of it goes to the agent who takes part.
    """

    operation: str
    paid_by: str
    flat_minor: int
    permille: int
    minimum_minor: int
    maximum_minor: int | None
    agent_permille: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyPair:
    """One unit of `base` is worth `numerator`/`denominator` units of `quote`, until a day.

    `spread_permille` is what the provider keeps of an exchange, in either direction.
    """

    base: str
    quote: str
    numerator: int
    denominator: int
    spread_permille: int
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the provider and its customers agreed on besides security.

    `agent_float_minor`: most that an agent's account may hold; None without agents.
    `step_up_sum_minor`: the PIN is asked for when so much was moved since it was last verified.
    `dormant_after_days`: an account without orders of its holder for so long sleeps; None: never.
    """

    fees: Mapping[str, FeeRule] = field(default_factory=dict)
    pairs: tuple[CurrencyPair, ...] = ()
    agent_float_minor: int | None = None
    step_up_sum_minor: int | None = None
    dormant_after_days: int | None = None
    reversal_days: int = 7
    refund_days: int = 90
    hold_days: int = 14

    def currencies(self) -> tuple[str, ...]:
        """Every currency of a pair, sorted."""
        return tuple(sorted({name for pair in self.pairs for name in (pair.base, pair.quote)}))


def terms_of(service: Service) -> Terms:
    """The terms that a service file states."""
    operations = service.operations
    return Terms(
        fees={fee.operation: _fee(fee) for fee in sorted(service.fees, key=lambda f: f.operation)},
        pairs=tuple(_pair(pair) for pair in service.pairs),
        agent_float_minor=service.agents.float_minor if service.agents.count else None,
        step_up_sum_minor=operations.step_up_sum_minor,
        dormant_after_days=service.dormant_after_days,
        reversal_days=operations.reversal_days,
        refund_days=operations.refund_days,
        hold_days=operations.hold_days,
    )


def _fee(stated: StatedFee) -> FeeRule:
    return FeeRule(
        operation=stated.operation,
        paid_by=stated.paid_by,
        flat_minor=stated.flat_minor,
        permille=stated.permille,
        minimum_minor=stated.minimum_minor,
        maximum_minor=stated.maximum_minor,
        agent_permille=stated.agent_permille,
    )


def _pair(stated: StatedPair) -> CurrencyPair:
    rate = Fraction(stated.rate)
    return CurrencyPair(
        base=stated.base,
        quote=stated.quote,
        numerator=rate.numerator,
        denominator=rate.denominator,
        spread_permille=stated.spread_permille,
        until=stated.until,
    )

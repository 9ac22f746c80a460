"""Fees and commissions: what a payment costs, whose money it is, and where it goes.

Parts of an amount are rounded down to whole minor units: no rounding is to a customer's harm.
"""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.decide.policy import FeeRule
from tallystick.ground.errors import Refused
from tallystick.ground.identifiers import AccountId
from tallystick.protect.emoney.moves import move
from tallystick.protect.enforcement import Transfer

FEES = AccountId("emoney.fees")
"""The provider's own electronic money: fees come in, commissions go out. Its floor is zero."""
FEE, COMMISSION = "fee", "commission"


class FeeMismatch(Refused):
    """The payer did not sign the fee that this payment costs."""

    code, clause = "fee.mismatch", "13"


class FeeExceedsAmount(Refused):
    """The payee would receive nothing: the fee takes it all."""

    code, clause, public_code = "fee.exceeds_amount", "13", "amount.malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What becomes of one payment, in minor units.

    `on_top_minor` is what the payer pays beside the amount; `received_minor` what arrives;
    `charged_minor` goes to the provider, who passes `commission_minor` on to the agent.
    """

    on_top_minor: int
    received_minor: int
    charged_minor: int
    commission_minor: int


def price_of(rule: FeeRule | None, amount_minor: int) -> Price:
    """What a payment of an amount costs under a rule. Refuses: FeeExceedsAmount.

    >>> rule = FeeRule(operation="agent.cash_out", paid_by="payer", flat_minor=1000, permille=5,
    ...                minimum_minor=0, maximum_minor=None, agent_permille=400)
    >>> price = price_of(rule, 100_000)
    >>> price.on_top_minor, price.received_minor, price.commission_minor
    (1500, 100000, 600)
    """
    if rule is None:
        return Price(on_top_minor=0, received_minor=amount_minor, charged_minor=0,
                     commission_minor=0)  # fmt: skip
    fee = max(rule.minimum_minor, rule.flat_minor + amount_minor * rule.permille // 1000)
    if rule.maximum_minor is not None:
        fee = min(fee, rule.maximum_minor)
    on_top = fee if rule.paid_by == "payer" else 0
    taken = fee if rule.paid_by == "payee" else 0
    if taken >= amount_minor:
        raise FeeExceedsAmount("the fee is not less than the amount")
    return Price(
        on_top_minor=on_top,
        received_minor=amount_minor - taken,
        charged_minor=on_top + taken,
        commission_minor=fee * rule.agent_permille // 1000,
    )


def fee_transfers(
    *, transfer: str, payer: AccountId, price: Price, agent: AccountId | None
) -> tuple[Transfer, ...]:
    """What a payment moves beside its amount: the fee to the provider, the commission on."""
    linked: list[Transfer] = []
    if price.charged_minor:
        linked.append(move(f"{transfer}.{FEE}", payer, FEES, price.charged_minor, FEE))
    if price.commission_minor and agent is not None:
        name = f"{transfer}.{COMMISSION}"
        linked.append(move(name, FEES, agent, price.commission_minor, COMMISSION))
    return tuple(linked)

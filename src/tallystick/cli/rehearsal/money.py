"""Scenes of money that goes further than one payment: cash, fees, refunds, reversals."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tallystick.cli.rehearsal.cast import PIN, Player, fund
from tallystick.cli.rehearsal.stage import Act, Stage
from tallystick.handset import Answer, read_pin

FEES = "emoney.fees"
"""The provider's own account, from which agents' commissions are paid."""


def fund_agent(stage: Stage) -> None:
    """Fill an agent's float by half, and the account of commissions with what a payment moves."""
    agent, currency = stage.cast.agent, stage.policy.currency
    if agent is None:
        return
    most = stage.policy.terms.agent_float_minor or stage.limit(agent)
    fund(stage.cast, agent.account, most // 2, currency=currency, reference="BANK-FLOAT")
    if stage.policy.terms.fees:
        fund(stage.cast, FEES, stage.limit(agent), currency=currency, reference="BANK-OWN")


def money_accepted(stage: Stage) -> Iterator[Act]:
    """Cash in and out, a refund in part, a reversal as a whole."""
    amina, agent, pin = stage.cast.amina, stage.cast.agent, read_pin(PIN)
    amount = stage.amount(stage.step_up())
    if agent is not None:
        cash_in = partial(agent.handset.cash_in, amina.account, amina.name, amount, pin)
        yield "cash in at an agent's, out of the float", "ok", cash_in
        cash_out = partial(amina.handset.cash_out, agent.account, agent.name, amount, pin)
        yield "cash out at an agent's, with its fee", "ok", cash_out
    if stage.paying() != "banking.transfer":
        yield "a payment is given back in part", "ok", partial(_refund, stage, permille=400)
        yield "a payment is taken back as a whole", "ok", partial(_reverse, stage, times=1)


def money_refused(stage: Stage) -> Iterator[Act]:
    """A fee that was not signed, more back than was paid, a second reversal."""
    amina, agent = stage.cast.amina, stage.cast.agent
    fee = stage.policy.terms.fees.get("agent.cash_out")
    if agent is not None and fee is not None and fee.paid_by == "payer":
        yield "cash out without the fee", "fee.mismatch", partial(_without_fee, stage, amina, agent)
    if stage.paying() != "banking.transfer":
        yield "more back than was paid", "payment.corrected", partial(_refund, stage, permille=1001)
        yield "a payment taken back twice", "payment.corrected", partial(_reverse, stage, times=2)


def _payment(stage: Stage) -> tuple[Answer, Player, Player]:
    """An honest payment: its answer, who paid and who was paid."""
    brian = stage.cast.brian
    paid = stage.cast.amina if stage.paying() == "remote.pay" else stage.cast.shop
    return stage.pay(brian, stage.step_up(), read_pin(PIN)), brian, paid


def _name(answer: Answer) -> str:
    return f"{answer.leaf['device']}.{answer.leaf['request']}"


def _refund(stage: Stage, *, permille: int) -> Answer:
    answer, payer, payee = _payment(stage)
    if not answer.accepted:
        return answer
    back = -(-stage.step_up() * permille // 1000)
    return payee.handset.refund(_name(answer), payer.account, stage.amount(back), read_pin(PIN))


def _reverse(stage: Stage, *, times: int) -> Answer:
    answer, _, _ = _payment(stage)
    for _ in range(times if answer.accepted else 0):
        seen = stage.cast.backoffice.reverse(_name(answer), "paid to the wrong person")
    return seen if answer.accepted else answer


def _without_fee(stage: Stage, payer: Player, agent: Player) -> Answer:
    order = payer.handset.order_payment(
        "agent.cash_out", agent.account, agent.name, stage.amount(stage.step_up()),
        pin=read_pin(PIN), fee=stage.amount(0),
    )  # fmt: skip
    return payer.handset.send(order)

"""Cash at an agent's: it changes hands at the counter, and e-money goes the other way."""

from __future__ import annotations

from tallystick.ground.identifiers import AccountId
from tallystick.protect.corridor import (
    Decision,
    PayeeMismatch,
    PaymentBody,
    Visit,
    authorise_payment,
    clear_payment,
    post_payment,
    read_body,
    resolve_payee,
)


def cash_in(visit: Visit) -> Decision:
    """The agent took cash and pays as much from the float into the customer's wallet."""
    intent = authorise_payment(visit, read_body(visit.message.body, PaymentBody))
    customer = resolve_payee(visit, intent)
    if customer.role == "agent":
        raise PayeeMismatch("an agent's float is not filled by another agent's cash")
    clear_payment(visit, intent, customer)
    return post_payment(visit, intent, agent=visit.device.account)


def cash_out(visit: Visit) -> Decision:
    """The customer pays the agent, who hands out cash once the payment stands."""
    intent = authorise_payment(visit, read_body(visit.message.body, PaymentBody))
    agent = resolve_payee(visit, intent)
    if agent.role != "agent":
        raise PayeeMismatch("the payee is not an agent")
    clear_payment(visit, intent, agent)
    return post_payment(visit, intent, agent=AccountId(intent.payee_id))

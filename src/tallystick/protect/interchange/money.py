"""Money at a partner's request: from its own account, or under what a customer signed."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from tallystick.crypto.mechanisms import SignatureRefused, es256_verify
from tallystick.ground.facts import INTENT_SIGNED
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url
from tallystick.ground.money import Amount
from tallystick.protect import emoney
from tallystick.protect.corridor import (
    CollectBody,
    Decision,
    Leg,
    PayBody,
    RefundBody,
    SettleHoldBody,
    Visit,
    clear_leg,
    post,
    read_body,
)
from tallystick.protect.devices import DEVICES, DeviceState
from tallystick.protect.enforcement import Mark, Transfer, TransferKind
from tallystick.protect.interchange.parties import (
    account_named,
    amount_of,
    partner_of,
    payee_named,
    write_down,
)
from tallystick.protect.partners import (
    AUTHORITIES,
    COLLECTED,
    PARTNER_HOLDS,
    Authority,
    AuthorityRefused,
    Collected,
    PartnerHold,
    RefundRefused,
    authority_key,
    draw_on,
    order_key,
)


def pay(visit: Visit) -> Decision:
    """Pay a customer from the partner's own account."""
    partner_of(visit)
    leg = _own_leg(visit)
    transfer = emoney.pay(
        transfer=visit.transfer_id,
        payer=leg.payer,
        payee=leg.payee,
        amount_minor=leg.amount_minor,
        operation=visit.message.operation,
    )
    return _told(post(visit, transfer), transfer=transfer.id)


def hold(visit: Visit) -> Decision:
    """Reserve the partner's own money for a customer until the partner settles."""
    partner_of(visit)
    leg = _own_leg(visit)
    transfer = Transfer(
        id=visit.transfer_id,
        kind=TransferKind.HOLD,
        debit=leg.payer,
        credit=leg.payee,
        amount_minor=leg.amount_minor,
        purpose=visit.message.operation,
    )
    held = PartnerHold.of(transfer, partner=visit.device.id)
    visit.marks.append(Mark(PARTNER_HOLDS, held.id, held))
    return _told(post(visit, transfer), hold=held.id)


def settle(visit: Visit) -> Decision:
    """Post or void a hold between a customer and this partner, once.

    The hold is named by the partner's own request id, or in full where a customer reserved.
    """
    partner_of(visit)
    body = read_body(visit.message.body, SettleHoldBody)
    name = body.hold if "." in body.hold else order_key(visit.device.id, body.hold)
    held = visit.desk.registers.get(PARTNER_HOLDS, name)
    if held is None or held.partner != visit.device.id or held.resolved:
        raise emoney.HoldUnknown("no open hold of that name")
    amount = Amount(minor=held.amount_minor, currency=visit.desk.policy.currency)
    write_down(visit, held.debit, held.credit, amount)
    transfer = Transfer(
        id=visit.transfer_id,
        kind=TransferKind.POST if body.verdict == "post" else TransferKind.VOID,
        debit=held.debit,
        credit=held.credit,
        amount_minor=held.amount_minor,
        purpose=visit.message.operation,
        pending=held.id,
    )
    visit.marks.append(Mark(PARTNER_HOLDS, held.id, replace(held, resolved=transfer.id)))
    return _told(post(visit, transfer), transfer=transfer.id)


def collect(visit: Visit) -> Decision:
    """Take money from a customer under a code or a mandate that the customer signed."""
    partner_of(visit)
    body = read_body(visit.message.body, CollectBody)
    amount = amount_of(visit, body.amount, body.currency)
    before = visit.desk.registers.get(AUTHORITIES, authority_key(body.authority))
    after = draw_on(
        before, payee=visit.device.account, amount_minor=amount.minor, now_ms=visit.now_ms
    )
    if body.payer is not None and account_named(visit, body.payer) != after.account:
        raise AuthorityRefused("the authority is another customer's")
    write_down(visit, after.account, visit.device.account, amount)
    demand_signed(visit, after)
    leg = Leg(
        payer=after.account,
        payee=visit.device.account,
        amount_minor=amount.minor,
        device=after.device,
    )
    clear_leg(visit, leg)
    transfer = Transfer(
        id=visit.transfer_id,
        kind=TransferKind.POST if after.hold else TransferKind.MOVE,
        debit=leg.payer,
        credit=leg.payee,
        amount_minor=amount.minor,
        purpose=visit.message.operation,
        pending=after.hold or None,
    )
    paid = Collected(transfer=transfer.id, payer=leg.payer, amount_minor=amount.minor)
    visit.marks += [
        Mark(AUTHORITIES, authority_key(after.name), after),
        Mark(COLLECTED, order_key(visit.device.id, visit.message.request), paid),
    ]
    return _told(post(visit, transfer), transfer=transfer.id)


def refund(visit: Visit) -> Decision:
    """Give back what was collected, in whole or in part, and never more."""
    partner_of(visit)
    body = read_body(visit.message.body, RefundBody)
    key = order_key(visit.device.id, body.original)
    paid = visit.desk.registers.get(COLLECTED, key)
    if paid is None:
        raise RefundRefused("nothing was collected under this name")
    amount = Amount(
        minor=paid.amount_minor - paid.refunded_minor, currency=visit.desk.policy.currency
    )
    if body.amount is not None:
        amount = amount_of(visit, body.amount, body.currency)
    after = paid.refund(amount.minor)
    leg = Leg(
        payer=visit.device.account, payee=paid.payer, amount_minor=amount.minor, counted=False
    )
    write_down(visit, leg.payer, leg.payee, amount)
    clear_leg(visit, leg)
    transfer = emoney.pay(
        transfer=visit.transfer_id,
        payer=leg.payer,
        payee=leg.payee,
        amount_minor=amount.minor,
        operation=visit.message.operation,
    )
    visit.marks.append(Mark(COLLECTED, key, after))
    return _told(post(visit, transfer), transfer=transfer.id)


def demand_signed(visit: Visit, authority: Authority) -> None:
    """The customer's signature over the terms holds, and the handset that made it may still act.

    Refuses: AuthorityRefused.
    """
    device = visit.desk.registers.get(DEVICES, authority.device)
    if device is None or device.state is not DeviceState.BOUND:
        raise AuthorityRefused("the handset that signed may not act any more")
    try:
        es256_verify(
            public=device.signature_key,
            octets=authority.signed.encode("ascii"),
            signature=from_base64url(authority.signature),
        )
    except (SignatureRefused, NotAnIdentifier) as refusal:
        raise AuthorityRefused("the terms are not as they were signed") from refusal
    visit.slip.instruction, visit.instruction = authority.instruction, authority.words
    visit.tally.notch(
        INTENT_SIGNED,
        "C-INTENT-SIGN",
        instruction=authority.instruction,
        device=authority.device,
    )


def _own_leg(visit: Visit) -> Leg:
    """From the partner's account to a customer's, cleared."""
    body = read_body(visit.message.body, PayBody)
    amount = amount_of(visit, body.amount, body.currency)
    payee = payee_named(visit, body.payee)
    leg = Leg(payer=visit.device.account, payee=payee, amount_minor=amount.minor)
    write_down(visit, leg.payer, leg.payee, amount)
    clear_leg(visit, leg)
    return leg


def _told(decision: Decision, **data: str) -> Decision:
    return replace(decision, data=msgspec.json.encode(data))

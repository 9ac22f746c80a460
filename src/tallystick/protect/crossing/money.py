"""Both ends of a crossing: the credit on the payee's shard, the resolution on the payer's."""

from __future__ import annotations

from dataclasses import replace

from tallystick.ground.facts import PARTIES_CLEAR, PAYEE_RESOLVED, TIER_WITHIN
from tallystick.ground.identifiers import AccountId
from tallystick.protect import emoney
from tallystick.protect.corridor import (
    Decision,
    PayeeMismatch,
    PayeeUnknown,
    Visit,
    demand_room,
    holder_of,
    post,
    same_name,
)
from tallystick.protect.crossing.halves import (
    CrossingRefused,
    HeldFor,
    read_credit,
    read_resolve,
)
from tallystick.protect.diligence import CustomerRecord
from tallystick.protect.enforcement import Mark, Transfer, TransferKind
from tallystick.protect.screening import Party, check_parties
from tallystick.protect.shards import (
    CROSSINGS,
    UNDER_WAY,
    UNDER_WAY_KEY,
    Crossing,
    clearing_account,
    crossing_request,
    shard_device,
)
from tallystick.protect.signatures import read_shown


def credit(visit: Visit) -> Decision:
    """Credit the payee of a payment that another shard holds, from its clearing account."""
    held = read_credit(visit.message.body)
    leaf = held.leaf
    shards, clearing = visit.desk.shards, visit.device.account
    if (
        held.account != clearing_account(shards.number)
        or leaf.currency != visit.desk.policy.currency
    ):
        raise CrossingRefused("the money is not on hold for this shard")
    if shards.keeper(leaf.payee) != shards.number:
        raise PayeeUnknown("another shard keeps this account")
    visit.slip.payer, visit.slip.payee = clearing, leaf.payee
    visit.slip.amount_minor, visit.slip.currency = held.amount_minor, leaf.currency
    payee = holder_of(visit, AccountId(leaf.payee))
    shown = read_shown(held.signed)
    if shown.payee_id != leaf.payee or not same_name(payee.name, shown.payee_name):
        raise PayeeMismatch("the payee's registered name is another")
    _clear_payee(visit, payee, held)
    moved = emoney.pay(
        transfer=visit.transfer_id,
        payer=clearing,
        payee=AccountId(leaf.payee),
        amount_minor=held.amount_minor,
        operation=visit.message.operation,
    )
    return post(visit, moved)


def _clear_payee(visit: Visit, payee: CustomerRecord, held: HeldFor) -> None:
    """The payee's side of `clear_payment`; the payer's was asked where the hold stands."""
    if visit.tally.demands(PAYEE_RESOLVED):
        visit.tally.notch(PAYEE_RESOLVED, "C-PAYEE-RESOLVE")
    if visit.tally.demands(TIER_WITHIN):
        demand_room(visit, payee, AccountId(held.leaf.payee), held.amount_minor)
        visit.tally.notch(TIER_WITHIN, "C-TIER-LIMITS", tier=payee.tier)
    if visit.tally.demands(PARTIES_CLEAR):
        seen = check_parties(visit.desk.screening, (Party.of("payee", payee),))
        visit.tally.notch(PARTIES_CLEAR, "C-SCREEN-NAMES", **seen)


def resolve(visit: Visit) -> Decision:
    """Post the hold of a payment that was credited there, give back one that was refused; once."""
    name, answer = read_resolve(visit.message.body)
    crossing = visit.desk.registers.get(CROSSINGS, name)
    if crossing is None or crossing.resolved or shard_device(crossing.shard) != visit.device.id:
        raise emoney.HoldUnknown("no open crossing of that name")
    if answer.request != _presented(visit, crossing):
        raise CrossingRefused("the answer is to another crossing")
    credited = answer.outcome == "accepted"
    if credited and (answer.payee, answer.amount_minor) != (crossing.payee, crossing.amount_minor):
        raise CrossingRefused("something else was credited")
    resolved = Transfer(
        id=visit.transfer_id,
        kind=TransferKind.POST if credited else TransferKind.VOID,
        debit=crossing.payer,
        credit=visit.device.account,
        amount_minor=crossing.amount_minor,
        purpose=visit.message.operation,
        pending=crossing.id,
    )
    visit.slip.payer, visit.slip.payee = crossing.payer, visit.device.account
    visit.slip.amount_minor = crossing.amount_minor
    visit.slip.currency = visit.desk.policy.currency
    under_way = visit.desk.registers.get(UNDER_WAY, UNDER_WAY_KEY) or []
    visit.marks += [
        Mark(CROSSINGS, crossing.id, replace(crossing, resolved=resolved.id)),
        Mark(UNDER_WAY, UNDER_WAY_KEY, [other for other in under_way if other != crossing.id]),
    ]
    return post(visit, resolved, *emoney.held_fee(crossing.fee_minor, resolved))


def _presented(visit: Visit, crossing: Crossing) -> str:
    """The request id under which our leaf was presented to the other shard."""
    (recorded,) = visit.desk.books.recorded([(crossing.device, crossing.request)])
    if recorded is None:
        raise CrossingRefused("the crossing is not committed")
    return crossing_request(recorded.committed.leaf)

"""A payment to an account that another shard keeps: held here until it was credited there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from tallystick.ground.facts import PAYEE_RESOLVED
from tallystick.ground.identifiers import AccountId
from tallystick.protect import emoney
from tallystick.protect.corridor.desk import Decision, Visit
from tallystick.protect.corridor.payments import clear_payment, post
from tallystick.protect.corridor.terms import price_signed
from tallystick.protect.enforcement import Mark, ServiceClosed, Transfer, TransferKind, posting
from tallystick.protect.shards import (
    CROSSINGS,
    UNDER_WAY,
    UNDER_WAY_KEY,
    Crossing,
    clearing_account,
)
from tallystick.protect.signatures import Intent

UNDER_WAY_MAX = 2_000
"""So many payments are on their way at once; each one writes their list anew."""


def send_elsewhere(visit: Visit, intent: Intent, shard: int) -> Decision:
    """Hold the money for the other shard's clearing account.

    Whether the payee exists, has the name that was shown and may hold so much is for the shard that
    keeps the account to say: it credits the payee or refuses, and the hold is posted or voided.
    The fee is on hold beside it: what comes back never depends on what the provider has.
    Refuses: ServiceClosed while too much is on its way to a shard that does not answer.
    """
    under_way = visit.desk.registers.get(UNDER_WAY, UNDER_WAY_KEY) or []
    _demand_room(visit, under_way, shard)
    if visit.tally.demands(PAYEE_RESOLVED):
        visit.tally.notch(PAYEE_RESOLVED, "C-PAYEE-RESOLVE", shard=shard)
    clear_payment(visit, intent, None)
    price = price_signed(visit, intent)
    held = Transfer(
        id=visit.transfer_id,
        kind=TransferKind.HOLD,
        debit=visit.device.account,
        credit=clearing_account(shard),
        amount_minor=price.received_minor,
        purpose=visit.message.operation,
    )
    fees = emoney.fee_transfers(transfer=held.id, payer=held.debit, price=price, agent=None)
    linked = tuple(replace(fee, kind=TransferKind.HOLD) for fee in fees)
    crossing = Crossing(
        id=held.id,
        device=visit.device.id,
        request=visit.message.request,
        payer=held.debit,
        payee=AccountId(intent.payee_id),
        amount_minor=held.amount_minor,
        fee_minor=price.charged_minor,
        shard=shard,
        signed=visit.instruction.signed.decode("ascii") if visit.instruction else "",
        transfers=msgspec.json.encode([posting(one) for one in (held, *linked)]).decode(),
    )
    visit.marks += [
        Mark(CROSSINGS, crossing.id, crossing),
        Mark(UNDER_WAY, UNDER_WAY_KEY, [*under_way, crossing.id]),
    ]
    return post(visit, held, *linked, fee_minor=price.on_top_minor)


def _demand_room(visit: Visit, under_way: Sequence[str], shard: int) -> None:
    """When much is on its way, no shard may have more of it than its part: one that does not
    answer keeps nobody from paying at the others."""
    if len(under_way) < UNDER_WAY_MAX:
        return
    known = (visit.desk.registers.get(CROSSINGS, name) for name in under_way)
    theirs = sum(1 for one in known if one is not None and one.shard == shard)
    if theirs * len(visit.desk.shards.peers) >= UNDER_WAY_MAX:
        raise ServiceClosed("too much is on its way to that shard")

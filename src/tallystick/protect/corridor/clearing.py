"""May so much go from one holder's account to another's? Asked for orders that partners send."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.decide.policy.tables import WITHIN
from tallystick.ground.facts import PARTIES_CLEAR, RISK_ACCEPTABLE, TIER_WITHIN
from tallystick.ground.identifiers import AccountId
from tallystick.protect.corridor.desk import Visit
from tallystick.protect.corridor.payments import PayeeUnknown, demand_room
from tallystick.protect.corridor.terms import demand_awake
from tallystick.protect.diligence import (
    CUSTOMERS,
    ORGANISATIONS,
    USAGES,
    CustomerRecord,
    check_tier,
)
from tallystick.protect.emoney import AccountUnknown
from tallystick.protect.enforcement import Mark
from tallystick.protect.monitoring import Movement, check_risk
from tallystick.protect.screening import Party, check_parties

ASKED_AS = "request.approve"
"""Of partners' orders the tables of handset and tier are asked what they say of this payment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """So much from one account to another, in minor units.

    `counted`: whether it uses up the payer's limits; money that goes back does not.
    `device`: the handset that signed for it, where another device than the asking one did.
    """

    payer: AccountId
    payee: AccountId
    amount_minor: int
    counted: bool = True
    device: str = ""


def holder_of(visit: Visit, account: AccountId) -> CustomerRecord:
    """Who holds an account. Refuses: PayeeUnknown where nobody is registered for it."""
    try:
        owner = visit.desk.ledger.account(account).owner
    except AccountUnknown:
        raise PayeeUnknown("no such account") from None
    holder = visit.desk.registers.get(CUSTOMERS, owner)
    if holder is None:
        raise PayeeUnknown("nobody holds this account")
    return holder


def clear_leg(visit: Visit, leg: Leg) -> None:
    """Limits of both tiers, names, patterns of abuse: each when the policy demands its fact.

    Refuses: PayeeUnknown, AccountDormant, TierExceeded, PartyListed, and what monitoring refuses.
    """
    payer, payee = holder_of(visit, leg.payer), holder_of(visit, leg.payee)
    if leg.counted:
        demand_awake(visit, leg.payer, payer.id)
    if visit.tally.demands(TIER_WITHIN):
        _check_tiers(visit, leg, payer, payee)
    if visit.tally.demands(PARTIES_CLEAR):
        both = (Party.of("payer", payer), Party.of("payee", payee))
        seen = check_parties(visit.desk.screening, both)
        visit.tally.notch(PARTIES_CLEAR, "C-SCREEN-NAMES", **seen)
    if visit.tally.demands(RISK_ACCEPTABLE):
        _check_risk(visit, leg, payer)


def _check_tiers(visit: Visit, leg: Leg, payer: CustomerRecord, payee: CustomerRecord) -> None:
    tiers = visit.desk.policy.tiers
    if leg.counted:
        answer = visit.desk.matcher.tier(ASKED_AS, payer.tier, leg.amount_minor)
        used = check_tier(
            limits=tiers[payer.tier],
            within=answer == WITHIN,
            amount_minor=leg.amount_minor,
            usage=visit.desk.registers.get(USAGES, leg.payer),
            now_ms=visit.now_ms,
        )
        visit.marks.append(Mark(USAGES, leg.payer, used))
    demand_room(visit, payee, leg.payee, leg.amount_minor)
    visit.tally.notch(TIER_WITHIN, "C-TIER-LIMITS", tier=payer.tier)


def _check_risk(visit: Visit, leg: Leg, payer: CustomerRecord) -> None:
    policy = visit.desk.policy
    candidate = Movement(
        seq=0,
        at_ms=visit.now_ms,
        kind=visit.message.operation,
        payer=leg.payer,
        payee=leg.payee,
        amount_minor=leg.amount_minor,
        device=leg.device or visit.device.id,
    )
    rules = policy.typologies
    if payer.role in ORGANISATIONS:  # a server that pays wages is faster than people are
        rules = tuple(rule for rule in rules if rule.id != "velocity")
    if payer.role == "hub":  # many people's money under one name: only the payee's side tells
        rules = tuple(rule for rule in rules if rule.id == "fan_in")
    limit_minor = policy.tiers[payer.tier].per_transaction_minor
    findings = visit.desk.windows.decide(candidate, rules, limit_minor=limit_minor)
    visit.tally.notch(RISK_ACCEPTABLE, "C-MON-TYPOLOGIES", alerts=check_risk(findings))

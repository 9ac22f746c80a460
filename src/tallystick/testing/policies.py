"""A policy to test with: every operation, round numbers, nothing left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tallystick.decide.policy import (
    ChosenControl,
    OperationRule,
    SecurityPolicy,
    Terms,
    TierLimits,
    TypologyRule,
    policy_plain,
)
from tallystick.decide.policy.tables import decision_tables, tables_digest
from tallystick.ground.canonical import digest_of
from tallystick.ground.facts import (
    APPLICATION_SOUND,
    CUSTOMER_AUTHENTICATED,
    DEVICE_AUTHENTICATED,
    INTENT_SIGNED,
    MESSAGE_FRESH,
    PARTIES_CLEAR,
    PAYEE_RESOLVED,
    PAYMENT_FACTS,
    RECEIPT_BOUND,
    RISK_ACCEPTABLE,
    TIER_WITHIN,
    TRANSFER_POSTED,
)
from tallystick.standard import PAYMENT_KINDS, SERVER_KINDS

STEP_UP_MINOR = 50_000
"""From here on a payment of the example policy asks for the transaction PIN."""
CAPS_MINOR: Mapping[str, int] = {"se": 7_000_000, "tee": 7_000_000, "software": 2_000_000}

_RECOGNISED = (DEVICE_AUTHENTICATED, APPLICATION_SOUND, MESSAGE_FRESH)
_PERSONS = ("customer", "merchant", "agent")
_PARAMETERS: Mapping[str, int] = {
    "application.version_min": 1,
    "challenge.lifetime_s": 20,
    "counter.skip_max": 1000,
    "evidence.checkpoint_s": 3600,
    "grant.lifetime_s": 900,
    "message.window_s": 120,
    "pin.digits_min": 4,
    "pin.lock_s": 3600,
    "pin.tries_max": 3,
    "policy.validity_days": 365,
    "proof.window_s": 60,
    "retention.customer_days": 3650,
    "retention.statement_days": 3650,
    "retention.tally_days": 3650,
    "screening.match_permille": 850,
    "strength.bits_min": 128,
    "safeguarding.breaks_max": 0,
    "purse.cap_permille": 100,
    "purse.lifetime_days": 30,
    "purse.grace_days": 7,
}


def example_policy(
    *,
    parameters: Mapping[str, int] | None = None,
    facts: Mapping[str, Sequence[str]] | None = None,
    typologies: Sequence[TypologyRule] = (),
    terms: Terms | None = None,
) -> SecurityPolicy:
    """A small whole policy in KES with two tiers, without typologies unless some are given.

    Takes: `parameters` to set otherwise; `facts` to demand of an operation instead of the usual;
           `terms`, by default without fees, exchange or sleep.
    """
    rules = [_rule(kind, roles, facts or {}) for kind, roles in _ROLES.items()]
    return sealed_again(
        SecurityPolicy(
            service_id="example-wallet",
            provider="Example Money Ltd",
            jurisdiction="KE",
            currency="KES",
            analysis=digest_of("analysis"),
            catalogue=digest_of("catalogue"),
            controls=(_control("C-SCREEN-NAMES", "Names are screened", "screening"),),
            declined={},
            operations={rule.operation: rule for rule in rules},
            tiers={tier.tier: tier for tier in _TIERS},
            parameters={**_PARAMETERS, **(parameters or {})},
            typologies=tuple(typologies),
            requirements=(),
            optimum={},
            digest="",
            terms=terms or Terms(),
        )
    )


def sealed_again(policy: SecurityPolicy) -> SecurityPolicy:
    """The same policy with the digests of what it says now; for policies that a test altered."""
    tabled = replace(policy, tables=tables_digest(decision_tables(policy)))
    plain = {name: value for name, value in policy_plain(tabled).items() if name != "digest"}
    return replace(tabled, digest=digest_of(plain))


_ROLES: Mapping[str, tuple[str, ...]] = {
    "remote.pay": _PERSONS,
    "merchant.pay": _PERSONS,
    "banking.balance": _PERSONS,
    "banking.statement": _PERSONS,
    "banking.transfer": _PERSONS,
    "purse.load": _PERSONS,
    "purse.deposit": _PERSONS,
    "purse.unload": _PERSONS,
    "purse.reserve": ("treasury",),
    "funds.confirm": ("treasury",),
    "emoney.issue": ("treasury",),
    "emoney.settle": ("treasury",),
    "payouts.list": ("treasury",),
    "books.reconcile": ("treasury",),
    "customer.register": ("backoffice",),
    "device.offer": ("backoffice",),
    "device.suspend": ("backoffice", *_PERSONS),
    "device.revoke": ("backoffice", *_PERSONS),
    "evidence.record": ("laboratory",),
    "code.create": _PERSONS,
    "code.reserve": _PERSONS,
    "code.release": _PERSONS,
    "mandate.create": _PERSONS,
    "authority.end": _PERSONS,
    "request.list": _PERSONS,
    "request.approve": _PERSONS,
    "request.decline": _PERSONS,
    "partner.register": ("backoffice",),
    "interop.find": _PERSONS,
    "interop.show": _PERSONS,
    "interop.pay": _PERSONS,
    **{
        kind: ("hub",) if kind.startswith("interop.") else ("partner", "hub")
        for kind in SERVER_KINDS
    },
    "agent.cash_in": ("agent",),
    "agent.cash_out": ("customer", "merchant"),
    "reservation.make": _PERSONS,
    "reservation.capture": ("merchant",),
    "reservation.release": ("merchant",),
    "reservation.list": _PERSONS,
    "payment.quote": _PERSONS,
    "payment.refund": _PERSONS,
    "payment.reverse": ("backoffice",),
    "emoney.expire": ("treasury",),
    "account.open": _PERSONS,
    "account.reactivate": _PERSONS,
    "fx.exchange": _PERSONS,
    "shard.credit": ("shard",),
    "shard.resolve": ("shard",),
}
_SIGNED = (CUSTOMER_AUTHENTICATED, INTENT_SIGNED, TIER_WITHIN)
_CLEARED = (TIER_WITHIN, PARTIES_CLEAR, RISK_ACCEPTABLE, TRANSFER_POSTED)
_BEFORE_RECEIPT: Mapping[str, tuple[str, ...]] = {
    "purse.deposit": (PARTIES_CLEAR, TRANSFER_POSTED),
    "purse.unload": (TRANSFER_POSTED,),
    "purse.reserve": (TRANSFER_POSTED,),
    "funds.confirm": (TRANSFER_POSTED,),
    "emoney.issue": (TRANSFER_POSTED,),
    "emoney.settle": (TRANSFER_POSTED,),
    "emoney.expire": (TRANSFER_POSTED,),
    "payment.reverse": (TRANSFER_POSTED,),
    "reservation.capture": (PARTIES_CLEAR, TRANSFER_POSTED),
    "reservation.release": (TRANSFER_POSTED,),
    "account.reactivate": (CUSTOMER_AUTHENTICATED,),
    "customer.register": (TIER_WITHIN, PARTIES_CLEAR),
    "code.create": _SIGNED,
    "code.reserve": (*_SIGNED, TRANSFER_POSTED),
    "code.release": (TRANSFER_POSTED,),
    "mandate.create": _SIGNED,
    "partner.register": (TIER_WITHIN, PARTIES_CLEAR),
    "partner.pay": (PAYEE_RESOLVED, *_CLEARED),
    "partner.collect": (INTENT_SIGNED, *_CLEARED),
    "partner.refund": (TIER_WITHIN, PARTIES_CLEAR, TRANSFER_POSTED),
    "partner.hold": (PAYEE_RESOLVED, *_CLEARED),
    "partner.settle": (TRANSFER_POSTED,),
    "interop.receive": (PAYEE_RESOLVED, *_CLEARED),
    "shard.credit": (PAYEE_RESOLVED, TIER_WITHIN, PARTIES_CLEAR, TRANSFER_POSTED),
    "shard.resolve": (TRANSFER_POSTED,),
}
_UNLIMITED: Mapping[str, tuple[str, ...]] = {
    "payment.refund": (TIER_WITHIN, RISK_ACCEPTABLE),
    "fx.exchange": (PAYEE_RESOLVED, TIER_WITHIN, PARTIES_CLEAR, RISK_ACCEPTABLE),
}
_TIERS = (
    TierLimits(
        tier="tier1",
        per_transaction_minor=300_000,
        per_day_minor=1_000_000,
        per_month_minor=3_000_000,
        balance_minor=2_000_000,
    ),
    TierLimits(
        tier="tier2",
        per_transaction_minor=7_000_000,
        per_day_minor=14_000_000,
        per_month_minor=60_000_000,
        balance_minor=30_000_000,
    ),
)


def _rule(kind: str, roles: tuple[str, ...], facts: Mapping[str, Sequence[str]]) -> OperationRule:
    pays = kind in PAYMENT_KINDS
    seen = (DEVICE_AUTHENTICATED, MESSAGE_FRESH) if kind in SERVER_KINDS else _RECOGNISED
    usual = _paying(kind) if pays else (*seen, *_BEFORE_RECEIPT.get(kind, ()), RECEIPT_BOUND)
    return OperationRule(
        operation=kind,
        roles=roles,
        facts=tuple(facts.get(kind, usual)),
        step_up_minor=STEP_UP_MINOR if pays else None,
        amount_max_minor=dict(CAPS_MINOR) if pays else {},
    )


def _paying(kind: str) -> tuple[str, ...]:
    """Giving money back and exchanging one's own counts against no limit and is no pattern."""
    without = _UNLIMITED.get(kind, ())
    return tuple(fact for fact in PAYMENT_FACTS if fact not in without)


def _control(name: str, title: str, room: str) -> ChosenControl:
    return ChosenControl(
        id=name,
        title=title,
        layer="application",
        room=room,
        requirements=(),
        threats=(),
        build_days=0,
        run_days=0,
    )

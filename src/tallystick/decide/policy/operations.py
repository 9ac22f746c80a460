"""What each kind of operation needs before it may take effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tallystick.decide.policy.model import OperationRule
from tallystick.decide.policy.tables import ENVIRONMENT_CONTROL
from tallystick.describe import OFFERED_BY, Service
from tallystick.ground.facts import APPLICATION_SOUND, CUSTOMER_AUTHENTICATED, PAYMENT_FACTS
from tallystick.standard import OPERATION_KINDS, PAYMENT_KINDS, SERVER_KINDS, Countermeasure

ENVIRONMENT_PERMILLE: Mapping[str, int] = {"se": 1000, "tee": 1000, "software": 250}
"""Of the largest tier's limit, what a device may move by where its keys live."""

_PERSONS = ("customer", "merchant", "agent")
_SERVERS = ("partner", "hub")
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
    "partner.pay": _SERVERS,
    "partner.collect": _SERVERS,
    "partner.refund": _SERVERS,
    "partner.hold": _SERVERS,
    "partner.settle": _SERVERS,
    "partner.request": _SERVERS,
    "partner.end": _SERVERS,
    "interop.find": _PERSONS,
    "interop.show": _PERSONS,
    "interop.pay": _PERSONS,
    "interop.quote": ("hub",),
    "interop.receive": ("hub",),
    "interop.refuse": ("hub",),
    "interop.answer": ("hub",),
    "interop.confirm": ("hub",),
    "interop.bulk": ("hub",),
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
    "partner.batch": _SERVERS,
    "partner.quote": _SERVERS,
    "shard.credit": ("shard",),
    "shard.resolve": ("shard",),
}
_NO_JOURNEY = ("nfc_proximate",)


def operation_rules(
    service: Service, controls: Sequence[Countermeasure]
) -> dict[str, OperationRule]:
    """A rule for every operation kind; one that the service does not offer is open to nobody."""
    caps = _amounts_max(service, controls)
    return {kind: _rule(service, controls, kind, caps) for kind in OPERATION_KINDS}


def services_not_run(service: Service) -> tuple[str, ...]:
    """What is offered, planned for, and has no journey in this version."""
    return tuple(name for name in _NO_JOURNEY if name in service.services)


def _rule(
    service: Service, controls: Sequence[Countermeasure], kind: str, caps: Mapping[str, int]
) -> OperationRule:
    facts = demanded_facts(kind, controls)
    pays = kind in PAYMENT_KINDS
    return OperationRule(
        operation=kind,
        roles=_roles(service, kind),
        facts=facts,
        step_up_minor=_step_up(service, kind) if CUSTOMER_AUTHENTICATED in facts else None,
        amount_max_minor=dict(caps) if pays else {},
    )


def demanded_facts(kind: str, controls: Sequence[Countermeasure]) -> tuple[str, ...]:
    """The facts that controls demand of an operation, in the order in which payments meet them.

    A partner's server has no application whose posture could be looked at.
    """
    names = (kind, f"{kind.partition('.')[0]}.*", "*")
    wanted = {
        fact for control in controls for name in names for fact in control.sets.facts.get(name, ())
    }
    if kind in SERVER_KINDS:
        wanted.discard(APPLICATION_SOUND)
    return tuple(fact for fact in PAYMENT_FACTS if fact in wanted)


def _roles(service: Service, kind: str) -> tuple[str, ...]:
    if not _offered(service, kind):
        return ()
    roles = _ROLES[kind]
    return roles if service.agents.count else tuple(role for role in roles if role != "agent")


def _offered(service: Service, kind: str) -> bool:
    """Whether the service has the operation: by what it offers, or by what it states."""
    if kind in ("account.open", "fx.exchange"):
        return bool(service.pairs)
    if kind == "account.reactivate":
        return service.dormant_after_days is not None
    return kind not in OFFERED_BY or bool(set(OFFERED_BY[kind]) & set(service.services))


def _step_up(service: Service, kind: str) -> int:
    operations = service.operations
    if kind == "banking.transfer":
        return operations.transfer_step_up_minor
    return operations.step_up_minor


def _amounts_max(service: Service, controls: Sequence[Countermeasure]) -> dict[str, int]:
    """Most that one payment may move, by secure environment; the owner may ask for less."""
    largest = max(tier.per_transaction_minor for tier in service.tiers)
    capped = any(control.id == ENVIRONMENT_CONTROL for control in controls)
    caps = {
        environment: largest * permille // 1000 if capped else largest
        for environment, permille in ENVIRONMENT_PERMILLE.items()
    }
    stated = service.operations
    caps["tee"] = min(caps["tee"], stated.tee_max_minor or largest)
    caps["software"] = min(caps["software"], caps["tee"], stated.software_max_minor or largest)
    return caps

"""A log as a rehearsal leaves it, with the details that rooms write, and everything around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tallystick.analyse import RiskAnalysis
from tallystick.decide import SecurityPolicy
from tallystick.describe import Service
from tallystick.ground.facts import Fact
from tallystick.prove.certificate import Certificate
from tallystick.prove.dossier import Dossier, close_requirements
from tallystick.standard import load_catalogue
from tests.rooms.prove.logs import NOW_MS, MemoryLog
from tests.rooms.prove.world import World, sign

PAYMENT: Mapping[str, tuple[str, dict[str, str | int]]] = {
    "device.authenticated": ("C-DEV-BIND", {"environment": "tee", "vouched": "device"}),
    "application.sound": ("C-APP-POSTURE", {"version": 1}),
    "message.fresh": ("C-MSG-FRESH", {"counter": 7}),
    "intent.signed": ("C-INTENT-SIGN", {"instruction": "aW5zdHJ1Y3Rpb24tMDAwMDAwMDE"}),
    "customer.authenticated": ("C-CUST-PIN", {"factor": "device+pin"}),
    "payee.resolved": ("C-PAYEE-RESOLVE", {}),
    "tier.within": ("C-TIER-LIMITS", {"tier": "tier2"}),
    "parties.clear": ("C-SCREEN-NAMES", {"list": "example-2026-01", "best_permille": 412}),
    "risk.acceptable": ("C-MON-TYPOLOGIES", {"alerts": 0}),
    "transfer.posted": ("C-LEDGER-DOUBLE", {"transfer": "d-4.request-00000007"}),
    "receipt.bound": ("C-RECEIPT-BOUND", {}),
}
OTHERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "device.enrol": (("device.bound", "C-DEV-BIND"), ("receipt.bound", "C-RECEIPT-BOUND")),
    "customer.register": (("customer.registered", "C-TIER-LIMITS"),),
    "device.suspend": (("device.suspended", "C-DEV-BIND"),),
    "books.audit": (
        ("books.balanced", "C-LEDGER-DOUBLE"),
        ("funds.safeguarded", "C-SAFEGUARD"),
        ("records.retired", "C-PRIV-RETENTION"),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a report is made from."""

    service: Service
    analysis: RiskAnalysis
    policy: SecurityPolicy
    dossier: Dossier
    certificate: Certificate


def rehearsed_log(policy: str) -> MemoryLog:
    """An opening, enrolments, payments, a refusal, every trial, an audit."""

    def fact(kind: str, control: str, **detail: str | int) -> Fact:
        return Fact(
            kind=kind, subject="s-1", control=control, policy=policy, at_ms=NOW_MS, detail=detail
        )

    log = MemoryLog()
    opened = fact(
        "platform.opened", "C-KEY-SOFTWARE", module="m-1", level="software", keys_level="S1"
    )
    log.record(opened, policy=policy, operation="platform.open", amount_minor=None, currency=None)
    for operation in ("device.enrol", "customer.register", "device.suspend"):
        log.record(
            *(fact(kind, control) for kind, control in OTHERS[operation]),
            policy=policy, operation=operation, amount_minor=None, currency=None,
        )  # fmt: skip
    for amount in (45_000, 150_000, 1_250_050):
        steps = (fact(kind, control, **detail) for kind, (control, detail) in PAYMENT.items())
        log.record(*steps, policy=policy, amount_minor=amount)
    refused = fact("order.refused", "C-REFUSAL-UNIFORM", reason="screening.match")
    log.record(refused, policy=policy, outcome="refused", code="payment.declined")
    stranger = fact("message.refused", "C-REFUSAL-UNIFORM", reason="seal.refused")
    log.record(stranger, policy=policy, outcome="refused", code="message.refused")
    for name, trial in load_catalogue().trials.items():
        log.record(
            fact("trial.withstood", "C-EVIDENCE-LOG", trial=name, threat=trial.threat,
                 expected=trial.expected[0], seen=trial.expected[0]),
            policy=policy, operation="evidence.record", amount_minor=None, currency=None,
        )  # fmt: skip
    log.record(
        *(fact(kind, control) for kind, control in OTHERS["books.audit"]),
        policy=policy, operation="books.audit", amount_minor=None, currency=None,
    )  # fmt: skip
    return log


def told_by(world: World) -> Told:
    """The world's plan with the rehearsed log."""
    dossier = world.close(log=rehearsed_log(world.policy.digest))
    return Told(
        service=world.service,
        analysis=world.analysis,
        policy=world.policy,
        dossier=dossier,
        certificate=sign(dossier, world.source),
    )


def renamed(told: Told, name: str) -> Told:
    """The same service under a stranger's name, planned anew where digests ask for it."""
    from tallystick.analyse import analyse_risk
    from tallystick.decide import compile_policy

    service = replace(
        told.service,
        name=name,
        provider=replace(told.service.provider, name=name),
        parties=tuple(replace(party, name=name) for party in told.service.parties),
        modules=tuple(replace(module, name=name) for module in told.service.modules),
    )
    analysis = analyse_risk(service)
    policy = compile_policy(service, analysis)
    dossier = close_requirements(
        service=service,
        analysis=analysis,
        policy=policy,
        evidence=rehearsed_log(policy.digest),
        now_ms=NOW_MS,
    )
    return Told(
        service=service,
        analysis=analysis,
        policy=policy,
        dossier=dossier,
        certificate=sign(dossier, None),
    )

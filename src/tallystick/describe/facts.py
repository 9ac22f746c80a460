"""The facts of a service, in the vocabulary in which the catalogue's rules ask."""

from __future__ import annotations

from tallystick.describe.model import Service
from tallystick.standard.vocabulary import ServiceFacts

_ANONYMOUS = frozenset({"none", "mobile_number"})


def service_facts(service: Service) -> ServiceFacts:
    """Answer every question of the vocabulary for one service."""
    return ServiceFacts(
        {
            "jurisdiction": service.provider.jurisdiction,
            "currency": service.currency,
            "services": frozenset(service.services),
            "modes": frozenset(service.modes),
            "channels": frozenset(service.channels),
            "parties": frozenset({"provider", "customer", *(p.role for p in service.parties)}),
            "handsets": frozenset(handset.kind for handset in service.handsets),
            "handsets.software_permille": environment_permille(service, "software"),
            "environments": frozenset(h.secure_environment for h in service.handsets),
            "crypto_modules": frozenset(module.kind for module in service.modules),
            "crypto_modules.certified": all(module.certificate for module in service.modules),
            "witness": service.witness,
            "data": frozenset(service.retention_days),
            "data.days_max": max(service.retention_days.values()),
            "diligence": frozenset(tier.evidence for tier in service.tiers),
            "tiers.count": len(service.tiers),
            "tiers.anonymous": any(tier.evidence in _ANONYMOUS for tier in service.tiers),
            "agents.count": service.agents.count,
            "customers.count": service.volumes.customers,
            "transactions.per_day": service.volumes.transactions_per_day,
        }
    )


def environment_permille(service: Service, environment: str) -> int:
    """Share of devices that keep their keys in one secure environment (`se`, `tee`, `software`)."""
    return sum(
        handset.share_permille
        for handset in service.handsets
        if handset.secure_environment == environment
    )

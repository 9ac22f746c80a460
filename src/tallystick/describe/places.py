"""The elements that every service of a kind has, before its owner describes any.

Ids are stable, so an owner can refine an element under its id and let flows begin or end there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tallystick.describe.model import Service

_ALWAYS = (
    ("customer", "customer"),
    ("gateway", "gateway"),
    ("server", "server"),
    ("books", "books"),
    ("registers", "registers"),
    ("evidence-log", "evidence_log"),
    ("back-office", "back_office"),
    ("build-chain", "build_chain"),
    ("suppliers", "supplier"),
)
_BY_CHANNEL: Mapping[str, tuple[tuple[str, str], ...]] = {
    "internet": (("internet", "network"),),
    "qr": (("qr-code", "proximity"), ("terminals", "terminal"), ("merchants", "merchant")),
    "nfc": (("nfc-tap", "proximity"), ("terminals", "terminal"), ("merchants", "merchant")),
    "ble": (("ble-link", "proximity"), ("terminals", "terminal"), ("merchants", "merchant")),
    "sms": (("mobile-network", "mobile_network"), ("sim", "sim")),
    "ussd": (("mobile-network", "mobile_network"), ("sim", "sim")),
}
_BY_ROLE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "merchant": (("merchants", "merchant"),),
    "agent": (("agents", "agent"),),
    "mobile_operator": (("mobile-network", "mobile_network"), ("sim", "sim")),
    "trust_bank": (("trust-bank", "bank"),),
    "acquirer": (("acquirer", "partner"),),
    "issuer": (("issuer", "partner"),),
    "payment_scheme": (("payment-scheme", "partner"),),
    "processor": (("processor", "partner"),),
    "token_service_provider": (("token-service-provider", "partner"),),
    "secure_element_issuer": (("secure-element-issuer", "supplier"),),
    "laboratory": (("laboratory", "authority"),),
    "supervisor": (("supervisor", "authority"),),
}

_WITHOUT_APPLICATION = "feature"
"""A kind of handset that only speaks to menus of the mobile network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An element that follows from the facts: its id, its kind, and the secure environment of a
    handset or its keys."""

    id: str
    kind: str
    environment: str = ""


def places_of(
    *,
    handsets: Iterable[tuple[str, str]],
    channels: Iterable[str],
    roles: Iterable[str],
    modules: int,
    agents: int,
    witness: str,
) -> tuple[Place, ...]:
    """The elements that follow from the facts of a service, sorted by id.

    Takes: kind and secure environment of each handset, channels, roles of the other parties, how
    many crypto modules and agents there are, who witnesses the evidence log.
    """
    found, environments = dict(_ALWAYS), {}
    for kind, environment in handsets:
        handset = handset_id(kind, environment)
        found[handset], environments[handset] = "handset", environment
        if kind != _WITHOUT_APPLICATION:
            keys = keys_id(kind, environment)
            found[keys], environments[keys] = "secure_environment", environment
            found[application_id(kind)] = "application"
    for channel in channels:
        found.update(_BY_CHANNEL[channel])
    for role in roles:
        found.update(_BY_ROLE.get(role, ()))
    if agents:
        found.update(_BY_ROLE["agent"])
    if witness != "self":
        found["witness"] = "witness"
    for number in range(1, modules + 1):
        found[module_id(number)] = "crypto_module"
    return tuple(
        Place(id=name, kind=found[name], environment=environments.get(name, ""))
        for name in sorted(found)
    )


def handset_id(kind: str, environment: str) -> str:
    return f"handset-{kind}-{environment}"


def keys_id(kind: str, environment: str) -> str:
    return f"keys-{kind}-{environment}"


def application_id(kind: str) -> str:
    return f"app-{kind}"


def module_id(number: int) -> str:
    return f"module-{number}"


def places_read(read: Mapping[str, Any]) -> tuple[Place, ...]:
    """The same from a file that is still being checked; what could not be read is left out."""
    service = read.get("service", {})
    return places_of(
        handsets=[
            (one["kind"], one["secure_environment"])
            for one in read.get("handset", [])
            if "kind" in one and "secure_environment" in one
        ],
        channels=service.get("channels", []),
        roles=[party["role"] for party in read.get("party", []) if "role" in party],
        modules=len(read.get("crypto_module", [])),
        agents=read.get("agents", {}).get("count", 0),
        witness=read.get("evidence", {}).get("witness", "self"),
    )


def service_places(service: Service) -> tuple[Place, ...]:
    """The elements that follow from the facts of a service, sorted by id."""
    return places_of(
        handsets=[(one.kind, one.secure_environment) for one in service.handsets],
        channels=service.channels,
        roles=[party.role for party in service.parties],
        modules=len(service.modules),
        agents=service.agents.count,
        witness=service.witness,
    )

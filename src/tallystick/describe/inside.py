"""From checked plain values to the frozen `Service`; nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tallystick.describe.model import (
    Agents,
    Appetite,
    Handset,
    Module,
    Operations,
    Party,
    Provider,
    Service,
    Tier,
    Volumes,
)
from tallystick.describe.reading import flat_parameters

_Read = Mapping[str, Any]


def to_service(read: _Read) -> Service:
    """Build the service from a file without problems."""
    service = read["service"]
    return Service(
        id=service["id"],
        name=service["name"],
        currency=service["currency"],
        provider=Provider(**read["provider"]),
        services=tuple(service["services"]),
        modes=tuple(service["modes"]),
        channels=tuple(service["channels"]),
        parties=tuple(Party(**party) for party in read.get("party", [])),
        handsets=tuple(_handset(handset) for handset in read["handset"]),
        modules=tuple(_module(module) for module in read["crypto_module"]),
        witness=read["evidence"]["witness"],
        retention_days=_retention(read),
        tiers=tuple(_tier(tier) for tier in read["tier"]),
        agents=_agents(read.get("agents", {"count": 0, "float": 0})),
        volumes=_volumes(read["volumes"]),
        appetite=_appetite(read["appetite"]),
        operations=_operations(read["operations"]),
        parameters=MappingProxyType(flat_parameters(read.get("parameters", {}))),
        typologies=MappingProxyType(dict(read.get("typologies", {}))),
    )


def _handset(read: _Read) -> Handset:
    return Handset(
        kind=read["kind"],
        secure_environment=read["secure_environment"],
        share_permille=read["share_percent"] * 10,
    )


def _module(read: _Read) -> Module:
    return Module(name=read["name"], kind=read["kind"], certificate=read.get("certificate", ""))


def _retention(read: _Read) -> Mapping[str, int]:
    days = {data["kind"]: data["retention_days"] for data in read["data"]}
    days["evidence"] = max(days.get("evidence", 0), read["evidence"]["retention_days"])
    return MappingProxyType({kind: days[kind] for kind in sorted(days)})


def _tier(read: _Read) -> Tier:
    return Tier(
        name=read["name"],
        evidence=read["evidence"],
        per_transaction_minor=read["per_transaction"],
        per_day_minor=read["per_day"],
        per_month_minor=read["per_month"],
        balance_minor=read["balance"],
    )


def _agents(read: _Read) -> Agents:
    return Agents(count=read["count"], float_minor=read["float"])


def _volumes(read: _Read) -> Volumes:
    return Volumes(
        customers=read["customers"],
        transactions_per_day=read["transactions_per_day"],
        average_value_minor=read["average_value"],
        average_balance_minor=read["average_balance"],
        person_day_cost_minor=read["person_day_cost"],
    )


def _appetite(read: _Read) -> Appetite:
    return Appetite(
        scenario_minor=read["scenario_expected_loss"],
        annual_95_minor=read["annual_loss_95"],
        annual_99_minor=read["annual_loss_99"],
    )


def _operations(read: _Read) -> Operations:
    return Operations(
        step_up_minor=read["step_up"],
        transfer_step_up_minor=read.get("transfer_step_up", 0),
        tee_max_minor=read.get("tee_max"),
        software_max_minor=read.get("software_max"),
    )

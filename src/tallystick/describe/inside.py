"""From checked plain values to the frozen `Service`; nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tallystick.describe.drawn import components_of, flows_of
from tallystick.describe.model import (
    Acceptance,
    Agents,
    Appetite,
    Claim,
    Extension,
    Handset,
    Module,
    Operations,
    Party,
    Provider,
    RequirementException,
    Service,
    StatedFee,
    StatedPair,
    Tier,
    Volumes,
)
from tallystick.describe.reading import flat_parameters

_Read = Mapping[str, Any]
_DAYS = ("reversal_days", "refund_days", "hold_days")


def to_service(read: _Read, extensions: tuple[Extension, ...] = ()) -> Service:
    """Build the service from a file without problems, and the files that it extends by."""
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
        components=components_of(read),
        flows=flows_of(read),
        extensions=extensions,
        acceptances=tuple(_acceptance(one) for one in read.get("acceptance", [])),
        exceptions=tuple(_exception(one) for one in read.get("exception", [])),
        claims=tuple(Claim(**claim) for claim in read.get("claim", [])),
        fees=tuple(_fee(fee) for fee in read.get("fee", [])),
        pairs=tuple(StatedPair(**pair) for pair in read.get("fx", [])),
        dormant_after_days=read.get("dormancy", {}).get("after_days"),
    )


def _fee(read: _Read) -> StatedFee:
    """A fee; a commission that the provider pays is the agent's alone."""
    provider = read["paid_by"] == "provider"
    return StatedFee(
        operation=read["operation"],
        paid_by=read["paid_by"],
        flat_minor=read.get("flat", 0),
        permille=read.get("permille", 0),
        minimum_minor=read.get("minimum", 0),
        maximum_minor=read.get("maximum"),
        agent_permille=read.get("agent_percent", 100 if provider else 0) * 10,
    )


def _acceptance(read: _Read) -> Acceptance:
    return Acceptance(
        threat=read["threat"],
        up_to_minor=read["up_to"],
        reason=read["reason"],
        approved_by=tuple(read["approved_by"]),
        until=read["until"],
    )


def _exception(read: _Read) -> RequirementException:
    return RequirementException(
        requirement=read["requirement"],
        compensation=tuple(read.get("compensation", [])),
        reason=read["reason"],
        approved_by=tuple(read["approved_by"]),
        until=read["until"],
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
        receive_per_day_minor=read.get("receive_per_day"),
        receive_per_month_minor=read.get("receive_per_month"),
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
        step_up_sum_minor=read.get("step_up_sum"),
        **{name: read[name] for name in _DAYS if name in read},
    )

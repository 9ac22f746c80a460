"""The inventory of assets of one service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.describe import Service
from tallystick.standard.registers import ASSETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """Something of value, and the money that hangs on it (0 where money is no measure)."""

    id: str
    means: str
    exposure_minor: int


def list_assets(service: Service) -> tuple[Asset, ...]:
    """Every asset of the catalogue with what this service has at stake in it."""
    exposures = _exposures(service)
    return tuple(
        Asset(id=name, means=means, exposure_minor=exposures.get(name, 0))
        for name, means in ASSETS.items()
        if name != "float" or "e_money" in service.services
    )


def _exposures(service: Service) -> Mapping[str, int]:
    volumes = service.volumes
    balances = volumes.customers * volumes.average_balance_minor
    agents = service.agents.count * service.agents.float_minor
    return {
        "money": balances,
        "float": balances + agents,
        "messages": volumes.transactions_per_day * volumes.average_value_minor,
        "ledger": balances,
    }

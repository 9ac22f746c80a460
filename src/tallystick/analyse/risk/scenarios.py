"""Scenarios: a threat met by this service, with its own frequency and severity."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tallystick.analyse.risk.severity import Z_95, Severity
from tallystick.describe import Service, environment_permille
from tallystick.ground.errors import Defect
from tallystick.ground.money import AMOUNT_MINOR_MAX
from tallystick.standard.model import Interval, Threat

PPM = 1_000_000
_DIGITS = 6
"""Figures are kept to so many digits: more would differ in the last one between machines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What we believe, from low to high; `mid` is what is reckoned with."""

    low: int
    mid: int
    high: int

    def plain(self) -> dict[str, int]:
        return {"low": self.low, "mid": self.mid, "high": self.high}


class Burst(NamedTuple):
    """What one event of a shock brings of another scenario: so many events, in ppm.

    `scenario` is the other's id, `event_minor` its mean loss of one event.
    """

    threat: str
    low: int
    mid: int
    high: int
    scenario: str
    event_minor: int

    @property
    def mean_minor(self) -> float:
        """Mean loss that comes with one event of the shock."""
        return self.mid / PPM * self.event_minor

    def plain(self) -> dict[str, Any]:
        events = {"low": self.low, "mid": self.mid, "high": self.high}
        return {"threat": self.threat, "events_ppm": events}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One way to lose money. Frequencies are events a year in ppm, losses in minor units.

    `id` depends on the rule and the assets alone, so it survives changes of titles and figures.
    `shock` is what one event brings at once of other scenarios; the severity is its own loss.
    """

    id: str
    threat: str
    title: str
    layer: str
    clause: str
    assets: tuple[str, ...]
    sources: tuple[str, ...]
    frequency_ppm: Band
    severity_low_minor: int
    severity_high_minor: int
    cap: str
    cap_minor: int | None
    event_minor: int
    """Mean loss of one event, after the cap, with all that a shock brings."""
    expected_minor: Band
    """Mean loss of a year."""
    shock: tuple[Burst, ...] = ()

    @property
    def severity(self) -> Severity:
        return Severity(
            low=self.severity_low_minor, high=self.severity_high_minor, cap=self.cap_minor
        )

    def plain(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "threat": self.threat,
            "title": self.title,
            "layer": self.layer,
            "clause": self.clause,
            "assets": list(self.assets),
            "sources": list(self.sources),
            "frequency_ppm": self.frequency_ppm.plain(),
            "severity_low_minor": self.severity_low_minor,
            "severity_high_minor": self.severity_high_minor,
            "cap": self.cap,
            "cap_minor": self.cap_minor,
            "event_minor": self.event_minor,
            "expected_minor": self.expected_minor.plain(),
            "shock": [burst.plain() for burst in self.shock],
        }


def scenario_id(rule: str, assets: tuple[str, ...]) -> str:
    """A stable name: hash of the rule's id and the sorted assets."""
    material = "\n".join([rule, *sorted(assets)])
    return f"S-{hashlib.sha256(material.encode()).hexdigest()[:10]}"


def make_scenario(threat: Threat, service: Service) -> Scenario:
    """Scale a threat to one service's volumes and cut its losses off at the service's limits."""
    frequency = scaled_events(threat, threat.frequency, service)
    low, high = _scaled(threat.severity, _bases(service)[threat.base])
    low = max(low, 1)
    cap_minor = _cap(threat, service)
    severity = Severity(low=low, high=max(low, high), cap=cap_minor)
    return Scenario(
        id=scenario_id(threat.id, threat.hits),
        threat=threat.id,
        title=threat.title,
        layer=threat.layer.value,
        clause=threat.clause,
        assets=tuple(sorted(threat.hits)),
        sources=threat.sources,
        frequency_ppm=frequency,
        severity_low_minor=severity.low,
        severity_high_minor=severity.high,
        cap=threat.cap,
        cap_minor=cap_minor,
        event_minor=rounded(severity.mean),
        expected_minor=Band(
            low=rounded(severity.mean * frequency.low / PPM),
            mid=rounded(severity.mean * frequency.mid / PPM),
            high=rounded(severity.mean * frequency.high / PPM),
        ),
    )


def rounded(value: float, *, digits: int = _DIGITS) -> int:
    """A whole number of six significant digits, within what canonical JSON can hold.

    >>> rounded(1234567.8), rounded(0.4)
    (1234570, 0)
    """
    if value < 10**digits:
        return round(value)
    unit = int(10 ** (math.floor(math.log10(value)) + 1 - digits))
    return min(round(value / unit) * unit, AMOUNT_MINOR_MAX)


def scaled_events(threat: Threat, events: Interval, service: Service) -> Band:
    """Events in ppm, of so many per unit of the threat's scale.

    The interval is the 5 % and 95 % point of a lognormal belief, and reckoned with is its mean: an
    expected loss of a year is the expectation over what is believed too. The middle would be lower,
    the more so the wider the belief.
    """
    units = _units(service).get(threat.scale)
    if units is None:
        raise Defect(f"{threat.id} scales with {threat.scale!r}, which nobody counts")
    low = rounded(events.low * units * PPM)
    high = rounded(events.high * units * PPM)
    return Band(low=low, mid=min(rounded(_mean_of_belief(low, high)), high), high=high)


def _mean_of_belief(low: int, high: int) -> float:
    """The mean of the lognormal with these 5 % and 95 % points; 0 when there is nothing."""
    if low == 0:
        return math.sqrt(low * high)
    sigma = math.log(high / low) / (2 * Z_95)
    return math.sqrt(low * high) * math.exp(sigma**2 / 2)


def _units(service: Service) -> Mapping[str, float]:
    keys = {
        f"{where}_keys_1000": service.volumes.customers * environment_permille(service, where) / 1e6
        for where in ("se", "tee", "software")
    }
    return {
        **keys,
        "service": 1.0,
        "customers_1000": service.volumes.customers / 1000,
        "transactions_million": service.volumes.transactions_per_day * 365 / 1_000_000,
        "agents_100": service.agents.count / 100,
    }


def _bases(service: Service) -> Mapping[str, int]:
    volumes = service.volumes
    return {
        "transaction": volumes.average_value_minor,
        "balance": volumes.average_balance_minor,
        "day_value": volumes.transactions_per_day * volumes.average_value_minor,
        "person_day": volumes.person_day_cost_minor,
    }


def _scaled(severity: Interval, base_minor: int) -> tuple[int, int]:
    return rounded(severity.low * base_minor), rounded(severity.high * base_minor)


def _cap(threat: Threat, service: Service) -> int | None:
    """The most that one event can cost under the largest tier's limits."""
    if threat.cap == "none":
        return None
    tiers = service.tiers
    limits = {
        "transaction_limit": max(tier.per_transaction_minor for tier in tiers),
        "day_limit": max(tier.per_day_minor for tier in tiers),
        "balance_limit": max(tier.balance_minor for tier in tiers),
        "float": service.agents.float_minor,
    }
    if threat.cap not in limits:
        raise Defect(f"{threat.id} is capped by {threat.cap!r}, which is no limit of a service")
    return min(limits[threat.cap] * threat.cap_count, AMOUNT_MINOR_MAX)

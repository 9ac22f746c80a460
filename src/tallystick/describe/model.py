"""The mobile financial service as the rest of the house sees it: plain, frozen, valid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any

from tallystick.describe.drawn import Component, Flow
from tallystick.ground.canonical import digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The mobile financial service provider (MFSP) and the country whose law it answers to."""

    id: str
    name: str
    jurisdiction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody else who takes part."""

    role: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handset:
    """A kind of mobile device, where it keeps its keys, and its share of all devices."""

    kind: str
    secure_environment: str
    share_permille: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A crypto module of the provider; `certificate` is empty when it has none."""

    name: str
    kind: str
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A due-diligence tier: what is known about the customer, and what the customer may do."""

    name: str
    evidence: str
    per_transaction_minor: int
    per_day_minor: int
    per_month_minor: int
    balance_minor: int
    receive_per_day_minor: int | None = None
    receive_per_month_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """People who take cash in and pay it out; `float_minor` is the most that one of them holds."""

    count: int
    float_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedFee:
    """What one operation costs: a fixed part and a part of the amount, between two bounds."""

    operation: str
    paid_by: str
    flat_minor: int
    permille: int
    minimum_minor: int
    maximum_minor: int | None
    agent_permille: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPair:
    """Two currencies that may be exchanged: one unit of `base` is worth `rate` (a decimal) of
    `quote`, until a day (YYYY-MM-DD)."""

    base: str
    quote: str
    rate: str
    spread_permille: int
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """How much the service is used, and what a day of work costs."""

    customers: int
    transactions_per_day: int
    average_value_minor: int
    average_balance_minor: int
    person_day_cost_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Appetite:
    """The loss that the owner accepts: of one scenario in an average year, and of all of them in
    the worst year of 20 (95 %) and of 100 (99 %)."""

    scenario_minor: int
    annual_95_minor: int
    annual_99_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """From which amount the transaction PIN is asked for, and caps by secure environment."""

    step_up_minor: int
    transfer_step_up_minor: int
    tee_max_minor: int | None
    software_max_minor: int | None
    step_up_sum_minor: int | None = None
    """From which sum of payments since it was last verified the PIN is asked for; None: never."""
    reversal_days: int = 7
    refund_days: int = 90
    hold_days: int = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A file with the owner's own entries of the catalogue: its name and its whole text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """A risk accepted beyond the appetite: up to an expected loss of a year, until a day
    (YYYY-MM-DD), by two people at least."""

    threat: str
    up_to_minor: int
    reason: str
    approved_by: tuple[str, ...]
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementException:
    """A requirement that is not met until a day. `compensation`: countermeasures put in force
    instead. It stays open all the same."""

    requirement: str
    compensation: tuple[str, ...]
    reason: str
    approved_by: tuple[str, ...]
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What stands behind a countermeasure: `self_declared`, `tested` or `certified`, by whom and
    until which day."""

    control: str
    state: str
    by: str
    until: str


@dataclass(frozen=True, kw_only=True)
class Service:
    """One mobile financial service. Made by `read_service`; equal files give equal digests.

    All lists of words are in the order of the vocabulary; tiers stand as in the file.
    """

    id: str
    name: str
    currency: str
    provider: Provider
    services: tuple[str, ...]
    modes: tuple[str, ...]
    channels: tuple[str, ...]
    parties: tuple[Party, ...]
    handsets: tuple[Handset, ...]
    modules: tuple[Module, ...]
    witness: str
    retention_days: Mapping[str, int]
    tiers: tuple[Tier, ...]
    agents: Agents
    volumes: Volumes
    appetite: Appetite
    operations: Operations
    parameters: Mapping[str, int]
    """Policy parameters that the owner wants stricter."""
    typologies: Mapping[str, Mapping[str, int | str]]
    """Typology -> `window_s`, `action` or a number of its own, as the owner tunes it."""
    extensions: tuple[Extension, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()
    exceptions: tuple[RequirementException, ...] = ()
    claims: tuple[Claim, ...] = ()
    components: tuple[Component, ...] = ()
    """What the owner draws of the architecture, beyond what follows from the facts."""
    flows: tuple[Flow, ...] = ()
    fees: tuple[StatedFee, ...] = ()
    pairs: tuple[StatedPair, ...] = ()
    dormant_after_days: int | None = None

    def plain(self) -> dict[str, Any]:
        """The canonical artefact: whole numbers, strings, lists and tables."""
        return {"artefact": "service", "version": 1, **_plain(self)}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical artefact; the analysis carries it."""
        return digest_of(self.plain())


def _plain(value: Any) -> Any:
    """A value of the model as canonical JSON material."""
    if isinstance(value, tuple):
        return [_plain(member) for member in value]
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    if is_dataclass(value):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    return value

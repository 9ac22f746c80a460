"""The shapes of the framework's data: clauses, requirements, threats, countermeasures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Layer(StrEnum):
    """The three-layer model of security management (ISO/TS 12812-2:2017, 6.2)."""

    PROCESS = "process"
    APPLICATION = "application"
    INFRASTRUCTURE = "infrastructure"


class Nature(StrEnum):
    """What a clause asks for (clause 5): must, comply or explain, or nothing."""

    REQUIREMENT = "requirement"
    RECOMMENDATION = "recommendation"
    DESCRIPTION = "description"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A clause of ISO/TS 12812-2:2017, by number and title only."""

    number: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A range of belief, both ends included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Threat:
    """Something that may go wrong (Annex D), before any countermeasure.

    `needs` is a condition over the facts of a service (see standard.conditions).
    `accepted` says why nothing is done about it; a threat without it has a countermeasure.
    `frequency` is events per year, per one unit of `scale`: `service` (flat), `customers_1000`,
    `transactions_million` (a year), `agents_100`, `se_keys_1000`, `tee_keys_1000` and
    `software_keys_1000` (customers whose device keeps its keys there).
    `severity` is the 5 % and 95 % point of one event's loss, in units of `base`:
    `transaction` (average value), `balance` (average customer balance), `day_value` (value moved on
    an average day), `person_day` (cost of one day of work).
    `cap` names the product limit that truncates one event's loss: `transaction_limit`, `day_limit`,
    `balance_limit`, `float` or none; `cap_count` is how many such limits one event can reach.
    `shock`: other threat -> how many of its events one event of this brings at once, per one unit
    of that threat's scale, on top of the severity here. What is brought brings nothing further.
    """

    id: str
    title: str
    description: str
    clause: str
    layer: Layer
    needs: str
    hits: tuple[str, ...]
    sources: tuple[str, ...]
    accepted: str = ""
    frequency: Interval
    scale: str
    severity: Interval
    base: str
    cap: str = "none"
    cap_count: int = 1
    shock: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Person-days to build (once), person-days to run (a year), friction 0-100 for customers."""

    build_days: int
    run_days: int
    friction: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sets:
    """What a chosen countermeasure puts into the policy.

    `facts`: operation kind (or a mode such as `remote.*`, or `*`) -> facts demanded of it.
    `parameters`: policy parameter -> whole number, unit last in the name (`pin.tries_max`).
    `typologies`: names of monitoring typologies switched on.
    """

    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parameters: Mapping[str, int] = field(default_factory=dict)
    typologies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Countermeasure:
    """What reduces a risk; in code also a control.

    `effects`: threat id -> share of its events that are prevented, low and high, up to 0.999.
    `room`: the room of this package that does it, or `provider` when people must do it.
    `why` says what it is for when it prevents nothing and answers no requirement.
    """

    id: str
    title: str
    description: str
    layer: Layer
    room: str
    cost: Cost
    effects: Mapping[str, Interval]
    applies: str = "always"
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    sets: Sets = field(default_factory=Sets)
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What closes a requirement: all of `facts`, all of `trials`, one of `certificates`.

    `facts` are fact kinds that must be in the evidence at least once under this policy.
    `certificates` are kinds that the provider must bring (a laboratory's, an HSM's): none can be
    produced on one machine, so a requirement that names one stays open in a rehearsal.
    `attested` is true when a person's signed statement can close it; the same holds.
    `instead_facts` and `instead_trials`, all of them together, stand in for the certificate or the
    statement: what the running service itself can show, where it does that work.
    """

    facts: tuple[str, ...] = ()
    trials: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    attested: bool = False
    instead_facts: tuple[str, ...] = ()
    instead_trials: tuple[str, ...] = ()
    freshness_days: int = 365

    @property
    def instead(self) -> tuple[str, ...]:
        """What stands in for a certificate or a statement, in words."""
        return (*self.instead_facts, *(f"trial {name}" for name in self.instead_trials))

    @property
    def all_facts(self) -> tuple[str, ...]:
        return (*self.facts, *self.instead_facts)

    @property
    def all_trials(self) -> tuple[str, ...]:
        return (*self.trials, *self.instead_trials)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing that a clause asks for, in our own words, numbered by us inside the clause.

    `controls`: any one of these countermeasures satisfies it when chosen; empty when none can.
    """

    id: str
    clause: str
    nature: Nature
    layer: Layer
    title: str
    text: str
    sources: tuple[str, ...]
    applies: str = "always"
    controls: tuple[str, ...] = ()
    closing: Closing = field(default_factory=Closing)

"""The security policy: the compiled decision that the running service enforces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tallystick.decide.policy.terms import Terms
from tallystick.ground.errors import Defect

SECOND_LOOK = "worth a second look"
"""How the reason ends of what was left out and would prevent more than its work costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenControl:
    """A countermeasure in force and why: the requirements it meets, the threats it holds down.

    `sets` is what it put into this policy: `fact:remote.*:tier.within`, `parameter:pin.tries_max`.
    """

    id: str
    title: str
    layer: str
    room: str
    requirements: tuple[str, ...]
    threats: tuple[str, ...]
    build_days: int
    run_days: int
    sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRule:
    """What one kind of operation needs before it may take effect.

    `facts` are demanded in this order. `step_up_minor`: from this amount on the transaction PIN is
    needed (0: always; None: never). `amount_max_minor`: most that one operation may move, by the
    secure environment that holds the device's keys (`se`, `tee`, `software`).
    """

    operation: str
    roles: tuple[str, ...]
    facts: tuple[str, ...]
    step_up_minor: int | None
    amount_max_minor: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierLimits:
    """How much a customer of one due-diligence tier may move, receive and hold, in minor units.

    What may be received in a day or a month is limited only where it is stated.
    """

    tier: str
    per_transaction_minor: int
    per_day_minor: int
    per_month_minor: int
    balance_minor: int
    receive_per_day_minor: int | None = None
    receive_per_month_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypologyRule:
    """One pattern of abuse that monitoring looks for; whole numbers only.

    `numbers` are the pattern's own thresholds (unit last). `action`: `refuse` or `alert`.
    """

    id: str
    window_s: int
    action: str
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedRequirement:
    """A requirement that applies to this service, with the controls that answer it here."""

    id: str
    clause: str
    nature: str
    layer: str
    title: str
    controls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedRisk:
    """A scenario that may cost more than the appetite, until a day (YYYY-MM-DD), and who said so.

    `expected_after_minor` is what it costs in an average year under the countermeasures chosen.
    """

    threat: str
    up_to_minor: int
    expected_after_minor: int
    reason: str
    approved_by: tuple[str, ...]
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedException:
    """A requirement that is not met until a day. It stays open; `compensation` is in force."""

    requirement: str
    compensation: tuple[str, ...]
    reason: str
    approved_by: tuple[str, ...]
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityPolicy:
    """Everything that the running service enforces, derived from one service file.

    `analysis` is the digest of the RiskAnalysis that it answers, `digest` its own (RFC 8785).
    `tables` is the digest of the decision tables that follow from it (`policy.tables`): whoever
    derives others from the same members is told. It is empty until the policy is sealed.
    `declined` are countermeasures left out and recommendations not followed, each with the reason
    (proportionality; comply or explain).
    `not_run` are services that are planned for and that this version cannot run.
    `critical` are the threats whose scenario is still rated critical with all of this in force.
    `terms` are fees, rates and the times within which things may be set right.
    `optimum` is the record of the selection: objective values, bound, solver status; whole numbers.
    """

    service_id: str
    provider: str
    jurisdiction: str
    currency: str
    analysis: str
    catalogue: str
    controls: tuple[ChosenControl, ...]
    declined: Mapping[str, str]
    operations: Mapping[str, OperationRule]
    tiers: Mapping[str, TierLimits]
    parameters: Mapping[str, int]
    typologies: tuple[TypologyRule, ...]
    requirements: tuple[AppliedRequirement, ...]
    optimum: Mapping[str, int | str]
    digest: str
    not_run: tuple[str, ...] = ()
    acceptances: tuple[AcceptedRisk, ...] = ()
    exceptions: tuple[GrantedException, ...] = ()
    tables: str = ""
    critical: tuple[str, ...] = ()
    terms: Terms = field(default_factory=Terms)

    def operation(self, kind: str) -> OperationRule:
        rule = self.operations.get(kind)
        if rule is None:
            raise Defect(f"the policy does not know the operation {kind!r}")
        return rule

    def parameter(self, name: str) -> int:
        """A number that a control set. Refuses: Defect when no control in force sets it."""
        if name not in self.parameters:
            raise Defect(f"no control in force sets {name!r}")
        return self.parameters[name]

    def has(self, control: str) -> bool:
        return any(chosen.id == control for chosen in self.controls)

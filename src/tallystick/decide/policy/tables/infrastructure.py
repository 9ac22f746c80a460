"""The numbers of a policy as tables: windows, life times, strength, tries; and the grade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.decide.policy.model import SecurityPolicy
from tallystick.decide.policy.tables.model import (
    EARLIER,
    LATER,
    Answer,
    DecisionTable,
    Domain,
    Row,
)
from tallystick.decide.policy.tables.origins import setters_of_parameter
from tallystick.decide.policy.tables.spans import Step, cuts_of, rows_of_steps
from tallystick.standard import Layer
from tallystick.standard.thresholds import LOWER, STRICTER

GRADE = "infrastructure.grade"
DEVELOPMENT, OPERATIONAL = "development", "operational"
_MODULES, _WITNESSES = ("hsm", "software"), ("cosigner", "rfc3161", "self")


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """How a parameter decides: what is counted, and the answers below and above the turn.

    `step`: 1 when the parameter's own number still belongs to the lower side, else 0.
    """

    layer: Layer
    number: str
    unit: str
    below: str
    above: str
    step: int


def _most(layer: Layer, number: str, unit: str, above: str = "refused") -> Threshold:
    return Threshold(layer=layer, number=number, unit=unit, below="accepted", above=above, step=1)


def _least(layer: Layer, number: str, unit: str, below: str = "refused") -> Threshold:
    return Threshold(layer=layer, number=number, unit=unit, below=below, above="accepted", step=0)


def _from(layer: Layer, number: str, unit: str, above: str) -> Threshold:
    return Threshold(layer=layer, number=number, unit=unit, below="accepted", above=above, step=0)


_P, _A, _I = Layer.PROCESS, Layer.APPLICATION, Layer.INFRASTRUCTURE
THRESHOLDS: dict[str, Threshold] = {
    "challenge.lifetime_s": _most(_I, "age of the challenge", "s"),
    "grant.lifetime_s": _most(_I, "age of the grant", "s"),
    "proof.window_s": _most(_I, "age of the proof", "s"),
    "message.window_s": _most(_I, "time between message and clock", "s"),
    "counter.skip_max": _most(_I, "counters skipped", "messages"),
    "keys.level_min": _least(_I, "level of the payment module", ""),
    "keys.quorum": _least(_P, "custodians who approved", ""),
    "keys.cryptoperiod_days": _most(_P, "age of a key", "days", "expired"),
    "strength.bits_min": _least(_I, "strength of the mechanism", "bits"),
    "evidence.checkpoint_s": _most(_I, "age of the checkpoint", "s", "stale"),
    "application.version_min": _least(_A, "version of the application", ""),
    "pin.digits_min": _least(_A, "length of the PIN", "digits"),
    "pin.tries_max": _from(_A, "wrong PINs in a row", "", "locked"),
    "pin.lock_s": _least(_A, "time since the lock", "s", "locked"),
    "screening.match_permille": _from(_A, "likeness of a name", "permille", "a match"),
    "safeguarding.breaks_max": _most(_P, "open differences with the bank", ""),
    "purse.cap_permille": _most(_A, "share of the balance limit in a purse", "permille"),
    "purse.lifetime_days": _most(_A, "age of a purse", "days"),
    "purse.grace_days": _most(_A, "time since a purse expired", "days"),
    "policy.validity_days": _most(_P, "age of the certificate", "days", "expired"),
}
"""Every parameter with a stricter side; `counter.skip_max` is the distance to the last counter."""


def threshold_tables(policy: SecurityPolicy) -> list[DecisionTable]:
    """One table for each parameter; one that nothing sets stops nobody."""
    return [_threshold(policy, name, shape) for name, shape in THRESHOLDS.items()]


def _threshold(policy: SecurityPolicy, name: str, shape: Threshold) -> DecisionTable:
    value = policy.parameters.get(name)
    steps = [Step(least=0, outcome="accepted", because="no control in force sets it")]
    if value is not None:
        controls, because = setters_of_parameter(policy, name), f"{name} = {value}"
        steps = [
            Step(least=0, outcome=shape.below, controls=controls, because=because),
            Step(least=value + shape.step, outcome=shape.above, controls=controls, because=because),
        ]
    rows = rows_of_steps(name, shape.number, {}, steps)
    strict = shape.above if shape.below == "accepted" else shape.below
    side = LATER if STRICTER[name] == LOWER else EARLIER
    number = Domain(
        name=shape.number, cuts=cuts_of(rows, shape.number), unit=shape.unit, stricter=side
    )
    return DecisionTable(
        name=f"{shape.layer.value}.{name}",
        layer=shape.layer.value,
        title=f"What follows from {name}",
        domains=(number,),
        outcomes=("accepted", strict),
        rows=tuple(rows),
    )


def grade_table() -> DecisionTable:
    """What evidence is worth by what it rests on: a weaker base never makes a better grade."""
    software, hardware = {"module": _MODULES[1:]}, {"module": _MODULES[:1]}
    rows = [
        _grade_row(
            "both",
            {**hardware, "witness": _WITNESSES[:2]},
            OPERATIONAL,
            "keys in hardware and an independent witness",
        ),
        _grade_row("software", software, DEVELOPMENT, "keys in software"),
        _grade_row(
            "self",
            {**hardware, "witness": _WITNESSES[2:]},
            DEVELOPMENT,
            "nobody else vouches for the log",
        ),
    ]
    return DecisionTable(
        name=GRADE,
        layer=Layer.INFRASTRUCTURE.value,
        title="The grade of a dossier by crypto module and witness",
        domains=(
            Domain(name="module", words=_MODULES, stricter=LATER),
            Domain(name="witness", words=_WITNESSES, stricter=LATER),
        ),
        outcomes=(OPERATIONAL, DEVELOPMENT),
        rows=tuple(rows),
    )


def _grade_row(name: str, when: Mapping[str, tuple[str, ...]], grade: str, because: str) -> Row:
    return Row(id=f"grade/{name}", when=when, then=Answer(outcome=grade), because=because)

"""Closing: which requirements the evidence closes, which it does not, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tallystick.decide.policy import AppliedRequirement, SecurityPolicy
from tallystick.ground.errors import Misconfigured
from tallystick.ground.facts import TRIAL_WITHSTOOD
from tallystick.prove.closure.brought import Brought
from tallystick.prove.closure.items import Desk, Found, Item, items_of
from tallystick.prove.closure.model import (
    PERSON,
    Assessment,
    Basis,
    State,
    TrialOutcome,
)
from tallystick.prove.closure.sightings import Sightings
from tallystick.prove.evidence import Witnessed
from tallystick.standard import Catalogue, Nature, Requirement

LEVEL_MIN = "keys.level_min"


def close(
    *,
    policy: SecurityPolicy,
    catalogue: Catalogue,
    evidence: Iterable[Witnessed],
    brought: Brought,
    now_ms: int,
) -> tuple[Assessment, ...]:
    """Assess every requirement and recommendation of a policy against the evidence.

    A requirement is closed when everything that its closing asks for is there under this very
    policy and fresh; stale when some of it is outdated and nothing is missing; else open. The
    state follows from the entries that it names alone: closing again over only these gives the
    same. A description asks for nothing and is not assessed.
    Refuses: Misconfigured when the policy was made with another catalogue; BroughtRefused for an
             attestation that its person did not sign.
    """
    _demand_catalogue(policy, catalogue)
    for attestation in brought.attestations:
        attestation.check()
    sightings = Sightings(evidence, policy=policy.digest, now_ms=now_ms)
    desk = Desk(policy=policy.digest, now_ms=now_ms, sightings=sightings, brought=brought)
    pairs = ((applied, _find(applied, catalogue)) for applied in policy.requirements)
    return tuple(
        _assess(applied, requirement, policy, desk)
        for applied, requirement in pairs
        if requirement.nature is not Nature.DESCRIPTION
    )


def trial_outcomes(
    *, policy: SecurityPolicy, catalogue: Catalogue, evidence: Iterable[Witnessed], now_ms: int
) -> tuple[TrialOutcome, ...]:
    """The last outcome of every trial that was run under this policy, by trial id."""
    sightings = Sightings(evidence, policy=policy.digest, now_ms=now_ms)
    outcomes = []
    for trial in sightings.trials():
        last = sightings.of_trial(trial)
        if last is None or trial not in catalogue.trials:
            continue
        outcomes.append(
            TrialOutcome(
                id=trial,
                threat=catalogue.trials[trial].threat,
                withstood=last.fact.kind == TRIAL_WITHSTOOD,
                at_ms=last.at_ms,
                index=last.index,
            )
        )
    return tuple(outcomes)


def _demand_catalogue(policy: SecurityPolicy, catalogue: Catalogue) -> None:
    if policy.catalogue != catalogue.digest:
        raise Misconfigured(
            "the policy was made with another catalogue",
            where=f"catalogue {policy.catalogue}",
            allowed=f"{catalogue.digest}, the catalogue of this version",
        )


def _find(applied: AppliedRequirement, catalogue: Catalogue) -> Requirement:
    requirement = catalogue.requirements.get(applied.id)
    if requirement is None:
        raise Misconfigured("no such requirement in the catalogue", where=applied.id)
    return requirement


def _assess(
    applied: AppliedRequirement, requirement: Requirement, policy: SecurityPolicy, desk: Desk
) -> Assessment:
    unanswered = bool(requirement.controls) and not applied.controls
    desk = replace(desk, level_min=_level_min(applied, policy))
    items = [] if unanswered else items_of(requirement, desk)
    missing = [item for item in items if item.found is Found.NO]
    outdated = [item for item in items if item.found is Found.OUTDATED]
    if items and not missing and not outdated:
        return _closed(requirement, items)
    if requirement.nature is Nature.RECOMMENDATION and requirement.id in policy.declined:
        return _assessment(requirement, State.DECLINED, _why_declined(requirement, policy), [])
    if unanswered:
        return _assessment(requirement, State.OPEN, "no countermeasure in force answers it", [])
    state = State.STALE if outdated and not missing else State.OPEN
    reason = _words(missing + outdated) or "nothing that this catalogue knows closes it"
    return _assessment(requirement, state, reason, items)


def _level_min(applied: AppliedRequirement, policy: SecurityPolicy) -> str:
    """The level of keys that is asked for, when a control that asks for it is the answer here."""
    asks = {control.id for control in policy.controls if f"parameter:{LEVEL_MIN}" in control.sets}
    asked = asks.intersection(applied.controls) and LEVEL_MIN in policy.parameters
    return f"S{policy.parameters[LEVEL_MIN]}" if asked else ""


def _why_declined(requirement: Requirement, policy: SecurityPolicy) -> str:
    """The policy's reason: for the recommendation, and for each countermeasure that it left out."""
    told = [policy.declined[requirement.id]]
    for control in requirement.controls:
        if control in policy.declined:
            told.append(f"{control}: {policy.declined[control]}")
    return "; ".join(told)


def _closed(requirement: Requirement, items: Sequence[Item]) -> Assessment:
    people = [item for item in items if item.label == PERSON]
    return _assessment(
        requirement,
        State.CLOSED,
        _words(items),
        items,
        basis=Basis.PERSON if people else Basis.SERVICE,
        until_ms=min(item.until_ms for item in items if item.until_ms is not None),
    )


def _assessment(
    requirement: Requirement,
    state: State,
    reason: str,
    items: Sequence[Item],
    *,
    basis: Basis = Basis.NOTHING,
    until_ms: int | None = None,
) -> Assessment:
    return Assessment(
        id=requirement.id,
        clause=requirement.clause,
        nature=requirement.nature.value,
        layer=requirement.layer.value,
        title=requirement.title,
        state=state,
        reason=reason,
        basis=basis,
        labels=tuple(sorted({item.label for item in items if item.label})),
        evidence=tuple(sorted({item.index for item in items if item.index is not None})),
        until_ms=until_ms,
    )


def _words(items: Sequence[Item]) -> str:
    return "; ".join(item.words for item in items)

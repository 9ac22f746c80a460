"""Making a dossier: all of it follows from the chain, the log, what is brought, an instant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from tallystick.decide.policy import SecurityPolicy
from tallystick.describe import Service, catalogue_of
from tallystick.ground.errors import Misconfigured
from tallystick.prove.closure import (
    Assessment,
    Basis,
    Brought,
    State,
    close,
    trial_outcomes,
)
from tallystick.prove.dossier.grade import WITNESS, grade_of, weakest_opening
from tallystick.prove.dossier.log import CheckedLog
from tallystick.prove.dossier.model import Chain, Coverage, Dossier, Proven
from tallystick.prove.dossier.own_keys import weakest_own_keys
from tallystick.prove.dossier.payment_keys import weakest_statement
from tallystick.prove.evidence import EvidenceStore, Witnessed
from tallystick.standard import Catalogue

if TYPE_CHECKING:  # whoever only verifies needs no arithmetic of risk
    from tallystick.analyse import RiskAnalysis

Prove = Callable[[Iterable[int]], tuple[Proven, ...]]


def close_requirements(
    *,
    service: Service,
    analysis: RiskAnalysis,
    policy: SecurityPolicy,
    evidence: EvidenceStore,
    now_ms: int,
    brought: Brought | None = None,
) -> Dossier:
    """Close what the evidence closes and put the result into a dossier.

    Takes:   the three artefacts of one service, each made from the one before; the evidence log of
             its platform, which is read up to its newest checkpoint; what people bring, if they do.
    Refuses: Misconfigured when the artefacts do not belong together; LogRefused, EntryRefused when
             the log was altered; BroughtRefused.
    """
    if analysis.service != service.digest:
        raise Misconfigured("the analysis is of another service", where="analysis")
    if policy.analysis != analysis.digest:
        raise Misconfigured("the policy answers another analysis", where="policy")
    log = CheckedLog.read(evidence)
    chain = Chain(
        service_id=policy.service_id,
        catalogue=policy.catalogue,
        service=service.digest,
        analysis=analysis.digest,
        policy=policy.digest,
    )
    return assemble_dossier(
        chain=chain,
        policy=policy,
        catalogue=catalogue_of(service),
        witnessed=log.witnessed,
        prove=log.prove,
        note=log.note,
        brought=brought or Brought(),
        at_ms=now_ms,
    )


def assemble_dossier(
    *,
    chain: Chain,
    policy: SecurityPolicy,
    catalogue: Catalogue,
    witnessed: Sequence[Witnessed],
    prove: Prove,
    note: str,
    brought: Brought,
    at_ms: int,
) -> Dossier:
    """Work out everything that a dossier says. Pure.

    Given only the entries that a dossier names it makes the same dossier again: that is how a
    verifier checks one.
    """
    assessments = close(
        policy=policy, catalogue=catalogue, evidence=witnessed, brought=brought, now_ms=at_ms
    )
    trials = trial_outcomes(policy=policy, catalogue=catalogue, evidence=witnessed, now_ms=at_ms)
    opening, module = weakest_opening(witnessed, policy=policy.digest)
    keys = weakest_statement(witnessed, policy=policy.digest)
    own = weakest_own_keys(
        witnessed, policy=policy.digest, level_min=policy.parameters.get("keys.level_min")
    )
    indexes = {index for one in assessments for index in one.evidence}
    indexes |= {trial.index for trial in trials} | {
        index for index in (opening, keys.index, own.index) if index is not None
    }
    return Dossier(
        chain=chain,
        at_ms=at_ms,
        checkpoint=note,
        module=module,
        keys=keys.level,
        keys_said=keys.said,
        own=own,
        witness=WITNESS,
        grade=grade_of(module=module, witness=WITNESS),
        assessments=assessments,
        coverage=_coverage(assessments, catalogue),
        trials=trials,
        brought=brought,
        evidence=prove(indexes),
    )


def _coverage(assessments: Sequence[Assessment], catalogue: Catalogue) -> tuple[Coverage, ...]:
    """Every clause that asks this service for something, in the order of the standard."""
    states = Counter((one.clause, one.state) for one in assessments)
    people = Counter(one.clause for one in assessments if one.basis is Basis.PERSON)
    asking = {one.clause for one in assessments}
    return tuple(
        Coverage(
            clause=number,
            title=clause.title,
            closed=states[number, State.CLOSED],
            by_person=people[number],
            open=states[number, State.OPEN],
            stale=states[number, State.STALE],
            declined=states[number, State.DECLINED],
        )
        for number, clause in catalogue.clauses.items()
        if number in asking
    )

"""A dossier's file, read back: taken only when its own evidence gives the same dossier again."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.decide import Plan
from tallystick.ground.errors import Misconfigured
from tallystick.prove.closure import BroughtRefused
from tallystick.prove.dossier import (
    CHAIN,
    Chain,
    Claims,
    Dossier,
    Proven,
    assemble_dossier,
    read_claims,
)
from tallystick.prove.evidence import (
    Entry,
    EntryRefused,
    Malformed,
    NoteRefused,
    ProofRefused,
    Witnessed,
    open_entry,
    parse_checkpoint,
    read_canonical,
    unverified_text,
    verify_inclusion,
)


def read_dossier(octets: bytes, plan: Plan, *, where: str) -> Dossier:
    """The dossier of a plan from its file.

    Every entry is followed to the checkpoint, and the dossier is worked out again from them. The
    signature under the checkpoint is not verified here, as that takes a trust anchor:
    `tallystick verify` does.
    Refuses: Misconfigured for what is no dossier, is of another policy, or does not follow.
    """
    try:
        claims = read_claims(read_canonical(octets))
        _check_chain(claims.chain, plan)
        dossier = _again(claims, plan, _witnessed(claims))
    except (Malformed, EntryRefused, NoteRefused, ProofRefused, BroughtRefused) as wrong:
        raise Misconfigured(
            str(wrong), where=where, allowed="dossier.json, as `tallystick prove` writes it"
        ) from None
    if dossier.octets != octets:
        raise Misconfigured("its evidence gives another dossier", where=where)
    return dossier


def _check_chain(chain: Chain, plan: Plan) -> None:
    ours = Chain(
        service_id=plan.policy.service_id,
        catalogue=plan.policy.catalogue,
        service=plan.service.digest,
        analysis=plan.analysis.digest,
        policy=plan.policy.digest,
    )
    for name in CHAIN:
        if getattr(chain, name) != getattr(ours, name):
            raise Malformed(f"its {name} is {getattr(chain, name)[:19]!r}, not this plan's")


def _witnessed(claims: Claims) -> tuple[Witnessed, ...]:
    head = parse_checkpoint(unverified_text(claims.checkpoint))
    found = []
    for proven in claims.evidence:
        entry = Entry(index=proven.index, leaf=proven.leaf, tally=proven.tally)
        found.append(open_entry(entry))
        verify_inclusion(
            leaf=proven.leaf, index=proven.index, size=head.size, path=proven.path, root=head.root
        )
    return tuple(found)


def _again(claims: Claims, plan: Plan, witnessed: tuple[Witnessed, ...]) -> Dossier:
    items = {proven.index: proven for proven in claims.evidence}

    def prove(indexes: Iterable[int]) -> tuple[Proven, ...]:
        return tuple(items[index] for index in sorted(indexes))

    return assemble_dossier(
        chain=claims.chain,
        policy=plan.policy,
        catalogue=plan.catalogue,
        witnessed=witnessed,
        prove=prove,
        note=claims.checkpoint,
        brought=claims.brought,
        at_ms=claims.at_ms,
    )

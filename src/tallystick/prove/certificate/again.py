"""Working a dossier out again from its own evidence, and comparing it with the certified one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tallystick.decide.policy import SecurityPolicy
from tallystick.ground.errors import Misconfigured
from tallystick.prove.certificate.bundle import DOSSIER, certified_catalogue, read_file
from tallystick.prove.certificate.refusals import VerificationFailed
from tallystick.prove.closure import BroughtRefused
from tallystick.prove.dossier import Claims, Dossier, Proven, assemble_dossier
from tallystick.prove.evidence import (
    Checkpoint,
    Entry,
    EntryRefused,
    ProofRefused,
    Witnessed,
    open_entry,
    verify_inclusion,
)


def open_evidence(claims: Claims, checkpoint: Checkpoint) -> tuple[Witnessed, ...]:
    """Each entry, when it stands in the log under the checkpoint and its tally is its leaf's own.

    Refuses: VerificationFailed.
    """
    witnessed = []
    for number, proven in enumerate(claims.evidence):
        try:
            entry = Entry(index=proven.index, leaf=proven.leaf, tally=proven.tally)
            witnessed.append(open_entry(entry))
            verify_inclusion(
                leaf=proven.leaf,
                index=proven.index,
                size=checkpoint.size,
                path=proven.path,
                root=checkpoint.root,
            )
        except (EntryRefused, ProofRefused) as wrong:
            raise VerificationFailed(str(wrong), f"{DOSSIER}, evidence {number}") from None
    return tuple(witnessed)


def close_again(
    files: Mapping[str, bytes],
    policy: SecurityPolicy,
    claims: Claims,
    witnessed: tuple[Witnessed, ...],
) -> Dossier:
    """The dossier that this evidence gives, when that is the certified one, byte for byte.

    Refuses: VerificationFailed.
    """
    items = {proven.index: proven for proven in claims.evidence}

    def prove(indexes: Iterable[int]) -> tuple[Proven, ...]:
        return tuple(items[index] for index in sorted(indexes))

    try:
        dossier = assemble_dossier(
            chain=claims.chain,
            policy=policy,
            catalogue=certified_catalogue(files),
            witnessed=witnessed,
            prove=prove,
            note=claims.checkpoint,
            brought=claims.brought,
            at_ms=claims.at_ms,
        )
    except (BroughtRefused, Misconfigured) as wrong:
        raise VerificationFailed(str(wrong), DOSSIER) from None
    if dossier.octets != files[DOSSIER]:
        place = first_difference(dossier.plain(), read_file(files, DOSSIER))
        raise VerificationFailed(f"the evidence does not give its {place}", DOSSIER)
    return dossier


def first_difference(ours: Any, theirs: Any) -> str:
    """Where two values of canonical JSON differ first.

    >>> first_difference({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]})
    'a[1].b'
    """
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted(ours.keys() | theirs.keys()):
            if ours.get(name) != theirs.get(name):
                return f"{name}{_deeper(ours.get(name), theirs.get(name))}"
    return _deeper(ours, theirs)


def _deeper(ours: Any, theirs: Any) -> str:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return f".{first_difference(ours, theirs)}"
    if isinstance(ours, list) and isinstance(theirs, list):
        for place, (one, other) in enumerate(zip(ours, theirs, strict=False)):
            if one != other:
                return f"[{place}]{_deeper(one, other)}"
    return ""

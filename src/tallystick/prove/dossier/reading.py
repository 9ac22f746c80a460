"""Reading a dossier back: what it was made from, so that it can be made again and compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tallystick.ground.canonical import canonical_json
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url
from tallystick.prove.closure import Brought, read_brought
from tallystick.prove.dossier.model import CHAIN, Chain, Proven
from tallystick.prove.evidence import Malformed, read_list, read_object

_DOSSIER: dict[str, Any] = {
    "artefact": str, "version": int, **CHAIN, "at_ms": int, "checkpoint": str, "module": str,
    "keys": str, "keys_said": str, "own": dict, "witness": str, "grade": str, "assessments": list,
    "coverage": list, "trials": list, "brought": dict, "evidence": list,
}  # fmt: skip
_PROVEN: dict[str, Any] = {"index": int, "leaf": dict, "tally": dict, "path": list}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a dossier was made from, as its file says; nothing here is checked yet."""

    chain: Chain
    at_ms: int
    checkpoint: str
    brought: Brought
    evidence: tuple[Proven, ...]


def read_claims(plain: Any) -> Claims:
    """Read a dossier's material. Refuses: Malformed."""
    members = read_object(plain, _DOSSIER)
    if (members["artefact"], members["version"]) != ("dossier", 3):
        raise Malformed("not a dossier of version 3")
    return Claims(
        chain=Chain(**{name: members[name] for name in CHAIN}),
        at_ms=members["at_ms"],
        checkpoint=members["checkpoint"],
        brought=read_brought(members["brought"]),
        evidence=tuple(_read_proven(one) for one in read_list(members["evidence"], dict)),
    )


def _read_proven(value: dict[str, Any]) -> Proven:
    members = read_object(value, _PROVEN)
    try:
        path = tuple(from_base64url(step) for step in read_list(members["path"], str))
    except NotAnIdentifier:
        raise Malformed("a step of a path is base64url") from None
    return Proven(
        index=members["index"],
        leaf=canonical_json(members["leaf"]),
        tally=canonical_json(members["tally"]),
        path=path,
    )

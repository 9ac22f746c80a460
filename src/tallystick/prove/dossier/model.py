"""The dossier: what a laboratory reads, and everything that it needs to check it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tallystick.ground.canonical import canonical_json, digest
from tallystick.ground.identifiers import to_base64url
from tallystick.prove.closure import Assessment, Basis, Brought, State, TrialOutcome
from tallystick.prove.dossier.own_keys import OwnKeys
from tallystick.prove.evidence import read_canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The digests of what the dossier stands on, each made from the one before it."""

    service_id: str
    catalogue: str
    service: str
    analysis: str
    policy: str

    def plain(self) -> dict[str, Any]:
        """Canonical JSON material."""
        return {name: getattr(self, name) for name in CHAIN}


CHAIN: dict[str, Any] = {
    "service_id": str, "catalogue": str, "service": str, "analysis": str, "policy": str,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """An entry of the log and the path that leads from its leaf to the dossier's checkpoint."""

    index: int
    leaf: bytes
    tally: bytes
    path: tuple[bytes, ...]

    def plain(self) -> dict[str, Any]:
        """Canonical JSON material; leaf and tally stand as the objects that they are."""
        return {
            "index": self.index,
            "leaf": read_canonical(self.leaf),
            "tally": read_canonical(self.tally),
            "path": [to_base64url(step) for step in self.path],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How far one clause is covered: how many of its requirements stand in which state.

    `by_person` counts those of the closed ones that rest on a person's word.
    """

    clause: str
    title: str
    closed: int
    by_person: int
    open: int
    stale: int
    declined: int

    def plain(self) -> dict[str, Any]:
        """Canonical JSON material."""
        return {
            "clause": self.clause,
            "title": self.title,
            "closed": self.closed,
            "by_person": self.by_person,
            "open": self.open,
            "stale": self.stale,
            "declined": self.declined,
        }


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """What is closed by what, at one instant, against one signed checkpoint of the log.

    `checkpoint` is the whole signed note. `evidence` holds the entries that decide a state or are
    the last outcome of a trial, and no others. `module` is the level of the crypto module as the
    log has it, `keys` that of the payment module (`none` without one) and `keys_said` its own
    sentence about its master key, `own` the same of the service's own keys, `witness` who vouches
    for checkpoints besides the provider (`self`: nobody).
    """

    chain: Chain
    at_ms: int
    checkpoint: str
    module: str
    keys: str
    keys_said: str
    own: OwnKeys
    witness: str
    grade: str
    assessments: tuple[Assessment, ...]
    coverage: tuple[Coverage, ...]
    trials: tuple[TrialOutcome, ...]
    brought: Brought
    evidence: tuple[Proven, ...]

    def ids(self, state: State) -> tuple[str, ...]:
        """The requirements in one state."""
        return tuple(one.id for one in self.assessments if one.state is state)

    @property
    def by_person(self) -> tuple[str, ...]:
        """The closed requirements that rest on a person's word."""
        return tuple(one.id for one in self.assessments if one.basis is Basis.PERSON)

    @property
    def until_ms(self) -> int | None:
        """When the first closed requirement becomes stale; None when none is closed."""
        return min(
            (one.until_ms for one in self.assessments if one.until_ms is not None), default=None
        )

    def plain(self) -> dict[str, Any]:
        """The canonical artefact; whole numbers only."""
        return {
            "artefact": "dossier",
            "version": 3,
            **self.chain.plain(),
            "at_ms": self.at_ms,
            "checkpoint": self.checkpoint,
            "module": self.module,
            "keys": self.keys,
            "keys_said": self.keys_said,
            "own": self.own.plain(),
            "witness": self.witness,
            "grade": self.grade,
            "assessments": [one.plain() for one in self.assessments],
            "coverage": [one.plain() for one in self.coverage],
            "trials": [one.plain() for one in self.trials],
            "brought": self.brought.plain(),
            "evidence": [one.plain() for one in self.evidence],
        }

    @cached_property
    def octets(self) -> bytes:
        """The dossier as it stands in its file."""
        return canonical_json(self.plain())

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical artefact; the certificate carries it."""
        return digest(self.octets)

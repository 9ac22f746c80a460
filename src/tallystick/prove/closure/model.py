"""What becomes of a requirement: its state, why, and the entries of the log that decide it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

PERSON = "person"
"""The label of a fact that a person stated; no service produced it."""


class State(StrEnum):
    """Closed by evidence, open for want of it, stale when it was there once, or declined."""

    CLOSED = "closed"
    OPEN = "open"
    STALE = "stale"
    DECLINED = "declined"


class Basis(StrEnum):
    """What a closed requirement rests on: records that the service produced, or a person's word.

    A person's word is the weaker one, and one such item makes the whole closing rest on it.
    """

    SERVICE = "service"
    PERSON = "person"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One requirement or recommendation, assessed.

    `labels` say how far the facts behind it can be believed. `evidence` are the log indexes that
    decide the state, whichever state it is. `until_ms`: when a closed one becomes stale, unless new
    evidence comes.
    """

    id: str
    clause: str
    nature: str
    layer: str
    title: str
    state: State
    reason: str
    basis: Basis = Basis.NOTHING
    labels: tuple[str, ...] = ()
    evidence: tuple[int, ...] = ()
    until_ms: int | None = None

    def plain(self) -> dict[str, Any]:
        """Canonical JSON material."""
        return {
            "id": self.id,
            "clause": self.clause,
            "nature": self.nature,
            "layer": self.layer,
            "title": self.title,
            "state": self.state.value,
            "reason": self.reason,
            "basis": self.basis.value,
            "labels": list(self.labels),
            "evidence": list(self.evidence),
            "until_ms": self.until_ms,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOutcome:
    """The newest outcome of one trial under the policy, and where it stands in the log."""

    id: str
    threat: str
    withstood: bool
    at_ms: int
    index: int

    def plain(self) -> dict[str, Any]:
        """Canonical JSON material."""
        return {
            "id": self.id,
            "threat": self.threat,
            "withstood": self.withstood,
            "at_ms": self.at_ms,
            "index": self.index,
        }

"""What an attack path is: its steps, what it is after, how often it happens, what it costs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PPM = 1_000_000
ENDS = ("money", "float", "ledger", "personal_data", "evidence", "service")
"""Assets that an attacker is after, the dearest first. The others are means: a PIN, a key, a place
on the way of messages are worth what they open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """A threat as this service meets it: its scenario, events a year in ppm, loss of one event."""

    threat: str
    scenario: str
    assets: tuple[str, ...]
    frequency_ppm: int
    event_minor: int

    @property
    def end(self) -> str:
        """The dearest asset that it hits and an attacker is after; empty when there is none."""
        return next((asset for asset in ENDS if asset in self.assets), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: by which threat, at which element, and which position it gains there."""

    threat: str
    at: str
    gains: str

    def plain(self) -> dict[str, str]:
        return {"threat": self.threat, "at": self.at, "gains": self.gains}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackPath:
    """A chain of at least two steps, from outside to `target`.

    `frequency_ppm`: events a year in ppm: those of the first step, times the chance of each step
    after it. `event_minor`: loss of one event, that of the last step. `expected_minor`: of a year.
    """

    id: str
    steps: tuple[Step, ...]
    target: str
    frequency_ppm: int
    event_minor: int
    expected_minor: int

    @property
    def threats(self) -> tuple[str, ...]:
        """The threats of its steps, from first to last, none of them twice."""
        return tuple(step.threat for step in self.steps)

    def in_words(self, titles: Mapping[str, str]) -> str:
        """Its steps by the titles of their threats, each with its element, and what it is after."""
        steps = [f"{titles[step.threat]} ({step.at})" for step in self.steps]
        return f"{' -> '.join(steps)} -> {self.target.replace('_', ' ')}"

    def plain(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "steps": [step.plain() for step in self.steps],
            "target": self.target,
            "frequency_ppm": self.frequency_ppm,
            "event_minor": self.event_minor,
            "expected_minor": self.expected_minor,
        }


def path_id(moves: Iterable[tuple[str, str]], target: str) -> str:
    """A stable name: hash of the threats, what each gains, and the target."""
    material = "\n".join([*(f"{threat} {gains}" for threat, gains in moves), target])
    return f"P-{hashlib.sha256(material.encode()).hexdigest()[:10]}"

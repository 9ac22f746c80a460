"""The attacks: what was tried against the running service, what had to happen, what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from tallystick.ground.facts import TRIAL_FAILED, TRIAL_WITHSTOOD
from tallystick.prove.closure import TrialOutcome
from tallystick.prove.evidence import Witnessed
from tallystick.standard import Catalogue

_NOT_RUN = "not run"


class TrialTold(Protocol):
    """The result of one trial as whoever ran it tells it; codes are empty where there is none."""

    @property
    def trial(self) -> str: ...
    @property
    def outcome(self) -> str:
        """`withstood`, `failed` or `not run`."""
        ...

    @property
    def expected(self) -> str: ...
    @property
    def seen(self) -> str: ...
    @property
    def evidence(self) -> str:
        """What was seen in words, or why it was not run."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One attack. `index` is its entry in the evidence log, None when it is not recorded there."""

    id: str
    title: str
    threat: str
    clause: str
    expected: str
    seen: str
    withstood: bool
    index: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRun:
    """A known attack that was not made, and why where it was told."""

    title: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacks:
    """Those that were made, by id, and those that were not."""

    run: tuple[Attack, ...]
    missing: tuple[NotRun, ...]

    @property
    def withstood(self) -> int:
        return sum(attack.withstood for attack in self.run)

    @property
    def recorded(self) -> int:
        return sum(attack.index is not None for attack in self.run)


def list_attacks(
    outcomes: Iterable[TrialOutcome],
    evidence: Mapping[int, Witnessed],
    told: Iterable[TrialTold],
    catalogue: Catalogue,
) -> Attacks:
    """The attacks of a dossier, then those that were only told of.

    The evidence has the last word over whether an attack was withstood, and says what was expected
    and seen; what is `told` fills in where it does not.
    """
    results = {result.trial: result for result in told if result.trial in catalogue.trials}
    found: dict[str, Attack] = {}
    for outcome in outcomes:
        expected, seen = _recorded(evidence[outcome.index], outcome.id)
        if not seen and outcome.id in results:
            expected, seen = results[outcome.id].expected, results[outcome.id].seen
        found[outcome.id] = _attack(
            outcome.id, catalogue, expected, seen,
            withstood=outcome.withstood, index=outcome.index,
        )  # fmt: skip
    for name, result in results.items():
        if name not in found and result.outcome != _NOT_RUN:
            found[name] = _attack(
                name, catalogue, result.expected, result.seen,
                withstood=result.outcome == "withstood", index=None,
            )  # fmt: skip
    missing = tuple(
        NotRun(title=trial.title, why=results[name].evidence if name in results else "")
        for name, trial in catalogue.trials.items()
        if name not in found
    )
    return Attacks(run=tuple(found[name] for name in sorted(found)), missing=missing)


def _attack(
    name: str, catalogue: Catalogue, expected: str, seen: str, *, withstood: bool, index: int | None
) -> Attack:
    trial = catalogue.trials[name]
    return Attack(
        id=name,
        title=trial.title,
        threat=catalogue.threats[trial.threat].title,
        clause=trial.clause,
        expected=expected or " or ".join(trial.expected),
        seen=seen,
        withstood=withstood,
        index=index,
    )


def _recorded(entry: Witnessed, trial: str) -> tuple[str, str]:
    """What the evidence says was expected and seen; empty where it does not say."""
    for fact in entry.facts:
        outcome = fact.kind in (TRIAL_WITHSTOOD, TRIAL_FAILED)
        if outcome and fact.detail.get("trial") == trial:
            return str(fact.detail.get("expected", "")), str(fact.detail.get("seen", ""))
    return "", ""

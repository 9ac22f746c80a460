"""What a trial found: withstood, failed, or not run; nothing in between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.ground.errors import Refused

WITHSTOOD, FAILED, NOT_RUN = "withstood", "failed", "not run"


class CannotRun(Refused):
    """The trial cannot judge here: no target, no cooperation, or the honest version is refused."""

    code, clause = "trial.not_run", "9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One attempt of an attack: what had to be seen from outside and inside, and what was seen.

    `is_code` is false for what is not a code but must be so (what moved, how often).
    Codes are empty where there is nothing to compare: inside, without the provider's cooperation.
    """

    what: str
    expected: str
    seen: str
    expected_inside: str = ""
    seen_inside: str = ""
    is_code: bool = True

    @property
    def withstood(self) -> bool:
        return (self.seen, self.seen_inside) == (self.expected, self.expected_inside)

    def __str__(self) -> str:
        inside = f" (inside: {self.seen_inside})" if self.seen_inside else ""
        if self.withstood:
            return f"{self.what}: {self.seen}{inside}"
        wanted = f"{self.expected}" + (f" (inside: {self.expected_inside})" * bool(inside))
        return f"{self.what}: {self.seen}{inside}, expected {wanted}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """One trial: its id and threat in the catalogue, and what every probe of it met.

    `expected` and `seen` are outside codes, `expected_inside` and `seen_inside` reasons of the
    tally; several are separated by one space. `evidence` says it in sentences, failures first.
    """

    trial: str
    threat: str
    outcome: str
    expected: str = ""
    seen: str = ""
    expected_inside: str = ""
    seen_inside: str = ""
    evidence: str = ""
    probes: tuple[Probe, ...] = ()
    took_ms: int = 0

    @property
    def withstood(self) -> bool:
        return self.outcome == WITHSTOOD


def judge(trial: str, threat: str, probes: tuple[Probe, ...], *, took_ms: int) -> TrialResult:
    """The result of all probes; one that failed fails the trial."""
    failed = [probe for probe in probes if not probe.withstood]
    codes = [probe for probe in probes if probe.is_code]
    said = [str(probe) for probe in (*failed, *(p for p in probes if p.withstood))]
    return TrialResult(
        trial=trial,
        threat=threat,
        outcome=FAILED if failed or not probes else WITHSTOOD,
        expected=_words(probe.expected for probe in codes),
        seen=_words(probe.seen for probe in codes),
        expected_inside=_words(probe.expected_inside for probe in codes),
        seen_inside=_words(probe.seen_inside for probe in codes),
        evidence="; ".join(said),
        probes=probes,
        took_ms=took_ms,
    )


def not_run(trial: str, threat: str, why: str) -> TrialResult:
    """A trial that could not judge is never withstood."""
    return TrialResult(trial=trial, threat=threat, outcome=NOT_RUN, evidence=why)


def _words(codes: Iterable[str]) -> str:
    """Each code once, in the order of its first appearance."""
    return " ".join(dict.fromkeys(code for code in codes if code))

"""What the log has seen: of each kind of fact and of each trial, the records that count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.ground.facts import TRIAL_FAILED, TRIAL_WITHSTOOD, Fact
from tallystick.prove.closure.model import PERSON
from tallystick.prove.evidence import Witnessed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A fact at its place in the log. It is as old as the older of its own time and its leaf's."""

    fact: Fact
    index: int
    at_ms: int

    @property
    def by_person(self) -> bool:
        return self.fact.label == PERSON


class Sightings:
    """The newest facts of the log, as seen at one instant under one policy.

    Of each kind the newest is kept by whether it stands under this policy and whether a person
    stated it: no older one can close what the newest cannot. What lies in the future has not been
    seen.
    """

    def __init__(self, entries: Iterable[Witnessed], *, policy: str, now_ms: int) -> None:
        self._policy = policy
        self._newest: dict[tuple[str, bool, bool], Sighting] = {}
        self._trials: dict[tuple[str, bool], Sighting] = {}
        self._last: dict[str, Sighting] = {}
        for entry in entries:
            for fact in entry.facts:
                at_ms = min(fact.at_ms, entry.leaf.at_ms)
                if at_ms <= now_ms:
                    self._see(Sighting(fact=fact, index=entry.index, at_ms=at_ms))

    def of_kind(self, kind: str) -> list[Sighting]:
        """The newest of this kind under this policy: the service's own first, then a person's."""
        found = (self._newest.get((kind, True, person)) for person in (False, True))
        return [sighting for sighting in found if sighting]

    def of_kind_elsewhere(self, kind: str) -> Sighting | None:
        """The newest of this kind under any other policy."""
        found = [self._newest.get((kind, False, person)) for person in (False, True)]
        return max(filter(None, found), key=_age, default=None)

    def last_of(self, kind: str) -> Sighting | None:
        """The one of this kind that was recorded last, whatever the policy."""
        return self._last.get(kind)

    def of_trial(self, trial: str) -> Sighting | None:
        """The last outcome of a trial under this policy; what was recorded last counts."""
        return self._trials.get((trial, True))

    def of_trial_elsewhere(self, trial: str) -> Sighting | None:
        """The last outcome of a trial under any other policy."""
        return self._trials.get((trial, False))

    def trials(self) -> list[str]:
        """The trials with an outcome under this policy, sorted."""
        return sorted(trial for trial, ours in self._trials if ours)

    def _see(self, seen: Sighting) -> None:
        ours = seen.fact.policy == self._policy
        self._last[seen.fact.kind] = seen
        place = (seen.fact.kind, ours, seen.by_person)
        held = self._newest.get(place)
        if held is None or _age(seen) >= _age(held):
            self._newest[place] = seen
        if seen.fact.kind in (TRIAL_WITHSTOOD, TRIAL_FAILED):
            self._see_trial((str(seen.fact.detail.get("trial", "")), ours), seen)

    def _see_trial(self, place: tuple[str, bool], seen: Sighting) -> None:
        held = self._trials.get(place)
        if held is None or seen.index >= held.index:
            self._trials[place] = seen


def _age(sighting: Sighting) -> tuple[int, int]:
    return sighting.at_ms, sighting.index

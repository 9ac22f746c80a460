"""The life of a managed key: its states, what may be done in each, and who follows whom.

Words as in ISO 11568 (key life cycle). A key moves forward only; suspension
alone can be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from tallystick.crypto.key_blocks import KeyAction
from tallystick.ground.errors import Refused


class LifeState(StrEnum):
    """Where a managed key stands in its life."""

    CREATED = "created"
    """There, and not yet in use: nothing is done with it."""
    ACTIVE = "active"
    SUSPENDED = "suspended"
    """Nothing is done with it until it is active again."""
    EXPIRED = "expired"
    """Replaced or past its cryptoperiod: opens and verifies what it protected, protects no more."""
    ARCHIVED = "archived"
    """Kept to verify past records; it opens nothing and protects nothing."""
    COMPROMISED = "compromised"
    """Nothing is done with it; neither with what was wrapped or derived under it."""
    DESTROYED = "destroyed"
    """Its material is gone; its record stays."""


NEXT: Mapping[LifeState, frozenset[LifeState]] = MappingProxyType(
    {
        LifeState.CREATED: frozenset(
            {LifeState.ACTIVE, LifeState.COMPROMISED, LifeState.DESTROYED}
        ),
        LifeState.ACTIVE: frozenset(
            {LifeState.SUSPENDED, LifeState.EXPIRED, LifeState.COMPROMISED, LifeState.DESTROYED}
        ),
        LifeState.SUSPENDED: frozenset(
            {LifeState.ACTIVE, LifeState.EXPIRED, LifeState.COMPROMISED, LifeState.DESTROYED}
        ),
        LifeState.EXPIRED: frozenset(
            {LifeState.ARCHIVED, LifeState.COMPROMISED, LifeState.DESTROYED}
        ),
        LifeState.ARCHIVED: frozenset({LifeState.COMPROMISED, LifeState.DESTROYED}),
        LifeState.COMPROMISED: frozenset({LifeState.DESTROYED}),
        LifeState.DESTROYED: frozenset(),
    }
)
"""From a state to those that may follow it."""

_PROCESSING = frozenset({KeyAction.DECRYPT, KeyAction.UNWRAP, KeyAction.VERIFY})
_ALLOWED: Mapping[LifeState, frozenset[KeyAction]] = MappingProxyType(
    {
        LifeState.ACTIVE: frozenset(KeyAction),
        LifeState.EXPIRED: _PROCESSING,
        LifeState.ARCHIVED: frozenset({KeyAction.VERIFY}),
    }
)


class TransitionRefused(Refused):
    """A key cannot come from where it is to where it was asked to go."""

    code, clause = "key.transition", "8"


def demand_transition(now: LifeState, wanted: LifeState) -> None:
    """Refuses: TransitionRefused for a state that does not follow.

    >>> demand_transition(LifeState.SUSPENDED, LifeState.ACTIVE)
    """
    if wanted not in NEXT[now]:
        allowed = ", ".join(sorted(NEXT[now])) or "nothing"
        raise TransitionRefused(f"a key that is {now} becomes {allowed}, not {wanted}")


def state_allows(state: LifeState, action: KeyAction) -> bool:
    """Whether a key in this state may be used so.

    >>> state_allows(LifeState.EXPIRED, KeyAction.VERIFY)
    True
    >>> state_allows(LifeState.EXPIRED, KeyAction.GENERATE)
    False
    """
    return action in _ALLOWED.get(state, frozenset())

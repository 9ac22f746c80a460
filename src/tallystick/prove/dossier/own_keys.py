"""How the service's own keys are kept and used, as the log has it, beside what the policy asks for.

The levels are those of payment keys (S0 to S4). None of them is a certificate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tallystick.ground.facts import PLATFORM_OPENED, Fact
from tallystick.prove.dossier.payment_keys import NONE
from tallystick.prove.evidence import Witnessed

OWN_SAYS: Mapping[str, str] = MappingProxyType(
    {
        NONE: "Keys of the service itself: nothing was stated of where they are.",
        "S0": "Keys of the service itself: software in the process of its caller. For tests only.",
        "S1": "Keys of the service itself: in software, in a process of its own. Who controls the "
        "machine can open messages, try PINs and sign in the provider's name.",
        "S2": "Keys of the service itself: sealed under a hardware module, so that nobody has them "
        "who has a disk or a backup. Messages and PINs are opened by software in a process of its "
        "own: who controls the running machine can reach those keys, and this does not meet the "
        "PIN security requirements of the card schemes.",
    }
)
"""What a certificate says of each level; a key that opens messages is nowhere above S2."""
_INSIDE = (
    " Checkpoints, certificates and QR codes are signed inside the hardware module: whoever breaks "
    "in may have it sign, and does not carry these keys away."
)
_SIGNS = ("S3", "S4")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKeys:
    """The weakest opening under a policy: the level of its keys, and that of the signing ones.

    `demanded` is the least level that the policy asks for, `said` the module's own sentence.
    `index` is None and the levels are NONE when nothing was stated.
    """

    level: str = NONE
    signs: str = NONE
    demanded: str = NONE
    said: str = ""
    index: int | None = None

    def plain(self) -> dict[str, Any]:
        """Canonical JSON material."""
        return {
            "level": self.level,
            "signs": self.signs,
            "demanded": self.demanded,
            "said": self.said,
        }

    @property
    def is_below(self) -> bool:
        """Whether the policy asks for more than what there is."""
        return self.demanded != NONE and _rank(self.level) < self.demanded

    @property
    def statement(self) -> str:
        """What a certificate says: the level's meaning, the module's words, and what is missing."""
        said = OWN_SAYS[self.level] + (_INSIDE if self.signs in _SIGNS else "")
        said += f" The module said: {self.said}." if self.said else ""
        if self.is_below:
            said += f" This is below {self.demanded}, the level that the policy asks for."
        return said


def weakest_own_keys(
    evidence: Iterable[Witnessed], *, policy: str, level_min: int | None
) -> OwnKeys:
    """What openings of the platform under this policy stated; the weakest, of several the newest.

    A level that nobody knows counts as the lowest.
    """
    demanded = NONE if level_min is None else f"S{level_min}"
    stated = [
        _read(fact, entry.index, demanded)
        for entry in evidence
        for fact in entry.facts
        if fact.kind == PLATFORM_OPENED and fact.policy == policy
    ]
    return min(
        stated,
        key=lambda one: (_rank(one.level), one.signs, -(one.index or 0)),
        default=OwnKeys(demanded=demanded),
    )


def _read(fact: Fact, index: int, demanded: str) -> OwnKeys:
    if "keys_level" not in fact.detail:
        return OwnKeys(demanded=demanded, index=index)
    level, signs = str(fact.detail["keys_level"]), str(fact.detail.get("signs_level", NONE))
    return OwnKeys(
        level=level if level in OWN_SAYS else "S0",
        signs=signs if signs in (*OWN_SAYS, *_SIGNS) else "S0",
        demanded=demanded,
        said=str(fact.detail.get("keys_statement", "")),
        index=index,
    )


def _rank(level: str) -> str:
    return "" if level == NONE else level

"""How much two names agree, in whole permille, with the reason for every token.

The tokens of both names are paired one to one, best pair first. What a name's matched tokens weigh,
out of what all its tokens weigh, is how far it is covered. The name that is covered best counts
twice, the other once, because lists and registers leave out middle names; but a single matched
token says something only as far as it covers *both* names. Tokens outside the relation count
nothing, so a name without any related token scores nothing: that is what makes retrieval complete.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tallystick.protect.screening.names import ComparableName
from tallystick.protect.screening.tokens import Likeness

INITIAL = Likeness(600, "initial")
JOINED = Likeness(980, "joined")
JOINED_SOUND = Likeness(900, "joined")

Row = Mapping[str, Likeness]
"""The listed tokens that one asked token is related to."""


@dataclass(frozen=True, slots=True)
class TokenMatch:
    """One asked token (or two written apart) and the listed one that it stands for."""

    asked: str
    listed: str
    permille: int
    why: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two names agree, and the pairs that say so."""

    permille: int
    evidence: tuple[TokenMatch, ...]


class _Pair(NamedTuple):
    """Tokens at `asked` and `listed` (bit masks over the two names) stand for each other."""

    unlike_permille: int
    asked: int
    listed: int
    likeness: Likeness


def agree(
    asked: ComparableName, listed: ComparableName, row_of: Callable[[str], Row], *, least: int = 1
) -> Agreement | None:
    """How far two names agree; None below `least` or when no word of weight is shared.

    `row_of` gives, for an asked token, its related listed tokens (at least those of this name).
    """
    taken = _pair_off(_pairs(asked, listed, row_of))
    if all(pair.likeness is INITIAL for pair in taken):
        return None
    of_asked = _covered(asked, [(pair.asked, pair.likeness.permille) for pair in taken])
    of_listed = _covered(listed, [(pair.listed, pair.likeness.permille) for pair in taken])
    less, more = sorted((of_asked, of_listed))
    permille = less if len(taken) == 1 else (2 * more + less) // 3
    if permille < least:
        return None
    return Agreement(permille, tuple(_explain(pair, asked, listed) for pair in taken))


def _pairs(
    asked: ComparableName, listed: ComparableName, row_of: Callable[[str], Row]
) -> list[_Pair]:
    found: list[_Pair] = []
    for i, token in enumerate(asked.tokens):
        row = {} if asked.light[i] else row_of(token)
        for j, other in enumerate(listed.tokens):
            likeness = row.get(other) or _initial(token, other)
            if likeness is not None and not (asked.light[i] or listed.light[j]):
                found.append(_pair(likeness, 1 << i, 1 << j))
    for i, text, sound in asked.joined:
        for j, other in enumerate(listed.tokens):
            likeness = _written_together(text, sound, other, listed.sounds[j])
            if likeness is not None and not listed.light[j]:
                found.append(_pair(likeness, 3 << i, 1 << j))
    for j, text, sound in listed.joined:
        for i, token in enumerate(asked.tokens):
            likeness = _written_together(text, sound, token, asked.sounds[i])
            if likeness is not None and not asked.light[i]:
                found.append(_pair(likeness, 1 << i, 3 << j))
    return found


def _pair(likeness: Likeness, asked: int, listed: int) -> _Pair:
    return _Pair(-likeness.permille, asked, listed, likeness)


def _initial(token: str, other: str) -> Likeness | None:
    """A single Latin letter may stand for any word that begins with it."""
    if token[0] == other[0] and (len(token) == 1 or len(other) == 1) and token.isascii():
        return INITIAL if token.isalpha() else None
    return None


def _written_together(text: str, sound: str, other: str, other_sound: str) -> Likeness | None:
    if text == other:
        return JOINED
    return JOINED_SOUND if sound and sound == other_sound else None


def _pair_off(pairs: list[_Pair]) -> list[_Pair]:
    """Each token once, the best pair first; ties by place, so that the result is always one."""
    taken: list[_Pair] = []
    used_asked = used_listed = 0
    for pair in sorted(pairs):
        if not (pair.asked & used_asked or pair.listed & used_listed):
            taken.append(pair)
            used_asked |= pair.asked
            used_listed |= pair.listed
    return taken


def _covered(name: ComparableName, matched: list[tuple[int, int]]) -> int:
    """The share of a name's weight that its matched tokens carry, in permille, rounded down."""
    carried = sum(
        permille * sum(w for i, w in enumerate(name.weights) if mask >> i & 1)
        for mask, permille in matched
    )
    return carried // name.weight


def _explain(pair: _Pair, asked: ComparableName, listed: ComparableName) -> TokenMatch:
    return TokenMatch(
        asked=_text(asked, pair.asked),
        listed=_text(listed, pair.listed),
        permille=pair.likeness.permille,
        why=pair.likeness.why,
    )


def _text(name: ComparableName, mask: int) -> str:
    return " ".join(token for i, token in enumerate(name.tokens) if mask >> i & 1)

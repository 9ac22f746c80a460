"""Which listed names are worth comparing with an asked one; none that could match is left out.

A bound says how much two names can agree at most, given which of their words are related at all.
Names that cannot reach the threshold are dropped; and words so common that they alone can never
reach it are not followed to every name that has them, but looked at when another word leads there.
"""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.protect.screening.names import ComparableName
from tallystick.protect.screening.postings import LISTED_SHIFT, Postings
from tallystick.protect.screening.scoring import INITIAL
from tallystick.protect.screening.vocabulary import Vocabulary

_ASKED = (1 << LISTED_SHIFT) - 1
COMMON_PLACES_MIN = 50


class Candidates:
    """For one asked name: the listed names that can reach `least`."""

    __slots__ = ("_asked", "_least", "_of_asked", "_passed_over", "_postings", "_vocabulary")

    def __init__(
        self, asked: ComparableName, *, least: int, postings: Postings, vocabulary: Vocabulary
    ) -> None:
        self._asked = asked
        self._least = least
        self._postings = postings
        self._vocabulary = vocabulary
        self._of_asked: dict[int, int] = {}
        self._passed_over = 0 if asked.has_initial else self._common_tokens()

    def among(self, names: list[ComparableName]) -> Iterator[int]:
        """The places of all names that can still reach the threshold."""
        shared = self._postings.sharing(
            self._asked, self._vocabulary, passed_over=self._passed_over
        )
        for place, mask in shared.items():
            listed = names[place]
            if self._passed_over:
                mask |= self._bits_passed_over(listed)
            if self._allows(mask, listed):
                yield place

    def _common_tokens(self) -> int:
        """The mask of the commonest tokens that even together cannot make a match."""
        counts = [
            (self._postings.count(self._vocabulary.row(token)), i)
            for i, token in enumerate(self._asked.tokens)
            if not self._asked.light[i]
        ]
        mask = 0
        for count, i in sorted(counts, reverse=True):
            wider = mask | 1 << i
            if count < COMMON_PLACES_MIN or self._most(wider, 1000) >= self._least:
                break
            mask = wider
        return mask

    def _bits_passed_over(self, listed: ComparableName) -> int:
        bits = 0
        for i, token in enumerate(self._asked.tokens):
            if self._passed_over >> i & 1:
                row = self._vocabulary.row(token)
                for j, other in enumerate(listed.tokens):
                    if other in row and not listed.light[j]:
                        bits |= 1 << i | 1 << j + LISTED_SHIFT
        return bits

    def _allows(self, mask: int, listed: ComparableName) -> bool:
        of_listed = mask >> LISTED_SHIFT
        if self._asked.has_initial or listed.has_initial:
            most = _score(
                _coverage_max(self._asked, mask & _ASKED, initials=True),
                _coverage_max(listed, of_listed, initials=True),
            )
            return most >= self._least
        return self._most(mask & _ASKED, _coverage_max(listed, of_listed, initials=False)) >= (
            self._least
        )

    def _most(self, mask: int, of_listed: int) -> int:
        """The most that these asked tokens can score without any initial."""
        of_asked = self._of_asked.get(mask)
        if of_asked is None:
            of_asked = _coverage_max(self._asked, mask, initials=False)
            self._of_asked[mask] = of_asked
        if mask & (mask - 1) == 0:
            return min(of_asked, of_listed)  # a lone pair scores what it covers of both names
        return _score(of_asked, of_listed)


def _score(one: int, other: int) -> int:
    return (2 * max(one, other) + min(one, other)) // 3


def _coverage_max(name: ComparableName, mask: int, *, initials: bool) -> int:
    """Coverage when the tokens in a mask agree exactly, and the rest as initials or not at all."""
    carried = 0
    for i, weight in enumerate(name.weights):
        if mask >> i & 1:
            carried += weight
    rest = INITIAL.permille * (name.weight - carried) if initials else 0
    return (1000 * carried + rest) // name.weight

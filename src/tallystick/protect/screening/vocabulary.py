"""Every word of the list, so stored that all words related to an asked one are found quickly.

Retrieval is exact. A token's letters with their occurrence (`a`, `a` again, ...) are its symbols.
One edit removes at most one symbol, so a listed token within k edits lacks at most k of the asked
token's symbols, and no more than k less what it is longer. Per symbol we keep one wide integer with
a bit per listed token; counting the lacking symbols of all tokens at once is a few operations on
such integers. What passes is measured; nothing that is related can have been left out.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

from tallystick.protect.screening.scoring import Row
from tallystick.protect.screening.tokens import Likeness, edits_for, relate, skeleton

K = TypeVar("K", bound=Hashable)

ROWS_MAX = 200_000


class Vocabulary:
    """All words of weight on a list."""

    __slots__ = ("_all", "_by_length", "_by_sound", "_columns", "_places", "_rows", "_words")

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(set(words))
        self._places = frozenset(self._words)
        self._all = (1 << len(self._words)) - 1
        self._by_length = _bitmaps(len(self._words), ((i, len(w)) for i, w in self._alphabetic()))
        self._columns = _bitmaps(
            len(self._words), ((i, symbol) for i, w in self._alphabetic() for symbol in _symbols(w))
        )
        self._by_sound: dict[str, list[str]] = {}
        for word in self._words:
            if sound := skeleton(word):
                self._by_sound.setdefault(sound, []).append(word)
        self._rows: dict[str, Row] = {}

    def row(self, asked: str) -> Row:
        """The listed words that an asked token is related to, with how; remembered per token."""
        row = self._rows.get(asked)
        if row is None:
            if len(self._rows) >= ROWS_MAX:
                self._rows.clear()
            row = self._rows[asked] = dict(self._related(asked))
        return row

    def sounding_like(self, sound: str) -> list[str]:
        return self._by_sound.get(sound, [])

    def __contains__(self, word: str) -> bool:
        return word in self._places

    def _related(self, asked: str) -> Iterator[tuple[str, Likeness]]:
        near = set(self._near(asked)) if asked.isalpha() else {asked} & self._places
        near.update(self.sounding_like(skeleton(asked)))
        for word in sorted(near):
            likeness = relate(asked, word)
            if likeness is not None:
                yield word, likeness

    def _near(self, asked: str) -> Iterator[str]:
        """Words that pass the symbol count: all within the allowed edits, and some more."""
        lacking = self._lacking_more_than(_symbols(asked))
        for length, of_length in self._by_length.items():
            most = edits_for(max(length, len(asked)))
            allowed = most - max(0, length - len(asked))
            if length >= len(asked) - most and allowed >= 0:
                yield from self._words_at(of_length & ~lacking[allowed])

    def _lacking_more_than(self, symbols: list[str]) -> tuple[int, int, int]:
        """Bitmaps of the words that lack more than 0, 1 and 2 of the symbols."""
        more_0 = more_1 = more_2 = 0
        for symbol in symbols:
            lacks = self._all ^ self._columns.get(symbol, 0)
            more_2 |= more_1 & lacks
            more_1 |= more_0 & lacks
            more_0 |= lacks
        return more_0, more_1, more_2

    def _words_at(self, bits: int) -> Iterator[str]:
        octets = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
        for place, octet in enumerate(octets):
            while octet:
                low = octet & -octet
                yield self._words[place * 8 + low.bit_length() - 1]
                octet ^= low

    def _alphabetic(self) -> Iterator[tuple[int, str]]:
        return ((i, word) for i, word in enumerate(self._words) if word.isalpha())


def _symbols(word: str) -> list[str]:
    """Each letter with how often it has been there: `anna` is a0 n0 n1 a1.

    >>> _symbols("anna")
    ['a0', 'n0', 'n1', 'a1']
    """
    seen: dict[str, int] = {}
    symbols = []
    for letter in word:
        count = seen.get(letter, 0)
        symbols.append(f"{letter}{count}")
        seen[letter] = count + 1
    return symbols


def _bitmaps(size: int, marks: Iterable[tuple[int, K]]) -> dict[K, int]:
    """One wide integer per key, with the bit of every index that was marked."""
    rows: dict[K, bytearray] = {}
    for index, key in marks:
        row = rows.get(key)
        if row is None:
            row = rows[key] = bytearray((size + 7) // 8)
        row[index >> 3] |= 1 << (index & 7)
    return {key: int.from_bytes(row, "little") for key, row in rows.items()}

"""Where on a list each word of weight stands, alone or as half of a word written apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tallystick.protect.screening.names import ComparableName
from tallystick.protect.screening.vocabulary import Vocabulary

LISTED_SHIFT = 32
"""Bits from here on are listed tokens, bits below it asked tokens; names have 24 at most."""

Places = dict[str, list[tuple[int, int]]]
"""Word -> where: the place of the name, and the shifted bits of the word's tokens in it."""


class Postings:
    """Names by their words, by their words joined, and by the sound of those."""

    __slots__ = ("_by_joined", "_by_joined_sound", "_by_word", "_with_initial")

    def __init__(self, names: Iterable[ComparableName]) -> None:
        self._by_word: Places = {}
        self._with_initial: Places = {}
        self._by_joined: Places = {}
        self._by_joined_sound: Places = {}
        for place, name in enumerate(names):
            for j, token in enumerate(name.tokens):
                if not name.light[j]:
                    at = (place, 1 << j + LISTED_SHIFT)
                    self._by_word.setdefault(token, []).append(at)
                    if name.has_initial:
                        self._with_initial.setdefault(token, []).append(at)
            for j, text, sound in name.joined:
                at = (place, 3 << j + LISTED_SHIFT)
                self._by_joined.setdefault(text, []).append(at)
                if sound:
                    self._by_joined_sound.setdefault(sound, []).append(at)

    def words(self) -> Iterable[str]:
        return self._by_word.keys()

    def count(self, words: Iterable[str]) -> int:
        """In how many places any of these words stands."""
        return sum(len(self._by_word[word]) for word in words)

    def sharing(
        self, asked: ComparableName, vocabulary: Vocabulary, *, passed_over: int
    ) -> dict[int, int]:
        """Names with a related word of weight: place -> the bits of both sides' tokens.

        Asked tokens in the mask `passed_over` are followed only to names that have an initial.
        """
        masks: dict[int, int] = {}
        for mask, places in self._shared(asked, vocabulary, passed_over):
            for place, bits in places:
                masks[place] = masks.get(place, 0) | bits | mask
        return masks

    def _shared(
        self, asked: ComparableName, vocabulary: Vocabulary, passed_over: int
    ) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        for i, token in enumerate(asked.tokens):
            if not asked.light[i]:
                by_word = self._with_initial if passed_over >> i & 1 else self._by_word
                for word in vocabulary.row(token):
                    yield 1 << i, by_word.get(word, [])
                yield 1 << i, self._by_joined.get(token, [])
                yield 1 << i, self._by_joined_sound.get(asked.sounds[i], [])
        for i, text, sound in asked.joined:
            yield 3 << i, self._by_word.get(text, [])
            for word in vocabulary.sounding_like(sound):
                yield 3 << i, self._by_word[word]

"""Numeral strings: text over an alphabet, read as a number in the alphabet's radix and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tallystick.crypto.mechanisms.refusals import FormatRefused
from tallystick.ground.errors import Defect

DIGITS = "0123456789"
ALPHANUMERIC = "0123456789abcdefghijklmnopqrstuvwxyz"
RADIX_MAX = 256
_PYTHONS_RADIX_MAX = len(ALPHANUMERIC)


class Numerals:
    """An alphabet of 2 to 256 different characters; the place of a character is its value.

    >>> letters = Numerals("abcdefghijklmnopqrstuvwxyz")
    >>> letters.value("ba"), letters.text(26, 4)
    (26, 'aaba')
    """

    __slots__ = ("_characters", "_decimal", "_places", "_to_python", "alphabet", "radix")

    def __init__(self, alphabet: str) -> None:
        self.alphabet, self.radix = alphabet, len(alphabet)
        self._characters = frozenset(alphabet)
        if not 2 <= self.radix <= RADIX_MAX or len(self._characters) != self.radix:
            raise Defect(f"an alphabet has 2 to {RADIX_MAX} characters, no two of them alike")
        self._decimal = alphabet == DIGITS
        self._places = {character: place for place, character in enumerate(alphabet)}
        self._to_python = (
            str.maketrans(alphabet, ALPHANUMERIC[: self.radix])
            if self.radix <= _PYTHONS_RADIX_MAX
            else None
        )

    def value(self, text: str) -> int:
        """The number that a text stands for, most significant character first.

        Refuses: FormatRefused for a character outside of the alphabet, and for no text at all.
        """
        if self._decimal:
            if text.isascii() and text.isdecimal():
                return int(text)
        elif text and self._characters.issuperset(text):
            return self._value(text)
        raise FormatRefused("a text has characters of its alphabet alone")

    def text(self, value: int, length: int) -> str:
        """A number as a text of exactly this length. Takes: 0 up to radix ** length - 1."""
        if self._decimal:
            return str(value).zfill(length)
        characters = []
        for _ in range(length):
            value, place = divmod(value, self.radix)
            characters.append(self.alphabet[place])
        return "".join(reversed(characters))

    def values(self, texts: Sequence[str]) -> list[int]:
        """The numbers of many texts. Refuses: FormatRefused when one of them is refused."""
        if self._decimal:
            joined = "".join(texts)
            if joined.isascii() and joined.isdecimal() and all(texts):
                return list(map(int, texts))
        return [self.value(text) for text in texts]

    def texts(self, values: Iterable[int], length: int) -> list[str]:
        """Numbers as texts of one length."""
        if self._decimal:
            template = f"%0{length}d"
            return [template % value for value in values]
        return [self.text(value, length) for value in values]

    def _value(self, text: str) -> int:
        if self._to_python is not None:
            return int(text.translate(self._to_python), self.radix)
        value = 0
        for character in text:
            value = value * self.radix + self._places[character]
        return value

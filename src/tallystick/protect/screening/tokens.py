"""When two tokens may be the same word: few edits, or the same consonants.

Edits are counted as optimal string alignment (insert, delete, replace, or swap two neighbours, no
substring edited twice). How many are allowed grows with the longer token: none up to 3 characters,
one up to 6, two beyond.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

EXACT_PERMILLE = 1000
EDITED_PERMILLE = (EXACT_PERMILLE, 950, 900)
SOUND_PERMILLE = 920
SOUND_CONSONANTS_MIN = 3

_DIGRAPHS = (
    ("shch", "s"), ("sch", "s"), ("tch", "C"), ("dzh", "j"), ("dj", "j"), ("zh", "j"), ("kh", "k"),
    ("gh", "g"), ("ph", "f"), ("th", "t"), ("dh", "t"), ("sh", "s"), ("ch", "C"), ("ck", "k"),
    ("ts", "s"), ("tz", "s"), ("cz", "C"), ("x", "ks"),
)  # fmt: skip
_CONSONANTS = str.maketrans("cqdvwzy", "kktffsj")
_VOWELS_OUT = str.maketrans("", "", "aeiouj")


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two tokens are, and why: exact, edit-1, edit-2, sound, initial or joined."""

    permille: int
    why: str


EXACT = Likeness(EXACT_PERMILLE, "exact")
SOUND = Likeness(SOUND_PERMILLE, "sound")
_EDITED = (EXACT, Likeness(EDITED_PERMILLE[1], "edit-1"), Likeness(EDITED_PERMILLE[2], "edit-2"))


def relate(asked: str, listed: str) -> Likeness | None:
    """The relation R between two tokens; symmetric; None when they are different words.

    >>> relate("hasan", "hassan"), relate("mohamed", "muhammad"), relate("anna", "olga")
    (Likeness(permille=950, why='edit-1'), Likeness(permille=920, why='sound'), None)
    """
    edits = edit_distance(asked, listed, edits_max(asked, listed))
    if edits is not None and edits < 2:
        return _EDITED[edits]
    sound = skeleton(asked)
    if sound and sound == skeleton(listed):
        return SOUND
    return None if edits is None else _EDITED[edits]


def edits_max(a: str, b: str) -> int:
    """How many edits may lie between two tokens; numbers are the same or they are not."""
    if not (a.isalpha() and b.isalpha()):
        return 0
    return edits_for(max(len(a), len(b)))


def edits_for(characters: int) -> int:
    if characters <= 3:
        return 0
    return 1 if characters <= 6 else 2


def edit_distance(a: str, b: str, most: int) -> int | None:
    """Optimal string alignment distance, or None when it is more than `most`.

    >>> edit_distance("karim", "kraim", 1), edit_distance("karim", "kiram", 1)
    (1, None)
    """
    if a == b:
        return 0
    if len(a) > len(b):
        a, b = b, a
    if len(b) - len(a) > most:
        return None
    start, end_a, end_b = 0, len(a), len(b)
    while start < end_a and a[start] == b[start]:
        start += 1
    while end_a > start and a[end_a - 1] == b[end_b - 1]:
        end_a, end_b = end_a - 1, end_b - 1
    if end_a == start:
        return end_b - start  # only insertions are left, and not more than `most`
    if most == 1:
        return _one_edit(a[start:end_a], b[start:end_b])
    return _aligned(a[start:end_a], b[start:end_b], most) if most else None


def _one_edit(a: str, b: str) -> int | None:
    """Whether what is left after common ends is one replacement or one swap."""
    if len(a) == len(b) == 1 or (len(a) == len(b) == 2 and a == b[::-1]):
        return 1
    return None


def _aligned(a: str, b: str, most: int) -> int | None:
    """The textbook table, row by row; stops when a whole row is beyond `most`."""
    before: list[int] = []
    above = list(range(len(b) + 1))
    for i, letter in enumerate(a, start=1):
        row = [i]
        for j, other in enumerate(b, start=1):
            if letter == other:
                best = above[j - 1]
            else:
                best = 1 + min(above[j - 1], above[j], row[j - 1])
                if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                    best = min(best, before[j - 2] + 1)
            row.append(best)
        if min(row) > most and min(above) > most:
            return None
        before, above = above, row
    return above[-1] if above[-1] <= most else None


@lru_cache(maxsize=65_536)
def skeleton(token: str) -> str:
    """The consonants that two spellings of one word share; empty when there are too few to tell.

    >>> skeleton("mohammed"), skeleton("muhamad"), skeleton("yusuf"), skeleton("ali")
    ('mhmt', 'mhmt', 'jsf', '')
    """
    if not (token.isascii() and token.isalpha()):
        return ""
    text = token
    for letters, sound in _DIGRAPHS:
        if letters in text:
            text = text.replace(letters, sound)
    text = text.translate(_CONSONANTS)
    single = "".join(c for i, c in enumerate(text) if i == 0 or c != text[i - 1])
    if len(single) > 1 and single[-1] == "h":
        single = single[:-1]
    first = "a" if single[0] in "aeiou" else single[0]
    sounds = first + single[1:].translate(_VOWELS_OUT)
    return sounds if len(sounds) >= SOUND_CONSONANTS_MIN else ""

"""Letters of other scripts as Latin letters: two readings, by sound and by looks.

By sound: simple romanisation tables for Cyrillic and Greek, made for comparing and not for
spelling. By looks: the Cyrillic and Greek letters that a reader takes for a Latin one. A token that
mixes scripts or consists of look-alikes may be meant either way, so both readings are compared.
"""

from __future__ import annotations

import unicodedata

_CYRILLIC_SMALL = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "zh", "з": "z",
    "и": "i", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
    "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
    "і": "i", "ї": "i", "є": "ye", "ґ": "g", "ў": "u", "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj",
    "ћ": "c", "џ": "dz", "ѓ": "g", "ќ": "k", "ѕ": "dz", "қ": "k", "ғ": "g", "ң": "n", "ү": "u",
    "ұ": "u", "һ": "h", "ө": "o", "ә": "a", "ҳ": "h", "ҷ": "j", "ӣ": "i", "ӯ": "u",
}  # fmt: skip
_GREEK_SMALL = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i",
    "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s",
    "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps", "ω": "o",
}  # fmt: skip
_GREEK_PAIRS = (("ου", "u"), ("αυ", "av"), ("ευ", "ev"), ("μπ", "b"), ("γγ", "ng"), ("ντ", "nt"))
_SOUNDS = _CYRILLIC_SMALL | _GREEK_SMALL

_LOOK_ALIKES = {
    # Cyrillic, then Greek, then a few Armenian and phonetic letters; capitals and small apart,
    # because the capital of a letter can look like another letter than its small form.
    "А": "a", "В": "b", "Е": "e", "Ѕ": "s", "І": "i", "Ї": "i", "Ј": "j", "К": "k", "М": "m",
    "Н": "h", "О": "o", "Р": "p", "С": "c", "Т": "t", "У": "y", "Х": "x", "Ү": "y", "Ԁ": "d",
    "Ԛ": "q", "Ԝ": "w", "а": "a", "е": "e", "ё": "e", "ѕ": "s", "і": "i", "ї": "i", "ј": "j",
    "к": "k", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "һ": "h", "ԁ": "d", "ԛ": "q",
    "ԝ": "w", "ү": "y", "т": "t", "м": "m",
    "Α": "a", "Β": "b", "Ε": "e", "Ζ": "z", "Η": "h", "Ι": "i", "Κ": "k", "Μ": "m", "Ν": "n",
    "Ο": "o", "Ρ": "p", "Τ": "t", "Υ": "y", "Χ": "x", "α": "a", "γ": "y", "η": "n", "ι": "i",
    "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "τ": "t", "υ": "u", "χ": "x", "ω": "w", "ϲ": "c",
    "ϳ": "j", "օ": "o", "ս": "u", "ո": "n", "հ": "h", "ɑ": "a", "ɡ": "g", "ı": "i",
}  # fmt: skip
_DIGITS_FOR_LETTERS = str.maketrans("013457", "oieast")

REST_OF_LATIN = str.maketrans(
    {
        "ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe",
        "þ": "th", "ð": "d", "ŋ": "n", "ə": "a", "ɑ": "a", "ɡ": "g", "ƒ": "f", "ɓ": "b",
        "ɗ": "d", "ƙ": "k", "ƴ": "y", "ɛ": "e", "ɔ": "o", "ɩ": "i",
        # Arabic letters that keyboards and languages write differently.
        "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ٱ": "ا", "ہ": "ه", "ـ": "",
    }
)  # fmt: skip
"""Small letters that no decomposition takes apart."""


def readings(token: str) -> tuple[str, str]:
    """A token by sound and by looks; the two are equal unless the token could be meant either way.

    Takes a token as written (capitals kept, canonically composed).

    >>> readings("Мария"), readings("Pеtеr"), readings("СОМА"), readings("Orlan")
    (('mariya', 'mariya'), ('peter', 'peter'), ('soma', 'coma'), ('Orlan', 'Orlan'))
    """
    if token.isascii():
        return token, token
    letters = [c for c in map(_bare, token) if c.isalpha()]
    foreign = [c for c in letters if _is_foreign(c)]
    if not foreign:
        return token, token
    by_sound = _romanise("".join(_bare_letters(token)))
    if len(foreign) == len(letters) and not all(c in _LOOK_ALIKES for c in foreign):
        return by_sound, by_sound
    folded = "".join(_LOOK_ALIKES.get(c, c) for c in _bare_letters(token))
    return by_sound, _romanise(folded)


def without_digits_for_letters(token: str) -> str:
    """A token whose digits stand for letters, as they do when letters stand beside them.

    >>> without_digits_for_letters("mari0"), without_digits_for_letters("1961")
    ('mario', '1961')
    """
    if token.isalpha() or token.isdigit() or not any(c.isalpha() for c in token):
        return token
    return token.translate(_DIGITS_FOR_LETTERS)


def _bare_letters(token: str) -> list[str]:
    """Letters and digits, each without its accent unless the accent changes the sound."""
    return [c for c in map(_bare, token) if c.isalnum()]


def _bare(letter: str) -> str:
    if letter.lower() in _SOUNDS:
        return letter
    return unicodedata.normalize("NFD", letter)[0]


def _romanise(token: str) -> str:
    """Cyrillic and Greek letters by sound; everything else as it stands, in small letters."""
    small = token.lower()
    for pair, latin in _GREEK_PAIRS:
        small = small.replace(pair, latin)
    return "".join(_SOUNDS.get(c, c) for c in small)


def _is_foreign(letter: str) -> bool:
    """Cyrillic, Greek, or one of the few further look-alikes."""
    return "\u0370" <= letter <= "\u052f" or letter in _LOOK_ALIKES

"""A name as it is compared: small Latin tokens with weights, however it was written.

Compatibility forms, invisible characters, accents, capitals, look-alike letters, digits in place of
letters, punctuation and word order carry no meaning here. Tokens of scripts that we cannot romanise
(Arabic, Han, ...) stay in their script and are compared with names written in it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from tallystick.ground.errors import Refused
from tallystick.protect.screening.scripts import REST_OF_LATIN, readings, without_digits_for_letters
from tallystick.protect.screening.tokens import skeleton

TOKENS_MAX = 24
JOINED_CHARACTERS_MIN = 5

_PARTICLES = (
    "al el ul ibn bin ben bint abu abou umm de da do dos das del della di du la le van von der den "
    "ter ten zu y e and und et the of"
)
_TITLES = (
    "mr mrs ms miss dr prof sir eng gen general col colonel capt sheikh shaikh shaykh sheik haji "
    "hajj hajji mullah maulvi sayyid seyed"
)
_LEGAL_FORMS = (
    "ltd limited llc llp plc inc corp corporation co company gmbh ag sa sarl spa srl bv nv oy ab "
    "as pty pvt ooo zao oao"
)
_TRADES = (
    "trading trade traders international group holding holdings import export enterprise "
    "enterprises service services general industries foundation shop store"
)
LIGHT_TOKENS = frozenset(f"{_PARTICLES} {_TITLES} {_LEGAL_FORMS} {_TRADES}".split())
"""Words that come and go between two writings of one name, or that half of all names have."""

_APOSTROPHES = frozenset("'`´’‘ʼʻʹʽˈ＇")
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")


class NameUnscreenable(Refused):
    """A name that cannot be compared with a list is not clear: nobody may pay under it."""

    code, clause, public_code = "parties.unscreenable", "B", "payment.declined"


@dataclass(frozen=True, slots=True)
class ComparableName:
    """One reading of a name. `weights`, `light` and `sounds` run beside `tokens`.

    A light token weighs nothing and is compared only as half of a word written apart.
    `joined` are adjacent tokens written together, each with its sound: `abd ullah` is `abdullah`.
    """

    tokens: tuple[str, ...]
    weights: tuple[int, ...]
    light: tuple[bool, ...]
    sounds: tuple[str, ...]
    joined: tuple[tuple[int, str, str], ...]
    weight: int
    has_initial: bool


def comparable_names(name: str) -> tuple[ComparableName, ...]:
    """The one or two readings of a name (by sound, by looks).

    Refuses: NameUnscreenable when no letter or digit is left, or beyond 24 tokens.

    >>> [reading.tokens for reading in comparable_names("O'Dára-Šćepan, Dr.")]
    [('odara', 'scepan', 'dr')]
    """
    both = {tuple(_fold(t) for t in reading) for reading in zip(*_read(name), strict=True)}
    kept = sorted({tuple(t for t in tokens if t) for tokens in both})
    if not kept or not all(0 < len(tokens) <= TOKENS_MAX for tokens in kept):
        raise NameUnscreenable("a name has between one and 24 parts made of letters or digits")
    return tuple(_comparable(tokens) for tokens in kept)


def _read(name: str) -> list[tuple[str, str]]:
    text = unicodedata.normalize("NFKC", name)
    return [readings(token) for token in _split(text if text.isascii() else _usual_forms(text))]


def _usual_forms(text: str) -> str:
    """Rare forms of small letters as the usual ones, while capitals are kept: "ᲀ" is "в"."""
    return "".join(usual if c == c.lower() and len(usual := c.casefold()) == 1 else c for c in text)


def _split(text: str) -> list[str]:
    """Cut at everything visible that is no letter, mark or digit; drop what nobody can see."""
    tokens = [""]
    for c in text:
        if c.isalnum() and c not in _INVISIBLE_LETTERS:
            tokens[-1] += str(unicodedata.decimal(c)) if c.isdecimal() else c
        elif c in _APOSTROPHES or c in _INVISIBLE_LETTERS:
            continue
        elif c.isspace() or unicodedata.category(c)[0] not in "MC":
            tokens.append("")
        elif unicodedata.category(c)[0] == "M":
            tokens[-1] += c
    return [token for token in tokens if token]


def _fold(token: str) -> str:
    if token.isascii():
        return without_digits_for_letters(token.lower())
    apart = unicodedata.normalize("NFKD", token.casefold()).translate(REST_OF_LATIN)
    kept = "".join(c for c in apart.casefold() if c.isalnum())
    return without_digits_for_letters(kept)


def _comparable(tokens: tuple[str, ...]) -> ComparableName:
    light = tuple(token in LIGHT_TOKENS for token in tokens)
    if all(light):
        light = (False,) * len(tokens)
    weights = tuple(
        0 if is_light else _weight(token) for token, is_light in zip(tokens, light, strict=True)
    )
    return ComparableName(
        tokens=tokens,
        weights=weights,
        light=light,
        sounds=tuple(skeleton(token) for token in tokens),
        joined=_joined(tokens, light),
        weight=sum(weights),
        has_initial=any(len(token) == 1 for token in tokens),
    )


def _weight(token: str) -> int:
    """Longer tokens say more, within bounds: 2 for an initial, 3 to 7 for a word."""
    return 2 if len(token) == 1 else min(max(len(token), 3), 7)


def _joined(tokens: tuple[str, ...], light: tuple[bool, ...]) -> tuple[tuple[int, str, str], ...]:
    pairs = (
        (i, tokens[i] + tokens[i + 1])
        for i in range(len(tokens) - 1)
        if not (light[i] and light[i + 1])
    )
    return tuple(
        (i, text, skeleton(text)) for i, text in pairs if len(text) >= JOINED_CHARACTERS_MIN
    )

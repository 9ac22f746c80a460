"""Tokens without a vault: account numbers and other digits through FF1, a domain as the tweak.

FF1 gives every text of digits some other text: nothing shows that a token was made up. Where that
matters keep a vault (protect/tokens); here the key's budget of openings is what bounds a guesser.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from tallystick.crypto.key_blocks import KeyAction, KeyUsage
from tallystick.crypto.mechanisms import FF1, FormatRefused, decrypt_ff3_1
from tallystick.crypto.payment.bench import Bench, OpenKey
from tallystick.crypto.payment.calls import Answer, Call, Handle, KeyUsed, Name
from tallystick.crypto.payment.openings import demand_openings, key_for_many
from tallystick.crypto.payment.refusals import CallMalformed, CiphertextRefused

TEXTS_MAX = 500
_Text = Annotated[str, msgspec.Meta(pattern="^[0-9]{6,56}$")]
_Texts = Annotated[list[_Text], msgspec.Meta(min_length=1, max_length=TEXTS_MAX)]
_PAN_MIN, _PAN_MAX = 12, 19
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


class TokenForm(StrEnum):
    """What the texts are.

    `digits`: any 6 to 56 digits. `account_number`: 12 to 19 digits whose check digit is right; the
    token has the same length and a check digit that is wrong by one, so it never is, nor is taken
    for, an account number.
    """

    DIGITS = "digits"
    ACCOUNT_NUMBER = "account_number"


class Tokenise(Call, tag="tokenise", kw_only=True):
    """Make tokens under a format-preserving key; the same text in another domain has another one.

    Refuses: CallMalformed for a text that is not of the form.
    """

    key: Handle
    domain: Name
    form: TokenForm = TokenForm.ACCOUNT_NUMBER
    texts: _Texts


class Detokenise(Call, tag="detokenise", kw_only=True):
    """Turn tokens back. Refuses: BudgetSpent; CiphertextRefused for a token of another form."""

    key: Handle
    domain: Name
    form: TokenForm = TokenForm.ACCOUNT_NUMBER
    texts: _Texts


class Retokenise(Call, tag="retokenise", kw_only=True):
    """Bring tokens under another key or into another domain; no text in clear leaves the module.

    With `ff3_tweak` (7 octets) the tokens were made elsewhere with FF3-1, under `source`, from
    whole texts of digits; the domain they come from is left empty then.
    Refuses: CallMalformed; CiphertextRefused for a token of another form.
    """

    source: Handle
    source_domain: Annotated[str, msgspec.Meta(max_length=128)] = ""
    ff3_tweak: Annotated[bytes, msgspec.Meta(max_length=7)] = b""
    key: Handle
    domain: Name
    form: TokenForm = TokenForm.ACCOUNT_NUMBER
    texts: _Texts


class Tokenised(Answer, tag="tokenised"):
    """Tokens in the order of the texts."""

    texts: list[str]
    used: KeyUsed


class Detokenised(Answer, tag="detokenised"):
    """Texts in the order of the tokens."""

    texts: list[str]
    used: KeyUsed


def tokenise(bench: Bench, call: Tokenise) -> Tokenised:
    key = _key(bench, call.key, KeyAction.ENCRYPT, len(call.texts))
    return Tokenised(texts=_made(key, call.domain, call.form, call.texts), used=key.used)


def detokenise(bench: Bench, call: Detokenise) -> Detokenised:
    key = _key(bench, call.key, KeyAction.DECRYPT, len(call.texts))
    demand_openings(bench, key, len(call.texts))
    return Detokenised(texts=_turned_back(key, call.domain, call.form, call.texts), used=key.used)


def retokenise(bench: Bench, call: Retokenise) -> Tokenised:
    count = len(call.texts)
    source = _key(bench, call.source, KeyAction.DECRYPT, count, where="source")
    key = _key(bench, call.key, KeyAction.ENCRYPT, count)
    if bool(call.ff3_tweak) == bool(call.source_domain):
        raise CallMalformed("tokens have a domain, or a tweak of FF3-1", where="source_domain")
    if call.ff3_tweak:
        texts = _read_ff3_1(source, call.ff3_tweak, call.texts)
    else:
        texts = _turned_back(source, call.source_domain, call.form, call.texts)
    return Tokenised(texts=_made(key, call.domain, call.form, texts), used=key.used)


def _key(
    bench: Bench, handle: str, action: KeyAction, count: int, *, where: str = "key"
) -> OpenKey:
    usages = {KeyUsage.FORMAT_PRESERVING}
    return key_for_many(bench, handle, count, usages=usages, action=action, where=where)


def _made(key: OpenKey, domain: str, form: TokenForm, texts: list[str]) -> list[str]:
    if form is TokenForm.ACCOUNT_NUMBER:
        if not all(_is_pan_long(text) and text[-1] == _check_digit(text[:-1]) for text in texts):
            raise CallMalformed("not an account number", where="texts")
        texts = [text[:-1] for text in texts]
    try:
        tokens = _ff1(key).encrypt_many(texts, tweak=domain.encode())
    except FormatRefused as refused:
        raise CallMalformed(str(refused), where="texts") from None
    if form is TokenForm.ACCOUNT_NUMBER:
        tokens = [token + _wrong_digit(token) for token in tokens]
    return tokens


def _turned_back(key: OpenKey, domain: str, form: TokenForm, tokens: list[str]) -> list[str]:
    if form is TokenForm.ACCOUNT_NUMBER:
        if not all(_is_pan_long(text) and text[-1] == _wrong_digit(text[:-1]) for text in tokens):
            raise CiphertextRefused(reason="token.form")
        tokens = [text[:-1] for text in tokens]
    try:
        texts = _ff1(key).decrypt_many(tokens, tweak=domain.encode())
    except FormatRefused:
        raise CiphertextRefused(reason="token.form") from None
    if form is TokenForm.ACCOUNT_NUMBER:
        texts = [text + _check_digit(text) for text in texts]
    return texts


def _read_ff3_1(key: OpenKey, tweak: bytes, tokens: list[str]) -> list[str]:
    try:
        return [decrypt_ff3_1(key.octets, token, tweak=tweak) for token in tokens]
    except FormatRefused:
        raise CiphertextRefused(reason="token.ff3") from None


def _ff1(key: OpenKey) -> FF1:
    ff1 = key.memo.get("ff1")
    if not isinstance(ff1, FF1):
        ff1 = key.memo["ff1"] = FF1(key.octets)
    return ff1


def _is_pan_long(text: str) -> bool:
    return _PAN_MIN <= len(text) <= _PAN_MAX


def _check_digit(payload: str) -> str:
    """The check digit of ISO/IEC 7812-1, annex B."""
    digits = [int(digit) for digit in reversed(payload)]
    total = sum(_DOUBLED[digit] for digit in digits[::2]) + sum(digits[1::2])
    return str(-total % 10)


def _wrong_digit(payload: str) -> str:
    return str((int(_check_digit(payload)) + 1) % 10)

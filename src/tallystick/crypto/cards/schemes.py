"""Which derivations, paddings and answers go together: the cryptogram versions of the schemes.

A version number names a bundle, and a host that mixes two bundles accepts nothing or too much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never

from tallystick.crypto.cards.master_keys import MasterKeyOption
from tallystick.crypto.cards.scripts import ScriptCipher
from tallystick.crypto.cards.session_keys import (
    common_key,
    counter_key,
    mastercard_key,
    script_key_by_counter,
    tree_key,
    unionpay_key,
)
from tallystick.crypto.mechanisms import MacPadding


class SessionMethod(StrEnum):
    """How the key of a cryptogram is derived from that of the card."""

    NONE = "none"
    """The card's key itself."""
    COMMON = "common"
    EMV_2000 = "emv-2000"
    MASTERCARD = "mastercard"
    UNIONPAY = "unionpay"


class ScriptMethod(StrEnum):
    """How the key of a script is derived from that of the card."""

    BY_COUNTER = "by-counter"
    """The counter laid over the key: Visa and American Express."""
    BY_CRYPTOGRAM = "by-cryptogram"
    """The common derivation from the cryptogram: EMV and Mastercard."""
    COMMON = "common"
    """The common derivation from the counter."""
    EMV_2000 = "emv-2000"
    UNIONPAY = "unionpay"


@dataclass(frozen=True, slots=True, kw_only=True)
class CryptogramVersion:
    """One bundle. `answered_by_card_key`: the ARPC is made with the card's own key."""

    name: str
    option: MasterKeyOption
    session: SessionMethod
    padding: MacPadding
    response: int | None
    """ARPC method 1 or 2, or None where the card takes no answer."""
    answered_by_card_key: bool
    script: ScriptMethod
    cipher: ScriptCipher


def session_key(method: SessionMethod, card_key: bytes, *, atc: bytes, number: bytes) -> bytes:
    """The key of this transaction's cryptogram; `number` is looked at only where it matters."""
    match method:
        case SessionMethod.NONE:
            return card_key
        case SessionMethod.COMMON:
            return counter_key(card_key, atc)
        case SessionMethod.EMV_2000:
            return tree_key(card_key, atc)
        case SessionMethod.MASTERCARD:
            return mastercard_key(card_key, atc, number)
        case SessionMethod.UNIONPAY:
            return unionpay_key(card_key, atc)
        case _:
            assert_never(method)


def script_key(method: ScriptMethod, card_key: bytes, *, atc: bytes, cryptogram: bytes) -> bytes:
    """The key of a script that follows this transaction's cryptogram (8 octets).

    With Mastercard the second command of a script counts the cryptogram up by one, and so on.
    """
    match method:
        case ScriptMethod.BY_COUNTER:
            return script_key_by_counter(card_key, atc)
        case ScriptMethod.BY_CRYPTOGRAM:
            return common_key(card_key, cryptogram)
        case ScriptMethod.COMMON:
            return counter_key(card_key, atc)
        case ScriptMethod.EMV_2000:
            return tree_key(card_key, atc)
        case ScriptMethod.UNIONPAY:
            return unionpay_key(card_key, atc)
        case _:
            assert_never(method)


_A, _B = MasterKeyOption.A, MasterKeyOption.B
_NONE, _COMMON = SessionMethod.NONE, SessionMethod.COMMON
_SKD, _TREE = SessionMethod.MASTERCARD, SessionMethod.EMV_2000
_ZEROS, _MARKED = MacPadding.ZEROS, MacPadding.ONE_AND_ZEROS
_BY_COUNTER, _BY_CRYPTOGRAM = ScriptMethod.BY_COUNTER, ScriptMethod.BY_CRYPTOGRAM
_LENGTH, _CHIP, _EMV = ScriptCipher.VISA, ScriptCipher.MASTERCARD, ScriptCipher.EMV

_TABLE = (
    ("visa-10", _A, _NONE, _ZEROS, 1, False, _BY_COUNTER, _LENGTH),
    ("visa-14", _B, _TREE, _MARKED, 1, False, ScriptMethod.EMV_2000, _EMV),
    ("visa-17", _A, _NONE, _ZEROS, None, False, _BY_COUNTER, _LENGTH),
    ("visa-18", _B, _COMMON, _MARKED, 2, False, _BY_COUNTER, _LENGTH),
    ("visa-22", _B, _COMMON, _MARKED, 2, False, _BY_CRYPTOGRAM, _LENGTH),
    ("mastercard-16", _A, _SKD, _MARKED, 1, True, _BY_CRYPTOGRAM, _CHIP),
    ("mastercard-17", _A, _SKD, _MARKED, 1, True, _BY_CRYPTOGRAM, _CHIP),
    ("mastercard-20", _A, _COMMON, _MARKED, 1, False, _BY_CRYPTOGRAM, _CHIP),
    ("mastercard-21", _A, _COMMON, _MARKED, 1, False, _BY_CRYPTOGRAM, _CHIP),
    ("interac-133", _A, _SKD, _MARKED, 1, False, _BY_CRYPTOGRAM, _CHIP),
    ("amex-01", _A, _NONE, _ZEROS, 1, False, _BY_COUNTER, _LENGTH),
    ("unionpay-01", _A, SessionMethod.UNIONPAY, _MARKED, 1, False, ScriptMethod.UNIONPAY, _EMV),
)


def _version(
    name: str,
    option: MasterKeyOption,
    session: SessionMethod,
    padding: MacPadding,
    response: int | None,
    answered_by_card_key: bool,
    script: ScriptMethod,
    cipher: ScriptCipher,
) -> CryptogramVersion:
    return CryptogramVersion(
        name=name,
        option=option,
        session=session,
        padding=padding,
        response=response,
        answered_by_card_key=answered_by_card_key,
        script=script,
        cipher=cipher,
    )


VERSIONS: Mapping[str, CryptogramVersion] = MappingProxyType(
    {entry[0]: _version(*entry) for entry in _TABLE}
)
"""The bundles by scheme and version number. Source: pyemv 1.5 for visa-10, -18 and -22, mastercard
and interac; public manuals of payment modules for visa-14 (the EMV 2000 tree) and visa-17 (no
session key); the API of a hosted service and PBOC 2.0 for amex-01 and unionpay-01. The last four
have no second source that could be tested against: docs/limitations.md."""

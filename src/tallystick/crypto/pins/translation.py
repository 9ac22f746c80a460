"""Moving a PIN from one block to another: which formats may follow which, and the moving.

The table is the heart: a block that binds the account number is never made into one that does not,
for with such a block a PIN can be tried against any account (ISO 9564-1:2017, 9.5; ANSI X9.8-1; the
same restrictions in IBM's CCA, "ANSI X9.8 PIN - Enforce PIN block restrictions" and "Allow only
ANSI PIN blocks", and in Visa's PIN Security Program Guide).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, Flag, auto
from types import MappingProxyType

from tallystick.crypto.pins.enciphered import PinSide, check_side, make_block, read_checked
from tallystick.crypto.pins.formats import BINDING, PinFormat, Random, check_account
from tallystick.crypto.pins.refusals import PinRefused, PinRuleRefused


class Permission(Enum):
    """Whether a block of one format may become one of another."""

    ALWAYS = "always"
    BY_POLICY = "downgrade"
    """From AES down to TDEA, for a neighbour that cannot do better, while policy says so."""
    ACCOUNT_BOUND = "account bound"
    """The incoming block names no account, so something else must have bound it to this one."""
    ISSUER_SCRIPT = "issuer script"
    """Only into a script that changes the PIN on a card, never as a block for a caller."""
    NEVER = "never"


class Allowance(Flag):
    """What policy or circumstance allows beyond what is always allowed."""

    NONE = 0
    DOWNGRADE = auto()
    ACCOUNT_BOUND = auto()
    ISSUER_SCRIPT = auto()


_0, _1, _2, _3, _4 = PinFormat
_EVERY = tuple(PinFormat)

TRANSLATIONS: Mapping[tuple[PinFormat, PinFormat], Permission] = MappingProxyType(
    {(incoming, outgoing): Permission.NEVER for incoming in _EVERY for outgoing in _EVERY}
    | {(incoming, outgoing): Permission.ALWAYS for incoming in (_0, _3) for outgoing in BINDING}
    | {(_4, _4): Permission.ALWAYS, (_1, _1): Permission.ALWAYS}
    | {(_4, outgoing): Permission.BY_POLICY for outgoing in (_0, _3)}
    | {(_1, outgoing): Permission.ACCOUNT_BOUND for outgoing in BINDING}
    | {(incoming, _2): Permission.ISSUER_SCRIPT for incoming in (_0, _1, _3, _4)}
)
"""Incoming and outgoing format to the permission; every pair is in it."""

_FREE = tuple(
    tuple(TRANSLATIONS[incoming, outgoing] is Permission.ALWAYS for outgoing in _EVERY)
    for incoming in _EVERY
)
_NEEDED = {
    Permission.BY_POLICY: Allowance.DOWNGRADE,
    Permission.ACCOUNT_BOUND: Allowance.ACCOUNT_BOUND,
    Permission.ISSUER_SCRIPT: Allowance.ISSUER_SCRIPT,
}


def check_translation(
    incoming: PinFormat, outgoing: PinFormat, *, allowed: Allowance = Allowance.NONE
) -> None:
    """Refuse a translation that the table forbids. Refuses: PinRuleRefused.

    >>> check_translation(PinFormat.ISO_0, PinFormat.ISO_4)
    >>> check_translation(PinFormat.ISO_0, PinFormat.ISO_1)
    Traceback (most recent call last):
    tallystick.crypto.pins.refusals.PinRuleRefused: format 0 is never translated to format 1
    """
    permission = TRANSLATIONS[incoming, outgoing]
    if permission is Permission.ALWAYS:
        return
    if permission is Permission.NEVER:
        raise PinRuleRefused(f"format {incoming:d} is never translated to format {outgoing:d}")
    if _NEEDED[permission] not in allowed:
        raise PinRuleRefused(
            f"format {incoming:d} is translated to format {outgoing:d} "
            f"only under the permission {permission.value!r}"
        )


def translate_pin(
    block: bytes,
    incoming: PinSide,
    outgoing: PinSide,
    *,
    random: Random,
    allowed: Allowance = Allowance.NONE,
) -> bytes:
    """Make of a PIN block another one with the same PIN for the same account.

    Both blocks are computed, whatever is read, before anything is refused.

    Refuses: PinRuleRefused for formats, keys and accounts that do not go together (the account is
             the same on both sides); PinRefused for a block that holds no PIN of this account.
    """
    form = incoming.form
    if not _FREE[form][outgoing.form]:
        check_translation(form, outgoing.form, allowed=allowed)
    if form in BINDING:
        check_account(incoming.account)
    if form is _1 or incoming.account != outgoing.account:
        _check_accounts(incoming, check_side(outgoing))
    pin, wrong = read_checked(block, incoming)
    translated = make_block(pin, outgoing, random)
    if wrong:
        raise PinRefused(wrong)
    return translated


def _check_accounts(incoming: PinSide, outgoing: PinSide) -> None:
    if {incoming.form, outgoing.form} <= BINDING:
        raise PinRuleRefused("a translation keeps the account number")

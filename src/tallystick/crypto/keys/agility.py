"""Algorithm agility: which keys run out of time, what replaces them, and in which order.

Keys that protect other keys move first: a new key would otherwise come under a weaker one. Keys
that only open what is old (expired, archived) do not move; what they protected is protected anew.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from tallystick.crypto.key_blocks import KeyUsage
from tallystick.crypto.keys.inventory import KeyLine
from tallystick.crypto.keys.life import LifeState
from tallystick.crypto.mechanisms import KEY_MECHANISMS

SOON_YEARS = 3
_PROTECTING = frozenset({LifeState.CREATED, LifeState.ACTIVE, LifeState.SUSPENDED})
_BY_SCHEME = frozenset(
    {
        KeyUsage.CARD_VERIFICATION,
        KeyUsage.PIN_VERIFICATION_PVV,
        KeyUsage.PIN_VERIFICATION_3624,
    }
)
"""Values that card schemes define with TDEA alone: only the scheme can move them."""
_ORDER: tuple[frozenset[KeyUsage], ...] = (
    frozenset({KeyUsage.KEY_TRANSPORT, KeyUsage.KEY_AGREEMENT, KeyUsage.SIGNATURE}),
    frozenset(
        {
            KeyUsage.KEY_ENCRYPTION,
            KeyUsage.KEY_BLOCK_PROTECTION,
            KeyUsage.ISO20038_PROTECTION,
        }
    ),
    frozenset({KeyUsage.BASE_DERIVATION, KeyUsage.INITIAL_DUKPT, KeyUsage.FIELD_SEALING}),
)
_REPLACED: Mapping[str, str] = MappingProxyType(
    {
        "TDES_2KEY": "AES_128",
        "TDES_3KEY": "AES_128",
        "RSA_2048": "MLKEM768-X25519",
        "RSA_3072": "MLKEM768-X25519",
        "RSA_4096": "MLKEM768-X25519",
        "ECC_NIST_P256": "MLKEM768-X25519",
        "ECC_NIST_P384": "MLKEM768-X25519",
        "ECC_NIST_P521": "MLKEM1024-P384",
    }
)
_SIGNED_BY = "ML-DSA-65-P384"
_MACS = frozenset({KeyUsage.MAC_16609, KeyUsage.MAC_9797_1, KeyUsage.MAC_9797_3})


class Due(StrEnum):
    """How soon a key has to be replaced."""

    OVERDUE = "overdue"
    SOON = "soon"
    """Within three years."""
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One key that is replaced. `to` is a mechanism; empty when only a card scheme can say.

    `usage` is that of the successor: a MAC key for TDEA becomes one for CMAC. `last_year` is the
    last in which the old one may protect. `why` is for people.
    """

    key: KeyLine
    last_year: int | None
    due: Due
    to: str
    usage: KeyUsage
    why: str


def plan_migration(inventory: Iterable[KeyLine], today: datetime.date) -> list[Move]:
    """Plan the replacement of every key whose mechanism has a last year, in the order to do it.

    Gives: moves ordered by what protects what (pairs, keys that protect keys, roots of derivation,
           working keys), then by last year, then by strength, weakest first. A key that would
           protect the successor of another and is too weak for it moves as well.
    """
    lines = {line.id: line for line in inventory if line.state in _PROTECTING}
    moves = {
        line.id: _move(line, today)
        for line in lines.values()
        if KEY_MECHANISMS[line.algorithm].not_after is not None
    }
    waiting = list(moves.values())
    while waiting:
        move = waiting.pop()
        above = lines.get(move.key.under or "")
        if above is not None and above.id not in moves and _is_too_weak(above, move):
            moves[above.id] = _strengthen(above, move, today)
            waiting.append(moves[above.id])
    return sorted(moves.values(), key=_place)


def _move(line: KeyLine, today: datetime.date) -> Move:
    mechanism = KEY_MECHANISMS[line.algorithm]
    last = mechanism.not_after
    why = f"{mechanism.name} protects nothing after {last} ({mechanism.source})"
    to, usage = _successor(line)
    if not to:
        why += "; its values are defined by the card scheme"
    return Move(key=line, last_year=last, due=_due(last, today), to=to, usage=usage, why=why)


def _successor(line: KeyLine) -> tuple[str, KeyUsage]:
    if line.usage in _BY_SCHEME:
        return "", line.usage
    if line.usage is KeyUsage.SIGNATURE:
        return _SIGNED_BY, line.usage
    return _REPLACED[line.algorithm], KeyUsage.MAC_CMAC if line.usage in _MACS else line.usage


def _is_too_weak(above: KeyLine, move: Move) -> bool:
    if not move.to:
        return False
    return above.algorithm.strength_bits < KEY_MECHANISMS[move.to].strength_bits


def _strengthen(above: KeyLine, below: Move, today: datetime.date) -> Move:
    """A key without a last year of its own that cannot protect the successor of another."""
    why = f"it protects {below.key.id}, whose successor {below.to} is stronger"
    return Move(
        key=above, last_year=below.last_year, due=_due(below.last_year, today), to="AES_256",
        usage=above.usage, why=why,
    )  # fmt: skip


def _due(last: int | None, today: datetime.date) -> Due:
    if last is None or last > today.year + SOON_YEARS:
        return Due.LATER
    return Due.OVERDUE if last < today.year else Due.SOON


def _place(move: Move) -> tuple[int, int, int, str]:
    rank = next((i for i, usages in enumerate(_ORDER) if move.key.usage in usages), len(_ORDER))
    strength = move.key.algorithm.strength_bits
    return rank, move.last_year or 9999, strength, move.key.id

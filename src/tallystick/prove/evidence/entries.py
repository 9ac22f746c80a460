"""What stands in the log: leaves that anybody may see, tallies that only auditors get."""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType
from typing import Any

from tallystick.ground.canonical import digest
from tallystick.ground.facts import Fact
from tallystick.ground.identifiers import NotAnIdentifier, from_base64url
from tallystick.prove.evidence.reading import Malformed, read_canonical, read_list, read_object
from tallystick.prove.evidence.refusals import EntryRefused

SALT_OCTETS = 16
LEAF_VERSION = 2
"""What is written. Leaves of version 1, which say nothing of fee and postings, are still read."""
OUTCOMES = ("accepted", "refused")

_TEXT = (str, NoneType)
_LEAF: dict[str, Any] = {
    "v": int, "request": _TEXT, "operation": str, "outcome": str, "code": str, "device": _TEXT,
    "payer": _TEXT, "payee": _TEXT, "amount_minor": (int, NoneType), "currency": _TEXT,
    "instruction": _TEXT, "at_ms": int, "policy": str, "tally": str,
}  # fmt: skip
_LEAF_2 = _LEAF | {"fee_minor": (int, NoneType), "postings": _TEXT}
_TALLY: dict[str, Any] = {
    "salt": str, "code": str, "subject": str, "policy": str, "at_ms": int, "label": str,
    "facts": list,
}  # fmt: skip
_COMMON = ("subject", "policy", "at_ms", "label")
"""What a tally says once for all its facts."""
_FACT: dict[str, Any] = {"kind": str, "control": str, "detail": dict}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as it is stored: its index, the leaf's octets, the tally's octets.

    `tally` is None once it was let go: retention has an end, the leaf stays.
    """

    index: int
    leaf: bytes
    tally: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """What a leaf says (docs/reference/wire.md); members that do not apply are None."""

    request: str | None
    operation: str
    outcome: str
    code: str
    device: str | None
    payer: str | None
    payee: str | None
    amount_minor: int | None
    currency: str | None
    instruction: str | None
    at_ms: int
    policy: str
    tally: str
    fee_minor: int | None = None
    postings: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """An entry that was read and whose tally is the one that its leaf names."""

    index: int
    leaf: Leaf
    code: str
    facts: tuple[Fact, ...]


def open_entry(entry: Entry) -> Witnessed:
    """Read an entry: the leaf, and the facts of the tally that the leaf's digest binds to it.

    A tally that was let go proves nothing any more: no facts, and the code that outsiders know.
    Refuses: EntryRefused when either is not canonical or the tally is not the leaf's.
    """
    try:
        leaf = _leaf(entry.leaf)
        if entry.tally is None:
            return Witnessed(index=entry.index, leaf=leaf, code=leaf.code, facts=())
        if digest(entry.tally) != leaf.tally:
            raise Malformed("the tally is not the one that the leaf names")
        code, facts = _tally(entry.tally)
    except Malformed as wrong:
        raise EntryRefused(f"entry {entry.index}: {wrong}") from None
    return Witnessed(index=entry.index, leaf=leaf, code=code, facts=facts)


def read_leaf(octets: bytes) -> Leaf:
    """Read a leaf alone. Refuses: EntryRefused."""
    try:
        return _leaf(octets)
    except Malformed as wrong:
        raise EntryRefused(f"leaf: {wrong}") from None


def _leaf(octets: bytes) -> Leaf:
    value = read_canonical(octets)
    version = value.get("v") if isinstance(value, dict) else None
    members = dict(read_object(value, _LEAF if version == 1 else _LEAF_2))
    if members.pop("v") not in (1, LEAF_VERSION) or members["outcome"] not in OUTCOMES:
        raise Malformed("not a leaf of version 1 or 2")
    return Leaf(**members)


def _tally(octets: bytes) -> tuple[str, tuple[Fact, ...]]:
    members = read_object(read_canonical(octets), _TALLY)
    try:
        salt = from_base64url(members["salt"])
    except NotAnIdentifier:
        raise Malformed("the salt is not base64url") from None
    if len(salt) != SALT_OCTETS:
        raise Malformed(f"the salt is {SALT_OCTETS} octets")
    common = {name: members[name] for name in _COMMON}
    facts = read_list(members["facts"], dict)
    return members["code"], tuple(_fact(fact, common) for fact in facts)


def _fact(value: dict[str, Any], common: dict[str, Any]) -> Fact:
    members = read_object(value, _FACT)
    if any(type(detail) not in (str, int) for detail in members["detail"].values()):
        raise Malformed("a fact's detail is strings and whole numbers")
    return Fact(**members, **common)

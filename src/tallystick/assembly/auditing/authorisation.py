"""Who allowed each debit of a holder? Followed back to a signature, from the database alone."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tallystick.assembly.auditing.streams import ByLeaf, Row
from tallystick.assembly.auditing.sums import PROVIDER
from tallystick.crypto.mechanisms import es256_verify
from tallystick.ground.canonical import digest
from tallystick.ground.errors import Defect, Misconfigured, Refused
from tallystick.ground.identifiers import from_base64url
from tallystick.ground.money import parse_amount
from tallystick.protect.devices import DEVICES, Device
from tallystick.protect.enforcement import BooksReader

SERVERS = ("partner", "hub")
"""Devices that are servers: they pay from their own account as their interface authenticated."""
REVERSED = ".reversed"
"""How the name of a transfer ends that gives back the one whose name stands before it."""

_SIGNED, _HOLD, _SERVER, _BACK = (
    "signed by the holder",
    "posted out of a hold",
    "asked for by the holder's own server",
    "given back of an earlier payment",
)


@dataclass(frozen=True, slots=True)
class _Word:
    """What one verified instruction allows: whose it is, and the most that it signs away."""

    device: Device
    minor: int


@dataclass(slots=True)
class Debits:
    """How many debits of holders there are, by what allowed them, and those that nothing did."""

    allowed: Counter[str] = field(default_factory=Counter)
    signatures: int = 0
    findings: list[str] = field(default_factory=list)

    def numbers(self) -> dict[str, int | str]:
        """The counts, with what never occurred left out."""
        found: dict[str, int | str] = {"debits": sum(self.allowed.values()) + len(self.findings)}
        return found | dict(sorted(self.allowed.items())) | {"signatures": self.signatures}


def verify_debits(reader: BooksReader) -> Debits:
    """Follow every debit of an account that is not the provider's.

    A post goes back to its hold, a reversal to the payment that it undoes, both by what the books
    say of them. Everything else needs an instruction in the same order whose signature verifies
    with a key on record of the account's own holder, and the order's first transfer may not move
    more than was signed.
    """
    walk = _Walk(reader)
    leaf: int | None = None
    words: tuple[_Word, ...] = ()
    for position, *row in reader.rows("transfer"):
        first = position != leaf and isinstance(position, int)
        if first:
            leaf = position
            words = walk.words(position)
        walk.follow(tuple(row), words, first=first)
    return walk.debits


class _Walk:
    """One walk over the transfers: remembers holds, and payments that something gives back."""

    def __init__(self, reader: BooksReader) -> None:
        self.debits = Debits()
        self._owners = {row[0]: row[1] for row in reader.rows("account")}
        self._devices = _devices(reader)
        self._instructions = ByLeaf(reader.rows("instruction"))
        names = (str(row[2]) for row in reader.rows("transfer"))
        self._undone = {n.removesuffix(REVERSED) for n in names if n.endswith(REVERSED)}
        self._earlier: dict[Any, Row] = {}

    def words(self, position: int) -> tuple[_Word, ...]:
        """What the instruction of one order allows, when its signature verifies."""
        found = []
        for said, device, signed, signature in self._instructions.take(position):
            known = self._devices.get(device)
            minor = _signed_minor(known, signed, signature) if said == digest(signed) else None
            if known is not None and minor is not None:
                self.debits.signatures += 1
                found.append(_Word(known, minor))
        return tuple(found)

    def follow(self, row: Row, words: tuple[_Word, ...], *, first: bool) -> None:
        _, name, _, kind, debit, credit, _, minor, _, device, pending, *_ = row
        if kind == "hold" or name in self._undone:
            self._earlier[name] = (kind, debit, credit, minor)
        owner = self._owners.get(debit)
        if owner == PROVIDER or kind in ("void", "expire"):
            return
        own = [word for word in words if word.device.customer == owner]
        if any(not first or (isinstance(minor, int) and minor <= word.minor) for word in own):
            self.debits.allowed[_SIGNED] += 1
        elif kind == "post" and self._earlier.get(pending, ())[:3] == ("hold", debit, credit):
            self.debits.allowed[_HOLD] += 1
        elif self._gives_back(name, debit, credit, minor):
            self.debits.allowed[_BACK] += 1
        elif _is_server(self._devices.get(device), owner):
            self.debits.allowed[_SERVER] += 1
        else:
            self.debits.findings.append(f"transfer {name}: nothing shows that {debit} allowed it")

    def _gives_back(self, name: object, debit: object, credit: object, minor: object) -> bool:
        """Whether this undoes an earlier transfer: the same amount, the other way."""
        undone = self._earlier.get(str(name).removesuffix(REVERSED))
        return undone in (("move", credit, debit, minor), ("post", credit, debit, minor))


def _signed_minor(device: Device | None, signed: bytes, signature: str) -> int | None:
    """The amount that a signature of this device stands for; None when it does not verify."""
    if device is None:
        return None
    try:
        es256_verify(
            public=device.signature_key, octets=signed, signature=from_base64url(signature)
        )
        stated = json.loads(from_base64url(signed.decode("ascii")))
        if stated["credential_ids"] != [device.id]:
            return None
        payload = stated["payload"]
        return parse_amount(payload["amount"], payload["currency"]).minor
    except (Refused, Misconfigured, Defect, ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_server(device: Device | None, owner: object) -> bool:
    return device is not None and device.role in SERVERS and device.customer == owner


def _devices(reader: BooksReader) -> dict[str, Device]:
    """Every device on record; a record that cannot be read vouches for nothing."""
    found: dict[str, Device] = {}
    for register, key, value in reader.rows("register"):
        if register == DEVICES.name:
            try:
                found[key] = DEVICES.decode(value)
            except (Refused, Defect, ValueError, TypeError, KeyError):
                continue
    return found

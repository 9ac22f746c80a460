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
from tallystick.ground.identifiers import AccountId, from_base64url
from tallystick.ground.money import parse_amount
from tallystick.protect.devices import DEVICES, Device
from tallystick.protect.emoney import CAPTURE, FEE, FEES, REFUND, RESERVE, provider_account
from tallystick.protect.enforcement import BooksReader
from tallystick.standard import SERVER_KINDS

SERVERS = ("partner", "hub", "shard")
"""Devices that are servers: they pay from their own account as their interface authenticated."""
REVERSED = ".reversed"
"""How the name of a transfer ends that gives back the one whose name stands before it."""

_TO_ACCOUNTS = frozenset(
    {"remote.pay", "merchant.pay", "agent.cash_in", "agent.cash_out", "request.approve", REFUND}
)
"""Purposes whose payee, as it was signed, is the account that is credited."""

_SIGNED, _HOLD, _SERVER, _BACK = (
    "signed by the holder",
    "posted out of a hold",
    "asked for by the holder's own server",
    "given back of an earlier payment",
)


@dataclass(slots=True)
class _Word:
    """What one verified instruction allows: whose it is, and the most that it signs away.

    `fee_minor` is what may go to the provider beside the order's first transfer: the fee on top,
    and of the amount what its payee bears. `name` is that of the first transfer, empty for an
    authority; `payee` as it was signed.
    """

    device: Device
    minor: int
    fee_minor: int
    payee: str
    name: str

    def allows(self, row: Row, *, first: bool) -> bool:
        """Whether a debit of its order is one that was signed for."""
        _, name, _, kind, _, credit, _, minor, purpose, *_ = row
        if not isinstance(minor, int):
            return False
        if not first:
            self.fee_minor -= minor
            return bool(credit == FEES) and self.fee_minor >= 0
        self.fee_minor += self.minor - minor
        named = name == self.name or (purpose == REFUND and str(name).startswith(self.name))
        to_account = (kind == "move" and purpose in _TO_ACCOUNTS) or purpose == RESERVE
        paid = not to_account or credit == self.payee
        return minor <= self.minor and (named or not self.name) and paid


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
    say of them; of a reservation only its own merchant's device may ask for the post, and what it
    takes beside that for the fee stays within what was held. Everything else needs an instruction
    in the same order whose signature verifies with a key on record of the account's own holder. It
    is good for the order that it names alone, for the payee that was signed where that is an
    account here, for no more than was signed, and beside that for nothing but the fee.
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
        self._left: tuple[object, int] | None = None

    def words(self, position: int) -> tuple[_Word, ...]:
        """What the instruction of one order allows, when its signature verifies."""
        found = []
        for said, device, signed, signature in self._instructions.take(position):
            known = self._devices.get(device)
            word = _signed_word(known, signed, signature) if said == digest(signed) else None
            if word is not None:
                self.debits.signatures += 1
                found.append(word)
        return tuple(found)

    def follow(self, row: Row, words: tuple[_Word, ...], *, first: bool) -> None:
        _, name, _, kind, debit, credit, currency, minor, purpose, device, pending, *_ = row
        if first:
            self._left = None
        if kind == "hold" or name in self._undone:
            self._earlier[name] = (kind, debit, credit, minor, purpose)
        owner = self._owners.get(debit)
        if self._providers(debit, owner, currency) or kind in ("void", "expire"):
            return
        own = [word for word in words if word.device.customer == owner]
        if any(word.allows(row, first=first) for word in own):
            self.debits.allowed[_SIGNED] += 1
        elif kind == "post" and self._out_of_hold(pending, debit, credit, (purpose, device)):
            self.debits.allowed[_HOLD] += 1
            self._note_left(pending, debit, minor, purpose)
        elif self._fee_out_of_hold(row):
            self.debits.allowed[_HOLD] += 1
        elif self._gives_back(name, debit, credit, minor):
            self.debits.allowed[_BACK] += 1
        elif purpose in SERVER_KINDS and _is_server(self._devices.get(device), owner):
            self.debits.allowed[_SERVER] += 1
        else:
            self.debits.findings.append(f"transfer {name}: nothing shows that {debit} allowed it")

    def _out_of_hold(
        self, pending: object, debit: object, credit: object, asked: tuple[object, object]
    ) -> bool:
        """Whether the hold is between these two; a reservation is taken by its merchant alone,
        and by nothing that calls itself otherwise."""
        purpose, by = asked
        hold = self._earlier.get(pending, ())
        if hold[:3] != ("hold", debit, credit):
            return False
        if hold[4] != RESERVE and purpose != CAPTURE:
            return True
        device = self._devices.get(str(by))
        owner = None if device is None else device.customer
        return (hold[4], purpose, owner) == (RESERVE, CAPTURE, self._owners.get(credit))

    def _note_left(self, pending: object, debit: object, minor: object, purpose: object) -> None:
        """What the holder let a merchant take beyond what this capture gives to the merchant."""
        held = self._earlier[pending][3]
        if purpose == CAPTURE and isinstance(held, int) and isinstance(minor, int):
            self._left = (debit, held - minor)

    def _fee_out_of_hold(self, row: Row) -> bool:
        """Whether this is the fee beside a capture of the same order, within what was held."""
        _, _, _, kind, debit, credit, _, minor, purpose, *_ = row
        payer, left = self._left or ("", 0)
        self._left = None
        fee = (kind, purpose, credit) == ("move", FEE, FEES)
        return fee and debit == payer and isinstance(minor, int) and minor <= left

    def _providers(self, account: object, owner: object, currency: object) -> bool:
        """Whether an account is the provider's own: by its name, not by its owner's alone."""
        return (
            owner == PROVIDER
            and provider_account(AccountId(str(account)), str(currency)) is not None
        )

    def _gives_back(self, name: object, debit: object, credit: object, minor: object) -> bool:
        """Whether this undoes an earlier transfer: the same amount, the other way."""
        undone = self._earlier.get(str(name).removesuffix(REVERSED), ())[:4]
        return undone in (("move", credit, debit, minor), ("post", credit, debit, minor))


def _signed_word(device: Device | None, signed: bytes, signature: str) -> _Word | None:
    """What a signature of this device stands for; None when it does not verify."""
    if device is None:
        return None
    try:
        es256_verify(
            public=device.signature_key, octets=signed, signature=from_base64url(signature)
        )
        stated = json.loads(from_base64url(signed.decode("ascii")))
        if stated["credential_ids"] != [device.id]:
            return None
        return _word_of(device, stated["payload"])
    except (Refused, Misconfigured, Defect, ValueError, KeyError, TypeError, AttributeError):
        return None


def _word_of(device: Device, payload: dict[str, Any]) -> _Word:
    """A payment is for one order; an authority for whatever is collected under it."""
    currency = payload["currency"]
    fee_minor = parse_amount(payload["fee"], currency).minor if "fee" in payload else 0
    payee, name = "", ""
    if "transaction_id" in payload:
        payee, name = payload["payee"]["id"], f"{device.id}.{payload['transaction_id']}"
    if "refunds" in payload:
        name = f"{payload['refunds']}.refund."
    return _Word(
        device=device,
        minor=parse_amount(payload["amount"], currency).minor,
        fee_minor=fee_minor,
        payee=payee,
        name=name,
    )


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

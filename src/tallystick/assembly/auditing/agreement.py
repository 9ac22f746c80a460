"""Books against evidence: does every row say what its leaf and tally say, and is each row there?

A leaf names all transfers of its order by one digest (a leaf of version 1 has exactly one); a leaf
that answers a request has exactly one outcome; an account was opened by a registration or by the
first settlement; a record of a register reads as the newest entry about it says.
What only the tally proves is not compared once the tally was let go.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.assembly.auditing.findings import BooksFinding
from tallystick.assembly.auditing.marks import Marks
from tallystick.assembly.auditing.streams import ByLeaf, Row
from tallystick.ground.canonical import digest, digest_of
from tallystick.ground.errors import Defect
from tallystick.ground.facts import (
    ACCOUNT_OPENED,
    CUSTOMER_REGISTERED,
    INTENT_SIGNED,
    ORDER_REFUSED,
    RECEIPT_BOUND,
    TRANSFER_POSTED,
)
from tallystick.protect.emoney import TRUST, provider_account
from tallystick.protect.enforcement import BooksReader, NewAccount
from tallystick.protect.shards import CLEARING, SHARDS_MAX, clearing_of
from tallystick.prove.evidence import EvidenceStore

KINDS = {
    # What an accepted order of each kind posts; a settled hold is posted or voided.
    "remote.pay": ("move",),
    "purse.load": ("move",),
    "purse.deposit": ("move",),
    "purse.unload": ("move",),
    "purse.reserve": ("move",),
    "merchant.pay": ("move",),
    "banking.transfer": ("hold",),
    "funds.confirm": ("move",),
    "emoney.issue": ("move",),
    "emoney.settle": ("post", "void"),
}

PAGE = 1000

Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Proof:
    """One entry of the evidence: the leaf's members, the detail of each fact of its tally."""

    position: int
    leaf: Mapping[str, Any]
    facts: Mapping[str, Detail] | None

    def detail(self, kind: str) -> Detail | None:
        """None when the tally is gone, or does not have the fact."""
        return None if self.facts is None else self.facts.get(kind)


OPENINGS = ("customer.register", "partner.register", "account.open")
"""The orders that open an account."""


def audit_agreement(reader: BooksReader, evidence: EvidenceStore) -> Iterator[BooksFinding]:
    """Name every transfer, outcome, account and record that the evidence does not bear out."""
    transfers, outcomes = ByLeaf(reader.rows("transfer")), ByLeaf(reader.rows("outcome"))
    instructions = ByLeaf(reader.rows("instruction"))
    opened: dict[str, _Proof] = {}
    marks = Marks()
    newest = 0
    for proof in _proofs(evidence):
        marks.note(proof.position, proof.leaf.get("device"), proof.facts)
        rows = transfers.take(proof.position)
        yield from _check_transfer(proof, rows)
        for seq in (row[0] for row in rows):
            if seq < newest:
                yield BooksFinding(where=f"transfer {seq}", what="out of the order of its leaf")
            newest = max(newest, seq)
        yield from _check_outcome(proof, outcomes.take(proof.position))
        yield from _check_instruction(proof, instructions.take(proof.position))
        if proof.leaf.get("operation") in OPENINGS and _accepted(proof):
            opened[str(proof.leaf.get("payee"))] = proof
    for row in transfers.strays():
        yield BooksFinding(where=f"transfer {row[0]}", what="there is no evidence for it")
    for row in outcomes.strays():
        yield BooksFinding(where=f"outcome {row[0]} {row[1]}", what="there is no evidence for it")
    for row in instructions.strays():
        yield BooksFinding(where=f"instruction {row[0]}", what="there is no evidence for it")
    yield from _check_accounts(reader, opened)
    yield from marks.check(reader)


def _check_transfer(proof: _Proof, rows: list[Row]) -> Iterator[BooksFinding]:
    if proof.leaf.get("v") == 1:
        return _check_single(proof, rows)
    return _check_postings(proof, rows)


def _check_postings(proof: _Proof, rows: list[Row]) -> Iterator[BooksFinding]:
    """Every transfer of an order is bound by the leaf's digest; what it repeats must agree too."""
    leaf, where = proof.leaf, f"transfers of leaf {proof.position}"
    if _listed(rows) != leaf.get("postings"):
        yield BooksFinding(where=where, what="the evidence tells of other transfers")
    if rows and leaf.get("currency") not in (None, rows[0][6]):
        yield BooksFinding(where=where, what="the evidence tells of another currency")
    for row in rows:
        if (row[2], row[9]) != (leaf.get("at_ms"), leaf.get("device") or ""):
            what = "the evidence tells of another time or device"
            yield BooksFinding(where=f"transfer {row[0]}", what=what)


def _listed(rows: list[Row]) -> str | None:
    """The digest of these rows, spelt as `postings_digest` spells the transfers of an order."""
    if not rows:
        return None
    try:
        return digest_of([_posting(row) for row in rows])
    except (Defect, TypeError, ValueError):
        return "what an edited row holds has no digest"


def _posting(row: Row) -> list[object]:
    _, name, _, kind, debit, credit, _, minor, purpose, _, pending, reserved, expires = row
    members: list[object] = [name, kind, debit, credit, minor, purpose, pending]
    if reserved not in (None, minor):
        members.append({"reserved_minor": reserved})
    if expires is not None:
        members.append({"expires_ms": expires})
    return members


def _check_single(proof: _Proof, rows: list[Row]) -> Iterator[BooksFinding]:
    """A leaf of version 1: its order has one transfer, which the leaf itself spells out."""
    leaf = proof.leaf
    kinds = KINDS.get(str(leaf.get("operation"))) if _accepted(proof) else None
    if len(rows) != (1 if kinds else 0):
        where = f"transfer {rows[0][0]}" if rows else f"transfer of leaf {proof.position}"
        what = f"the evidence tells of {1 if kinds else 0} transfers, the books of {len(rows)}"
        yield BooksFinding(where=where, what=what)
    for seq, *row in (row[:11] for row in rows):
        payee = TRUST if str(leaf.get("payee")).startswith("bank:") else leaf.get("payee")
        proven = [
            f"{leaf.get('device')}.{leaf.get('request')}", leaf.get("at_ms"), row[2],
            leaf.get("payer"), payee, leaf.get("currency"), leaf.get("amount_minor"),
            leaf.get("operation"), leaf.get("device"), row[9],
        ]  # fmt: skip
        posted = proof.detail(TRANSFER_POSTED)
        if posted is not None and "kind" in posted:
            proven[2], proven[9] = posted["kind"], posted["pending"] or None
        if row != proven or row[2] not in (kinds or ()):
            what = f"the row says {row}, the evidence {proven}"
            yield BooksFinding(where=f"transfer {seq}", what=what)


def _check_outcome(proof: _Proof, rows: list[Row]) -> Iterator[BooksFinding]:
    leaf = proof.leaf
    request, code = leaf.get("request"), leaf.get("code")
    device = leaf.get("device")
    if len(rows) != (0 if request is None else 1):
        what = f"the evidence tells of one answer, the books of {len(rows)}"
        yield BooksFinding(where=f"outcome {device} {request}", what=what)
    bound = proof.detail(ORDER_REFUSED) or proof.detail(RECEIPT_BOUND)
    for said_device, said_request, ordered, said_code, data in rows:
        where = f"outcome {said_device} {said_request}"
        if (said_device, said_request, said_code) != (device or "", request, code):
            yield BooksFinding(where=where, what="the evidence tells of another outcome")
        if bound is not None and bound.get("order", ordered) != ordered:
            yield BooksFinding(where=where, what="the evidence tells of another order")
        if bound is not None and bound.get("data", "") != ("" if data is None else digest(data)):
            yield BooksFinding(where=where, what="the evidence tells of another answer")


def _check_instruction(proof: _Proof, rows: list[Row]) -> Iterator[BooksFinding]:
    """What was signed is kept with every order that a signature moved money for."""
    leaf, where = proof.leaf, f"instruction {proof.position}"
    wanted = leaf.get("instruction") if leaf.get("postings") else None
    if len(rows) != (0 if wanted is None else 1):
        what = f"the evidence tells of {0 if wanted is None else 1}, the books of {len(rows)}"
        yield BooksFinding(where=where, what=what)
    for said, device, signed, _ in rows:
        if (said, device) != (wanted, _signer(proof, device)) or said != digest(signed):
            yield BooksFinding(where=where, what="not what the evidence says was signed")


def _signer(proof: _Proof, said: object) -> object:
    """Whose handset signed: the one that asked, or the one that let a partner collect.

    Of a partner's order only the tally says it, so that it is not compared once that was let go.
    """
    if proof.leaf.get("operation") != "partner.collect":
        return proof.leaf.get("device")
    return (proof.detail(INTENT_SIGNED) or {}).get("device", said)


def _check_accounts(reader: BooksReader, opened: dict[str, _Proof]) -> Iterator[BooksFinding]:
    """Owner, floor and cap of every account, as its registration says."""
    for account, *stated in (row[:5] for row in reader.rows("account")):
        own = provider_account(account, stated[1]) or _clearing(account, stated[1])
        expected = None if own is None else [own.owner, own.currency, own.floor, own.cap]
        proof = opened.pop(account, None)
        if proof is not None:
            expected = _as_opened(proof, stated)
        if expected is None:
            yield BooksFinding(where=f"account {account}", what="nobody was registered for it")
        elif stated != expected:
            what = f"the row says {stated}, the evidence {expected}"
            yield BooksFinding(where=f"account {account}", what=what)
    for account in opened:
        yield BooksFinding(where=f"account {account}", what="was opened and is not there")


def _as_opened(proof: _Proof, stated: list[object]) -> list[object]:
    """What the fact of the opening says; what it does not say is not compared."""
    said = proof.detail(CUSTOMER_REGISTERED) or proof.detail(ACCOUNT_OPENED) or {}
    owner = said.get("customer", said.get("owner", stated[0]))
    return [owner, said.get("currency", stated[1]), 0, said.get("cap", stated[3])]


def _clearing(account: str, currency: str) -> NewAccount | None:
    """The clearing account of another shard, when that is what the name says."""
    number = account.removeprefix(CLEARING)
    if number == account or not number.isdecimal() or int(number) >= SHARDS_MAX:
        return None
    return clearing_of(int(number), currency)


def _accepted(proof: _Proof) -> bool:
    return proof.leaf.get("outcome") == "accepted"


def _proofs(evidence: EvidenceStore) -> Iterator[_Proof]:
    start = 0
    while page := evidence.leaves(start, PAGE):
        for entry in page:
            facts = None if entry.tally is None else _facts(entry.tally)
            yield _Proof(entry.index, _members(entry.leaf), facts)
        start = page[-1].index + 1


def _facts(tally: bytes) -> Mapping[str, Detail]:
    facts = _members(tally).get("facts")
    if not isinstance(facts, list):
        return {}
    return {
        str(fact.get("kind")): fact["detail"]
        for fact in facts
        if isinstance(fact, dict) and isinstance(fact.get("detail"), dict)
    }


def _members(octets: bytes) -> Mapping[str, Any]:
    """A JSON object's members; of anything else none, and then nothing fits."""
    try:
        members = json.loads(octets)
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}

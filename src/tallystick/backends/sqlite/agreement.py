"""Books against evidence: does every row say what its leaf and tally say, and is each row there?

A leaf names all transfers of its order by one digest (a leaf of version 1 has exactly one); a leaf
that answers a
request has exactly one outcome; an account was opened by a registration or by the first settlement;
a record of a register reads as the newest entry about it says.
What only the tally proves is not compared once the tally was let go.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tallystick.backends.sqlite.findings import LedgerFinding
from tallystick.backends.sqlite.marks import Marks
from tallystick.ground.canonical import digest, digest_of
from tallystick.ground.facts import (
    CUSTOMER_REGISTERED,
    ORDER_REFUSED,
    RECEIPT_BOUND,
    TRANSFER_POSTED,
)
from tallystick.protect.emoney import TRUST, system_accounts

KINDS = {
    # What an accepted order of each kind posts; a settled hold is posted or voided.
    "remote.pay": ("move",),
    "merchant.pay": ("move",),
    "banking.transfer": ("hold",),
    "funds.confirm": ("move",),
    "emoney.issue": ("move",),
    "emoney.settle": ("post", "void"),
}

Row = tuple[Any, ...]
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


def audit_agreement(connection: sqlite3.Connection) -> Iterator[LedgerFinding]:
    """Name every transfer, outcome, account and record that the evidence does not bear out."""
    transfers = _by_leaf(connection, "transfer", "seq, id, at_ms, kind, debit, credit, currency,"
                         " amount_minor, purpose, device, pending")  # fmt: skip
    outcomes = _by_leaf(connection, "outcome", "device, request, ordered, code, CAST(data AS BLOB)")
    instructions = _by_leaf(connection, "instruction", "digest, device, CAST(signed AS BLOB)")
    opened: dict[str, _Proof] = {}
    marks = Marks()
    newest = 0
    for proof in _proofs(connection):
        marks.note(proof.position, proof.leaf.get("device"), proof.facts)
        rows = transfers.pop(proof.position, [])
        yield from _check_transfer(proof, rows)
        for seq in (row[0] for row in rows):
            if seq < newest:
                yield LedgerFinding(where=f"transfer {seq}", what="out of the order of its leaf")
            newest = max(newest, seq)
        yield from _check_outcome(proof, outcomes.pop(proof.position, []))
        yield from _check_instruction(proof, instructions.pop(proof.position, []))
        if proof.leaf.get("operation") == "customer.register" and _accepted(proof):
            opened[str(proof.leaf.get("payee"))] = proof
    for row in (row for rows in transfers.values() for row in rows):
        yield LedgerFinding(where=f"transfer {row[0]}", what="there is no evidence for it")
    for row in (row for rows in outcomes.values() for row in rows):
        yield LedgerFinding(where=f"outcome {row[0]} {row[1]}", what="there is no evidence for it")
    for leaf in instructions:
        yield LedgerFinding(where=f"instruction {leaf}", what="there is no evidence for it")
    yield from _check_accounts(connection, opened)
    yield from marks.check(connection)


def _check_transfer(proof: _Proof, rows: list[Row]) -> Iterator[LedgerFinding]:
    if proof.leaf.get("v") == 1:
        return _check_single(proof, rows)
    return _check_postings(proof, rows)


def _check_postings(proof: _Proof, rows: list[Row]) -> Iterator[LedgerFinding]:
    """Every transfer of an order is bound by the leaf's digest; what it repeats must agree too."""
    leaf, where = proof.leaf, f"transfers of leaf {proof.position}"
    listed = [[r[1], r[3], r[4], r[5], r[7], r[8], r[10]] for r in rows]
    if (digest_of(listed) if listed else None) != leaf.get("postings"):
        yield LedgerFinding(where=where, what="the evidence tells of other transfers")
    for seq, _, at_ms, *_, device, _ in rows:
        if (at_ms, device) != (leaf.get("at_ms"), leaf.get("device")):
            yield LedgerFinding(where=f"transfer {seq}", what="the evidence tells of another time")


def _check_single(proof: _Proof, rows: list[Row]) -> Iterator[LedgerFinding]:
    """A leaf of version 1: its order has one transfer, which the leaf itself spells out."""
    leaf = proof.leaf
    kinds = KINDS.get(str(leaf.get("operation"))) if _accepted(proof) else None
    if len(rows) != (1 if kinds else 0):
        where = f"transfer {rows[0][0]}" if rows else f"transfer of leaf {proof.position}"
        what = f"the evidence tells of {1 if kinds else 0} transfers, the books of {len(rows)}"
        yield LedgerFinding(where=where, what=what)
    for seq, *row in rows:
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
            yield LedgerFinding(where=f"transfer {seq}", what=what)


def _check_outcome(proof: _Proof, rows: list[Row]) -> Iterator[LedgerFinding]:
    leaf = proof.leaf
    request, code = leaf.get("request"), leaf.get("code")
    device = leaf.get("device")
    if len(rows) != (0 if request is None else 1):
        what = f"the evidence tells of one answer, the books of {len(rows)}"
        yield LedgerFinding(where=f"outcome {device} {request}", what=what)
    bound = proof.detail(ORDER_REFUSED) or proof.detail(RECEIPT_BOUND)
    for said_device, said_request, ordered, said_code, data in rows:
        where = f"outcome {said_device} {said_request}"
        if (said_device, said_request, said_code) != (device or "", request, code):
            yield LedgerFinding(where=where, what="the evidence tells of another outcome")
        if bound is not None and bound.get("order", ordered) != ordered:
            yield LedgerFinding(where=where, what="the evidence tells of another order")
        if bound is not None and bound.get("data", "") != ("" if data is None else digest(data)):
            yield LedgerFinding(where=where, what="the evidence tells of another answer")


def _check_instruction(proof: _Proof, rows: list[Row]) -> Iterator[LedgerFinding]:
    """What was signed is kept with every order that a signature moved money for."""
    leaf, where = proof.leaf, f"instruction {proof.position}"
    wanted = leaf.get("instruction") if leaf.get("postings") else None
    if len(rows) != (0 if wanted is None else 1):
        what = f"the evidence tells of {0 if wanted is None else 1}, the books of {len(rows)}"
        yield LedgerFinding(where=where, what=what)
    for said, device, signed in rows:
        if (said, device) != (wanted, leaf.get("device")) or said != digest(signed):
            yield LedgerFinding(where=where, what="not what the evidence says was signed")


def _check_accounts(
    connection: sqlite3.Connection, opened: dict[str, _Proof]
) -> Iterator[LedgerFinding]:
    """Owner, floor and cap of every account, as its registration says."""
    rows = connection.execute("SELECT id, owner, currency, floor, cap FROM account ORDER BY id")
    for account, *stated in rows.fetchall():
        expected: list[object] | None = next(
            ([own.owner, own.currency, own.floor, own.cap]
             for own in system_accounts(stated[1]) if own.id == account), None,
        )  # fmt: skip
        proof = opened.pop(account, None)
        if proof is not None:
            said = proof.detail(CUSTOMER_REGISTERED) or {}
            expected = [said.get("customer", stated[0]), stated[1], 0, said.get("cap", stated[3])]
        if expected is None:
            yield LedgerFinding(where=f"account {account}", what="nobody was registered for it")
        elif stated != expected:
            what = f"the row says {stated}, the evidence {expected}"
            yield LedgerFinding(where=f"account {account}", what=what)
    for account in opened:
        yield LedgerFinding(where=f"account {account}", what="was opened and is not there")


def _accepted(proof: _Proof) -> bool:
    return proof.leaf.get("outcome") == "accepted"


def _by_leaf(connection: sqlite3.Connection, table: str, columns: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for leaf, *row in connection.execute(f"SELECT leaf, {columns} FROM {table}"):
        found.setdefault(leaf, []).append(tuple(row))
    return found


def _proofs(connection: sqlite3.Connection) -> Iterator[_Proof]:
    entries = connection.execute(
        "SELECT position, CAST(leaf AS BLOB), CAST(tally AS BLOB) FROM evidence ORDER BY position"
    )
    for position, leaf, tally in entries:
        facts = None if tally is None else _facts(tally)
        yield _Proof(position, _members(leaf), facts)


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
